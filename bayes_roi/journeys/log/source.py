"""Where a log is: a file, a data frame or a table of a database, as a table of Ibis."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bayes_roi.errors import DataError, Problem
from bayes_roi.journeys.log.library import connection, library

TEXTS = (".csv", ".tsv", ".txt")
PARQUET = (".parquet", ".pq")


def table_of(source: Any) -> tuple[Any, str]:
    """Return a log as a table of Ibis, and what it is called in messages.

    A table of Ibis stays on its own database. Texts are read once, into DuckDB; Parquet is scanned when it is asked.

    Raises
    ------
    DataError
        When there is no such file, it is none of these kinds, or it cannot be read.
    """
    ibis = library()
    if isinstance(source, ibis.Table):
        return source, "the table"
    if isinstance(source, (str, Path)):
        return _file(Path(source)), str(source)
    if hasattr(source, "columns") and hasattr(source, "iloc"):
        return readable("the data frame", lambda: _frame(source)), "the data frame"
    mend = "give a path, a data frame or a table of Ibis"
    raise DataError("the log", [Problem(f"a {type(source).__name__} is no log", mend)])


def _frame(source: Any) -> Any:
    """Return a data frame as a table of DuckDB; a column that is empty throughout is one of texts."""
    table = library().memtable(source)
    empty = {name: table[name].cast("string") for name, kind in table.schema().items() if kind.is_null()}
    return connection().create_table("log", table.mutate(**empty) if empty else table)


def _file(path: Path) -> Any:
    kind = path.suffix.lower()
    if not path.is_file():
        raise DataError(str(path), [Problem("there is no such file", "check the path")])
    if kind not in (*TEXTS, *PARQUET):
        known = ", ".join((*TEXTS, *PARQUET))
        raise DataError(str(path), [Problem(f"a file in {kind or 'no kind'} is not read", f"give one of {known}")])
    return readable(str(path), lambda: _read(path, kind))


def _read(path: Path, kind: str) -> Any:
    database = connection()
    if kind in PARQUET:
        return database.read_parquet(path)
    return database.create_table("log", database.read_csv(path, all_varchar=True, header=True))


def readable[T](source: str, asked: Callable[[], T]) -> T:
    """Return what a function returns; what the database cannot read becomes a problem of the log.

    Raises
    ------
    DataError
        When it cannot.
    """
    import duckdb
    import pyarrow as pa

    try:
        return asked()
    except (duckdb.Error, pa.ArrowException, library().common.exceptions.IbisError) as error:
        said = str(error).strip().splitlines()[0]
        raise DataError(
            source, [Problem(f"it cannot be read: {said}", "write it anew, one kind of values a column, text as UTF-8")]
        ) from None
