"""Columns cleaned as asked: outliers first, which may become missing, then missing values."""

from __future__ import annotations

from bayes_roi.errors import Problem, QueryError
from bayes_roi.panel.audit import AuditEntry
from bayes_roi.panel.clean import Clean, Columns
from bayes_roi.panel.cleaning.missing import fill_missing
from bayes_roi.panel.cleaning.outliers import treat_outliers
from bayes_roi.panel.observed import Observed


def filled_in(observed: Observed, asked: Clean, named: Columns) -> tuple[Observed, list[AuditEntry], list[Problem]]:
    """Return the columns with their outliers treated and their missing values filled in, and what could not be.

    Raises
    ------
    QueryError
        If outliers are to be taken out of a column whose missing values are an error.
    """
    outliers, action = named.chosen(asked, "outliers"), named.chosen(asked, "outlier_action")
    missing = named.chosen(asked, "missing")
    for name, method in outliers.items():
        if method != "keep" and action[name] == "missing" and missing[name] == "error":
            raise QueryError(
                f"clean: outliers of {name!r} are to be taken out, and missing values are an error. Choose what "
                "missing is to be, for example missing='interpolate'."
            )
    treated, treating = treat_outliers(observed, outliers, action, asked.outlier_threshold)
    filled, filling, problems = fill_missing(treated, missing)
    return filled, [*treating, *filling], problems
