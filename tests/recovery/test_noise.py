"""The diagnosis rings where a claim about noise fails and not where none does (`noise_study` is the long form)."""

from __future__ import annotations

import pytest

from tests.recovery.noise_study import PLAIN, one

WORLDS = range(200, 203)


@pytest.mark.parametrize("cell", ["weekly, clean", "regions, clean", "counts, clean"])
def test_clean_markets_ring_for_nothing(cell: str) -> None:
    """Together the tests ring in one clean market of a hundred: in three, twice with a probability of 3e-4."""
    told = [one(cell, seed).of(PLAIN) for seed in WORLDS]
    assert sum(bool(t.problems or t.notes) for t in told) < 2


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("AR(1), 0.6", "autocorrelation"),
        ("lag four, 0.6", "autocorrelation"),
        ("gamma-Poisson counts", "dispersion"),
        ("common shock", "shocks"),
    ],
)
def test_a_failed_claim_is_a_problem_and_its_remedy_ends_it(cell: str, kind: str) -> None:
    lines = [one(cell, seed) for seed in WORLDS[:2]]
    for line in lines:
        assert kind in line.of(PLAIN).problems
        assert all(kind not in line.of(model).problems for model in line.told if model != PLAIN)


def test_noise_that_alternates_is_noted_for_it_does_not_narrow_intervals() -> None:
    told = [one("AR(1), -0.6", seed).of(PLAIN) for seed in WORLDS[:2]]
    assert all("autocorrelation" in t.notes and not t.problems for t in told)
