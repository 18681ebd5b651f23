"""A known truth is recovered with every shipped model (`make recovery` is the long form)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.recovery.models_study import Case, names

UNITS = {"geo_funnel": 3}
"""Regions of the panel that the short form takes."""
WORLDS = {"acquisition": 10, "campaign_roi": 2, "weekly_funnel": 1, "robyn": 1, "hidden_demand": 1, "geo_funnel": 1}


def test_every_shipped_model_is_among_them():
    assert names() == sorted(WORLDS)


@pytest.mark.parametrize("name", WORLDS)
def test_intervals_hold_the_truth_behind_new_worlds(name):
    case = Case.of(name, UNITS.get(name))
    worlds = [case.recovered(seed) for seed in range(300, 300 + WORLDS[name])]
    assert all(w.ok for w in worlds)
    held = [h for w in worlds for h in w.parameters.values()]
    error = max(math.sqrt(0.9 * 0.1 / len(held)), np.std([np.mean(list(w.parameters.values())) for w in worlds]))
    assert abs(np.mean(held) - 0.9) < 4 * error
