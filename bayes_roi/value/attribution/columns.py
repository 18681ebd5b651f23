"""The columns of the channel table: one number for each row, and the question that it answers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bayes_roi.draws import Draws, Evidence, evidence_array, support_array
from bayes_roi.labelled import Labelled, along
from bayes_roi.numbers import number, places

QUESTIONS = {
    "last_click": "Which channel had the last click?",
    "arrow_strength": "Whose arrow into the outcome carries its variation?",
    "influence": "Where does the variation of the outcome come from?",
    "removal_effect": "What share would be lost without this channel alone?",
    "attribution": "What share did it cause, what channels made together being split?",
    "roi": "What did each unit of money earn, after the money itself?",
}
"""Column -> the question that it answers, in the order in which they are shown: from credit to cause to money."""
OPTIONAL = ("last_click", "arrow_strength", "influence")
"""The columns that not every model can answer."""
TITLES = {
    "last_click": "last click",
    "arrow_strength": "arrow strength",
    "influence": "influence",
    "removal_effect": "removal effect",
    "attribution": "attribution",
    "roi": "ROI",
}


@dataclass(frozen=True, eq=False)
class Column:
    """One number for each row of a channel table, and the question that it answers.

    Parameters
    ----------
    name
        One of `QUESTIONS`.
    draws
        Dim `row`, NaN where the question does not apply.
    """

    name: str
    draws: Draws

    @property
    def title(self) -> str:
        """What the column is called."""
        return TITLES[self.name]

    @property
    def question(self) -> str:
        """The question that it answers."""
        return QUESTIONS[self.name]

    @property
    def evidence_by_row(self) -> dict[str, str]:
        """Row -> what stands behind its number; of the rows that have one."""
        there = ~np.isnan(self.draws.centre().array)
        words = np.broadcast_to(self.draws.words().array, there.shape)
        rows = self.draws.arrays.values.labels("row").tolist()
        return {row: str(word) for row, word, known in zip(rows, words, there, strict=True) if known}

    @property
    def evidence(self) -> str:
        """What stands behind its numbers, and of which where that differs."""
        by_word: dict[str, list[str]] = {}
        for row, word in self.evidence_by_row.items():
            by_word.setdefault(word, []).append(row)
        return "; ".join(by_word if len(by_word) < 2 else (f"{', '.join(r)}: {word}" for word, r in by_word.items()))


def of_total(shares: Draws) -> Draws:
    """Return attribution as a share of its sum."""
    values = shares.arrays.values
    total = values.array.sum(axis=-1, keepdims=True)
    return Draws(
        values=values.filled(np.where(total > 0, values.array / np.where(total > 0, total, 1.0), np.nan)),
        unit="1",
        estimand=f"{shares.estimand}, as a share of E[Y | do(A)]",
        evidence=shares.arrays.evidence,
        support=shares.arrays.support,
        reason=shares.reason,
        note=shares.note,
    )


def by_row(draws: Draws, dim: str, owner: Mapping[str, str], rows: tuple[str, ...]) -> Draws:
    """Return draws with one dim as draws by row, the parts of a row added up; NaN where there is none."""
    known = draws.arrays
    labels = known.values.labels(dim).tolist()
    mine = [[i for i, x in enumerate(labels) if owner.get(x, x) == row] for row in rows]
    sizes = {dim: len(labels)}
    evidence = known.evidence.over(sizes) if known.evidence.dims else np.full(len(labels), known.evidence.array)
    support = None if known.support is None else np.broadcast_to(known.support.array, len(labels))
    coords = along(row=list(rows))
    values = np.stack(
        [known.values.array[..., i].sum(axis=-1) if i else np.full(known.values.array.shape[:2], np.nan) for i in mine],
        -1,
    )
    lowest = int(Evidence.DESCRIPTIVE)
    return Draws(
        values=Labelled(values, ("chain", "draw", "row"), coords),
        unit=draws.unit,
        estimand=draws.estimand,
        evidence=evidence_array([min((int(evidence[j]) for j in i), default=lowest) for i in mine], coords),
        support=None
        if support is None
        else support_array([min((float(support[j]) for j in i), default=1.0) for i in mine], coords),
        note=draws.note,
        has_mean=draws.has_mean,
        reason=draws.reason,
        skewed=draws.skewed,
    )


def percents(draws: Draws, prob: float) -> list[str]:
    """Return each cell in per cent, empty where there is no number; with its interval unless a rule hands it out."""
    point, evidence = draws.centre().array, draws.arrays.evidence.array
    ends = [np.where(evidence == Evidence.DESCRIPTIVE, point, end.array) for end in draws.arrays.interval(prob)]
    return [_percent(*cell) for cell in zip(*((100 * x).tolist() for x in (point, *ends)), strict=True)]


def _percent(mean: float, lower: float, upper: float) -> str:
    """Return a share in per cent, with as many decimals as show two digits of its interval.

    >>> _percent(24.9, 24.63, 25.4), _percent(62.5, 62.5, 62.5)
    ('24.90 % [24.63, 25.40]', '62.5 %')
    """
    if math.isnan(mean):
        return ""
    width = upper - lower
    if width <= 1e-9 * abs(mean):
        return f"{number(mean)} %"
    digits = min(max(1 - math.floor(math.log10(width)), 0), 3)
    return f"{places(mean, digits)} % [{places(lower, digits)}, {places(upper, digits)}]"
