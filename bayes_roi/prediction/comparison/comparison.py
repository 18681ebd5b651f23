"""The answer of `compare_models`: models by how well they predict, criterion by criterion."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_roi.draws import Evidence
from bayes_roi.numbers import places, ratio
from bayes_roi.plain_text import aligned
from bayes_roi.prediction.backtest import Backtest
from bayes_roi.prediction.comparison.loo import Loo
from bayes_roi.prediction.comparison.stacking import stacking

if TYPE_CHECKING:
    import pandas as pd

PARENTS, FORECAST, LATER = "given parents", "forecast", "later periods"
WHAT = {
    PARENTS: "each row left out, its parents known as they came, mediators among them: no forecast",
    FORECAST: "each row left out with all between spend and outcome, which is forecast by its own equations",
    LATER: "periods after those that a fit knows, forecast from each origin as in a backtest",
}
"""Criterion -> what is predicted, and what is known of it."""
NOT_A_CAUSE = "which model predicts best says nothing of which arrows are causes (docs/prediction.md)"
FEW_SHOWN = 5


@dataclass(frozen=True, eq=False)
class Criterion:
    """Log predictive densities of the same rows under each model.

    Parameters
    ----------
    name
        "given parents", "forecast" or "later periods".
    elpd
        Model -> (rows,) log density of each row by what did not know it.
    rows
        (rows,) what each row is called.
    loo
        Model -> diagnostics of its importance weights; nothing where each number is of a fit of its own.
    """

    name: str
    elpd: Mapping[str, np.ndarray]
    rows: tuple[str, ...]
    loo: Mapping[str, Loo] = field(default_factory=dict)

    @cached_property
    def weights(self) -> dict[str, float]:
        """Model -> its weight in the mixture that predicts these rows best."""
        found = stacking(np.stack(list(self.elpd.values())))
        return dict(zip(self.elpd, found.tolist(), strict=True))

    @property
    def best(self) -> str:
        """The model with the highest sum."""
        return max(self.elpd, key=lambda name: float(self.elpd[name].sum()))

    def untrusted(self, model: str) -> tuple[str, ...]:
        """Return the rows whose importance weights have too long a tail to trust the number."""
        own = self.loo.get(model)
        return () if own is None else tuple(self.rows[i] for i in np.flatnonzero(~(own.pareto_k <= own.good_k)))

    def table(self) -> list[dict[str, Any]]:
        """Return a row for each model, the best first."""
        count, best = len(self.rows), self.elpd[self.best]
        found = []
        for name, each in self.elpd.items():
            apart, own = each - best, self.loo.get(name)
            found.append(
                {
                    "criterion": self.name,
                    "model": name,
                    "rows": count,
                    "elpd": float(each.sum()),
                    "elpd_error": float(np.sqrt(count * each.var())),
                    "difference": float(apart.sum()),
                    "difference_error": float(np.sqrt(count * apart.var())),
                    "weight": self.weights[name],
                    "effective_parameters": None if own is None else own.parameters,
                    "untrusted": None if own is None else len(self.untrusted(name)),
                }
            )
        return sorted(found, key=lambda row: -row["elpd"])


@dataclass(frozen=True, eq=False, repr=False)
class ModelComparison:
    """Models of one outcome by how well they predict it.

    Parameters
    ----------
    outcome
        What is predicted.
    criteria
        What could be computed of all models.
    left_out
        Criterion -> why it could not.
    mediators
        Model -> node that it takes as it came -> a model that forecasts it: the two are given different things.
    backtests
        Model -> the forecasts behind "later periods".
    """

    outcome: str
    criteria: tuple[Criterion, ...]
    left_out: Mapping[str, str]
    mediators: Mapping[str, Mapping[str, str]]
    backtests: Mapping[str, Backtest] = field(default_factory=dict)

    def criterion(self, name: str) -> Criterion:
        """Return one by its name; KeyError where it is not there."""
        return {c.name: c for c in self.criteria}[name]

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each criterion and model."""
        return [row for c in self.criteria for row in c.table()]

    def to_frame(self) -> pd.DataFrame:
        """Return the rows as a frame."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "outcome": self.outcome,
            "estimand": f"log density of {self.outcome} in rows that a fit does not know",
            "unit": "nats",
            "rows": self.rows(),
            "untrusted": {c.name: {m: list(c.untrusted(m)) for m in c.loo} for c in self.criteria if c.loo},
            "left_out": dict(self.left_out),
            "mediators": {name: dict(taken) for name, taken in self.mediators.items()},
            "evidence": str(Evidence.PREDICTIVE),
        }

    def __str__(self) -> str:
        return "\n".join(
            [
                f"{self.outcome}: log densities of rows by what did not know them, higher is better",
                *(line for c in self.criteria for line in _lines(c)),
                *(f"{name}: not computed, as {why}" for name, why in self.left_out.items()),
                *self._notes(),
                NOT_A_CAUSE,
            ]
        )

    def _notes(self) -> list[str]:
        return [
            f"{model} is given {node} as it came, which {other} forecasts: a higher number is no better forecast, "
            f"and what spend does through {node} is not in its effects"
            for model, taken in self.mediators.items()
            for node, other in taken.items()
        ]

    def __repr__(self) -> str:
        return f"<{self}>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def _lines(found: Criterion) -> list[str]:
    """Return a criterion as a table, and below it the rows whose numbers cannot be trusted."""
    head = ["", "elpd", "below the best", "weight", "Pareto k too large"]
    rows = [
        [
            r["model"],
            f"{places(r['elpd'], 1)} ± {places(r['elpd_error'], 1)}",
            "" if r["model"] == found.best else f"{places(-r['difference'], 1)} ± {places(r['difference_error'], 1)}",
            ratio(r["weight"]),
            "" if r["untrusted"] is None else f"{r['untrusted']} of {r['rows']}",
        ]
        for r in found.table()
    ]
    bad = {name: found.untrusted(name) for name in found.elpd}
    lines = [
        f"  {name}: cannot be trusted at {', '.join(at[:FEW_SHOWN])}{' and more' if len(at) > FEW_SHOWN else ''}; "
        f'ask for "{LATER}", which fits anew'
        for name, at in bad.items()
        if at
    ]
    return [f"{found.name}: {WHAT[found.name]}", *(f"  {line}" for line in aligned([head, *rows])), *lines]
