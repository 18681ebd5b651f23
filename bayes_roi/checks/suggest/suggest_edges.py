"""Arrows that a table suggests: `br.suggest_edges`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np

from bayes_roi.checks.suggest.knowledge import Arrow, known
from bayes_roi.checks.suggest.lagged_rows import lagged_rows
from bayes_roi.checks.suggest.search import library, search
from bayes_roi.checks.suggest.suggestion import Suggestion
from bayes_roi.errors import QueryError, nearest
from bayes_roi.guards import is_number, whole_number
from bayes_roi.panel import Panel

RESAMPLES = 50
MAX_LAG = 2
ROWS_A_COLUMN = 3
"""Rows that a search needs for each column at each lag: with fewer, correlations given many columns are noise."""
LEAST_ROWS = 30
SAME = 1 - 1e-9
"""Correlation from which two columns are one."""


def suggest_edges(
    data: Panel,
    *,
    outcome: str | None = None,
    spends: Sequence[str] = (),
    forbidden: Collection[Arrow] = (),
    required: Collection[Arrow] = (),
    allowed: Collection[Arrow] = (),
    max_lag: int = MAX_LAG,
    alpha: float = 0.05,
    resamples: int = RESAMPLES,
    seed: int = 0,
    progress: Callable[[str, float], None] | None = None,
) -> Suggestion:
    """Return how often each arrow between columns is found in rows drawn anew: a hypothesis to draw a graph from.

    Trend and season are taken out of every column, what is left is put into normal scores (so that curves that rise
    and tails do no harm, Harris and Drton 2013) and stands beside its own earlier values. The PC algorithm
    then drops every pair that some set makes independent, and directs what is left: forward in time across periods, by
    colliders within one. That is done for rows that are drawn anew in blocks, as rows are autocorrelated.

    Parameters
    ----------
    data
        The table, as `br.read_data` returns it. Labels and columns that never change are left out.
    outcome, spends
        Names of columns: within a period no spend is caused by the outcome.
    forbidden, required
        Arrows that are not there, and that are: ("tv", "sales") at every lag, ("tv", "sales", 1) at that lag. A
        required arrow without a lag is that of the shortest lag that is allowed.
    allowed
        Arrows that `spends` and `outcome` would forbid.
    max_lag
        How many earlier values of each column are searched, in periods; 0 for rows that are exchangeable.
    alpha
        Level of each test, in (0, 0.5].
    resamples
        How often rows are drawn anew.
    seed
        Of the rows drawn.
    progress
        Told what is being done and the share that is done.

    Returns
    -------
    Suggestion
        Shares of resamples for each arrow, each pair and each lag.

    Raises
    ------
    QueryError
        If a column is not there, two columns are one, an arrow is required and forbidden, there are too few rows, or
        causal-learn is not installed.

    Notes
    -----
    Spirtes, Glymour and Scheines (2000), Causation, Prediction, and Search, section 5.4.2; Friedman, Goldszmidt and
    Wyner (1999) for the frequencies; docs/against_data.md for how many arrows it finds, and how many wrong ones.
    """
    library()
    if data.periods is None:
        max_lag = 0
    _require(max_lag, alpha, resamples)
    names, left_out = _searched(data)
    _require_columns(data, names, left_out, [*spends, *([outcome] if outcome is not None else [])])
    never = [(outcome, spend) for spend in spends] if outcome is not None else []
    knowledge = known(names, max_lag, forbidden=forbidden, required=required, never=never, unless=allowed)
    rows = lagged_rows(data, names, max_lag)
    least = max(LEAST_ROWS, ROWS_A_COLUMN * len(names) * (max_lag + 1))
    if len(rows.values) < least:
        raise QueryError(
            f"{data.source} has {len(rows.values)} whole rows with {max_lag} rows before them; a search of "
            f"{len(names)} columns at lags 0 to {max_lag} needs {least}. Give fewer columns, or a smaller max_lag."
        )
    _require_apart(rows.values, names)
    block = max(len(rows.values) ** (1 / 3), max_lag + 1.0) if data.periods is not None else 1.0
    rng, found = np.random.default_rng(seed), []
    for i in range(resamples):
        if progress is not None:
            progress("rows drawn anew", i / resamples)
        found.append(search(rows.resampled(rng, block), knowledge, alpha=alpha))
    directed, adjacent = (np.stack([getattr(f, n) for f in found]) for n in ("directed", "adjacent"))
    return Suggestion(
        names=names,
        directed=directed.mean(axis=0),
        adjacent=adjacent.mean(axis=0),
        directed_ever=directed.any(axis=1).mean(axis=0),
        adjacent_ever=adjacent.any(axis=1).mean(axis=0),
        required=knowledge.required,
        spends=tuple(spends),
        outcome=outcome,
        left_out=left_out,
        rows_used=len(rows.values),
        seasons=rows.seasons,
        block=block,
        resamples=resamples,
        alpha=alpha,
    )


def _require_apart(rows: np.ndarray, names: Sequence[str]) -> None:
    """Raise if two columns, or one and the earlier values of another, are the same in other units."""
    alike = np.argwhere(np.triu(np.abs(np.corrcoef(rows.T)) > SAME, 1))
    for one, other in alike[alike[:, 0] < len(names)].tolist():
        lag, at = divmod(other, len(names))
        later = f" {lag} periods before" if lag else ""
        raise QueryError(
            f"{names[one]!r} and {names[at]!r}{later} rise and fall together in every row, so that no row tells their "
            "arrows apart; leave one of them out"
        )


def _require(max_lag: int, alpha: float, resamples: int) -> None:
    whole_number(max_lag, "max_lag", 0)
    whole_number(resamples, "resamples", 1)
    if not is_number(alpha) or not 0 < alpha <= 0.5:
        raise QueryError(f"alpha must be in (0, 0.5], got {alpha!r}. It is the level of a test, e.g. alpha=0.05.")


def _searched(data: Panel) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the columns to search, and of the others why they are left out."""
    left_out = {}
    for name, column in data.columns.items():
        seen = column[np.isfinite(column)]
        if name in data.levels:
            left_out[name] = "its values are labels"
        elif seen.size == 0 or np.ptp(seen) == 0:
            left_out[name] = "it never changes"
    return tuple(n for n in data.columns if n not in left_out), left_out


def _require_columns(data: Panel, names: Sequence[str], left_out: dict[str, str], asked: Sequence[str]) -> None:
    for name in asked:
        if name in left_out:
            raise QueryError(f"{name!r} cannot be searched: {left_out[name]}. Leave it out of outcome and spends.")
        if name not in names:
            raise QueryError(
                f"{data.source} has no column {name!r}{nearest(name, names) or '.'} It has {', '.join(names)}."
            )
    if len(names) < 2:
        raise QueryError(f"{data.source} has {len(names)} columns that change; a search for arrows needs two")
