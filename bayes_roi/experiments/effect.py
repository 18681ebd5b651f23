"""The effect of what was done in a window: what was observed beside what would have been, by period and in total."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from bayes_roi.draws import DEFAULT_PROB, Draws, tails
from bayes_roi.experiments.as_draws import as_draws, flat
from bayes_roi.experiments.check import Check
from bayes_roi.experiments.panel_table import first_few, label
from bayes_roi.numbers import level, number, percent, percent_span, span
from bayes_roi.showing import Guessed

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class WindowEffect(Guessed):
    """What was observed of treated units, what would have been without treatment, and their difference.

    Parameters
    ----------
    outcome
        Name of the outcome's column; its unit is that of all effects.
    units, controls
        The treated units, and those that stand for them untreated.
    times
        (time,) all periods in order.
    treated_units
        (time,) how many units are treated in each period.
    observed
        (time,) mean of the outcome over the treated units.
    gap
        (draws, time) observed less counterfactual, likewise a mean; before the window too.
    randomised
        Whether chance decided which units were treated.
    assumption
        What must hold for the difference to be the effect.
    noise
        What the interval takes the noise for.
    pre_trend
        Whether the periods before the window speak against the assumption.
    """

    it: ClassVar[str] = "effect"
    method: ClassVar[str] = "effect"

    outcome: str
    units: tuple[str, ...]
    controls: tuple[str, ...]
    times: np.ndarray
    treated_units: np.ndarray
    observed: np.ndarray
    gap: np.ndarray = field(repr=False)
    randomised: bool
    assumption: str
    noise: str
    pre_trend: Check

    @property
    def window(self) -> tuple[str, str]:
        """The first and the last period with a treated unit."""
        inside = self.times[self.treated_units > 0]
        return label(inside[0]), label(inside[-1])

    @property
    def estimand(self) -> str:
        """What is estimated, in words."""
        return (
            f"effect on {self.outcome} of treating {first_few(self.units)} from {self.window[0]} to {self.window[1]}, "
            "against no treatment"
        )

    @cached_property
    def counterfactual(self) -> Draws:
        """What would have been without treatment: mean over the treated units, dim `time`, all periods."""
        return self._draws(self.observed - self.gap, f"{self.outcome} without treatment, a unit", {"time": self.times})

    @cached_property
    def by_period(self) -> Draws:
        """Effect of each period of the window, summed over the treated units: dim `time`; adds up to `estimate`."""
        inside = self.treated_units > 0
        return self._draws(self._added[:, inside], f"{self.estimand}, by period", {"time": self.times[inside]})

    @cached_property
    def estimate(self) -> Draws:
        """Effect in total: summed over the periods of the window and the treated units."""
        return self._draws(self._added.sum(axis=1), f"{self.estimand}, in total")

    @cached_property
    def average(self) -> Draws:
        """Effect on a treated unit in a period, on average."""
        return self._draws(self._added.sum(axis=1) / self.treated_units.sum(), f"{self.estimand}, a unit and period")

    @cached_property
    def relative(self) -> Draws:
        """Effect in total as a share of what would have been in the window without it."""
        inside = self.treated_units > 0
        without = self.observed.sum(where=inside) - self.gap.sum(axis=1, where=inside)
        share = self.gap.sum(axis=1, where=inside) / np.where(without == 0, np.nan, without)
        return as_draws(
            share,
            unit="share",
            estimand=f"{self.estimand}, as a share",
            randomised=self.randomised,
            assumption=self.assumption,
            has_mean=False,
        )

    @property
    def _added(self) -> np.ndarray:
        """(draws, time) effect of all treated units; none where none is treated."""
        return np.where(self.treated_units > 0, self.gap, 0.0) * len(self.units)

    def _draws(
        self, values: np.ndarray, estimand: str, labels: dict[str, np.ndarray] | None = None, unit: str | None = None
    ) -> Draws:
        return as_draws(
            values,
            unit=self.outcome if unit is None else unit,
            estimand=estimand,
            randomised=self.randomised,
            assumption=self.assumption,
            labels=labels,
        )

    @property
    def checks(self) -> tuple[Check, ...]:
        """The tests of the assumption that these rows allow."""
        return (self.pre_trend,)

    def to_frame(self, prob: float = DEFAULT_PROB) -> pd.DataFrame:
        """Return a table, one row a period: observed, counterfactual and effect with its interval."""
        import pandas as pd

        tail = (1 - prob) / 2
        lower, upper = np.quantile(self.gap, [tail, 1 - tail], axis=0)
        effect = self.gap.mean(axis=0)
        columns = {
            "observed": self.observed,
            "counterfactual": self.observed - effect,
            "effect": effect,
            "lower": lower,
            "upper": upper,
            "treated_units": self.treated_units,
        }
        frame = pd.DataFrame(columns, index=pd.Index(self.times, name="time"))
        frame.attrs |= {"estimand": f"{self.estimand}, a unit", "unit": self.outcome, "prob": prob}
        return frame

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """What is said of the effect, name by name."""
        said = [(name, _said(draws)) for name, draws in (("total", self.estimate), ("a unit and period", self.average))]
        share = flat(self.relative)
        low, high = np.quantile(share, tails(DEFAULT_PROB))
        return *said, ("relative", f"{percent(float(np.median(share)))} ({percent_span(low, high)})")

    @property
    def beside(self) -> tuple[tuple[str, str], ...]:
        """What a method says beside the effect."""
        return ()

    def __str__(self) -> str:
        controls = f"; controls: {first_few(self.controls)}" if self.controls else ""
        kind = "randomised" if self.randomised else f"assumed: {self.assumption}"
        lines = (*self.rows, *self.beside)
        return "\n".join(
            [
                f"{self.method}: {self.estimand}{controls}",
                *(f"{name}: {text}" for name, text in lines),
                f"{level(DEFAULT_PROB)} credible intervals; {self.noise}",
                kind,
                *map(str, self.checks),
            ]
        )

    def __repr__(self) -> str:
        return f"<{self}>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def _said(draws: Draws) -> str:
    values = flat(draws)
    if np.isnan(values).all():
        return "the rows say nothing of its noise"
    low, high = np.quantile(values, tails(DEFAULT_PROB))
    return f"{number(float(values.mean()))} ({span(low, high)})"
