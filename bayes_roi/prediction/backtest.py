"""How wrong earlier forecasts would have been: `br.backtest`."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from bayes_roi.draws import Evidence
from bayes_roi.errors import QueryError
from bayes_roi.guards import whole_number
from bayes_roi.inference.progress import progress as progress_bar
from bayes_roi.model.language.model import Model
from bayes_roi.model.rows.layout import carry_in_rows
from bayes_roi.numbers import amount, percent, ratio
from bayes_roi.panel import Panel
from bayes_roi.plain_text import aligned
from bayes_roi.prediction.folds import MODEL, Fold, Known, folds_of
from bayes_roi.prediction.rivals import RivalName, check_rivals
from bayes_roi.prediction.scores import Scores, scores

if TYPE_CHECKING:
    import pandas as pd

DRAWS = 500
LEAST_ROWS = 20
PARTS_SHOWN = 3
MISJUDGED = 0.05
"""Tail of a forecast beyond which a period is called misjudged."""


@dataclass(frozen=True, eq=False, repr=False)
class Backtest:
    """Forecasts from earlier periods, against what came.

    Parameters
    ----------
    outcome
        What is predicted.
    folds
        The forecasts, by origin.
    known
        What of the weeks ahead they were given.
    """

    outcome: str
    folds: tuple[Fold, ...]
    known: str

    @property
    def forecasters(self) -> tuple[str, ...]:
        """The model, and what it is held against."""
        return tuple(self.folds[0].draws)

    def scores(self, forecaster: str = MODEL, *, ahead: int | None = None) -> Scores:
        """Return scores over all folds, or of the periods that were so far ahead alone (1 for the first)."""
        at = slice(None) if ahead is None else slice(ahead - 1, ahead)
        few = min(len(f.draws[forecaster]) for f in self.folds)
        draws = [f.draws[forecaster][:few, :, at].reshape(few, -1) for f in self.folds]
        came = [f.came[:, at].ravel() for f in self.folds]
        return scores(np.concatenate(draws, axis=1), np.concatenate(came))

    @property
    def horizon(self) -> int:
        """Periods ahead of each origin."""
        return len(self.folds[0].labels)

    def misjudged(self) -> list[dict[str, Any]]:
        """Return the periods whose outcome was beyond the model's tails, the worst first, and what they were off by.

        `by` divides what came less the mean forecast over nodes: what the outcome's own equation did not say, and what
        each node before it was off. `beside` names nodes before it that were beyond their own tails.
        """
        found = []
        for fold in self.folds:
            own = fold.tails[self.outcome]
            for u, t in np.argwhere(np.minimum(own, 1 - own) < MISJUDGED / 2):
                others = {n: x[u, t] for n, x in fold.tails.items() if n != self.outcome}
                off = [n for n, p in others.items() if min(p, 1 - p) < MISJUDGED / 2]
                found.append(
                    {
                        "period": fold.labels[t].item(),
                        "unit": fold.units[u],
                        "origin": fold.origin,
                        "came": float(fold.came[u, t]),
                        "predicted": float(np.median(fold.draws[MODEL][:, u, t])),
                        "tail": float(min(own[u, t], 1 - own[u, t])),
                        "by": {n: float(x[u, t]) for n, x in fold.surprise.items()},
                        "beside": off,
                    }
                )
        return sorted(found, key=lambda row: row["tail"])

    def rows(self) -> list[dict[str, Any]]:
        """Return a row of scores for each forecaster: over all, and by periods ahead."""
        steps = [None, *range(1, self.horizon + 1)]
        return [
            {"forecaster": name, "ahead": step} | self.scores(name, ahead=step).to_dict()
            for name in self.forecasters
            for step in steps
        ]

    def to_frame(self) -> pd.DataFrame:
        """Return the scores as a frame."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "outcome": self.outcome,
            "estimand": f"errors of forecasts of {self.outcome} from earlier origins",
            "unit": self.outcome,
            "known": self.known,
            "origins": [f.origin for f in self.folds],
            "horizon": self.horizon,
            "scores": self.rows(),
            "misjudged": self.misjudged(),
            "evidence": str(Evidence.PREDICTIVE),
        }

    def __str__(self) -> str:
        head = ["", "rows", "RMSE", "MAE", "MAPE", "R2", "CRPS", "in 50 %", "in 90 %"]
        rows = [[name, *cells(self.scores(name))] for name in self.forecasters]
        first = self.folds[0].origin, self.folds[-1].origin
        lines = [
            f"{self.outcome}: {len(self.folds)} forecasts of {self.horizon} periods, from {first[0]} to {first[1]}, "
            f"given {self.known} of the periods ahead",
            *aligned([head, *rows]),
        ]
        for row in self.misjudged()[:5]:
            where = f" in {row['unit']}" if row["unit"] else ""
            lines.append(
                f"misjudged: {row['period']}{where}, {amount(row['came'])} came where {amount(row['predicted'])} was "
                f"predicted; {_by(row['by'], self.outcome)}"
            )
        lines.append("a good forecast is no proof of cause: a wrong graph may predict better (docs/prediction.md)")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<{self}>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def backtest(
    model: Model,
    data: Panel,
    *,
    folds: int = 10,
    horizon: int = 4,
    step: int | None = None,
    known: Known = "spend and causes",
    rivals: Sequence[RivalName] = ("seasonal naive",),
    draws: int = DRAWS,
    seed: int = 0,
    progress: bool | None = None,
) -> Backtest:
    """Return how forecasts from earlier periods would have done, beside rivals that know no model.

    From each origin the model is fitted to the rows up to it alone, so that nothing of later periods, carry-over among
    it, is known, and predicts the `horizon` periods after it, noise and all.

    Parameters
    ----------
    model, data
        What to fit.
    folds
        Number of origins, the last so that its periods end with the table.
    horizon
        Periods that are predicted from each.
    step
        Periods between two origins; the horizon when None.
    known
        What of the periods ahead is given: "spend and causes" (all without an equation, as it came), "spend" (the rest
        as a year before), or "nothing".
    rivals
        What stands beside it: "seasonal naive" (last year again), "AutoETS" (exponential smoothing of the outcome
        alone, by statsforecast), "boosted trees" (of scikit-learn, on lags, the season and what the model is given of
        the periods ahead). `pip install 'bayes_roi[forecast]'` has what the last two need.
    draws
        Draws a chain of each fit, of 2 chains.
    seed
        Of the fits and the noise.
    progress
        False shows no progress.

    Returns
    -------
    Backtest
        Scores over all and by periods ahead; evidence: predictive.

    Raises
    ------
    QueryError
        When the rows are no periods, the first fold has too few of them, the outcome has no equation, or
        what a rival needs is not installed.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
    >>> data = br.read_data(br.shipped("data/weekly_funnel.csv"), model)
    >>> found = br.backtest(model, data, folds=2, horizon=4, draws=50, progress=False)
    >>> found.scores().count
    8
    """
    for name, value in (("folds", folds), ("horizon", horizon)):
        whole_number(value, name, 1)
    step = horizon if step is None else whole_number(step, "step", 1)
    if known not in get_args(Known):
        raise QueryError(f"known must be one of {', '.join(map(repr, get_args(Known)))}, got {known!r}")
    names = check_rivals(tuple(rivals))
    if data.clock is None or data.periods is None:
        raise QueryError("the rows are no periods (the model has no time:), so that there is nothing to look back from")
    if model.outcome not in model.modelled:
        raise QueryError(f"{model.outcome} is computed of other nodes and has no equation to forecast it by")
    last = int(data.clock.max())
    origins = [last - horizon - k * step for k in reversed(range(folds))]
    need = carry_in_rows(model) + LEAST_ROWS
    if origins[0] + 1 < need:
        raise QueryError(
            f"the first of {folds} folds of {horizon} periods would know {max(origins[0] + 1, 0)} periods, and a fit "
            f"needs {need}; ask for fewer folds or a shorter horizon"
        )
    with progress_bar(progress, doing="backtest") as report:
        found = tuple(folds_of(model, data, origins, horizon, known, names, draws, seed, report))
    return Backtest(model.outcome, found, known)


def _by(parts: dict[str, float], outcome: str) -> str:
    """Return what a forecast was off by, the largest part first."""
    ordered = sorted(parts, key=lambda n: -abs(parts[n]))
    lines = (f"{amount(parts[n])} by {'its own equation' if n == outcome else n}" for n in ordered[:PARTS_SHOWN])
    return "off " + ", ".join(lines)


def cells(found: Scores) -> list[str]:
    """Return scores as a table prints them."""
    return [
        str(found.count),
        amount(found.rmse),
        amount(found.mae),
        percent(found.mape),
        ratio(found.r2),
        amount(found.crps),
        percent(found.covered_50),
        percent(found.covered_90),
    ]
