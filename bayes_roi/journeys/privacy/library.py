"""OpenDP, which is imported when counts are released and not before."""

from __future__ import annotations

from typing import Any

from bayes_roi.errors import QueryError

INSTALL = "pip install 'bayes_roi[journeys,privacy]'"


def library() -> Any:
    """Return the module `opendp.prelude`.

    Raises
    ------
    QueryError
        When OpenDP is not there.
    """
    try:
        import opendp.prelude as dp
    except ImportError:
        raise QueryError(f"a private release needs OpenDP. Install it: {INSTALL}") from None
    return dp
