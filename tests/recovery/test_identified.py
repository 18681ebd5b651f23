"""What the graph identifies holds the truth, and what it refuses is missed: ten seeds of `make identified`."""

from __future__ import annotations

from scipy import stats

import bayes_roi as br
from tests.recovery.identified_study import KINDS, PROB, one

SEEDS = 10
RARE = 1e-4
CHEAP = {name: kind for name, kind in KINDS.items() if not kind.latent}


def test_identified_worlds_are_covered_and_refused_ones_missed_by_the_fit_that_ignores_the_hidden_cause():
    held = [one(n, s, ignoring=False)["held"] for n, k in CHEAP.items() if k.fitted for s in range(SEEDS)]
    assert sum(map(bool, held)) >= stats.binom.ppf(RARE, len(held), PROB)
    assert sum(map(bool, held)) <= stats.binom.ppf(1 - RARE, len(held), PROB)
    missed = [one(n, s, ignoring=True)["held"] for n in CHEAP for s in range(SEEDS)]
    assert sum(map(bool, missed)) < 0.1 * len(missed)


def test_what_is_fitted_by_the_graph_is_what_the_graph_identifies():
    for name, kind in KINDS.items():
        found = br.identify(kind.model(kind.graph), kind.x, kind.y)
        assert bool(found) == (kind.fitted is not None or name == "napkin"), name
