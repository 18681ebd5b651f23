"""What the picture of a budget's curve shows is the curve."""

from __future__ import annotations

import itertools

import numpy as np

import bayes_roi as br
from bayes_roi.inference.fit import Fit
from bayes_roi.report.plots import plot_budget_curve


def test_lines_are_the_best_profit_and_its_spend(funnel: Fit) -> None:
    plan = br.optimise(funnel, budget=100_000, periods=8, draws=50, extrapolate=True)
    curve = br.budget_curve(plan, multiples=(0.5, 1.0))
    left, right = plot_budget_curve(curve, prob=0.8).axes
    np.testing.assert_allclose(left.lines[0].get_ydata(), curve.profit.centre().array)
    low, high = (x.array for x in curve.profit.arrays.interval(0.8))
    band = left.collections[0].get_paths()[0].vertices
    assert band[:, 1].min() == low.min()
    assert band[:, 1].max() == high.max()
    for line, channel in zip(right.lines, curve.spend.labels("channel"), strict=True):
        assert line.get_label() == channel
        np.testing.assert_allclose(line.get_ydata(), curve.spend.sel(channel=channel).array)
    np.testing.assert_allclose(curve.spend.array.sum(axis=1), [50_000, 100_000], rtol=1e-6)
    seen = curve.support.array >= 0.5
    dashed = [style[1] is not None for style in left.collections[1].get_linestyle()]  # type: ignore[attr-defined]
    assert dashed == [not (a.all() and b.all()) for a, b in itertools.pairwise(seen)]
    assert (left.get_legend() is None) == bool(seen.all())
