"""Identification: the cases with known answers, brute force over random graphs, instruments in linear models."""

from __future__ import annotations

import numpy as np
import pytest

from bayes_roi.graph.adjustment import adjusted, adjustment_sets, adjusts
from bayes_roi.graph.dag import Dag
from bayes_roi.graph.expression import P, product, ratio, summed
from bayes_roi.graph.front_door import front_door
from bayes_roi.graph.identification import Hedge, effect, hedge_of
from bayes_roi.graph.instruments import instruments
from bayes_roi.graph.projection import projected
from bayes_roi.graph.separation import open_path, separated
from tests.graph.discrete import World, random_graph, two_models
from tests.graph.identification_study import ROUNDING, study


def graph(text: str) -> Dag:
    """Return the graph of arrows and pairs, such as "x -> y, x <-> y"."""
    parents: dict[str, tuple[str, ...]] = {}
    pairs = set()
    for part in text.split(", "):
        a, mark, b = part.split()
        parents.setdefault(a, ())
        parents.setdefault(b, ())
        if mark == "->":
            parents[b] = (*parents[b], a)
        else:
            pairs.add(frozenset((a, b)))
    return Dag(parents, frozenset(pairs))


IDENTIFIED = {
    "back door": ("z -> x, z -> y, x -> y", "sum_{z} P(y | x, z) P(z)", [("z",)]),
    "front door": ("x -> z, z -> y, x <-> y", "sum_{z} P(z | x) sum_{x'} P(y | x', z) P(x')", []),
    "napkin": ("w -> z, z -> x, x -> y, w <-> x, w <-> y", None, []),
    "m-bias": ("w <-> x, w <-> y, x -> y", "P(y | x)", [()]),
    "butterfly": ("a -> x, a -> w, b -> w, b -> y, w -> x, w -> y, x -> y", None, [("a", "w"), ("b", "w")]),
    "mediator and outcome": ("x -> z, z -> y, x -> y, z <-> y", "P(y | x)", [()]),
    "funnel": ("tv -> clicks, clicks -> y, demand -> clicks, x -> clicks", "P(y | x)", [()]),
}
REFUSED = {
    "bow": "x -> y, x <-> y",
    "instrument": "z -> x, x -> y, x <-> y",
    "mediator tied to both": "x -> z, z -> y, x <-> y, x <-> z",
    "front door and an arrow": "x -> z, z -> y, x -> y, x <-> y",
    "confounded mediator": "x -> z, x -> y, z -> y, x <-> z",
}


@pytest.mark.parametrize("name", IDENTIFIED)
def test_what_is_identified(name):
    text, formula, sets = IDENTIFIED[name]
    known = graph(text)
    found = effect(known, ["y"], ["x"])
    assert not isinstance(found, Hedge)
    assert hedge_of(known, ["y"], ["x"]) is None
    assert adjustment_sets(known, ["x"], ["y"]) == sets
    if formula is not None:
        assert str(adjusted(["x"], ["y"], sets[0]) if sets else found) == formula
    world = World.of(known, np.random.default_rng(1))
    assert np.allclose(found.evaluate(world.joint(), world.nodes), world.effect(["y"], ["x"]), rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name):
    known = graph(REFUSED[name])
    hedge = effect(known, ["y"], ["x"])
    assert isinstance(hedge, Hedge)
    assert hedge_of(known, ["y"], ["x"]) is not None
    assert adjustment_sets(known, ["x"], ["y"]) == []
    observed, done = two_models(known, hedge, ["y"], ["x"])
    assert observed[0] == observed[1]
    assert done[0] != done[1]


def test_the_napkin_s_formula_is_a_ratio_at_any_value_of_z():
    found = effect(graph(IDENTIFIED["napkin"][0]), ["y"], ["x"])
    over = summed(["w"], product([P("y", given=["w", "z", "x"]), P("x", given=["w", "z"]), P("w")]))
    assert str(found) == str(ratio(over, summed(["w"], product([P("x", given=["w", "z"]), P("w")]))))


def test_verma_s_effect_of_c_is_identified_by_a_sum_over_b_at_any_value_of_a():
    found = effect(graph("a -> b, b -> c, c -> d, b <-> d"), ["d"], ["c"])
    assert str(found) == "sum_{b} P(d | a, b, c) P(b | a)"


