"""The picture of plans shows the numbers of their comparison."""

from __future__ import annotations

import numpy as np

import bayes_roi as br
from bayes_roi.decisions.horizon.plan_support import plan_support
from bayes_roi.inference.fit import Fit
from bayes_roi.report.plots import plot_plan, plot_plans
from bayes_roi.report.plots.plans import NOT_DRAWN
from bayes_roi.report.plots.style import NEVER_OBSERVED


def test_bars_are_the_spend_and_lines_the_gain(funnel: Fit) -> None:
    plans = [br.scenario(funnel, name, periods=8, change=c) for name, c in (("today", 0.0), ("a", 0.3), ("b", -1))]
    found = br.compare(funnel, plans)
    left, right = plot_plans(found, prob=0.8).axes
    bars = np.array([[bar.get_width() for bar in piece] for piece in left.containers])  # type: ignore[union-attr]
    np.testing.assert_allclose(bars, found.spend.array.T)
    low, high = found.against("today").arrays.interval(0.8)
    thin = [line.get_segments()[0][:, 0].tolist() for line in right.collections[::2]]  # type: ignore[attr-defined]
    np.testing.assert_allclose(thin, np.array([low.array, high.array]).T)
    assert [t.get_text() for t in left.get_yticklabels()] == ["today", "a", "b"]
    assert plot_plans(br.compare(funnel, plans[:1])).axes[1].get_title(loc="left").startswith("incremental profit")


def test_spend_that_was_never_seen_is_hatched_and_its_gain_dashed(funnel: Fit) -> None:
    """Of each channel and plan as the comparison's support says, and said in a legend."""
    changes = ({}, {"search": 30.0})
    found = br.compare(funnel, [br.scenario(funnel, f"plan {i}", periods=8, change=c) for i, c in enumerate(changes)])
    left, right = plot_plans(found).axes
    hatches = np.array([[bool(bar.get_hatch()) for bar in piece] for piece in left.containers])  # type: ignore[union-attr]
    np.testing.assert_array_equal(hatches, found.support.array.T < 0.5)
    assert hatches.any()
    legend = right.get_legend()
    assert legend is not None
    assert legend.get_texts()[-1].get_text() == NEVER_OBSERVED
    (_, dashes), *_ = right.collections[2].get_linestyle()  # type: ignore[attr-defined]
    assert dashes is not None
    near = [br.scenario(funnel, f"plan {c}", periods=8, change={"tv": c}) for c in (0.0, 0.02)]
    assert plot_plans(br.compare(funnel, near)).axes[1].get_legend() is None


def test_the_part_of_a_plan_beyond_what_was_observed_is_hatched(funnel: Fit) -> None:
    plan = br.optimise(funnel, budget=2_000_000, periods=8, draws=50, extrapolate=True)
    ahead = plan.outlook
    before, after = ahead.reference.sum(axis=1), np.array(list(plan.totals.values()))
    inside = plan_support(ahead, ahead.reference, plan.money.array)
    (axes,) = plot_plan(plan).axes
    drawn = [bar for piece in axes.containers for bar in piece if bar.get_hatch() and bar.get_width() > 0.8]  # type: ignore[union-attr]
    beyond = np.abs((1 - inside) * (after - before))
    kept = beyond > NOT_DRAWN * max(before.max(), after.max())
    assert kept.any()
    np.testing.assert_allclose([bar.get_width() for bar in drawn[: kept.sum()]], beyond[kept])
    assert NEVER_OBSERVED in [t.get_text() for t in axes.get_legend().get_texts()]  # type: ignore[union-attr]
