"""How well learners predict a target out of the rows they learned from: what `br.predict_target` returns."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_roi.draws import DEFAULT_PROB, Draws, Evidence, as_interval, evidence_array, tails
from bayes_roi.errors import QueryError, nearest
from bayes_roi.labelled import Labelled, along
from bayes_roi.numbers import level, number, percent, places, ratio
from bayes_roi.plain_text import aligned
from bayes_roi.prediction.scores import crps
from bayes_roi.prediction.targets.cross import HeldOut
from bayes_roi.prediction.targets.weighted import calibration_curve, of_numbers, of_shares, r2, weights_of_rows

if TYPE_CHECKING:
    import pandas as pd

MEANING = "predictive: what a feature tells of the target, not what changing it would do"
UNSETTLED = 1.2
"""R-hat of expectations from which on it is told that draws have not met."""
SHOWN_OF_NUMBERS = ("mse", "crps", "covered_90")
SHOWN_OF_SHARES = ("brier", "auc", "accuracy", "precision", "recall", "f1")
MOST_NEW = 10
"""New rows that are shown as text."""
AS_SHARES = ("covered_90", "accuracy", "precision", "recall")


@dataclass(frozen=True, eq=False, repr=False)
class TargetScores:
    """Scores of learners on rows that were held out, with how much each feature says; no number of it is an effect.

    Parameters
    ----------
    target
        What is predicted.
    features
        What it is predicted from.
    binary
        Whether it is zeros and ones.
    came
        (rows,) what the rows showed.
    fold
        (rows,) the fold in which a row was held out.
    learners
        Name -> what it said of each row; "no features" comes first.
    groups
        (rows,) rows of a group were held out together; None where each row is one.
    threshold
        P(1) from which on a one is said.
    prob
        Probability inside the intervals: those of the Bayesian bootstrap over the rows held out, given the learners as
        they were trained. How far scores differ from fold to fold stands beside them.
    seed
        Of the weights.
    new
        Rows without a target, as the best learner foretells them.
    notes
        What must be said of the table.
    """

    target: str
    features: tuple[str, ...]
    binary: bool
    came: np.ndarray
    fold: np.ndarray
    learners: Mapping[str, HeldOut]
    groups: np.ndarray | None = None
    threshold: float = 0.5
    prob: float = DEFAULT_PROB
    seed: int = 0
    new: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def best(self) -> str:
        """The learner with the least squared error."""
        return min(self.learners, key=lambda name: float(np.mean((self.came - self.learners[name].expected) ** 2)))

    @cached_property
    def _weights(self) -> np.ndarray:
        """Weights (draws, rows) of the Bayesian bootstrap; the rows of a group have one weight."""
        if self.groups is None:
            return weights_of_rows(len(self.came), self.seed)
        labels, place = np.unique(self.groups, return_inverse=True)
        return weights_of_rows(len(labels), self.seed)[:, place]

    def scores(self, learner: str | None = None) -> dict[str, dict[str, float]]:
        """Return score -> its value and interval, of the best learner or the one that is named.

        Of a number: mse and r2 of posterior means, crps and coverage of the intervals of what rows show. Of a binary
        target: brier, r2, auc of P(1); accuracy, precision, recall and f1 of what is said at the threshold.
        """
        own = self._of(learner)
        asked = dict((self._shares if self.binary else self._numbers)(own))
        even = np.full(len(self.came), 1 / len(self.came))
        found = {}
        for name, score in asked.items():
            drawn = np.array([score(w) for w in self._weights])
            lower, upper = np.nanquantile(drawn, tails(self.prob))
            found[name] = {"value": score(even), "lower": float(lower), "upper": float(upper)}
        return found

    def _shares(self, own: HeldOut) -> Mapping[str, Any]:
        return of_shares(own.expected, self.came, self.threshold)

    def _numbers(self, own: HeldOut) -> Mapping[str, Any]:
        off = crps(own.shown, self.came)
        inside = {}
        for p in (0.5, 0.9):
            low, high = np.quantile(own.shown, tails(p), axis=0)
            inside[f"covered_{round(100 * p)}"] = (low <= self.came) & (self.came <= high)

        def mean_of(values: np.ndarray) -> Any:
            return lambda w: float(np.average(values, weights=w))

        plain = {"crps": off, **inside}
        return {**of_numbers(own.expected, self.came), **{name: mean_of(v) for name, v in plain.items()}}

    def by_fold(self, learner: str | None = None) -> list[float]:
        """Return the R2 of each fold."""
        own = self._of(learner)
        at = [self.fold == k for k in range(int(self.fold.max()) + 1)]
        return [r2(own.expected[i], self.came[i], np.ones(int(i.sum()))) for i in at]

    def importance(self, learner: str | None = None) -> Draws:
        r"""Return how much each feature says: the R2 lost where it is put in random order among the rows held out.

        $\sum_i w_i (\ell_i' - \ell_i) / \sum_i w_i (y_i - \bar y)^2$ with squared errors $\ell$ and weights of the
        Bayesian bootstrap. A feature that another one repeats has less than it tells alone. Dim `feature`; evidence:
        predictive.
        """
        own, name = self._of(learner), learner or self.best
        w = self._weights
        middle = (w @ self.came) / w.sum(axis=1)
        around = (w * (self.came - middle[:, None]) ** 2).sum(axis=1)
        values = (w @ own.added.T) / around[:, None]
        return Draws(
            values=Labelled(values[None], ("chain", "draw", "feature"), along(feature=list(self.features))),
            unit=f"R2 of {self.target} lost",
            estimand=f"predictive importance for {self.target}, no effect: R2 lost where {name} has it in random order",
            evidence=evidence_array(Evidence.PREDICTIVE),
        )

    def calibration(self, learner: str | None = None, bins: int = 10) -> list[dict[str, float]]:
        """Return the calibration curve of a binary target: rows, mean P(1), share of ones and its interval by bin."""
        if not self.binary:
            raise QueryError(f"{self.target} is a number: its calibration is covered_50 and covered_90 of its scores")
        return calibration_curve(self._of(learner).expected, self.came, bins)

    def _of(self, learner: str | None) -> HeldOut:
        name = self.best if learner is None else learner
        if name not in self.learners:
            raise QueryError(f"no learner {name!r}{nearest(name, self.learners)}; there are {', '.join(self.learners)}")
        return self.learners[name]

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each learner and score: value, interval."""
        return [
            {"learner": name, "score": score, **found}
            for name in self.learners
            for score, found in self.scores(name).items()
        ]

    def to_frame(self) -> pd.DataFrame:
        """Return the table of scores as a frame."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def feature_rows(self, learner: str | None = None) -> list[dict[str, Any]]:
        """Return a row for each feature: its importance with interval, and P(it is in) of a learner that selects."""
        draws = self.importance(learner)
        lower, upper = draws.arrays.interval(self.prob)
        middle, inclusion = draws.arrays.median().array, self._of(learner).inclusion
        found: list[dict[str, Any]] = []
        for i, name in enumerate(self.features):
            row = {"feature": name, "r2_lost": float(middle[i]), "lower": float(lower.array[i])}
            row["upper"] = float(upper.array[i])
            found.append(row | ({} if inclusion is None else {"selected": float(inclusion[:, i].mean())}))
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it; what is undefined is None."""
        learners = {
            name: {
                "scores": {s: {k: _plain(v) for k, v in found.items()} for s, found in self.scores(name).items()},
                "r2_by_fold": [_plain(x) for x in self.by_fold(name)],
                "features": self.feature_rows(name),
                "settings": [dict(s) for s in own.settings],
            }
            | ({"calibration": self.calibration(name)} if self.binary else {})
            for name, own in self.learners.items()
        }
        return {
            "target": self.target,
            "estimand": f"{self.target} of rows held out, by learners of the other columns",
            "unit": self.target,
            "evidence": str(Evidence.PREDICTIVE),
            "meaning": MEANING,
            "rows": len(self.came),
            "folds": int(self.fold.max()) + 1,
            "learners": learners,
            "best": self.best,
            "new": [dict(row) for row in self.new],
            "notes": list(self._all_notes),
            "interval": as_interval(self.prob) | {"over": "rows held out, Bayesian bootstrap"},
        }

    @property
    def _all_notes(self) -> tuple[str, ...]:
        unsettled = [f"{n} (R-hat {ratio(own.apart)})" for n, own in self.learners.items() if own.apart > UNSETTLED]
        said = f"draws of {', '.join(unsettled)} have not met: its scores hold, another seed would say a little else"
        return (*self.notes, *([said] if unsettled else []))

    def __str__(self) -> str:
        wide = level(self.prob)
        folds = int(self.fold.max()) + 1
        lines = [
            f"{self.target} from {len(self.features)} features, {MEANING}",
            f"{len(self.came)} rows, held out once each in {folds} folds; {wide} intervals are over the rows",
            *aligned(self._table(wide)),
            "",
            f"features by {self.best}: R2 lost where one is put in random order",
            *aligned(self._features(wide)),
            *self._foretold(wide),
        ]
        return "\n".join([*lines, *(f"note: {note}" for note in self._all_notes)])

    def _table(self, wide: str) -> list[list[str]]:
        first, *others = SHOWN_OF_SHARES if self.binary else SHOWN_OF_NUMBERS
        words = (s.upper() if s in ("auc", "crps", "f1") else s.replace("_", " ") for s in others)
        head = "Brier" if self.binary else "MSE"
        table = [["learner", "R2", wide, "by fold", head, wide, *words]]
        for name in self.learners:
            found, folds = self.scores(name), self.by_fold(name)
            cells = [
                name,
                f"{places(found['r2']['value'], 3)}",
                _ends(found["r2"]),
                f"{places(min(folds), 3)} to {places(max(folds), 3)}",
            ]
            cells += [number(found[first]["value"]), _ends(found[first], number)]
            cells += [(percent if s in AS_SHARES else number)(found[s]["value"]) for s in others]
            table.append(cells)
        return table

    def _features(self, wide: str) -> list[list[str]]:
        rows = sorted(self.feature_rows(), key=lambda r: -r["r2_lost"])
        chosen = "selected" in rows[0]
        table = [["feature", "R2 lost", wide, *(["P(selected)"] if chosen else [])]]
        for r in rows:
            own = [percent(r["selected"])] if chosen else []
            table.append([r["feature"], places(r["r2_lost"], 3), _ends(r), *own])
        return table

    def _foretold(self, wide: str) -> list[str]:
        """Return lines of the first new rows."""
        if not self.new:
            return []
        lines = [[str(i), number(row["expected"]), _ends(row, number)] for i, row in enumerate(self.new[:MOST_NEW])]
        what = f"P({self.target} = 1)" if self.binary else self.target
        more = [f"and {len(self.new) - MOST_NEW} more"] if len(self.new) > MOST_NEW else []
        return ["", f"{what} of new rows by {self.best}", *aligned([["row", "expected", wide], *lines]), *more]

    def __repr__(self) -> str:
        return f"<{self}>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def _ends(found: Mapping[str, float], said: Any = lambda x: places(x, 3)) -> str:
    return f"{said(found['lower'])} to {said(found['upper'])}"


def _plain(x: float) -> float | None:
    return x if np.isfinite(x) else None
