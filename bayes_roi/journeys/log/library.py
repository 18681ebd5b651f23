"""Ibis and DuckDB, which are imported when a log is read and not before."""

from __future__ import annotations

import os
import tempfile
from typing import Any

from bayes_roi.errors import QueryError

INSTALL = "pip install 'bayes_roi[journeys]'"
MEMORY = "1GB"
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
