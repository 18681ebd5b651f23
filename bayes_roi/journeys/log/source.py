"""Where a log is: a file, a data frame or a table of a database, as a table of Ibis."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, get_args

from bayes_roi.errors import DataError, Problem, QueryError
from bayes_roi.journeys.log.library import connection, library, spark

TEXTS = (".csv", ".tsv", ".txt")
PARQUET = (".parquet", ".pq")


Backend = Literal["duckdb", "spark"]
RECORDS = {"header": True, "inferSchema": False, "multiLine": True, "mode": "FAILFAST"}
"""How Spark reads texts: all cells as texts, and no row of other cells than the header has."""


def table_of(source: Any, backend: Backend = "duckdb") -> tuple[Any, str]:
    """Return a log as a table of Ibis, and what it is called in messages.

    A table of Ibis stays on its own database. Texts are read once, into DuckDB; Parquet is scanned when it is asked.

    Raises
    ------
    DataError
        When there is no such file, it is none of these kinds, or it cannot be read.
    QueryError
        When there is no such backend, or it is Spark and the log is no file.
    """
    ibis = library()
    if backend not in get_args(Backend):
        raise QueryError(f"backend must be {' or '.join(map(repr, get_args(Backend)))}, got {backend!r}")
    if isinstance(source, (str, Path)):
        return _file(Path(source), backend), str(source)
    if backend == "spark":
        mend = "give a path; a table of Ibis stays on its own database, without backend"
        raise QueryError(f"backend='spark' reads files, got a {type(source).__name__}: {mend}")
    if isinstance(source, ibis.Table):
        return source, "the table"
    if hasattr(source, "columns") and hasattr(source, "iloc"):
        return readable("the data frame", lambda: _frame(source)), "the data frame"
    mend = "give a path, a data frame or a table of Ibis"
    raise DataError("the log", [Problem(f"a {type(source).__name__} is no log", mend)])


def _frame(source: Any) -> Any:
    """Return a data frame as a table of DuckDB; a column that is empty throughout is one of texts."""
    table = library().memtable(source)
    empty = {name: table[name].cast("string") for name, kind in table.schema().items() if kind.is_null()}
    return connection().create_table("log", table.mutate(**empty) if empty else table)


def _file(path: Path, backend: Backend) -> Any:
    kind = path.suffix.lower() or (".parquet" if path.is_dir() else "")
    if not path.is_file() and not (backend == "spark" and path.is_dir()):
        raise DataError(str(path), [Problem("there is no such file", "check the path")])
    if kind not in (*TEXTS, *PARQUET):
        known = ", ".join((*TEXTS, *PARQUET))
        raise DataError(str(path), [Problem(f"a file in {kind or 'no kind'} is not read", f"give one of {known}")])
    read = _read_by_spark if backend == "spark" else _read
    return readable(str(path), lambda: read(path, kind))


def _read(path: Path, kind: str) -> Any:
    database = connection()
    if kind in PARQUET:
        return database.read_parquet(path)
    return database.create_table("log", database.read_csv(path, all_varchar=True, header=True))


def _read_by_spark(path: Path, kind: str) -> Any:
    """Return a file as a table of Spark; what parts the cells of a text is found by DuckDB, as it is for itself."""
    import duckdb

    database = spark()
    if kind in PARQUET:
        return database.read_parquet(path)
    file = next(path.glob("*.[ct]*"), path) if path.is_dir() else path
    found = duckdb.execute(
        "select delimiter, quote, escape from sniff_csv(?, all_varchar=true, header=true)", [str(file)]
    )
    between, quote, escape = (cell if cell and cell != "(empty)" else None for cell in found.fetchone() or ())
    marks = {"sep": between or ",", "quote": quote or '"', "escape": escape or quote or '"'}
    return database.read_csv(path, **RECORDS, **marks)


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
    except (duckdb.Error, pa.ArrowException, library().common.exceptions.IbisError, *_of_spark()) as error:
        mend = "write it anew, one kind of values a column, text as UTF-8"
        if "TIMESTAMP(NANOS" in str(error):
            mend = "Spark reads no stamps in nanoseconds: write them in microseconds"
        raise DataError(source, [Problem(f"it cannot be read: {_said(error)}", mend)]) from None


def _of_spark() -> tuple[type[Exception], ...]:
    """Return the errors of Spark, if it is there."""
    if "pyspark" not in sys.modules:
        return ()
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    return Py4JError, PySparkException


def _said(error: Exception) -> str:
    """Return the line that tells most: of Java's the last cause, of others the first."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    causes = [line.partition(": ")[2] for line in lines if line.startswith("Caused by: ")]
    return causes[-1].partition(": ")[2] or causes[-1] if causes else lines[0]
