"""What each channel is worth in each unit of a panel, month, quarter or year, as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bayes_roi.draws import Evidence
from bayes_roi.queries.paths.responding import mediators
from bayes_roi.run.json_numbers import plain, summary
from bayes_roi.value.money.money import Money


def parts(money: Money, prob: float) -> dict[str, Any]:
    """Return label -> channel -> spend, contribution, ROAS and ROI in each part that `money` is by.

    Where it is by two, labels of the second stand inside those of the first. Channels whose spend makes others spend
    have `in_total` beside, with all but the spend.
    """
    spend, moving = money.increments.spend, mediators(money.fit.model)
    held = _numbers(money, prob)
    total = _numbers(money.in_total, prob) if moving else {}
    labels = list(money.increments.by.values())

    def channels(at: tuple[int, ...]) -> dict[str, Any]:
        return {
            channel: {"spend": plain(spend[(c, *at)])}
            | held[c, *at]
            | ({"in_total": total[c, *at]} if channel in moving else {})
            for c, channel in enumerate(money.increments.channels)
        }

    return _nested(labels, channels)


def _nested(labels: Sequence[Sequence[str]], cells: Any, at: tuple[int, ...] = ()) -> dict[str, Any]:
    """Return labels of the first axis -> labels of the next -> ... -> a cell."""
    if not labels:
        return cells(at)
    return {label: _nested(labels[1:], cells, (*at, i)) for i, label in enumerate(labels[0])}


def _numbers(money: Money, prob: float) -> dict[tuple[int, ...], dict[str, Any]]:
    """Return (channel, part, ...) -> contribution, ROAS, ROI and the probability that it is positive."""
    quantities = {"contribution": money.contribution, "roas": money.roas, "roi": money.roi}
    found = {name: summary(draws, prob) for name, draws in quantities.items()}
    positive = money.roi.arrays.probability(above=0).array
    return {
        at: {name: {key: _cell(cells, at) for key, cells in numbers.items()} for name, numbers in found.items()}
        | {"probability_positive": plain(positive[at])}
        for at in np.ndindex(positive.shape)
    }


def _cell(cells: Any, at: tuple[int, ...]) -> float | None:
    for i in at:
        cells = cells[i]
    return cells


def remainder(money: Money, whole: Money, prob: float) -> dict[str, Any]:
    """Return channel -> what it added in the whole window less the sum over the parts that `money` is by."""
    found = summary(money.remainder(whole), prob)
    return {c: {key: cells[i] for key, cells in found.items()} for i, c in enumerate(money.increments.channels)}


def together(money: Money, prob: float) -> dict[str, Any]:
    """Return what all channels together are worth, and what they added beyond the sum of what each did."""
    joint = money.of_all
    found: dict[str, Any] = {"spend": plain(joint.increments.spend[0])}
    quantities = {"contribution": joint.contribution, "roas": joint.roas, "roi": joint.roi}
    quantities["interaction"] = money.interaction
    for name, draws in quantities.items():
        found[name] = {key: cells[0] for key, cells in summary(draws, prob).items()}
    found["roi"]["probability_positive"] = plain(joint.roi.arrays.probability(above=0).array[0])
    return found | {
        "evidence": str(Evidence(int(joint.increments.evidence[0]))),
        "reason": joint.increments.reasons[0],
        "support": plain(joint.increments.support[0]),
    }
