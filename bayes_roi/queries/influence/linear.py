"""Influence where every equation is linear: squared total effect times variance of the noise, in closed form."""

from __future__ import annotations

import numpy as np

from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms.node import Common, Fixed, Node
from bayes_roi.model.language.model import Model
from bayes_roi.queries.influence.noise_sources import NoiseSources, ObservedNoise


def is_linear(model: Model, target: str) -> bool:
    """Whether the target is a linear function of all noise above it, row by row, and no spend is cut off at zero."""
    if model.time is not None or model.panel is not None or model.weights is not None:
        return False
    above = model.computation.ancestors([target])
    if above & frozenset(model.identity) or above & frozenset(model.equation) & model.spends:
        return False
    nodes = [n for n in above if n in model.equation]
    plain = all(isinstance(t, (Node, Fixed, Common)) for n in nodes for t in model.terms(n))
    return plain and all(model.family(n).link_name == "identity" for n in nodes)


def total_effects(fit: Fit, target: str) -> dict[str, np.ndarray]:
    """Return node -> what one more unit of it adds to the target, (draws,), along all paths."""
    model, parameters = fit.model, fit.parameters
    none = np.zeros(fit.chains * fit.draws)
    found = {target: none + 1.0}
    for node in (n for n in reversed(model.computation.order) if n in model.equation):
        if node not in found:
            continue
        for t in fit.forward.nodes[node].terms:
            fixed = t.term.fixed_effect
            effect = parameters[t.effect_name] if fixed is None else fixed
            (parent,) = t.term.parents
            found[parent] = found.get(parent, none) + found[node] * effect
    return found


def variance_of_noise(fit: Fit, node: str) -> np.ndarray | float:
    r"""Return the variance (draws,) of a node's noise: 1 where it is unobserved, else $\sigma^2$.

    Of Student-t noise it is that times $\nu / (\nu - 2)$.
    """
    if node in fit.model.hidden:
        return 1.0
    sigma = fit.parameters[f"{node}.sigma"]
    if fit.model.family(node).link_noise == "student_t":
        nu = fit.parameters[f"{node}.nu"]
        return sigma**2 * nu / (nu - 2)
    return sigma**2


def variance_of_values(law: ObservedNoise, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return the variance of a column (draws,) under Bayesian-bootstrap weights of its rows."""
    assert law.values is not None
    assert law.spread is not None
    share = law.shape / law.shape.sum()
    x = law.values - law.values @ share  # centred, so that no digits are lost
    drawn = rng.standard_gamma(law.shape, (draws, len(law.shape)))
    total, first, second = (drawn @ np.column_stack([np.ones(len(x)), x, x**2 + law.spread])).T
    return second / total - (first / total) ** 2


def linear_variances(
    fit: Fit, sources: NoiseSources, laws: dict[str, ObservedNoise], rng: np.random.Generator
) -> np.ndarray:
    r"""Return each player's part of the variance, (draws, players): $\sum (\text{total effect})^2 \text{Var}(N)$.

    In a sum of independent terms v(S) is the sum over S, so that a Shapley value is the term itself.
    """
    draws = fit.chains * fit.draws
    effects = total_effects(fit, sources.target)
    found = np.zeros((draws, len(sources.names)))
    for s in sources.sources:
        own = variance_of_values(laws[s.node], draws, rng) if s.kind == "values" else variance_of_noise(fit, s.node)
        found[:, sources.names.index(sources.players[s])] += effects[s.node] ** 2 * own
    return found
