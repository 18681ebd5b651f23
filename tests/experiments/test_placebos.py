"""Where nothing was done, intervals hold nothing at their rate: short forms of `make placebos`."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.stats import binom

from bayes_roi.experiments.placebos import MOST_UNITS, Placebos
from tests.experiments.placebo_study import of_pair, pairs
from tests.experiments.worlds import WORLDS, Said

RARE = 1e-3
"""Probability of a false alarm of each bound."""
LEAST, MOST = 0.82, 0.96
"""What 90 % intervals may hold of dependent pairs, or of worlds that are not the model's."""
MANY = {"synthetic_control": 30, "matched_regions": 30, "interrupted": 40, "revenue": 50}


@cache
def told(world: str) -> list[Said]:
    return [WORLDS[world](seed) for seed in range(MANY.get(world, 100))]


def test_of_many_units_some_are_tried_spread_over_all() -> None:
    assert Placebos.tried(38).tolist() == list(range(38))
    some = Placebos.tried(500)
    assert len(some) == MOST_UNITS
    assert (some[0], some[-1]) == (0, 499)
    assert np.diff(some).min() >= 8


def test_cities_that_were_left_alone() -> None:
    lines = [of_pair(pair, draws=200) for pair in pairs()[::13]]
    for method in ("covered", "matched"):
        assert sum(line[method] for line in lines) >= binom.ppf(RARE, len(lines), LEAST)
    # of all 200 the median is 1.61; the sd of a median of 16 is about that of the ratios, 0.6, over sqrt(16) x 1.25
    assert np.median([line["ratio"] for line in lines]) < 1.7 + 0.2


@pytest.mark.parametrize("world", WORLDS)
def test_intervals_hold_no_effect_at_their_rate(world: str) -> None:
    held = [said.covered for said in told(world)]
    assert binom.ppf(RARE, len(held), LEAST) <= sum(held) <= binom.ppf(1 - RARE, len(held), MOST)


@pytest.mark.parametrize("world", ["synthetic_control", "matched_regions", "one_treated"])
def test_placebos_in_space_have_their_size(world: str) -> None:
    """Of twenty units alike, each is among the two furthest out with probability a tenth."""
    out = [said.placebo <= 0.1 + 1e-9 for said in told(world)]
    assert binom.ppf(RARE, len(out), 0.1) <= sum(out) <= binom.ppf(1 - RARE, len(out), 0.1)


@pytest.mark.parametrize("world", ["synthetic_control", "matched_regions", "two_groups", "one_treated", "staggered"])
def test_the_check_of_the_periods_before_has_its_size(world: str) -> None:
    rung = [said.pre_trend < 0.05 for said in told(world)]
    assert sum(rung) <= binom.ppf(1 - RARE, len(rung), 0.05)
