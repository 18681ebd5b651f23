"""Of which functions of few sources a node's value is the sum."""

from __future__ import annotations

from bayes_roi.model.language.model import Model
from bayes_roi.model.law.additive import additive_blocks
from bayes_roi.model.law.summands import OwnSources, summands


def test_a_product_of_nodes_joins_them_and_a_sum_of_terms_does_not():
    model = Model(name="m", outcome="y", equations="m ~ a + b\ny := m * c")
    sources = {n: OwnSources(n) for n in "abc"}
    assert summands(model, "y", sources) == {frozenset("abc")}
    assert summands(model, "m", sources) == {frozenset("a"), frozenset("b")}


def test_blocks_join_the_factors_of_an_identity_too():
    """m * c is no function of m plus one of c."""
    model = Model(name="m", outcome="y", equations="m ~ a + b\ny := m * c")
    assert additive_blocks(model, "y", {n: [n] for n in "abc"}) == {frozenset("abc")}
    summed = Model(name="m", outcome="y", equations="m ~ a + b\ny := m - c")
    assert additive_blocks(summed, "y", {n: [n] for n in "abc"}) == {frozenset("a"), frozenset("b"), frozenset("c")}
