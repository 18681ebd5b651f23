"""Shapley over exposure sets: against every order of joining, and pooled rates."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.errors import QueryError
from bayes_roi.journeys.counts.exposures import ExposureSets, exposure_sets
from bayes_roi.journeys.privacy.domain import domain
from bayes_roi.journeys.shapley import exposed
from bayes_roi.journeys.shapley.exposed import credit_by_draw, shapley_draws
from bayes_roi.journeys.shapley.pooled import PooledRates, members_of
from bayes_roi.queries.shapley import coalitions_within
from tests.journeys.private_worlds import World, counted, world
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
    journeys, alike = found.journeys[None].astype(float), rates[coalitions][None]
    np.testing.assert_allclose(credit_by_draw(3, found.sets, journeys, coalitions, alike)[0], wanted, atol=1e-12)


def test_pooled_rates_are_found_again() -> None:
    """Sixty-three sets, whose rates are a law of their channels: each coefficient and the size within its posterior."""
    rng = np.random.default_rng(2)
    sets, truth = np.arange(1, 64), np.array([-3.0, 0.5, -0.5, 0.0, 0.3, 1.0, -1.0])
    members, journeys = members_of(sets, 6), np.full(63, 4_000)
    mean = 1 / (1 + np.exp(-(members @ truth)))
    conversions = rng.binomial(journeys, rng.beta(300 * mean, 300 * (1 - mean)))
    coefficients, size = PooledRates(members, journeys, conversions).drawn(2_000, rng)
    z = (coefficients.mean(axis=0) - truth) / coefficients.std(axis=0)
    assert np.abs(z).max() < 3.5
    assert np.quantile(size, 0.01) < 300 < np.quantile(size, 0.99)


def test_the_slope_of_the_pooled_density_is_its_difference_quotient() -> None:
    rng = np.random.default_rng(3)
    known = PooledRates(members_of(np.arange(1, 8), 3), np.full(7, 50), rng.binomial(50, 0.1, 7))
    at = rng.normal(size=5)
    quotient = [(known.loss(at + s)[0] - known.loss(at - s)[0]) / 2e-5 for s in 1e-5 * np.eye(5)]
    np.testing.assert_allclose(known.loss(at)[1], quotient, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("conversions", [0, 10])
def test_rates_of_none_or_all_can_be_pooled(conversions: int) -> None:
    known = PooledRates(members_of(np.arange(1, 4), 2), np.full(3, 10), np.full(3, conversions))
    coefficients, size = known.drawn(100, np.random.default_rng(1))
    assert np.isfinite(coefficients).all()
    assert (size > 0).all()


def test_intervals_hold_the_credit_of_the_population_where_channels_convert_differently() -> None:
    """300 intervals of 90 % in 25 worlds of four channels; the truth is a log of a hundred thousand users."""
    known, held = domain([*"abcd"], journeys_per_user=2, touches_per_journey=4, with_sets=True), []

    def sets_of(users: int, of: World, rng: np.random.Generator) -> ExposureSets:
        table = counted(of, known, users, rng)["exposures"].reshape(-1, 2)
        there = table.sum(axis=1) > 0
        return ExposureSets(known.channels, known.sets[there], table[there].sum(axis=1), table[there, 0])

    for seed in range(25):
        one, rng = world(seed, 4, spread=0.5), np.random.default_rng([seed, 9])
        truth = shapley_draws(sets_of(100_000, one, rng), 400, rng).mean(axis=0)
        for _ in range(3):
            found = shapley_draws(sets_of(4_000, one, rng), 400, rng)
            lower, upper = np.quantile(found / found.sum(axis=1, keepdims=True), [0.05, 0.95], axis=0)
            held.append(((lower <= truth / truth.sum()) & (truth / truth.sum() <= upper))[:4])
    assert 0.83 <= np.mean(held) <= 0.96


def test_too_many_coalitions_are_told_and_left_out_of_the_usual_table(counts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exposed, "MOST_COALITIONS", 4)
    with pytest.raises(QueryError, match="more than 4 subsets; merge channels"):
        br.credit(counts, "shapley")
    table = br.credit_table(counts, draws=100)
    assert "shapley" not in table.credit
    assert "merge channels" in table.left_out["shapley"]
