"""The stress worlds are those that their authors describe, and the errors of a fit are theirs (`make stress`)."""

from __future__ import annotations

import numpy as np
import pytest

from tests.recovery import stress_markets
from tests.recovery.scored import Said, Scored
from tests.recovery.stress_markets import SCENARIOS, SPEND
from tests.recovery.stress_study import errors, tabled

CONTRIBUTIONS = {
    "clean": ((6797, 82), (4548, 55), (3907, 56), (2688, 39)),
    "confounding_controlled": ((6655, 111), (3209, 57), (3014, 66), (2587, 27)),
    "reverse_causality": ((6493, 121), (4327, 54), (3723, 65), (2542, 30)),
    "multicollinearity": ((8825, 27), (5672, 15), (5183, 19), (3534, 14)),
}
"""Mean of each channel's true contribution and its error, over 40 worlds of mmm-framework 1.5.0 (seeds 0 to 39)."""


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_worlds_have_the_truths_of_the_package_that_describes_them(scenario):
    worlds = [stress_markets.market(scenario, seed).contributions for seed in range(40)]
    for channel, (mean, error) in zip(SPEND, CONTRIBUTIONS[scenario], strict=True):
        ours = np.array([w[channel] for w in worlds])
        assert abs(ours.mean() - mean) < 4 * np.hypot(error, ours.std(ddof=1) / np.sqrt(40))


def test_what_a_scenario_breaks_is_broken():
    def correlations(scenario):
        spends = [x[0, 16:] for x in stress_markets.market(scenario, 1).spends.values()]
        return np.corrcoef(spends)[np.triu_indices(4, 1)]

    assert np.abs(correlations("clean")).max() < 0.5
    assert correlations("multicollinearity").min() > 0.95
    chased = stress_markets.market("confounding_controlled", 1)
    assert "category_demand" in chased.data.columns
    paced = stress_markets.market("reverse_causality", 1)
    sales, search = paced.data.columns["sales"], paced.data.columns["search_spend"]
    on_air = search > 30
    assert np.corrcoef(np.log(search[1:])[on_air[1:]], sales[:-1][on_air[1:]])[0, 1] > 0.2


def test_a_table_of_the_package_is_read_with_the_truth_that_it_states():
    week, channels = np.arange(20.0), ["TV", "Search", "Social", "Display"]
    columns = {"sales": 300 + week, "Price": 12 + 0.1 * week} | dict.fromkeys(channels, 1 + week)
    truth = dict(zip(channels, (4.0, 3.0, 2.0, 1.0), strict=True))
    found = {"columns": columns, "channels": channels, "controls": ["Price"], "truth": truth, "version": "theirs"}
    market = stress_markets.published(found)
    assert market.contributions == {"tv": 4.0, "search": 3.0, "social": 2.0, "display": 1.0}
    assert market.spent["tv"] == columns["TV"].sum()
    assert market.data.rows == 20
    assert set(market.model.measured) == set(market.data.columns)


MEANS = (2.2, 1.0, 2.0, 3.0)
"""Estimates of four contributions that are 2."""


def test_errors_are_of_the_mean_over_the_truth():
    said = {
        c: Said(2.0, 1.0, 2.0, 3.0, m) for c, m in (("tv", 2.2), ("search", 1.0), ("social", 2.0), ("display", 3.0))
    }
    total = Said(8.0, 6.0, 8.0, 10.0, 8.2)
    scored = Scored("clean", 0, "default", channels=said, total=total, engines={"nuts": 1}, ok=True)
    assert errors(scored) == pytest.approx([0.1, 0.5, 0.0, 0.5])
    line = tabled([scored], {}).splitlines()[2]
    assert line.startswith("| clean | 1 | 30% | 0% | 50% | 1.000 | 1.00 | +2% | 1 | nuts |")
    theirs = {
        "truth": dict.fromkeys("abcd", 2.0),
        "said": {c: [1.0, m, 3.0] for c, m in zip("abcd", MEANS, strict=True)},
    }
    fit = theirs | {"rhat": 1.0, "divergences": 0, "seconds": 60.0, "version": "mmm-framework 1.5.0"}
    line = tabled([scored], {"clean": [fit]}).splitlines()[3]
    assert line == ("| clean, mmm-framework | 1 | 30% |  | 50% | 1.000 | 1.00 | +2% | 1 | mmm-framework 1.5.0 | 60 |")
