"""Values far from the others of their column: flagged, moved to the nearest that is none, or taken out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.numbers import places, plain
from bayes_roi.panel.audit import AuditEntry
from bayes_roi.panel.clean import Action, Outliers
from bayes_roi.panel.cleaning.entries import entry
from bayes_roi.panel.observed import Observed

THRESHOLDS = {"zscore": 3.5, "iqr": 3.0, "isolation_forest": 0.8}
UNITS = {
    "zscore": "population sd from the mean",
    "iqr": "iqr outside",
    "isolation_forest": "anomaly score of an isolation forest",
}
DONE: dict[Action, str] = {"flag": "flagged outlier", "cap": "capped outlier", "missing": "took out outlier"}
INSTALL = "pip install 'bayes_roi[outliers]'"
TREES = 200


def treat_outliers(
    observed: Observed,
    how: Mapping[str, Outliers],
    action: Mapping[str, Action],
    threshold: float | None = None,
) -> tuple[Observed, list[AuditEntry]]:
    """Return the columns with their outliers treated as asked, and an entry for each of them.

    Raises
    ------
    QueryError
        If an isolation forest is asked for and scikit-learn is not there.
    """
    values, audit = dict(observed.values), list[AuditEntry]()
    for name, column in observed.values.items():
        method = how.get(name, "keep")
        if method == "keep" or not np.isfinite(column).any():
            continue
        limit = threshold or THRESHOLDS[method]
        distance = _distance(column, method)
        far = distance > limit
        values[name] = _treated(column, far, action[name])
        for i in np.flatnonzero(far):
            digits = 2 if method == "isolation_forest" else 1
            reason = f"{places(distance[i], digits)} {UNITS[method]}, above {plain(limit)}"
            done = DONE[action[name]]
            audit.append(entry(observed, done, reason, int(i), name, column[i], values[name][i]))
    return replace(observed, values=values), audit


def _treated(column: np.ndarray, far: np.ndarray, action: Action) -> np.ndarray:
    if action == "flag":
        return column
    if action == "missing":
        return np.where(far, np.nan, column)
    near = column[~far & np.isfinite(column)]
    return np.where(far, np.clip(column, near.min(), near.max()), column) if near.size else column


def _distance(column: np.ndarray, method: Outliers) -> np.ndarray:
    """Return how far each value (rows,) is from the others; -inf where it is missing."""
    known = np.isfinite(column)
    measure = {"zscore": _z_score, "iqr": _fences, "isolation_forest": _anomaly}[method]
    distance = np.full(column.size, -np.inf)
    distance[known] = measure(column[known])
    return distance


def _z_score(column: np.ndarray) -> np.ndarray:
    sd = column.std()  # population sd: divided by the number of rows
    return np.abs(column - column.mean()) / sd if sd > 0 else np.zeros(column.size)


def _fences(column: np.ndarray) -> np.ndarray:
    """Return how many interquartile ranges each value lies outside the quartiles; 0 between them."""
    lower, upper = np.quantile(column, [0.25, 0.75])
    outside = np.maximum(np.maximum(lower - column, column - upper), 0)
    return outside / (upper - lower) if upper > lower else np.zeros(column.size)


def _anomaly(column: np.ndarray) -> np.ndarray:
    """Return the anomaly score of each value by itself, 2^(-E[path] / c(n)): near 1 where few cuts set it apart."""
    try:
        from sklearn.ensemble import IsolationForest
    except ImportError:
        raise QueryError(
            f"clean: outliers='isolation_forest' needs scikit-learn. Install it: {INSTALL}, or choose 'iqr'."
        ) from None
    forest = IsolationForest(n_estimators=TREES, random_state=0).fit(column[:, None])
    return -np.asarray(forest.score_samples(column[:, None]))
