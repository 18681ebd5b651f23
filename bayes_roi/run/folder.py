"""Writing and reading a run folder.

    NAME/
      model.yaml      as fitted
      data.parquet    as fitted, with the audit of its cleaning
      posterior.nc    the draws of the parameters
      estimates.json  what each channel is worth
      report.html     the same, to read
      manifest.json   versions, seed, engines, and the SHA-256 of each file

It is built beside its final name and moved there by one rename, so that it is complete or absent whatever happens; once
there it is not changed.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from bayes_roi.draws import DEFAULT_PROB, check_prob
from bayes_roi.errors import RunError
from bayes_roi.inference.engines.base import Settings
from bayes_roi.inference.fit import Fit
from bayes_roi.model.model_file import read_model, write_model
from bayes_roi.run.estimates import estimates
from bayes_roi.run.manifest import describe, diagnosis_of, foreign, manifest_there, read_manifest, write_manifest
from bayes_roi.run.panel_file import read_panel_file, write_panel
from bayes_roi.run.posterior_file import read_posterior, write_posterior
from bayes_roi.run.staging import claimed, staged
from bayes_roi.value.money import Money
from bayes_roi.value.value_table import value_table

Write = Callable[[Fit], Path]


def write_run(
    fit: Fit,
    path: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    report: bool = True,
    prob: float = DEFAULT_PROB,
) -> Path:
    """Write a fit to a run folder, whole or not at all, and return its path.

    Parameters
    ----------
    fit
        A fit.
    path
        The folder to make; folders above it are made too.
    overwrite
        Replace a run that is there already; it stands until the new one is whole. What is not a run is never replaced.
    report
        Whether to write report.html, and credit beside cause and influence into it and into estimates.json.
    prob
        Probability inside the intervals of the estimates and the report.

    Raises
    ------
    RunError
        When something is there already, another process is writing there, or the disk refuses.
    QueryError
        When `prob` is not a probability.
    """
    with run_folder(path, overwrite=overwrite, report=report, prob=prob) as write:
        return write(fit)


@contextlib.contextmanager
def run_folder(
    path: str | os.PathLike[str], *, overwrite: bool = False, report: bool = True, prob: float = DEFAULT_PROB
) -> Iterator[Write]:
    """Hold a run folder's name while a fit is made, and give the function that writes the fit there.

    Who comes second is told before the sampling, not after it. Arguments and errors are those of `write_run`.
    """
    check_prob(prob)
    final = Path(path).resolve()
    with claimed(final):
        _require_vacant(final, Path(path), overwrite=overwrite)
        yield lambda fit: _write(fit, final, Path(path), report=report, prob=prob)


def _require_vacant(final: Path, path: Path, *, overwrite: bool) -> None:
    if not final.exists():
        return
    manifest = manifest_there(final)
    if manifest is None:
        raise RunError(f"{path} is there already and is not a run folder; name another folder")
    if not overwrite:
        raise RunError(f"{path} holds a run already; name another folder, or replace it with --overwrite")
    if others := foreign(manifest, final):
        raise RunError(f"{path} holds {', '.join(others)}, not part of its run; move it elsewhere before overwriting")


def _write(fit: Fit, final: Path, path: Path, *, report: bool, prob: float) -> Path:
    money = Money(fit)
    worth = value_table(fit, prob=prob, money=money) if report and fit.model.channels else None
    numbers, manifest = estimates(fit, prob=prob, money=money, worth=worth), describe(fit)
    with staged(final) as folder:
        write_model(fit.model, folder / "model.yaml")
        write_panel(fit.data, folder / "data.parquet")
        write_posterior(fit.groups, folder / "posterior.nc")
        text = json.dumps(numbers, indent=2, ensure_ascii=False, allow_nan=False)
        (folder / "estimates.json").write_text(text + "\n", encoding="utf-8", newline="\n")
        if report:
            from bayes_roi.report.html import report as write_report  # brings plots, which reading a run does not need

            write_report(fit, folder / "report.html", prob=prob, manifest=manifest, money=money, worth=worth)
        write_manifest(manifest, folder)
    return path


def read_run(path: str | os.PathLike[str]) -> Fit:
    """Return the fit of a run folder.

    Parameters
    ----------
    path
        A folder that `write_run` or `bayes-roi run` wrote.

    Raises
    ------
    RunError
        When it is not a run folder, or a file of it is missing, has changed, or does not belong there; all are named.
    """
    folder = Path(path)
    manifest = read_manifest(folder)
    settings = Settings(**{name: manifest[name] for name in ("draws", "chains", "tune")})
    return Fit(
        model=read_model(folder / "model.yaml"),
        data=read_panel_file(folder / "data.parquet"),
        groups=read_posterior(folder / "posterior.nc", order=manifest["parameters"]),
        diagnosis=diagnosis_of(manifest),
        seed=manifest["seed"],
        settings=settings,
    )
