"""The answer of `average`: ROI by graph, and of all graphs together."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_roi.draws import Draws, as_interval
from bayes_roi.numbers import level, percent, percent_span, places, probability, signed
from bayes_roi.plain_text import aligned

if TYPE_CHECKING:
    import pandas as pd

MIXED = "all graphs"


@dataclass(frozen=True, repr=False)
class Average:
    """ROI of each graph, and averaged with what they disagree on inside its interval.

    Parameters
    ----------
    by_graph
        Graph -> ROI, dim `channel`.
    roi
        ROI of all graphs: draws of each in proportion to its weight.
    weights
        Graph -> prior weight; they sum to one.
    predictive
        Graph -> weight by how well it predicts the outcome, shown and not used; None where that cannot be compared.
    rejected
        Graph -> what the data say against it; without those that nothing is said against.
    assumptions
        Graph -> what it assumes otherwise than the first: arrows and hidden causes.
    prob
        Probability inside the intervals.
    """

    by_graph: Mapping[str, Draws]
    roi: Draws
    weights: Mapping[str, float]
    predictive: Mapping[str, float] | None
    rejected: Mapping[str, str]
    assumptions: Mapping[str, str]
    prob: float

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that all graphs have."""
        return tuple(str(c) for c in self.roi.arrays.values.labels("channel"))

    def between(self, channel: str) -> float:
        """Return the share of the averaged ROI's variance that graphs disagree on."""
        means = {g: float(_of(d, channel).mean()) for g, d in self.by_graph.items()}
        whole = sum(w * means[g] for g, w in self.weights.items())
        apart = sum(w * (means[g] - whole) ** 2 for g, w in self.weights.items())
        within = sum(w * float(_of(self.by_graph[g], channel).var()) for g, w in self.weights.items())
        return apart / (apart + within) if apart + within > 0 else 0.0

    def moved(self, graph: str, channel: str) -> float:
        """Return how far ROI lies from that of the first graph, in widths of the first graph's interval."""
        first = next(iter(self.by_graph.values()))
        low, middle, high = self._ends(first, channel)
        return (self._ends(self.by_graph[graph], channel)[1] - middle) / max(high - low, 1e-300)

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each graph and channel, and for all graphs."""
        found = []
        for graph, draws in {**self.by_graph, MIXED: self.roi}.items():
            for channel in self.channels:
                low, middle, high = self._ends(draws, channel)
                found.append(
                    {
                        "graph": graph,
                        "channel": channel,
                        "weight": self.weights.get(graph, 1.0),
                        "predictive_weight": None if self.predictive is None else self.predictive.get(graph),
                        "median": middle,
                        "lower": low,
                        "upper": high,
                        "probability_positive": float((_of(draws, channel) > 0).mean()),
                        "moved": self.moved(graph, channel) if graph in self.by_graph else None,
                        "rejected": graph in self.rejected,
                    }
                )
        return found

    def _ends(self, draws: Draws, channel: str) -> tuple[float, float, float]:
        low, middle, high = np.quantile(_of(draws, channel), [(1 - self.prob) / 2, 0.5, (1 + self.prob) / 2])
        return float(low), float(middle), float(high)

    def to_frame(self) -> pd.DataFrame:
        """Return the table as a frame."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    @property
    def estimand(self) -> str:
        """What is computed, in words."""
        return f"{self.roi.estimand}, averaged over graphs"

    @property
    def unit(self) -> str:
        """Unit of its numbers."""
        return self.roi.unit

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "estimand": self.estimand,
            "unit": self.unit,
            "rows": self.rows(),
            "between": {c: self.between(c) for c in self.channels},
            "rejected": dict(self.rejected),
            "assumptions": dict(self.assumptions),
            "interval": as_interval(self.prob),
            "evidence": [str(w) for w in self.roi.words().array.ravel()],
        }

    @property
    def lines(self) -> list[str]:
        """What stands below the table."""
        found = [f"{c}: graphs disagree on {percent(self.between(c))} of the variance" for c in self.channels]
        for graph, text in self.assumptions.items():
            widths = ", ".join(f"{c} by {signed(places(self.moved(graph, c), 1))}" for c in self.channels)
            found.append(f"{graph} assumes {text}: ROI moves, in widths of the first graph's interval, {widths}")
        found += [f"rejected: {graph}: {why}" for graph, why in self.rejected.items()]
        if self.predictive is not None:
            said = ", ".join(f"{g} {probability(w)}" for g, w in self.predictive.items())
            found.append(f"by how well they predict, which says nothing of causes: {said}")
        return found

    def __str__(self) -> str:
        head = ("graph", "weight", "channel", "ROI", f"{level(self.prob)} interval", "P(ROI>0)", "")
        rows = [
            (
                r["graph"],
                percent(r["weight"]),
                r["channel"],
                percent(r["median"]),
                percent_span(r["lower"], r["upper"]),
                percent(r["probability_positive"]),
                "rejected" if r["rejected"] else "",
            )
            for r in self.rows()
        ]
        return "\n".join([*aligned([head, *rows]), *self.lines])

    def __repr__(self) -> str:
        return f"<{self}>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def _of(draws: Draws, channel: str) -> np.ndarray:
    """Return draws (draws,) of a channel."""
    return np.ravel(draws.sel(channel=channel).arrays.values.array)
