"""Writing results as Excel files: a run, or any noun that has a table."""

from __future__ import annotations

import inspect
import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from bayes_roi.atomic import said, write_whole
from bayes_roi.decisions.optimise.plan import Plan
from bayes_roi.decisions.scenarios.scenario import Scenario
from bayes_roi.draws import DEFAULT_PROB, check_prob
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit
from bayes_roi.plain_text import shown
from bayes_roi.run.manifest import manifest_there
from bayes_roi.run.tables import RunTables
from bayes_roi.spreadsheet import Sheet, workbook

if TYPE_CHECKING:
    import pandas as pd

KIND = ".xlsx"


@runtime_checkable
class Tabular(Protocol):
    """A noun with a table."""

    def to_frame(self) -> pd.DataFrame: ...


def to_excel(
    noun: Fit | Plan | Scenario | Tabular | pd.DataFrame, path: str | os.PathLike[str], *, prob: float = DEFAULT_PROB
) -> Path:
    """Write a result as an Excel file, whole or not at all, and return its path.

    Dates are dates and numbers numbers; text is text, whatever it begins with.

    Parameters
    ----------
    noun
        A fit, whose sheets hold ROI, quarters, contribution by period, credit beside cause, parameters, audit and what
        they are about; or what has a table: draws, a comparison, a plan (its spend), a channel table, a panel, or
        anything else with `to_frame`. Labels become columns; draws have a column `unit`, and a sheet `about` with their
        estimand and note.
    path
        The file, .xlsx. One that is there stands until the new one is whole.
    prob
        Probability inside the intervals, which have equal tails.

    Raises
    ------
    QueryError
        When the noun has no table, or the file has another suffix, is a folder, lies in a run folder or cannot be
        written.

    Examples
    --------
    >>> import tempfile, bayes_roi as br
    >>> model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
    >>> data = br.read_data(br.shipped("data/weekly_funnel.csv"), model)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     br.to_excel(data, f"{folder}/data.xlsx").name
    'data.xlsx'
    """
    check_prob(prob)
    file = excel_file(path)
    try:
        return write_whole(file, workbook(_sheets(noun, prob)))
    except OSError as error:
        raise QueryError(f"cannot write {file}: {said(error)}") from None


def excel_file(path: str | os.PathLike[str]) -> Path:
    """Return the path of an Excel file to write; raise unless it can be one, outside all runs."""
    file = Path(path)
    try:
        folder, place = file.is_dir(), file.resolve().parent
    except ValueError as error:  # a NUL in the name
        raise QueryError(f"{shown(path)} cannot be the name of a file ({error}); name another one") from None
    if folder:
        raise QueryError(f"{file} is a folder; name a file, for example {file / f'tables{KIND}'}")
    if file.suffix.lower() != KIND:
        raise QueryError(f"tables are written as {KIND}, got {file.name!r}; write for example {file.stem}{KIND}")
    if not place.is_dir():
        raise QueryError(f"there is no folder {file.parent}; make it, or name another file")
    if any(manifest_there(above) is not None for above in (place, *place.parents)):
        raise QueryError(f"{file} is inside a run, which is not changed once it is written; name another file")
    return file


def _sheets(noun: object, prob: float) -> tuple[Sheet, ...]:
    if isinstance(noun, Fit):
        return RunTables(noun, prob).sheets
    if isinstance(noun, Plan):
        return (_of_scenario(noun.scenario, noun.model.currency),)
    if isinstance(noun, Scenario):
        return (_of_scenario(noun),)
    if isinstance(noun, Tabular):
        takes_prob = "prob" in inspect.signature(noun.to_frame).parameters
        return _of_frame(noun.to_frame(prob) if takes_prob else noun.to_frame())  # type: ignore[call-arg]
    if type(noun).__module__.partition(".")[0] == "pandas" and hasattr(noun, "columns"):
        return _of_frame(noun)  # type: ignore[arg-type]
    raise QueryError(
        f"no table can be made of a {type(noun).__name__}; give a fit, draws, a comparison, a plan, a channel table, a "
        "panel, or a DataFrame"
    )


def _of_scenario(plan: Scenario, currency: str | None = None) -> Sheet:
    """Return the spend of a plan, a row for each period and channel, as plan files have it."""
    labels, spend = plan.labels.tolist(), plan.money.array
    rows = [(t, c, spend[i, j]) for i, c in enumerate(plan.channels) for j, t in enumerate(labels)]
    return Sheet("plan", ("period", "channel", f"spend [{currency or 'money'}]"), tuple(rows))


def _of_frame(frame: pd.DataFrame) -> tuple[Sheet, ...]:
    """Return a table as a sheet with its labels as columns, and what its `attrs` tell: unit, estimand and note."""
    import pandas as pd

    about_frame = {key: frame.attrs[key] for key in ("unit", "estimand", "note") if frame.attrs.get(key)}
    tidy = frame if isinstance(frame.index, pd.RangeIndex) else frame.reset_index(allow_duplicates=True)
    heads = [" ".join(str(part) for part in c if part != "") if isinstance(c, tuple) else str(c) for c in tidy.columns]
    cells = tidy.astype(object).where(tidy.notna(), None)
    rows: list[tuple[object, ...]] = [tuple(row) for row in cells.itertuples(index=False, name=None)]
    if "unit" in about_frame and "unit" not in heads:
        heads, rows = [*heads, "unit"], [(*row, about_frame["unit"]) for row in rows]
    about = [Sheet("about", ("what", "value"), tuple(about_frame.items()))] if about_frame else []
    return (Sheet("table", tuple(heads), tuple(rows)), *about)
