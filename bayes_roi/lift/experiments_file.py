"""Lift tests as files: a row each in CSV or Excel, an entry each in YAML."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from bayes_roi.atomic import said, write_whole
from bayes_roi.errors import DataError, Problem, QueryError, nearest
from bayes_roi.experiments.lift_test import LiftTest
from bayes_roi.experiments.record import Record, record_of
from bayes_roi.panel.table import read_table
from bayes_roi.plain_text import shown

YAML = (".yaml", ".yml")
KEY = "experiments"
FIELDS = tuple(Record.model_fields)
WANTED = ("estimate", "lower", "upper", "rows")
"""What a planned test waits for."""
NOTE = (
    "# A planned test waits for its result: estimate with lower and upper (or se: instead of them), whether chance\n"
    "# decided who was treated, and rows: table where it was computed from rows of the table, else rows: elsewhere.\n"
)
ALIKE = {"start": "during", "date": "during", "effect": "estimate", "lift": "estimate", "low": "lower", "high": "upper"}


def read_experiments(source: str | PathLike[str]) -> tuple[LiftTest, ...]:
    r"""Return the lift tests of a file.

    Parameters
    ----------
    source
        A table (.csv, .tsv, .xlsx, .parquet) with a row for each test and columns named as the arguments of `LiftTest`,
        its interval in `lower` and `upper`; several units or spends in a cell are parted by semicolons. Or a .yaml file
        with a list of the same under `experiments:`. Empty cells say nothing. A test without `estimate` is planned.

    Raises
    ------
    DataError
        With all that is wrong, row by row.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "tests.csv"
    >>> rows = "channel,during,design,estimate,lower,upper,randomised\nsearch,2025-03,off,-90,-150,-30,yes\n"
    >>> _ = file.write_text(rows)
    >>> print(read_experiments(file)[0])
    search off during 2025-03: -90 [-150, -30]
    """
    path = Path(source)
    entries = _of_yaml(path) if path.suffix.lower() in YAML else _of_table(path)
    found, problems = [], []
    for place, entry in entries:
        try:
            found.append(Record.model_validate(entry).test())
        except ValidationError as error:
            first = {str(e["loc"][:1]): dict(e) for e in reversed(error.errors())}  # one a field
            problems += [_problem(place, e) for e in reversed(first.values())]
        except QueryError as error:
            problems.append(Problem(str(error), "mend this entry", None, place))
    if problems:
        raise DataError(path.name, problems)
    if not found:
        raise DataError(path.name, [Problem("it holds no test", f"give a row for each, with {', '.join(FIELDS[:6])}")])
    return tuple(found)


def write_experiments(tests: Sequence[LiftTest], path: str | PathLike[str]) -> Path:
    """Write lift tests to a YAML file, from which `read_experiments` has them again; planned ones wait for a result.

    Raises
    ------
    QueryError
        When the file cannot be written.
    """
    import yaml

    file = Path(path)
    if file.suffix.lower() not in YAML:
        raise QueryError(f"tests are written as YAML; name a file that ends with .yaml, got {file.name!r}")
    entries = [record_of(t) | ({} if t.has_result else _wanted(t)) for t in tests]
    text = yaml.safe_dump({KEY: entries}, sort_keys=False, allow_unicode=True, width=10**9)
    try:
        return write_whole(file, NOTE * any(not t.has_result for t in tests) + text)
    except OSError as error:
        raise QueryError(f"cannot write {file}: {said(error)}") from error


def _of_yaml(path: Path) -> list[tuple[int | None, dict[str, Any]]]:
    """Return the entries of a YAML file, numbered from one."""
    import yaml

    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(path.name, [Problem(f"cannot read it ({error})", "name a file that is there")]) from None
    except (yaml.YAMLError, RecursionError) as error:
        text = str(getattr(error, "problem", "") or "it nests too deeply")
        raise DataError(path.name, [Problem(f"it is not YAML ({text})", "mend it there")]) from None
    entries = found.get(KEY) if isinstance(found, dict) else found
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise DataError(path.name, [Problem(f"it has no list of tests under {KEY}:", "give a list of entries")])
    said_of = [{str(k): v for k, v in e.items() if v is not None} for e in entries]
    return list(enumerate(said_of, start=1))


def _of_table(path: Path) -> list[tuple[int | None, dict[str, Any]]]:
    """Return the rows of a table, numbered as a spreadsheet counts; empty cells are left out."""
    table = read_table(path)
    header = [str(name).strip().lower() for name in table.header]
    problems = list(table.misshapen) + [_unknown(name) for name in header if name not in FIELDS]
    lacking = [name for name in ("channel", "during") if name not in header]
    problems += [Problem(f"there is no column {name!r}", f"columns are {', '.join(FIELDS)}") for name in lacking]
    if problems:
        raise DataError(path.name, problems)
    cells = {name: table.column(i).tolist() for i, name in enumerate(header)}
    rows = [{n: _cell(n, x[i]) for n, x in cells.items() if not _empty(x[i])} for i in range(len(table.row_numbers))]
    return list(zip(table.row_numbers.tolist(), rows, strict=True))


def _cell(name: str, value: Any) -> Any:
    if name in ("during", "measured") and isinstance(value, float) and value == int(value):
        return int(value) if value < 1000 or value > 2999 else str(int(value))
    if name in ("during", "measured", "channel", "units", "name"):
        return (
            value if isinstance(value, int) and name in ("during", "measured") and value < 1000 else str(value).strip()
        )
    return value.strip() if isinstance(value, str) else value


def _empty(value: Any) -> bool:
    return (
        value is None
        or (isinstance(value, str) and not value.strip())
        or (isinstance(value, float) and np.isnan(value))
    )


def _unknown(name: str) -> Problem:
    hint = f"; did you mean {ALIKE[name]!r}?" if name in ALIKE else nearest(name, FIELDS)
    return Problem(f"the column {shown(name)} is not known{hint}", f"columns are {', '.join(FIELDS)}", name, 1)


def _problem(place: int | None, error: dict[str, Any]) -> Problem:
    where = str(error["loc"][0]) if error["loc"] else None
    if error["type"] == "extra_forbidden" and where is not None:
        return _unknown(where)
    if error["type"] == "missing":
        return Problem(f"{where} is not said", "give it", where, place)
    return Problem(
        f"{shown(str(error['input']))} is not what it takes: {error['msg']}", "mend this entry", where, place
    )


def _wanted(test: LiftTest) -> dict[str, Any]:
    """Return what a planned test has still to be given."""
    return dict.fromkeys(WANTED) | {"randomised": test.randomised}
