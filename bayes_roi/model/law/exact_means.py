"""Where conditional means alone give expectations under interventions."""

from __future__ import annotations

from bayes_roi.model.language.model import Model


def mean_is_exact(model: Model, held: frozenset[str], targets: frozenset[str], *, later_periods: bool = False) -> bool:
    """Whether conditional means alone give E[targets | do(held)].

    They do when every target, after the intervention, is affine in the noise of every node: by the law of iterated
    expectation the mean then passes through each link. A curve or a log link fed by a node that still varies breaks it;
    trials do not, of which successes are a share. With `later_periods` what units share in a period varies too.
    """
    return not nonlinear_nodes(model, held, targets, later_periods=later_periods)


def nonlinear_nodes(
    model: Model, held: frozenset[str], targets: frozenset[str], *, later_periods: bool = False
) -> frozenset[str]:
    """Return the nodes above `targets`, and of them, that are not affine in what still varies under do(held).

    Were their means known, conditional means would give those of all that lies below them.
    """
    graph = model.computation.without_causes_of(held)
    drawn = frozenset(model.equation) - held
    random = drawn | (graph.descendants(drawn) & frozenset(model.identity))

    def affine(node: str) -> bool:
        varying = random.intersection(graph.parents[node])
        if node in model.identity:
            return all(model.identity[node].affine_in(p, varying) for p in varying)
        moved = varying.intersection(p for t in model.terms(node) for p in t.parents)
        shared = later_periods and model.shares_periods(node)
        if (moved or shared) and model.family(node).link_name != "identity":
            return False
        return all(t.affine_in(p, varying) for t in model.terms(node) for p in t.parents if p in varying)

    return frozenset(node for node in graph.ancestors(targets) & random if not affine(node))


def noise_that_matters(model: Model, held: frozenset[str], nonlinear: frozenset[str]) -> frozenset[str]:
    """Return the nodes whose noise `nonlinear_nodes` answer to under do(held): those above them.

    The others may take their conditional means: given the noise above, all that is left is affine in theirs.
    """
    graph = model.computation.without_causes_of(held)
    above = frozenset(p for node in nonlinear for p in graph.parents[node])
    return graph.ancestors(above) - held if above else frozenset()
