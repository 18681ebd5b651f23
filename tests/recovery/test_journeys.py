"""Rules give credit where there is no effect; a regression that is told the intent does not: one world."""

from __future__ import annotations

import pytest

from tests.recovery import journeys_study

pytest.importorskip("duckdb", reason="the extra `journeys` is not installed")
RULES = tuple(r for r in journeys_study.RULES if r != "markov_2")


def test_rules_miss_what_brand_search_and_affiliates_caused() -> None:
    one = journeys_study.found(1, users=1_500, days=60, rules=RULES)
    for channel in ("brand_search", "affiliate"):
        assert one.truth[channel] == 0.0
        for rule in RULES:
            assert one.credit[rule][channel][1] > 0, rule
        assert one.holds("with", channel)
    # within four of its errors: 90 % of worlds hold it within 1.645
    for channel in ("display", "email", "social"):
        mean, lower, _ = one.credit["with"][channel]
        assert abs(mean - one.truth[channel]) < 4 * (mean - lower) / 1.645
