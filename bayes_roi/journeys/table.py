"""Rules side by side, with how stable their rankings are over time: `br.credit_table`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import pairwise
from operator import add
from typing import TYPE_CHECKING

import numpy as np

from bayes_roi.draws import DEFAULT_PROB, Draws
from bayes_roi.errors import QueryError
from bayes_roi.journeys.counts.journey_counts import JourneyCounts
from bayes_roi.journeys.credit import DRAWS, RULES, Rule, Unit, credits
from bayes_roi.journeys.privacy.learned import NEEDS
from bayes_roi.journeys.privacy.private_counts import PrivateCounts

if TYPE_CHECKING:
    import pandas as pd

USUAL = tuple(r for r in RULES if r not in ("markov_2", "markov_3"))
"""Rules of a table that names none: all but the chains that take seconds."""
IN_WINDOW = 200
"""Draws behind the shares of a window, whose means alone are looked at."""
DESCRIPTIVE = (
    "credit is descriptive: rules and chains hand out what was converted, whoever caused it; channels that people use "
    "because they are about to buy (brand search, affiliates) get credit without any effect (docs/journeys.md)"
)


@dataclass(frozen=True, eq=False, repr=False)
class CreditTable:
    """What several rules hand out to channels, side by side.

    Parameters
    ----------
    counts
        The journeys, or a release of them.
    credit
        Name of a rule -> what it hands out, dim `channel`.
    stability
        Name of a rule -> Kendall's rank correlation of channels from one window of time to the next, their mean; None
        where there is but one window with conversions, or all channels are alike. 1: the ranking never changed.
    windows
        How many windows these are.
    left_out
        Name of a rule -> why it is not in the table.
    """

    counts: JourneyCounts | PrivateCounts
    credit: Mapping[str, Draws]
    stability: Mapping[str, float | None]
    windows: int
    left_out: Mapping[str, str]

    @cached_property
    def span(self) -> dict[str, tuple[float, float]]:
        """Channel -> the least and the most that a rule hands out to it (means)."""
        means = np.stack([d.arrays.mean().array for d in self.credit.values()])
        return {c: (float(x.min()), float(x.max())) for c, x in zip(self.counts.channels, means.T, strict=True)}

    def to_frame(self, prob: float = DEFAULT_PROB) -> pd.DataFrame:
        """Return one row a channel and rule: mean, lower, upper, evidence; `attrs` have unit and note."""
        import pandas as pd

        rows = []
        for rule, draws in self.credit.items():
            mean, (lower, upper) = draws.arrays.mean().array, draws.arrays.interval(prob)
            for i, channel in enumerate(self.counts.channels):
                rows.append((channel, rule, mean[i], lower.array[i], upper.array[i], "descriptive"))
        frame = pd.DataFrame(rows, columns=["channel", "rule", "mean", "lower", "upper", "evidence"])
        frame.attrs |= {"unit": next(iter(self.credit.values())).unit, "note": DESCRIPTIVE}
        return frame

    def __repr__(self) -> str:
        draws = next(iter(self.credit.values()))
        wide = self.to_frame().pivot(index="channel", columns="rule", values="mean")[list(self.credit)]
        shown = wide.to_string(float_format=draws.cell)
        return f"{self.counts}\ncredit [{draws.unit}], means\n{shown}\nnote: {DESCRIPTIVE}"


def credit_table(
    counts: JourneyCounts | PrivateCounts | Sequence[JourneyCounts],
    rules: Sequence[Rule] | None = None,
    *,
    unit: Unit = "share",
    draws: int = DRAWS,
    seed: int = 0,
) -> CreditTable:
    """Return what several rules hand out to channels, side by side. Descriptive: none of it is an effect.

    Parameters
    ----------
    counts
        Counts, or those of windows of time (`journey_windows`), which are added up; the stability of rankings is
        between windows. Or a release (`private_counts`), which has no windows.
    rules
        As in `credit`; all but the chains of order 2 and 3 when None, all that its tables allow by a release.
    unit, draws, seed
        As in `credit`.

    Returns
    -------
    CreditTable
        Draws by rule, over the same journeys drawn anew.

    Raises
    ------
    QueryError
        As in `credit`; or when there is no rule, or one is named twice. Of the usual rules those that cannot be had
        are left out, with the reason.

    Examples
    --------
    >>> import bayes_roi as br
    >>> windows = br.journey_windows(br.read_log(br.shipped("data/journeys.csv")), windows=3)
    >>> table = br.credit_table(windows, ["last", "linear", "markov"])
    >>> list(table.credit)
    ['last', 'linear', 'markov']
    """
    if isinstance(counts, PrivateCounts):
        names, asked = _asked(rules, [rule for rule, table in NEEDS.items() if table in counts.parts])
        found = credits(counts, asked, unit=unit, draws=draws, seed=seed)
        return CreditTable(counts, dict(zip(names, found, strict=True)), dict.fromkeys(names), 1, {})
    windows = [counts] if isinstance(counts, JourneyCounts) else list(counts)
    if not windows:
        raise QueryError("a table needs counts and a rule or more")
    whole = reduce(add, windows)
    left_out: dict[str, str] = {}
    names, asked = _asked(rules, USUAL)
    if rules is None:
        try:
            credits(whole, ["shapley"], draws=100, seed=seed)
        except QueryError as error:
            if not whole.conversions:
                raise
            left_out["shapley"] = str(error)
            asked.remove("shapley")
            names.remove("shapley")
    found = credits(whole, asked, unit=unit, draws=draws, seed=seed)
    some = [w for w in windows if w.conversions and (unit != "value" or w.value > 0)]
    by_window = [
        [d.arrays.mean().array for d in credits(_as(w, whole), asked, unit=unit, draws=IN_WINDOW)] for w in some
    ]
    stable = {name: _stability([shares[i] for shares in by_window]) for i, name in enumerate(names)}
    return CreditTable(whole, dict(zip(names, found, strict=True)), stable, len(windows), left_out)


def _asked(rules: Sequence[Rule] | None, usual: Sequence[Rule]) -> tuple[list[str], list[Rule]]:
    """Return the names of the rules of a table, and the rules."""
    asked = list(usual if rules is None else rules)
    if not asked:
        raise QueryError("a table needs counts and a rule or more")
    names = [rule if isinstance(rule, str) else str(getattr(rule, "name", "custom")) for rule in asked]
    if len(set(names)) < len(names):
        raise QueryError(f"each rule stands once in a table, got {', '.join(names)}")
    return names, asked


def _as(window: JourneyCounts, whole: JourneyCounts) -> JourneyCounts:
    """Return the counts of a window with all channels; those of one log have them."""
    if window.channels == whole.channels:
        return window
    raise QueryError("windows must be of one log; count them with journey_windows")


def _stability(shares: Sequence[np.ndarray]) -> float | None:
    """Return the mean rank correlation of channels (Kendall's tau b) from each window to the next."""
    from scipy.stats import kendalltau

    found = [kendalltau(a, b).statistic for a, b in pairwise(shares)]
    return float(np.mean(found)) if found and np.all(np.isfinite(found)) else None
