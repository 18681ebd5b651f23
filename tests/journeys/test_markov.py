"""Removal effects: the closed form against chains without the channel, the posterior, and orders above one."""

from __future__ import annotations

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.errors import QueryError
from bayes_roi.journeys.counts.path_types import PathTypes
from bayes_roi.journeys.counts.transitions import Transitions, transitions
from bayes_roi.journeys.markov import removal
from bayes_roi.journeys.markov.chain import removal_effects
from bayes_roi.journeys.markov.posterior import concentrations


def of(walks: dict[str, tuple[int, int]], channels: str = "abc") -> PathTypes:
    """Return path types: walk -> journeys, conversions."""
    codes = np.array([channels.index(c) for walk in walks for c in walk], np.uint8)
    starts = np.cumsum([0, *(len(w) for w in walks)])
    n, k = (np.array(x) for x in zip(*walks.values(), strict=True))
    return PathTypes(tuple(channels), codes, starts, n, k, k * 1.0, k * 1.0, np.zeros(len(codes)))


WALKS = of({"a": (9, 2), "ab": (5, 1), "abcab": (4, 3), "bb": (6, 1), "cacb": (3, 2), "cc": (4, 0), "bca": (2, 2)})


def brute_force(found: Transitions, p: np.ndarray) -> np.ndarray:
    """Return what is lost where every step to a channel ends the journey, by the chain without it, solved anew."""
    k, m = len(found.channels), len(found.histories)
    after = found.follows()

    def conversion(without: int | None) -> float:
        q = np.zeros((m, m))
        for i in range(m):
            for c in range(k):
                if c != without and after[i, c] >= 0:
                    q[i, after[i, c]] += p[i, c]
        reached = np.zeros(m)
        for _ in range(20_000):
            before, reached = reached, p[:, k] + q @ reached
            if np.abs(reached - before).max() < 1e-16:
                break
        return float(reached[-1])

    return np.array([1 - conversion(c) / conversion(None) for c in range(k)])


@pytest.mark.parametrize("order", [1, 2, 3])
def test_the_closed_form_is_the_chain_without_the_channel(order: int) -> None:
    found = transitions(WALKS, order)
    rng = np.random.default_rng(order)
    parameters = concentrations(WALKS, found)
    p = rng.standard_gamma(parameters, size=(3, *parameters.shape))
    p /= p.sum(axis=-1, keepdims=True)
    wanted = np.stack([brute_force(found, x) for x in p])
    np.testing.assert_allclose(removal_effects(found, p), wanted, atol=1e-10, rtol=0)


def test_order_one_is_the_published_formula() -> None:
    found = transitions(WALKS)
    p = found.counts / found.counts.sum(axis=1, keepdims=True)
    visits = np.linalg.inv(np.eye(4) - np.hstack([p[:, :3], np.zeros((4, 1))]))
    reached = visits @ p[:, 3]
    wanted = [visits[3, c] / visits[c, c] * reached[c] / reached[3] for c in range(3)]
    np.testing.assert_allclose(removal_effects(found, p), wanted, atol=1e-12)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_transitions_are_those_of_a_loop_over_touches(order: int) -> None:
    wanted: dict[tuple, np.ndarray] = {}
    for i in range(len(WALKS)):
        codes = WALKS.codes[WALKS.starts[i] : WALKS.starts[i + 1]].tolist()
        history, n, conversions = (3,) * order, int(WALKS.journeys[i]), int(WALKS.conversions[i])
        for code in codes:
            wanted.setdefault(history, np.zeros(5))[code] += n
            history = (*history[1:], code)
        wanted.setdefault(history, np.zeros(5))[3:] += [conversions, n - conversions]
    found = transitions(WALKS, order)
    assert [tuple(h) for h in found.histories.tolist()] == sorted(wanted)
    assert tuple(found.histories[-1].tolist()) == (3,) * order
    np.testing.assert_array_equal(found.counts, np.stack([wanted[h] for h in sorted(wanted)]))


@pytest.mark.parametrize("order", [1, 2, 3])
def test_the_prior_is_one_observation_and_leads_to_no_history_that_was_not_seen(order: int) -> None:
    found = transitions(WALKS, order)
    added = concentrations(WALKS, found) - found.counts
    np.testing.assert_allclose(added.sum(axis=1), [*np.ones(len(added) - 1), 0], atol=1e-12)
    assert np.all(found.follows()[added[:, :3] > 0] >= 0)


def test_without_loops_order_two_on_paths_of_two_is_the_share_of_conversions_with_the_channel() -> None:
    """A chain of order 2 has paths of at most two touches whole: what is lost is what had the channel."""
    walks = of({"a": (400, 100), "ab": (300, 100), "b": (300, 60), "ca": (500, 140)})
    found = transitions(walks, 2)
    p = found.counts / found.counts.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(removal_effects(found, p), np.array([340, 160, 140]) / 400, atol=1e-12)


def test_markov_removal_and_its_shares(counts) -> None:
    raw = br.markov_removal(counts, draws=400)
    share = br.credit(counts, "markov", draws=400)
    np.testing.assert_allclose(raw.values / raw.values.sum("channel"), share.values, rtol=1e-12)
    assert raw.words().array[()] == "descriptive"
    found = transitions(counts.paths)
    p = found.counts / found.counts.sum(axis=1, keepdims=True)
    gap = np.abs(raw.mean().values - removal_effects(found, p))
    assert np.all(gap < 0.5 * raw.sd().values)


def test_bad_orders_and_chains_too_large_are_told(counts, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(QueryError, match="order must be 1, 2 or 3, got 4"):
        br.markov_removal(counts, order=4)
    monkeypatch.setattr(removal, "MOST_HISTORIES", 10)
    with pytest.raises(QueryError, match=r"has .* histories, more than 10; ask for a lower order"):
        br.credit(counts, "markov_2")
