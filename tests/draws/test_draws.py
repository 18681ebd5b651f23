"""Draws: intervals, probabilities, arithmetic with units, evidence and support."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from bayes_roi.draws import Draws, Evidence
from bayes_roi.errors import QueryError
from bayes_roi.labelled import Labelled, along


def draws(values=None, unit="USD", evidence=(2, 1), support=(1.0, 0.2), seed=0):
    values = np.random.default_rng(seed).normal(size=(4, 500, 2)) if values is None else values
    coords = {"channel": ["tv", "web"]}
    return Draws(
        values=xr.DataArray(values, dims=("chain", "draw", "channel"), coords=coords),
        unit=unit,
        estimand="theta",
        evidence=xr.DataArray(list(evidence), dims="channel", coords=coords),
        support=xr.DataArray(list(support), dims="channel", coords=coords),
    )


def test_an_equal_tailed_interval_leaves_the_same_probability_on_both_sides():
    d = draws()
    ends = d.interval(0.8)
    np.testing.assert_allclose((d.values < ends.lower).mean(("chain", "draw")), 0.1, atol=0.001)
    np.testing.assert_allclose((d.values > ends.upper).mean(("chain", "draw")), 0.1, atol=0.001)


def test_the_highest_density_interval_is_the_narrower_one_and_holds_its_probability():
    d = draws(np.random.default_rng(1).exponential(size=(4, 500, 2)))
    eti, hdi = d.interval(0.9), d.interval(0.9, kind="hdi")
    assert (hdi.upper - hdi.lower < eti.upper - eti.lower).all()
    inside = ((d.values >= hdi.lower) & (d.values <= hdi.upper)).mean(("chain", "draw"))
    np.testing.assert_allclose(inside, 0.9, atol=0.005)


def test_arviz_works_on_the_values():
    array_stats = pytest.importorskip("arviz_stats.base").array_stats
    d = draws()
    mcse = array_stats.mcse(d.values.sel(channel="tv").values, chain_axis=0, draw_axis=1)
    assert float(d.mcse().sel(channel="tv")) == pytest.approx(float(mcse))
    assert float(d.mcse().sel(channel="tv")) == pytest.approx(1 / np.sqrt(2000), rel=0.2)


@given(st.floats(-3, 3))
def test_probabilities_above_and_below_sum_to_one(bound):
    d = draws()
    np.testing.assert_allclose(d.probability(above=bound) + d.probability(below=bound), 1.0)


def test_what_is_undefined_has_no_probability():
    values = np.full((2, 10, 2), np.nan)
    values[..., 1] = 1.0
    p = draws(values).probability(above=0)
    assert np.isnan(p.sel(channel="tv"))
    assert p.sel(channel="web") == 1.0


def test_arithmetic_is_by_draw_and_knows_units():
    a, b = draws(seed=1), draws(seed=2)
    np.testing.assert_allclose((a - b).values, a.values - b.values)
    assert (a - b).unit == "USD"
    assert (a / b).unit == "USD per USD"
    assert (2 * a).unit == "USD"
    np.testing.assert_allclose((1 - a).values, 1 - a.values)
    np.testing.assert_allclose((-a).values, -a.values)


def test_of_two_numbers_the_weaker_evidence_and_the_lesser_support_count():
    both = draws(evidence=(3, 2), support=(0.9, 0.4)) + draws(evidence=(1, 2), support=(0.7, 0.6))
    assert [str(Evidence(int(e))) for e in both.evidence.values] == ["assumed", "identified"]
    np.testing.assert_allclose(both.support, [0.7, 0.4])


def test_words_say_what_is_extrapolated_and_never_of_an_assumed_number():
    assert draws(evidence=(2, 2), support=(0.6, 0.4)).labels().values.tolist() == [
        "identified",
        "identified, extrapolated",
    ]
    assert draws(evidence=(1, 0), support=(0.1, 0.1)).labels().values.tolist() == ["assumed", "descriptive"]


def test_a_sum_has_the_weakest_evidence_of_its_parts():
    total = draws().sum("channel")
    assert total.labels().item() == "assumed"
    assert set(total.values.dims) == {"chain", "draw"}


def test_draws_of_different_fits_cannot_be_paired():
    with pytest.raises(QueryError, match="these draws come from different fits"):
        draws() + draws(np.zeros((2, 10, 2)))


def test_a_table_has_one_row_a_label_and_shows_itself():
    table = draws().to_frame()
    assert table.index.tolist() == ["tv", "web"]
    assert table.columns.tolist() == ["mean", "sd", "lower", "upper", "evidence"]
    assert "theta [USD], 90 % credible intervals" in repr(draws())
    assert "credible" in draws()._repr_html_()


def kept_by_numpy(d: Draws) -> Draws:
    """Return the same draws made of labelled arrays."""
    values, evidence, support = (Labelled(x.array, x.dims, x.coords) for x in d.arrays)
    return Draws(values, d.unit, d.estimand, evidence, support, d.note, d.has_mean)


def test_draws_made_of_numpy_show_the_xarray_that_they_would_have_been_made_of():
    d = draws()
    same = kept_by_numpy(d)
    for name in ("values", "evidence", "support"):
        xr.testing.assert_identical(getattr(same, name), getattr(d, name))
    assert same.values is same.values


def test_figures_are_those_of_xarray():
    d = kept_by_numpy(draws())
    sample = ("chain", "draw")
    xr.testing.assert_identical(d.mean(), d.values.mean(sample))
    xr.testing.assert_identical(d.median(), d.values.median(sample))
    xr.testing.assert_identical(d.sd(), d.values.std(sample))
    for side, quantile in (("lower", 0.1), ("upper", 0.9)):
        ends = d.values.quantile(quantile, sample).drop_vars("quantile")
        xr.testing.assert_allclose(d.interval(0.8)[side], ends, rtol=1e-15)
    xr.testing.assert_identical(d.probability(above=-0.5, below=0.5), (abs(d.values) < 0.5).mean(sample))
    xr.testing.assert_identical((2 * d - 1).values, 2 * d.values - 1)
    xr.testing.assert_identical(d.sum("channel").values, d.values.sum("channel"))
    xr.testing.assert_identical(d.sum("channel").evidence, d.evidence.min("channel"))
    xr.testing.assert_identical(d.sel(channel="tv").values, d.values.sel(channel="tv"))
    xr.testing.assert_identical(d.sel(channel=["web"]).support, d.support.sel(channel=["web"]))


def test_what_is_computed_without_xarray_is_what_is_shown():
    d = kept_by_numpy(draws())
    xr.testing.assert_identical(d.centre().xarray, d.mean())
    lower, upper = d.arrays.interval(0.8, kind="hdi")
    xr.testing.assert_identical(xr.Dataset({"lower": lower.xarray, "upper": upper.xarray}), d.interval(0.8, kind="hdi"))
    xr.testing.assert_identical(d.arrays.probability(below=0.2).xarray, d.probability(below=0.2))
    xr.testing.assert_identical(d.words().xarray, d.labels())
    ratio = replace(d, has_mean=False)
    xr.testing.assert_identical(ratio.centre().xarray, ratio.median())


def test_one_evidence_for_all_has_a_word_for_each_support():
    values = Labelled(np.zeros((1, 2, 3)), ("chain", "draw", "multiple"), along(multiple=[0.0, 1.0, 2.0]))
    support = Labelled(np.array([1.0, 0.9, 0.1]), ("multiple",), along(multiple=[0.0, 1.0, 2.0]))
    d = Draws(values, "USD", "theta", Labelled(np.array(int(Evidence.IDENTIFIED))), support)
    assert d.labels().sel(multiple=2.0).item() == "identified, extrapolated"
    assert d.labels().values.tolist()[:2] == ["identified"] * 2


def test_draws_are_frozen_and_replaced_in_part():
    d = draws()
    with pytest.raises(FrozenInstanceError):
        d.values = d.values * 2
    cents = replace(d, values=100 * d.values, unit="cents")
    assert (cents.unit, cents.estimand) == ("cents", d.estimand)
    xr.testing.assert_identical(cents.evidence, d.evidence)
    with pytest.raises(TypeError, match="evidence"):
        Draws(d.values, "USD", "theta")


def test_a_sum_with_an_undefined_part_is_undefined():
    values = np.ones((2, 3, 2))
    values[:, :, 1] = np.nan
    whole = Draws(
        values=xr.DataArray(values, dims=("chain", "draw", "channel")),
        unit="USD",
        estimand="parts",
        evidence=xr.DataArray(int(Evidence.IDENTIFIED)),
    )
    assert np.isnan(whole.sum("channel").values).all()
