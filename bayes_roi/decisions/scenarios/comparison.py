"""Scenarios side by side, and how they are shown."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bayes_roi.decisions.scenarios.compared import ComparedPlans
from bayes_roi.decisions.scenarios.summary import frame, summary
from bayes_roi.draws import DEFAULT_PROB
from bayes_roi.numbers import level, number
from bayes_roi.showing import Guessed

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(ComparedPlans, Guessed):
    """What scenarios would bring in their periods and add by their spend, all on the same draws and noise.

    Parameters
    ----------
    fit
        The fit that was asked.
    scenarios
        What is compared; differences are taken against the first.
    outlooks
        The rows each of them is asked on: the same periods, its own nodes.
    noise
        "mean": expectations, whose intervals say what is not known of the parameters. "predictive": what the periods
        themselves would show, noise and all; `predictive` returns this.
    seed
        Of the noise.
    """

    it = "comparison"

    def summary(self, prob: float = DEFAULT_PROB) -> dict[str, dict[str, Any]]:
        """Return scenario -> its numbers, as plain texts, numbers and lists; None where they are not defined.

        `spend` and `spend_by_channel`; `outcome`, of the planned periods; `incremental_outcome`, `profit` and `roi`, of
        what the spend adds, run-off included; `gain` in profit over the first scenario (None for the first), each mean,
        lower and upper; `better`, the probability that the gain is positive; `evidence`, of the profit, and
        `gain_evidence`; where one is assumed, its `reason`; and `extrapolated`, the channels of which most of the way
        from last year's spend was never seen.
        """
        return summary(self, prob)

    def to_frame(self, prob: float = DEFAULT_PROB) -> pd.DataFrame:
        """Return a table, one row a scenario: mean and interval of what `summary` tells."""
        return frame(self.summary(prob))

    def __repr__(self) -> str:
        frame = self.to_frame()
        shown = frame.to_string(float_format=number)
        assumed = "".join(f"\nassumed: {n}: {r}" for n, r in zip(self.names, self.reasons, strict=True) if r)
        return f"{self._title()}\n{shown}{assumed}" + (f"\nnote: {self.outcome.note}" if self.outcome.note else "")

    def _repr_html_(self) -> str:
        table = self.to_frame().to_html(float_format=number)
        assumed = [f"assumed: {n}: {r}" for n, r in zip(self.names, self.reasons, strict=True) if r]
        note = "".join(f"<p>{html.escape(text)}</p>" for text in [*assumed, self.outcome.note] if text)
        return f"<p>{html.escape(self._title())}</p>{table}{note}"

    def _title(self) -> str:
        kind = "expected" if self.noise == "mean" else "predictive, with noise"
        span = f"{self.ahead.labels[0]} to {self.ahead.labels[-1]}"
        return (
            f"Plans over {self.ahead.periods} periods, {span} ({kind}), {level(DEFAULT_PROB)} credible intervals. "
            f"outcome: of these periods; incremental outcome, profit, ROI: what the spend adds, {self.ahead.horizon} "
            f"periods of run-off included; gain: in profit over {self.names[0]!r}"
        )
