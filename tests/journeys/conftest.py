"""What tests of journeys share."""

from __future__ import annotations

import pytest

import bayes_roi as br

pytest.importorskip("duckdb", reason="the extra `journeys` is not installed")


@pytest.fixture(scope="session")
def world() -> br.SimulatedJourneys:
    """A log with known effects."""
    return br.simulate_journeys(3, users=1_500)


@pytest.fixture(scope="session")
def counts(world: br.SimulatedJourneys) -> br.JourneyCounts:
    """Its journeys."""
    return br.journey_counts(br.read_log(world.log))
