"""Draws: intervals, probabilities, arithmetic with units, evidence and support."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from bayes_roi.draws import Draws, Evidence
from bayes_roi.errors import QueryError


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
    assert "theta [USD], 90% credible intervals" in repr(draws())
    assert "credible" in draws()._repr_html_()
