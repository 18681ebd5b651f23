"""The picture of plans shows the numbers of their comparison."""

from __future__ import annotations

import numpy as np

import bayes_roi as br
from bayes_roi.inference.fit import Fit
from bayes_roi.report.plots import plot_plans


def test_bars_are_the_spend_and_lines_the_gain(funnel: Fit) -> None:
    plans = [br.scenario(funnel, name, periods=8, change=c) for name, c in (("today", 0.0), ("a", 0.3), ("b", -1))]
    found = br.compare(funnel, plans)
    left, right = plot_plans(found, prob=0.8).axes
    bars = np.array([[bar.get_width() for bar in piece] for piece in left.containers])  # type: ignore[union-attr]
    np.testing.assert_allclose(bars, found.spend.array.T)
    low, high = found.against("today").ends(0.8)
    thin = [line.get_segments()[0][:, 0].tolist() for line in right.collections[::2]]  # type: ignore[attr-defined]
    np.testing.assert_allclose(thin, np.array([low.array, high.array]).T)
    assert [t.get_text() for t in left.get_yticklabels()] == ["today", "a", "b"]
    assert plot_plans(br.compare(funnel, plans[:1])).axes[1].get_title(loc="left").startswith("incremental profit")
