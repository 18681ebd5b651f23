"""Shapley over exposure sets: against every order of joining, and pooled rates."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.errors import QueryError
from bayes_roi.journeys.counts.exposures import ExposureSets, exposure_sets
from bayes_roi.journeys.shapley import exposed
from bayes_roi.journeys.shapley.exposed import coalition_credit
from bayes_roi.journeys.shapley.pooled import pooled
from bayes_roi.queries.shapley import coalitions_within
from tests.journeys.test_markov import WALKS


def test_exposure_sets_are_those_of_a_loop_over_paths() -> None:
    wanted: dict[int, list[int]] = {}
    for i in range(len(WALKS)):
        members = sum(1 << "abc".index(c) for c in set(WALKS.names(i)))
        row = wanted.setdefault(members, [0, 0])
        row[0] += int(WALKS.journeys[i])
        row[1] += int(WALKS.conversions[i])
    found = exposure_sets(WALKS)
    assert found.sets.tolist() == sorted(wanted)
    assert np.stack([found.journeys, found.conversions], 1).tolist() == [wanted[s] for s in sorted(wanted)]


def test_credit_is_the_mean_over_all_orders_in_which_channels_join() -> None:
    found = ExposureSets(tuple("abc"), np.array([1, 3, 7]), np.array([50, 30, 20]), np.array([5, 6, 4]))
    rates = np.array([0.0, 0.1, 0.07, 0.2, 0.04, 0.13, 0.09, 0.25])
    coalitions = coalitions_within(found.sets.tolist(), 100)
    assert coalitions is not None
    wanted = np.zeros(3)
    for members, journeys in zip(found.sets, found.journeys, strict=True):
        players = [i for i in range(3) if members >> i & 1]
        orders = list(permutations(players))
        for order in orders:
            inside = 0
            for player in order:
                wanted[player] += journeys * (rates[inside | 1 << player] - rates[inside]) / len(orders)
                inside |= 1 << player
    np.testing.assert_allclose(coalition_credit(coalitions, found) @ rates[coalitions], wanted, atol=1e-12)


def test_pooled_rates_are_found_again() -> None:
    """500 sets with rates of Beta(6, 54): the mean within three of its errors, the worth within a third."""
    rng = np.random.default_rng(2)
    journeys = np.full(500, 400)
    a, b = pooled(journeys, rng.binomial(journeys, rng.beta(6, 54, 500)))
    assert a / (a + b) == pytest.approx(0.1, abs=3 * 0.1 * np.sqrt(0.9 / 0.1 / 61 / 500) * 1.1)
    assert a + b == pytest.approx(60, rel=1 / 3)


@pytest.mark.parametrize("conversions", [0, 10])
def test_rates_of_none_or_all_can_be_pooled(conversions: int) -> None:
    a, b = pooled(np.full(3, 10), np.full(3, conversions))
    assert min(a, b) > 0


def test_too_many_coalitions_are_told_and_left_out_of_the_usual_table(counts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exposed, "MOST_COALITIONS", 4)
    with pytest.raises(QueryError, match="more than 4 subsets; merge channels"):
        br.credit(counts, "shapley")
    table = br.credit_table(counts, draws=100)
    assert "shapley" not in table.credit
    assert "merge channels" in table.left_out["shapley"]
