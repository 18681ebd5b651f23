"""The acquisition funnel of 20,000 rows has known total effects."""

from __future__ import annotations

import pytest

import bayes_roi as br


@pytest.mark.parametrize(
    ("node", "truth"), [("tv_spend", 1.00), ("social_spend", 0.95), ("organic_clicks", 1.00), ("social_clicks", 1.00)]
)
def test_total_effects_are_recovered(acquisition_fit, node, truth):
    effect = br.ate(acquisition_fit, node, shift=1.0)
    assert abs(float(effect.mean()) - truth) < 4 * float(effect.sd())


def test_the_sd_of_televisions_effect_is_what_shared_noise_gives(acquisition_fit):
    assert 0.008 < float(br.ate(acquisition_fit, "tv_spend", shift=1.0).sd()) < 0.010


def test_adding_a_unit_to_demand_adds_its_total_effect(acquisition_fit):
    effect = br.ate(acquisition_fit, "demand", shift=1.0)
    assert abs(float(effect.mean()) - 1.05) < 4 * float(effect.sd())
