"""The answer of `suggest_edges`: how often each arrow was found, and what that takes for granted."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_roi.numbers import percent, whole
from bayes_roi.plain_text import aligned

if TYPE_CHECKING:
    import pandas as pd

FOUND = 0.5
"""Frequency from which an arrow is listed: about what one search of the table itself would find."""
HYPOTHESIS = (
    "hypothesis: arrows to think about, from correlations alone; nothing is fitted with them unless you write them"
)
ASSUMES = (
    "that no hidden cause moves two of these columns (PC)",
    "that independence in the rows means no arrow: no two effects that cancel (faithfulness)",
    "that dependence is linear in normal scores: an arrow whose curve turns, or that shows in the spread, is not seen",
    "that arrows, lags and noise are the same in all periods, and that nothing acts after more than {max_lag} periods",
    "that what trend and season leave of a column keeps what matters: a cause that is all season is not seen",
)


@dataclass(frozen=True, eq=False, repr=False)
class Suggestion:
    """Arrows that a table suggests, each with how often it was found in rows drawn anew: a hypothesis, no graph.

    A frequency is no probability that the arrow is there: rows drawn anew vary around those of the table, so that an
    arrow which one search of the table only just finds comes back in half of them, and of arrows that are not there
    some are found more often than one in 1 / alpha times.

    Parameters
    ----------
    names
        The columns that were searched.
    directed, adjacent
        (lags, causes, effects), share of the resamples that have the arrow, and that join the pair either way.
    directed_ever, adjacent_ever
        (causes, effects), the same at any lag.
    required
        (lags, causes, effects), arrows that were given, found or not.
    spends, outcome
        What the columns were said to be.
    left_out
        Column -> why it was not searched.
    rows, seasons, block, resamples, alpha
        Rows of a resample; waves of the season that were taken out; mean length of a block in rows; how many resamples;
        level of each test.
    """

    names: tuple[str, ...]
    directed: np.ndarray
    adjacent: np.ndarray
    directed_ever: np.ndarray
    adjacent_ever: np.ndarray
    required: np.ndarray
    spends: tuple[str, ...]
    outcome: str | None
    left_out: Mapping[str, str]
    rows_used: int
    seasons: int
    block: float
    resamples: int
    alpha: float

    @property
    def max_lag(self) -> int:
        """The longest lag that was searched, in periods."""
        return len(self.directed) - 1

    def arrows(self, *, at_least: float = FOUND) -> dict[tuple[str, str], float]:
        """Return (cause, effect) -> frequency at any lag of the arrows between two nodes, the most frequent first."""
        return self._pairs(self.directed_ever, at_least)

    def undirected(self, *, at_least: float = FOUND) -> dict[tuple[str, str], float]:
        """Return (one, other) -> how often pairs are joined of which neither direction is as frequent as `at_least`."""
        open_ways = np.triu(np.maximum(self.directed_ever, self.directed_ever.T) < at_least, 1)
        either = np.maximum(self.adjacent_ever, self.adjacent_ever.T)
        return self._pairs(np.where(open_ways, either, 0.0), at_least)

    def own_past(self, *, at_least: float = FOUND) -> dict[str, float]:
        """Return node -> how often its own earlier values go into it."""
        return {n: float(f) for n, f in zip(self.names, np.diag(self.directed_ever), strict=True) if f >= at_least}

    def lags(self, cause: str, effect: str, *, at_least: float = FOUND) -> tuple[int, ...]:
        """Return the lags at which an arrow was found, the most frequent one if none was as often as `at_least`."""
        at = self.directed[:, self.names.index(cause), self.names.index(effect)]
        found = tuple(np.flatnonzero(at >= at_least).tolist())
        return found or ((int(at.argmax()),) if at.max() > 0 else ())

    def _pairs(self, shares: np.ndarray, at_least: float) -> dict[tuple[str, str], float]:
        order = np.argsort(-shares, axis=None, kind="stable").tolist()
        at = [divmod(i, len(self.names)) for i in order]
        return {
            (self.names[c], self.names[e]): float(shares[c, e])
            for c, e in at
            if c != e and shares[c, e] >= at_least and shares[c, e] > 0
        }

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each arrow that was found at all: how often, how often joined, and the same by lag."""
        found = []
        for c, e in np.argwhere((self.directed_ever > 0) | (self.adjacent_ever > 0)).tolist():
            found.append(
                {
                    "cause": self.names[c],
                    "effect": self.names[e],
                    "directed": float(self.directed_ever[c, e]),
                    "adjacent": float(self.adjacent_ever[c, e]),
                    "required": bool(self.required[:, c, e].any()),
                    **{f"directed_lag_{k}": float(self.directed[k, c, e]) for k in range(self.max_lag + 1)},
                    **{f"adjacent_lag_{k}": float(self.adjacent[k, c, e]) for k in range(self.max_lag + 1)},
                }
            )
        return sorted(found, key=lambda r: (-r["directed"], -r["adjacent"]))

    def to_frame(self) -> pd.DataFrame:
        """Return the table as a frame."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "hypothesis": True,
            "rows": self.rows(),
            "rows_used": self.rows_used,
            "max_lag": self.max_lag,
            "block": self.block,
            "resamples": self.resamples,
            "alpha": self.alpha,
            "left_out": dict(self.left_out),
            "assumes": list(self.assumes),
        }

    @property
    def assumes(self) -> tuple[str, ...]:
        """What the frequencies take for granted."""
        return tuple(text.format(max_lag=self.max_lag) for text in ASSUMES)

    def equations(self, *, at_least: float = FOUND, carry_over: int | None = None) -> tuple[str, ...]:
        """Return the arrows as equations of a model, a line a node, and what stays open as lines that begin with #.

        Parameters
        ----------
        at_least
            Frequency from which an arrow is written.
        carry_over
            `max_lag` of the adstock of spends; the longest lag that was searched when None.
        """
        longest = max(self.max_lag if carry_over is None else carry_over, 1)
        kept, closing = self.acyclic(at_least)
        lines = []
        for effect in self.names:
            terms = [t for c, e in kept if e == effect for t in self._terms(c, effect, at_least, longest)]
            if terms:
                lines.append(f"{effect} ~ {' + '.join(terms)}")
        for (cause, effect), share in closing.items():
            lines.append(f"# {cause} -> {effect}: found in {percent(share)}, but more frequent arrows lead back")
        for (one, other), share in self.undirected(at_least=at_least).items():
            lines.append(f"# {one}, {other}: joined in {percent(share)}, an arrow either way or {one} ~~ {other}")
        return tuple(lines)

    def acyclic(self, at_least: float = FOUND) -> tuple[list[tuple[str, str]], dict[tuple[str, str], float]]:
        """Return the arrows that equations can have, the most frequent first, and those that would close a cycle."""
        kept, closing = list[tuple[str, str]](), dict[tuple[str, str], float]()
        above: dict[str, set[str]] = {n: {n} for n in self.names}  # a node and all that leads to it
        for (cause, effect), share in self.arrows(at_least=at_least).items():
            if effect in above[cause]:
                closing[cause, effect] = share
                continue
            kept.append((cause, effect))
            for reached in (n for n in self.names if effect in above[n]):
                above[reached] |= above[cause]
        return kept, closing

    def _terms(self, cause: str, effect: str, at_least: float, longest: int) -> list[str]:
        """Return the terms of an arrow: a curve of a spend, else the cause at its lags."""
        if cause in self.spends and effect not in self.spends:
            return [f"hill(adstock({cause}, max_lag={longest}))"]
        return [cause if k == 0 else f"lag({cause}, {k})" for k in self.lags(cause, effect, at_least=at_least)]

    @property
    def lines(self) -> list[str]:
        """What stands below the table."""
        own = ", ".join(f"{n} {percent(f)}" for n, f in self.own_past().items())
        return [
            *([f"own earlier values: {own}"] if own else []),
            *(f"left out: {name}: {why}" for name, why in self.left_out.items()),
            f"{self.resamples} resamples of {self.rows_used} rows in blocks of {whole(self.block)} on average; "
            f"each test at {percent(self.alpha)}; a frequency is no probability",
            *(f"assumes {text}" for text in self.assumes),
        ]

    def __str__(self) -> str:
        head = ("cause", "", "effect", "found", "joined", "at lags")
        rows = [
            (c, "->", e, percent(f), percent(self._joined(c, e)), self._at_lags(c, e))
            for (c, e), f in self.arrows().items()
        ]
        rows += [(a, "--", b, "", percent(f), "direction open") for (a, b), f in self.undirected().items()]
        return "\n".join([HYPOTHESIS, *aligned([head, *rows]), *self.lines])

    def _joined(self, cause: str, effect: str) -> float:
        return float(self.adjacent_ever[self.names.index(cause), self.names.index(effect)])

    def _at_lags(self, cause: str, effect: str) -> str:
        at = self.directed[:, self.names.index(cause), self.names.index(effect)]
        return ", ".join(f"{k} ({percent(float(at[k]))})" for k in self.lags(cause, effect))

    def __repr__(self) -> str:
        return f"<{self}>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"
