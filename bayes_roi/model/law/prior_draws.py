"""Independent draws from the joint prior, that of media and the level included."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayes_roi.errors import ModelError
from bayes_roi.mechanisms.media import Joint, MediaPrior
from bayes_roi.mechanisms.uniforms import PRIOR_EDGE, uniforms
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.forward import Forward
from bayes_roi.model.law.parameters import NodeParameters, node_parameters
from bayes_roi.model.rows.design import Design
from bayes_roi.model.rows.view import View

MOST_TRIES = 1000


def prior_draws(model: Model, rows: Design, count: int, seed: int) -> dict[str, np.ndarray]:
    """Return parameter -> (count, ...) drawn from the prior given the scales of the data.

    What is not observed (latents of `a ~~ b`, unobserved nodes) is drawn too, (count, rows), given its causes. What
    media leave of the outcome is a factor of their prior, so that draws are kept with that probability.

    Raises
    ------
    ModelError
        When hardly any draw of a node's prior leaves room for a baseline.
    """
    found: dict[str, np.ndarray] = {}
    for i, node in enumerate(model.equation):
        rng = np.random.default_rng([seed, i])
        own = node_parameters(model, rows, node)
        shared = {t.prefix for t in own.terms if t.term.share_or_none}
        known = {n: x for n, x in found.items() if n.rpartition(".")[0] in shared}
        found |= _of_node(own, rows, count, rng, known)
    return found | _hidden(model, rows, found, count, seed)


def _hidden(
    model: Model, rows: Design, parameters: Mapping[str, np.ndarray], count: int, seed: int
) -> dict[str, np.ndarray]:
    """Return draws (count, rows) of all that is not observed."""
    forward, found = Forward(model, rows), dict(parameters)
    for i, node in enumerate(n for n in model.computation.order if n in model.hidden):
        values = {p: forward.observed(p, found) for p in model.computation.parents[node]}
        law = forward.conditional(node, values, found)
        rng = np.random.default_rng([seed, i, 1])
        found[node] = np.broadcast_to(law.respond(law.noise(_uniform(rng, count, rows.length))), (count, rows.length))
    return {n: found[n] for n in model.hidden}


def _of_node(
    node: NodeParameters, rows: Design, count: int, rng: np.random.Generator, known: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    kept: list[dict[str, np.ndarray]] = []
    have = tried = 0
    while have < count:
        draws, used, keep = _propose(node, rows, count, rng, known)
        inside = rng.random(count) < keep
        if node.intercept and node.user_intercept is None:
            level = node.level.ppf(_uniform(rng, count))
            draws[f"{node.node}.intercept"] = level - sum(used.values(), np.zeros(count))
        kept.append({name: values[inside] for name, values in draws.items()})
        have, tried = have + int(inside.sum()), tried + count
        if tried > MOST_TRIES * count:
            raise ModelError(
                f"the priors of {node.node} leave media almost no room below its mean; give smaller effects"
            )
    found = {name: np.concatenate([k[name] for k in kept])[:count] for name in kept[0]}
    _of_units(node, rows, found, rng)
    _of_periods(node, rows, found, rng)
    return found


def _propose(
    node: NodeParameters, rows: Design, count: int, rng: np.random.Generator, known: Mapping[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], np.ndarray]:
    """Return draws of all but the level, the mean contribution of each media term, and each one's chance to be kept."""
    draws: dict[str, np.ndarray] = {}
    view = View(np, rows, {n: rows.observed(np, n) for n in rows.rows})
    if node.user_intercept is not None:
        draws[f"{node.node}.intercept"] = node.user_intercept.ppf(_uniform(rng, count))
    for t in node.terms:
        for role, name in t.shape_names.items():
            draws[name] = known[name] if name in known else t.shape[role].ppf(_uniform(rng, count))
        if t.effect_name in known:
            draws[t.effect_name] = known[t.effect_name]
        elif t.effect is not None and not isinstance(t.effect, Joint):
            draws[t.effect_name] = t.effect.ppf(_uniform(rng, count, t.width))
    keep = np.ones(count) if node.media is None else _media(node, node.media, view, draws, count, rng)
    media = [t for t in node.terms if t.effect is not None and t.media]
    used = {t.effect_name: draws[t.effect_name] * np.mean(t.curve(view, draws), axis=-1) for t in media}
    for role, name in node.family_names.items():
        draws[name] = node.family[role].ppf(_uniform(rng, count))
    for role, name in node.noise_names.items():
        draws[name] = node.noise[role].ppf(_uniform(rng, count))
    for pooled in node.pooled:
        draws[pooled.spread_name] = pooled.spread.ppf(_uniform(rng, count))
    if node.periods is not None:
        draws[node.periods.spread_name] = node.periods.spread.ppf(_uniform(rng, count))
    return draws, used, keep


def _media(
    node: NodeParameters,
    media: MediaPrior,
    view: View,
    draws: dict[str, np.ndarray],
    count: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Add draws of the effects under the joint prior of media; return with what probability to keep each."""
    hyper = {name: prior.ppf(_uniform(rng, count)) for name, prior in node.hyper.items()}
    sizes = {t.effect_name: node.contribution(t, view, draws) for t in (*node.media_terms, *node.other_media_terms)}
    others = sum((draws[name] * sizes[name] for name in media.others), np.zeros(count))
    contributions, keep = media.draw(hyper, others, rng)
    draws |= hyper | {name: contributions[:, j] / sizes[name] for j, name in enumerate(media.effects)}
    return keep


def _of_units(node: NodeParameters, rows: Design, draws: dict[str, np.ndarray], rng: np.random.Generator) -> None:
    """Add the parameters of panel units to draws of what they are drawn around."""
    for pooled in node.pooled:
        common, spread = draws[pooled.name], draws[pooled.spread_name]
        u = uniforms(rng, (len(common), len(rows.units)), PRIOR_EDGE)
        draws[pooled.units_name] = pooled.of_units(u, common, spread)


def _of_periods(node: NodeParameters, rows: Design, draws: dict[str, np.ndarray], rng: np.random.Generator) -> None:
    """Add what units share in each period to draws of its spread."""
    if node.periods is not None:
        spread = draws[node.periods.spread_name]
        z = rng.standard_normal((len(spread), len(np.unique(rows.reference))))
        draws[node.periods.periods_name] = spread[:, None] * z


def _uniform(rng: np.random.Generator, count: int, size: int | None = None) -> np.ndarray:
    return uniforms(rng, count if size is None else (count, size), PRIOR_EDGE)
