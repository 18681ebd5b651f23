"""Models of one outcome side by side, by how well they predict it: `br.compare_models`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.guards import whole_number
from bayes_roi.inference.fit import Fit, thinned
from bayes_roi.inference.same_rows import check_same_rows
from bayes_roi.prediction.backtest import DRAWS, Backtest, backtest
from bayes_roi.prediction.comparison.comparison import FORECAST, LATER, PARENTS, Criterion, ModelComparison
from bayes_roi.prediction.comparison.loo import loo
from bayes_roi.prediction.comparison.pointwise import (
    Pointwise,
    forecast,
    given_parents,
    known_beforehand,
    why_not,
)
from bayes_roi.prediction.folds import Known

MOST_DRAWS = 2000
"""Draws of each fit that rows are left out by."""


def compare_models(
    fits: Mapping[str, Fit],
    *,
    folds: int = 10,
    horizon: int = 4,
    step: int | None = None,
    known: Known = "spend and causes",
    draws: int = DRAWS,
    seed: int | None = None,
    progress: bool | None = None,
) -> ModelComparison:
    r"""Return how well models predict the same rows of an outcome, by three criteria that are kept apart.

    "given parents": $\sum_t \log p(y_t \mid \text{pa}(y_t), y_{-t})$, rows left out by Pareto-smoothed importance
    sampling; a mediator among the parents is known, so that this is no forecast. "forecast": the same of
    $p(y_t \mid \text{spends and what has no equation})$, the whole row left out and what lies between forecast. "later
    periods": $\sum_{t > T} \log p(y_t \mid y_{1:T})$ from the rolling origins of a backtest, each by a fit of its own
    (leave-future-out). Weights are those of stacking.

    Parameters
    ----------
    fits
        Name -> fit, all of one outcome and the same rows of it.
    folds, horizon, step, known, draws
        Of the backtests, as `backtest` takes them; no folds leave "later periods" out.
    seed
        Of noise and of the fits; that of the first fit when None.
    progress
        False shows no progress.

    Returns
    -------
    ModelComparison
        Log densities in nats; evidence: predictive.

    Raises
    ------
    QueryError
        When there are fewer than two fits, they are of other outcomes or rows, or there are too few rows for the folds.

    References
    ----------
    Vehtari, Gelman and Gabry (2017); Bürkner, Gabry and Vehtari (2020), leave-future-out; Yao et al. (2018), stacking.

    Examples
    --------
    >>> import bayes_roi as br
    >>> text = "clicks ~ tv \n sales ~ clicks"
    >>> model = br.Model(name="m", equations=text, outcome="sales", channels={"tv": "tv"})
    >>> direct = br.Model(name="m", equations=text + " + tv", outcome="sales", channels={"tv": "tv"})
    >>> data = br.simulate(model, periods=100, seed=1)
    >>> found = br.compare_models({"by clicks": br.fit(model, data), "also directly": br.fit(direct, data)})
    >>> [c.name for c in found.criteria]
    ['given parents', 'forecast']
    """
    if len(fits) < 2:
        raise QueryError(f"a comparison is of two models or more, got {len(fits)}; give compare_models({{name: fit}})")
    check_same_rows(fits)
    whole_number(folds, "folds", 0)
    first = next(iter(fits.values()))
    seed = first.seed if seed is None else seed
    some = {name: thinned(fit, MOST_DRAWS) for name, fit in fits.items()}
    found: list[Criterion] = []
    left_out: dict[str, str] = {}
    if why := _why_not(fits, whole=False):
        left_out[PARENTS] = why
    else:
        found.append(_rows_left_out(PARENTS, some, given_parents))
    if why := _why_not(fits, whole=True):
        left_out[FORECAST] = why
    else:
        found.append(_rows_left_out(FORECAST, some, lambda fit: forecast(fit, seed)))
    backtests: dict[str, Backtest] = {}
    if why := _no_later(fits, folds):
        left_out[LATER] = why
    else:
        for name, fit in fits.items():
            backtests[name] = backtest(
                fit.model, fit.data, folds=folds, horizon=horizon, step=step, known=known, draws=draws, seed=seed,
                progress=progress,
            )  # fmt: skip
        found.append(_later(backtests))
    return ModelComparison(first.model.outcome, tuple(found), left_out, _mediators(fits), backtests)


def _why_not(fits: Mapping[str, Fit], *, whole: bool) -> str | None:
    reasons = ((name, why_not(fit.model, whole=whole)) for name, fit in fits.items())
    return next((f"in {name} {why}" for name, why in reasons if why), None)


def _no_later(fits: Mapping[str, Fit], folds: int) -> str | None:
    if not folds:
        return "no folds were asked for"
    for name, fit in fits.items():
        if fit.data.clock is None:
            return f"the rows are no periods (the model of {name} has no time:)"
        if fit.model.outcome in fit.model.identity:
            return f"in {name} {fit.model.outcome} is computed, and has no noise of its own"
        if fit.experiments:
            return f"{name} knows lift tests, which fits to earlier rows would not"
    return None


def _rows_left_out(name: str, fits: Mapping[str, Fit], densities: Callable[[Fit], Pointwise]) -> Criterion:
    first = next(iter(fits.values()))
    seen = np.isfinite(first.design.rows[first.model.outcome])
    found = {n: loo(fit, densities(fit), seen) for n, fit in fits.items()}
    return Criterion(name, {n: x.elpd for n, x in found.items()}, _labels(first, seen), found)


def _labels(fit: Fit, seen: np.ndarray) -> tuple[str, ...]:
    """Return what rows are called: their period, with the unit of a panel; their number where they are no periods."""
    rows = fit.design
    labels = [f"row {i + 1}" for i in range(rows.length)] if rows.periods is None else [str(p) for p in rows.periods]
    if rows.codes is not None:
        labels = [f"{label} in {rows.units[code]}" for label, code in zip(labels, rows.codes, strict=True)]
    return tuple(label for label, there in zip(labels, seen, strict=True) if there)


def _later(backtests: Mapping[str, Backtest]) -> Criterion:
    """Return the log scores of the periods that were forecast; where folds overlap, of each forecast of a period."""
    first = next(iter(backtests.values()))
    each = {name: np.concatenate([f.log_score.ravel() for f in b.folds]) for name, b in backtests.items()}
    labels = [f"{p} from {f.origin}{f' in {u}' if u else ''}" for f in first.folds for u in f.units for p in f.labels]
    seen = np.isfinite(next(iter(each.values())))
    return Criterion(
        LATER, {n: x[seen] for n, x in each.items()}, tuple(x for x, there in zip(labels, seen, strict=True) if there)
    )


def _mediators(fits: Mapping[str, Fit]) -> dict[str, dict[str, str]]:
    """Return model -> node that it takes as it came -> another model, in which that node answers to spend."""
    found: dict[str, dict[str, str]] = {}
    for name, fit in fits.items():
        for node in sorted(known_beforehand(fit.model) - set(fit.model.spends)):
            for other, theirs in fits.items():
                graph = theirs.model.graph
                if node in theirs.model.modelled and graph.ancestors([node]) & set(theirs.model.spends):
                    found.setdefault(name, {}).setdefault(node, other)
    return found
