"""Ibis, DuckDB and Spark, which are imported when a log is read and not before."""

from __future__ import annotations

import os
import tempfile
from typing import Any

from bayes_roi.errors import QueryError

INSTALL = "pip install 'bayes_roi[journeys]'"
INSTALL_SPARK = "pip install 'bayes_roi[spark]'"
SPARK_STARTS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",  # what goes wrong is told once, by the error
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "2g",
}
"""How a Spark of this machine is started."""
SPARK_READS = {
    "spark.sql.caseSensitive": "true",
    "spark.sql.csv.parser.columnPruning.enabled": "false",  # else rows of too many cells go unseen
}
"""How its session reads."""
MEMORY = "500MB"
"""What DuckDB may hold before it puts the rest on the disk."""


def library() -> Any:
    """Return the module `ibis`.

    Raises
    ------
    QueryError
        When Ibis or DuckDB is not there.
    """
    try:
        import duckdb as duckdb
        import ibis
    except ImportError:
        raise QueryError(f"journeys need Ibis and DuckDB. Install them: {INSTALL}") from None
    return ibis


def connection() -> Any:
    """Return a DuckDB of this process alone, in memory, which spills to the folder for temporary files."""
    spill = os.path.join(tempfile.gettempdir(), f"bayes_roi-journeys-{os.getpid()}")
    return library().duckdb.connect(memory_limit=MEMORY, temp_directory=spill)


def spark() -> Any:
    """Return a Spark of this machine, in a session of its own; one that already runs is used.

    Raises
    ------
    QueryError
        When PySpark or Java is not there.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise QueryError(f"backend='spark' needs PySpark. Install it: {INSTALL_SPARK}") from None
    builder = SparkSession.builder.master("local[*]").appName("bayes_roi")
    for name, value in SPARK_STARTS.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate().newSession()
    except PySparkException as error:
        said = str(error).strip().splitlines()[0]
        mend = "It needs Java 17 or later: install it, or set JAVA_HOME"
        raise QueryError(f"Spark does not start: {said}. {mend}") from None
    return library().pyspark.connect(session, **SPARK_READS)
