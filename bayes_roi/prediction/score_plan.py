"""What a plan was said to bring, against what came: `br.score_plan`."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_roi.draws import DEFAULT_PROB, Evidence
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit
from bayes_roi.numbers import amount, level, probability
from bayes_roi.prediction.prediction import Prediction, predict
from bayes_roi.prediction.scores import Scores, scores

if TYPE_CHECKING:
    import pandas as pd

    from bayes_roi.decisions.scenarios.scenario import Scenario


@dataclass(frozen=True, eq=False, repr=False)
class PlanScore:
    """A plan's forecast beside what came.

    Parameters
    ----------
    name
        The plan.
    prediction
        What was forecast.
    came
        (periods,) what came; NaN where it is not known yet.
    scores
        Errors over the periods that came.
    tail
        P(the sum over those periods is below what came): near 0 or 1 it was misjudged.
    """

    name: str
    prediction: Prediction
    came: np.ndarray
    scores: Scores
    tail: float

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each period: forecast, and what came."""
        return [
            row | {"came": float(y), "inside": bool(row["shown_lower"] <= y <= row["shown_upper"])}
            for row, y in zip(self.prediction.rows(), self.came.tolist(), strict=True)
            if np.isfinite(y)
        ]

    def to_frame(self) -> pd.DataFrame:
        """Return the rows as a frame."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "plan": self.name,
            "estimand": self.prediction.estimand,
            "unit": self.prediction.unit,
            "evidence": str(Evidence.PREDICTIVE),
            "rows": self.rows(),
            "scores": self.scores.to_dict(),
            "tail": self.tail,
        }

    def __str__(self) -> str:
        inside = sum(r["inside"] for r in self.rows())
        draws = self.prediction.shown.arrays.values.array
        seen = np.isfinite(self.came)
        sums = draws.reshape(-1, draws.shape[-1])[:, seen].sum(axis=1)
        low, high = np.quantile(sums, [(1 - self.prediction.prob) / 2, (1 + self.prediction.prob) / 2])
        wide = level(self.prediction.prob)
        return (
            f"{self.name}: {amount(self.came[seen].sum())} came in {int(seen.sum())} periods; forecast {wide} interval "
            f"{amount(low)} to {amount(high)}; {probability(self.tail)} of the forecast was below it\n"
            f"{inside} of {int(seen.sum())} periods inside their {wide} intervals, MAE {amount(self.scores.mae)}"
        )

    def __repr__(self) -> str:
        return f"<{self}>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def score_plan(
    fit: Fit,
    plan: Scenario,
    actual: Mapping[Any, float] | pd.Series[Any] | np.ndarray | list[float],
    *,
    prob: float = DEFAULT_PROB,
    seed: int | None = None,
) -> PlanScore:
    """Return how a plan's forecast did once its periods have come.

    Parameters
    ----------
    fit
        The fit that the plan was made from: it must not know the periods of the plan.
    plan
        The plan that was carried out, with what other nodes were: `br.scenario(...)`.
    actual
        The outcome of each period of the plan from the first on, of all units together; or period -> outcome, a series
        with periods as index.
    prob, seed
        Of the forecast.

    Raises
    ------
    QueryError
        When there are more values than periods, a period is not the plan's, or the fit knows it already.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
    >>> fit = br.fit(model, br.read_data(br.shipped("data/weekly_funnel.csv"), model), seed=7, draws=100)
    >>> found = br.score_plan(fit, br.scenario(fit, "as last year", periods=3), [265_000, 250_000])
    >>> found.scores.count
    2
    """
    found = predict(fit, plan, prob=prob, seed=seed)
    came = _came(fit, plan, actual)
    values = found.shown.arrays.values.array
    draws = np.nansum(values, axis=2) if values.ndim == 4 else values
    flat = draws.reshape(-1, draws.shape[-1])
    seen = np.isfinite(came)
    tail = float(np.mean(flat[:, seen].sum(axis=1) < came[seen].sum()))
    return PlanScore(plan.name, found, came, scores(flat, came), tail)


def _came(fit: Fit, plan: Scenario, actual: Any) -> np.ndarray:
    """Return what came (periods,), NaN where nothing is said."""
    labels = [str(label) for label in plan.labels.tolist()]
    found = np.full(len(labels), np.nan)
    if not hasattr(actual, "items"):
        values = np.asarray(actual, float)
        if values.ndim != 1 or not 1 <= len(values) <= len(labels):
            raise QueryError(
                f"{plan.name} has {len(labels)} periods; give the outcome of each, got {values.size} values"
            )
        found[: len(values)] = values
        if not np.isfinite(found).any():
            raise QueryError("actual= says nothing of any period")
        return found
    known = {str(p) for p in np.asarray(fit.data.periods).tolist()}
    for period, value in actual.items():
        name = str(period)
        name = name[:10] if len(labels[0]) == 10 else name  # a date with its time
        if name in known:
            raise QueryError(f"{name} is in the table that the plan's fit knows; score periods after it alone")
        if name not in labels:
            raise QueryError(f"{name} is no period of {plan.name}, which goes from {labels[0]} to {labels[-1]}")
        found[labels.index(name)] = float(value)
    if not np.isfinite(found).any():
        raise QueryError("actual= says nothing of any period")
    return found
