"""Difference in differences against two-way fixed effects, the pooled t interval, and cohorts by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import stdtrit

import bayes_roi as br

COLUMNS = {"outcome": "y", "unit": "u", "time": "t"}


def table(values: np.ndarray, first: np.ndarray) -> pd.DataFrame:
    """Return (units, time) values as rows, with the first treated period of each unit, NaN where never."""
    units, times = values.shape
    start = np.where(first < times, first.astype(float), np.nan)
    return pd.DataFrame(
        {
            "u": np.repeat([f"u{k:03d}" for k in range(units)], times),
            "t": np.tile(np.arange(times), units),
            "y": values.ravel(),
            "start": np.repeat(start, times),
        }
    )


def test_at_once_it_is_two_way_fixed_effects() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=(9, 7)).cumsum(axis=1)
    first = np.where(np.arange(9) < 4, 5, 7)
    found = br.difference_in_differences(table(y, first), **COLUMNS, adopted="start")
    d = ((np.arange(7) >= 5) & (first[:, None] == 5)).astype(float)
    inner = d - d.mean(0) - d.mean(1)[:, None] + d.mean()
    assert found.point == pytest.approx((inner * y).sum() / (inner * d).sum())


def test_a_placebo_in_time_is_the_answer_of_the_periods_before_treatment() -> None:
    rng = np.random.default_rng(6)
    y = rng.normal(size=(9, 12)).cumsum(axis=1)
    first = np.repeat([8, 10, 12], 3)
    found = br.difference_in_differences(table(y, first), **COLUMNS, adopted="start").placebo_in_time(5)
    early = br.difference_in_differences(table(y[:, :8], np.where(first < 12, 5, 8)), **COLUMNS, adopted="start")
    assert found.window == ("5", "7")
    assert found.point == pytest.approx(early.point)
    for start, said in ((0, "no period before"), (9, "no row lies in the window")):
        with pytest.raises(br.QueryError, match=said):
            br.difference_in_differences(table(y, first), **COLUMNS, adopted="start").placebo_in_time(start)


def test_its_interval_is_the_pooled_t_interval() -> None:
    """Units' changes are two samples: the posterior of their difference is Student t with the pooled variance."""
    rng = np.random.default_rng(1)
    y = rng.normal(size=(12, 6))
    first = np.where(np.arange(12) < 5, 4, 6)
    found = br.difference_in_differences(table(y, first), **COLUMNS, adopted="start", draws=20_000)
    change = y[:, 4:].mean(axis=1) - y[:, :4].mean(axis=1)
    a, b = change[:5], change[5:]
    variance = (((a - a.mean()) ** 2).sum() + ((b - b.mean()) ** 2).sum()) / 10
    half = stdtrit(10, 0.95) * np.sqrt(variance * (1 / 5 + 1 / 7))
    lower, upper = (float(x.array) for x in found.average.arrays.interval())
    # Monte-Carlo error of a 5 % quantile of 20,000 draws: sqrt(.05 x .95 / 20000) over the density there, twice over
    error = 5 * np.sqrt(0.05 * 0.95 / 20_000) / 0.1 * half / stdtrit(10, 0.95)
    assert (lower, upper) == pytest.approx((a.mean() - b.mean() - half, a.mean() - b.mean() + half), abs=error)


@pytest.mark.parametrize("base", ["all", "last"])
@pytest.mark.parametrize("controls", ["never", "not yet"])
def test_staggered_effects_are_those_of_each_cohort_by_hand(controls: str, base: str) -> None:
    rng = np.random.default_rng(2)
    y = rng.normal(size=(12, 8))
    first = np.repeat([3, 5, 8], 4)
    found = br.difference_in_differences(table(y, first), **COLUMNS, adopted="start", controls=controls, base=base)
    total, cells = 0.0, 0
    for g in (3, 5):
        for t in range(g, 8):
            other = y[first > max(t, g)] if controls == "not yet" else y[first == 8]
            before = slice(0, g) if base == "all" else slice(g - 1, g)
            own = (y[first == g, t] - y[first == g, before].mean(axis=1)).mean()
            total += 4 * (own - (other[:, t] - other[:, before].mean(axis=1)).mean())
            cells += 4
    assert found.point == pytest.approx(total / cells)
    assert found.treated_units.tolist() == [0, 0, 0, 4, 4, 8, 8, 8]
    assert found.estimate.arrays.values.array == pytest.approx(found.by_period.sum("time").arrays.values.array)


def test_dynamic_effects_of_cohorts_are_recovered_where_two_way_fixed_effects_are_not() -> None:
    """Effects that grow with time since adoption: the treated are never controls, so that nothing cancels."""
    rng = np.random.default_rng(3)
    first = np.repeat([4, 7, 10], 15)
    since = np.arange(10) - first[:, None]
    y = rng.normal(0, 0.5, (45, 1)) + np.linspace(0, 3, 10) + rng.normal(0, 0.3, (45, 10)) + np.maximum(since + 1, 0)
    found = br.difference_in_differences(table(y, first), **COLUMNS, adopted="start")
    study = found.event_study
    lower, upper = (x.array for x in study.arrays.interval(0.999))
    truth = np.maximum(study.arrays.values.labels("since") + 1, 0)
    assert ((lower < truth) & (truth < upper)).all()
    d = (since >= 0).astype(float)
    inner = d - d.mean(0) - d.mean(1)[:, None] + d.mean()
    average = np.maximum(since + 1, 0).sum() / d.sum()
    assert (inner * y).sum() / (inner * d).sum() < 0.8 * average
    assert found.point == pytest.approx(average, abs=0.2)
    assert found.group_time.arrays.values.sizes["cohort"] == 2


def test_a_trend_of_the_treated_alone_is_told_before_treatment() -> None:
    rng = np.random.default_rng(4)
    first = np.where(np.arange(30) < 12, 8, 10)
    y = rng.normal(0, 0.5, (30, 10)) + (first == 8)[:, None] * 0.3 * np.arange(10)
    found = br.difference_in_differences(table(y, first), **COLUMNS, adopted="start")
    assert not found.pre_trend
    assert "speaks against the assumption" in str(found)


def test_placebos_are_the_differences_of_each_untreated_unit() -> None:
    rng = np.random.default_rng(5)
    y = rng.normal(size=(8, 6))
    first = np.where(np.arange(8) < 1, 4, 6)
    found = br.difference_in_differences(table(y, first), **COLUMNS, adopted="start", draws=20_000)
    alone = br.difference_in_differences(table(y[1:], first[1:]), **COLUMNS, adopted={"u001": 4})
    change = y[1:, 4:].mean(axis=1) - y[1:, :4].mean(axis=1)
    sd = np.delete(change, 1).std(ddof=1) * np.sqrt(1 + 1 / 6)
    assert alone.point / sd == pytest.approx(found.placebos.standardised[1])
    assert found.placebos.units == tuple(f"u{k:03d}" for k in range(1, 8))
    own = y[0, 4:].mean() - y[0, :4].mean()
    expected = (own - change.mean()) / (change.std(ddof=1) * np.sqrt(1 + 1 / 7))
    assert found.placebos.treated == pytest.approx(expected, rel=0.05)