def test_conditioning_on_a_collider_or_a_mediator_does_not_adjust():
    m = graph(IDENTIFIED["m-bias"][0])
    assert adjusts(m, ["x"], ["y"], [])
    assert not adjusts(m, ["x"], ["y"], ["w"])
    funnel = graph(IDENTIFIED["funnel"][0])
    assert not adjusts(funnel, ["x"], ["y"], ["clicks"])
    assert not adjusts(graph(IDENTIFIED["butterfly"][0]), ["x"], ["y"], ["w"])


def test_two_treatments_one_after_the_other_are_identified_and_not_by_adjusting():
    """z follows the first treatment, and the second follows z: the g-formula, which no adjustment set replaces."""
    known = graph("x -> z, z -> v, z <-> y, v -> y, x -> y")
    assert adjustment_sets(known, ["x", "v"], ["y"]) == []
    assert str(effect(known, ["y"], ["x", "v"])) == "sum_{z} P(y | x, z, v) P(z | x)"


def test_a_conditional_effect_keeps_what_it_is_given():
    assert str(effect(graph("z -> x, z -> y, x -> y"), ["y"], ["x"], ["z"])) == "P(y | z, x)"
    assert isinstance(effect(graph("x -> y, x -> z, y -> z, x <-> z"), ["y"], ["x"], ["z"]), Hedge)


def test_the_front_door_is_named():
    assert front_door(graph(IDENTIFIED["front door"][0]), ["x"], ["y"]) == ("z",)
    assert front_door(graph("x -> a, a -> y, x -> b, b -> y, x <-> y"), ["x"], ["y"]) == ("a", "b")
    assert front_door(graph(REFUSED["front door and an arrow"]), ["x"], ["y"]) == ()


def test_an_open_path_is_a_shortest_one():
    known = graph("u -> x, u -> m, m -> y, z -> x, z -> y, x -> y")
    cut = known.without_effects_of(["x"])
    assert open_path(cut, ["x"], ["y"]) == ("x", "<-", "z", "->", "y")
    assert open_path(cut, ["x"], ["y"], ["z"]) == ("x", "<-", "u", "->", "m", "->", "y")
    assert open_path(cut, ["x"], ["y"], ["z", "m"]) == ()
    assert separated(cut, ["x"], ["y"], ["z", "m"])


def test_hidden_nodes_and_pairs_are_one_graph():
    """A hidden node between observed ones is an arrow, one before them a pair, a chain of hidden ones a pair too."""
    hidden = graph("u -> v, v -> x, u -> y, x -> h, h -> y")
    assert projected(hidden, ["u", "v", "h"]).confounded == {frozenset("xy")}
    assert projected(hidden, ["u", "v", "h"]).parents == {"x": (), "y": ("x",)}
    half = graph("u <-> x, u -> y, x -> y")
    assert projected(half, ["u"]).confounded == {frozenset("xy")}


@pytest.mark.parametrize("seed", range(80))
def test_instruments_give_the_effect_of_a_linear_model(seed):
    """cov(z, y | w) / cov(z, x | w) is the total effect, of covariances that a random linear model implies."""
    rng = np.random.default_rng(seed)
    known = random_graph(rng)
    x, y = (str(n) for n in rng.permutation(list(known.order))[:2])
    names = list(known.order)
    arrows = np.array([[rng.normal() * (p in known.parents[c]) for p in names] for c in names])
    total = np.linalg.inv(np.eye(len(names)) - arrows)
    shared = [rng.normal() * np.array([n in pair for n in names]) for pair in known.confounded]
    noise = np.diag(rng.uniform(0.5, 1.5, len(names))) + sum(np.outer(s, s) for s in shared)
    covariance = total @ noise @ total.T
    effect_of_x = total[names.index(y), names.index(x)]
    for found in instruments(known, x, y):
        at = [names.index(n) for n in (found.node, x, y)]
        w = [names.index(n) for n in found.given]
        rest = (
            covariance[np.ix_(at, at)]
            - covariance[np.ix_(at, w)] @ np.linalg.pinv(covariance[np.ix_(w, w)]) @ covariance[np.ix_(w, at)]
        )
        assert abs(rest[0, 2] - effect_of_x * rest[0, 1]) < 1e-8


def test_no_disagreement_with_brute_force():
    """The long form is `make identification`."""
    found = study(200)
    assert found["identified"] > 100
    assert found["refused, two effects shown"] > 15
