"""Writing and reading a run folder.

    NAME/
      model.yaml      as fitted
      data.parquet    as fitted, with the audit of its cleaning
      posterior.nc    the draws of the parameters
      estimates.json  what each channel brings
      report.html     the same, to read
      manifest.json   versions, seed, engines, and the SHA-256 of each file

It is built beside its final name and moved there by one rename, so that it is complete or absent whatever happens; once
there it is not changed.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from bayes_roi.draws import DEFAULT_PROB, check_prob
from bayes_roi.errors import RunError
from bayes_roi.inference.engines.base import Settings
from bayes_roi.inference.fit import Fit
from bayes_roi.model.file.model_file import model_text, read_model
from bayes_roi.plain_text import shown
from bayes_roi.run.belonging import require_draws, require_panel
from bayes_roi.run.estimates import estimates
from bayes_roi.run.manifest import (
    NAME,
    describe,
    diagnosis_of,
    experiments_of,
    foreign,
    loading,
    manifest_text,
    manifest_there,
    now,
    read_manifest,
    repeatable,
)
from bayes_roi.run.panel_file import panel_bytes, read_panel_file
from bayes_roi.run.posterior_file import posterior_bytes, read_posterior
from bayes_roi.run.staging import claimed, staged
from bayes_roi.value.answers import MoneyAnswers
from bayes_roi.value.attribution.channel_table import channel_table
from bayes_roi.value.money.money import Money

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
    now()  # raises where SOURCE_DATE_EPOCH is no time
    final = _resolved(path)
    with claimed(final):
        _require_vacant(final, Path(path), overwrite=overwrite)
        yield lambda fit: _write(fit, final, Path(path), report=report, prob=prob)


def _resolved(path: str | os.PathLike[str]) -> Path:
    try:
        return Path(path).resolve()
    except ValueError as error:  # a NUL in the name
        raise RunError(f"{shown(path)} cannot be the name of a folder ({error}); name another one") from None


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
    fit = _untimed(fit) if repeatable() else fit
    answers = MoneyAnswers(Money(fit))
    table = channel_table(fit, prob=prob, money=answers.money) if report and fit.model.channels else None
    numbers, manifest = estimates(fit, prob=prob, answers=answers, table=table), describe(fit)
    text = json.dumps(numbers, indent=2, ensure_ascii=False, allow_nan=False)
    files = {
        "model.yaml": model_text(fit.model).encode(),
        "data.parquet": panel_bytes(fit.data),
        "posterior.nc": posterior_bytes(fit.groups),
        "estimates.json": f"{text}\n".encode(),
    }
    if report:
        from bayes_roi.report.html import report_text  # brings plots, which reading a run does not need

        files["report.html"] = report_text(answers, prob=prob, manifest=manifest, table=table).encode()
    files[NAME] = manifest_text(manifest, files).encode()
    with staged(final) as folder:
        for name, content in files.items():
            (folder / name).write_bytes(content)
    return path


def _untimed(fit: Fit) -> Fit:
    """Return the fit without the seconds that it took, which differ each time."""
    blocks = tuple(replace(block, seconds=math.nan) for block in fit.diagnosis.blocks)
    return replace(fit, diagnosis=replace(fit.diagnosis, blocks=blocks))


def read_run(path: str | os.PathLike[str]) -> Fit:
    """Return the fit of a run folder.

    Parameters
    ----------
    path
        A folder that `write_run` or `bayes-roi run` wrote.

    Raises
    ------
    RunError
        When it is not a run folder, or a file of it is missing, has changed, is a link, does not belong there or does
        not go with the others. Nothing outside the folder is opened, and nothing in it is run.
    """
    folder = Path(path)
    manifest = read_manifest(folder)
    settings = Settings(**{name: manifest[name] for name in ("draws", "chains", "tune")})
    with loading(folder, NAME):
        diagnosis, tests = diagnosis_of(manifest), experiments_of(manifest)
    with loading(folder, "model.yaml"):
        model = read_model(folder / "model.yaml")
    with loading(folder, "data.parquet"):
        data = read_panel_file(folder / "data.parquet")
        require_panel(model, data)
    with loading(folder, "posterior.nc"):
        groups = read_posterior(folder / "posterior.nc", order=manifest["parameters"])
        fit = Fit(model, data, groups, diagnosis, manifest["seed"], settings, tests)
        require_draws(model, fit.design, groups, chains=settings.chains, draws=settings.draws)
    return fit
