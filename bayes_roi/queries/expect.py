"""Expectations under interventions: one seeded pass over all draws, both arms of a contrast on the same noise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms.arrays import CELLS, Array
from bayes_roi.mechanisms.node import Fixed, Node
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.exact_means import noise_that_matters, nonlinear_nodes
from bayes_roi.model.law.forward import Forward, Noise, NoiseKind, Parameters
from bayes_roi.model.law.intervention import Intervention, check_intervention, with_interventions
from bayes_roi.model.rows.design import Design
from bayes_roi.queries.seeded_noise import SeededNoise

MEMORY = 32 * 2**20
"""Bytes that the values of one chunk of draws may take."""
MONTE_CARLO_SHARE = 0.01
"""Monte-Carlo variance allowed, as a share of the posterior variance."""
FIRST_PAIRS, MOST_PAIRS = 2, 64
SHARED_BY = 4
"""Arms that share what is not linear in them, on average, from which on it is averaged once for all of them."""

Held = dict[str, Array]
Reduce = Callable[[list[dict[str, Array]]], Array]
"""From the values of each arm, node -> (draws, time), to the quantity asked for: (draws, ...)."""
Walk = Callable[[Forward, Parameters, list[Held], Noise | None, frozenset[str]], Iterable[dict[str, Array]]]
"""From what the arms hold to the values that are reduced, in a part of the draws and on the same noise."""


@dataclass(frozen=True, eq=False)
class _OneByOne:
    """A sum over arms of what each is reduced to, with weights (answers, arms)."""

    reduce: Reduce
    weights: np.ndarray

    def __call__(self, answers: Iterable[dict[str, Array]]) -> Array:
        total: Array = 0.0
        for answer, weights in zip(answers, self.weights.T, strict=True):
            weighted = self.reduce([answer])[:, None]
            total = total + weights.reshape(-1, *[1] * (weighted.ndim - 2)) * weighted
        return total


@dataclass(frozen=True, eq=False)
class Scene:
    """The rows a question is asked of: those of the fit, or their mean where every row responds linearly.

    `known` is node -> rows of what can be held, where the rows are not those of a table alone.
    """

    fit: Fit
    design: Design
    known: Mapping[str, Array] | None = None

    @cached_property
    def forward(self) -> Forward:
        return self.fit.forward if self.design is self.fit.design else Forward(self.fit.model, self.design)

    @property
    def model(self) -> Model:
        return self.fit.model

    @property
    def money_per_unit(self) -> np.ndarray:
        """Money per unit of the outcome in each row (time,)."""
        if isinstance(self.model.value, str):
            return np.asarray(self.design.value_column)
        return np.full(self.design.length, float(self.model.value))

    def held(self, interventions: Sequence[Intervention], *, hold_spend: bool) -> Held:
        """Return what an arm holds: the interventions, and with `hold_spend` all other spend as it was observed."""
        for i in interventions:
            check_intervention(self.model, self.fit.design, i)
        names = {i.node for i in interventions} | (set(self.model.spends) if hold_spend else set())
        return with_interventions({n: self.observed[n] for n in names}, self.design, interventions)

    @cached_property
    def observed(self) -> dict[str, Array]:
        """Node -> observed rows (time,), or (draws, time) where missing cells are left to the model."""
        if self.known is not None:
            return dict(self.known)
        known = self.fit.parameters
        there = (n for n in self.model.computation.order if n not in self.model.hidden or n in known)
        return {n: self.forward.observed(n, known) for n in there}


def scene(fit: Fit, *, means_only: bool = False) -> Scene:
    """Return the rows to ask; with `means_only` the question needs no more than means over all rows."""
    averaged = means_only and responds_linearly(fit.model) and not fit.design.missing
    return Scene(fit, fit.design.averaged() if averaged else fit.design)


def responds_linearly(model: Model) -> bool:
    """Whether each row of each node is a linear function of the same row of its parents."""
    terms = (t for e in model.equation.values() for t in e.terms)
    linear = all(isinstance(t, (Node, Fixed)) for t in terms)
    alike = model.time is None and model.panel is None and model.weights is None and not model.identity
    return (
        linear and alike and not model.hidden and all(model.family(n).link_name == "identity" for n in model.equation)
    )


def each_arm(
    forward: Forward, parameters: Parameters, arms: list[Held], noise: Noise | None, targets: frozenset[str]
) -> Iterator[dict[str, Array]]:
    """Yield the values of each arm; what stays as it is in the first is not computed again.

    Where arms hold few arrays in many combinations, what follows from one array alone is not either.
    """
    first, arrays = None, {id(v) for held in arms for v in held.values()}
    for held in arms:
        done = forward.run(parameters, held, noise=noise, start=first, targets=targets)
        first = first or replace(done, variants={} if len(arms) > len(arrays) else None)
        yield {t: done.values[t] for t in targets}


def expect(
    scene: Scene,
    arms: Sequence[Held],
    reduce: Reduce,
    targets: frozenset[str],
    *,
    noise: NoiseKind = "mean",
    seed: int,
    weights: np.ndarray | None = None,
    walk: Walk = each_arm,
) -> np.ndarray:
    """Return `reduce` of the arms' values by posterior draw, (draws, ...).

    Parameters
    ----------
    scene
        The rows.
    arms
        What each arm holds.
    reduce
        What is asked of the arms; chunks of draws are reduced at once, so that memory stays bounded.
    targets
        The nodes that `reduce` reads.
    noise
        "mean": the expectation given each draw. It is exact where conditional means carry it; otherwise the mean over
        antithetic pairs of noise, doubled until the Monte-Carlo variance is below 1 % of the posterior variance (on
        average over the parts of the answer).
        "predictive": one noise vector a draw.
    seed
        Of the noise.
    weights
        (answers, arms), for sums over many arms: `reduce` is given one arm at a time, and what it returns (draws, ...)
        is added up with these weights to (draws, answers, ...), so that the values of only one arm are kept.
    walk
        How values come from arms: one pass through the graph for each, or a walk that mixes them (`paths`). Its values
        must be affine in the noise wherever those of the arms are.

    Raises
    ------
    QueryError
        When `noise` is neither of the two.
    """
    if noise not in ("mean", "predictive"):
        raise QueryError(f"noise must be 'mean' or 'predictive', got {noise!r}")
    how = reduce if weights is None else _OneByOne(reduce, weights)
    if noise == "predictive":
        return _one_pass(scene, arms, how, targets, SeededNoise(scene.model, seed, 0), walk)
    later = bool(len(scene.design.later))
    each = {frozenset(arm) for arm in arms}
    nonlinear = {held: nonlinear_nodes(scene.model, held, targets, later_periods=later) for held in each}
    if not any(nonlinear.values()):
        return _one_pass(scene, arms, how, targets, None, walk)
    noisy = frozenset().union(*(noise_that_matters(scene.model, held, nodes) for held, nodes in nonlinear.items()))
    settled = _with_means(scene, arms, nonlinear, targets, seed, noisy) if walk is each_arm else None
    if settled is not None:
        return _one_pass(scene, settled, how, targets, None, walk)
    return _averaged_over_noise(scene, arms, how, targets, seed, walk, noisy)


def _with_means(
    scene: Scene,
    arms: Sequence[Held],
    nonlinear: Mapping[frozenset[str], frozenset[str]],
    targets: frozenset[str],
    seed: int,
    noisy: frozenset[str],
) -> list[Held] | None:
    """Return the arms holding the means of their nonlinear nodes too, or None where few arms share such means.

    Below those nodes conditional means are exact. Arms that hold the same above them share them: the noise is averaged
    over in one arm of each kind, to the accuracy that its own targets ask for.
    """
    above = {held: scene.model.computation.ancestors(nodes) for held, nodes in nonlinear.items()}
    kinds: dict[tuple[frozenset[str], frozenset[tuple[str, int]]], list[int]] = {}
    for i, arm in enumerate(arms):
        held = frozenset(arm)
        if nonlinear[held]:
            held_above = frozenset((n, id(v)) for n, v in arm.items() if n in above[held])
            kinds.setdefault((nonlinear[held], held_above), []).append(i)
    nodes, wanted = sorted(frozenset().union(*nonlinear.values())), sorted(targets)
    cells = len(kinds) * (len(nodes) + len(wanted)) * scene.fit.chains * scene.fit.draws * scene.design.length
    if len(kinds) * SHARED_BY > len(arms) or 8 * cells > MEMORY:
        return None

    def together(values: list[dict[str, Array]]) -> Array:
        return np.stack([np.stack([v[n] for n in (*wanted, *nodes)], axis=1) for v in values], axis=1)

    first = [arms[i[0]] for i in kinds.values()]
    means = _averaged_over_noise(
        scene, first, together, targets | set(nodes), seed, each_arm, noisy, judged=np.s_[:, :, : len(wanted)]
    )
    settled = [dict(arm) for arm in arms]
    for k, ((own_nodes, _), members) in enumerate(kinds.items()):
        own = {n: means[:, k, len(wanted) + j] for j, n in enumerate(nodes) if n in own_nodes}
        for i in members:
            settled[i] |= own
    return settled


def _averaged_over_noise(
    scene: Scene,
    arms: Sequence[Held],
    reduce: Reduce | _OneByOne,
    targets: frozenset[str],
    seed: int,
    walk: Walk,
    noisy: frozenset[str],
    judged: Any = ...,
) -> np.ndarray:
    """Return the mean over pairs of noise, as many as the `judged` part of the answer needs."""
    pairs: list[np.ndarray] = []
    wanted = FIRST_PAIRS
    while True:
        for pair in range(len(pairs), wanted):
            both = [
                _one_pass(scene, arms, reduce, targets, SeededNoise(scene.model, seed, pair, flip, noisy), walk)
                for flip in (False, True)
            ]
            pairs.append(0.5 * (both[0] + both[1]))
        if wanted >= MOST_PAIRS or _monte_carlo_share([p[judged] for p in pairs]) <= MONTE_CARLO_SHARE:
            return np.asarray(sum(pairs)) / len(pairs)
        wanted = 2 * wanted


def _monte_carlo_share(pairs: Sequence[np.ndarray]) -> float:
    """Return Monte-Carlo variance over posterior variance, on average over the parts of the answer that vary."""
    count = len(pairs)
    mean = np.asarray(sum(pairs)) / count
    error = np.mean(sum((p - mean) ** 2 for p in pairs), axis=0) / (count * (count - 1))
    spread = mean.var(axis=0)
    varies = spread > (1e-9 * np.abs(mean).max(axis=0)) ** 2
    return float(np.mean(error[varies] / spread[varies])) if np.any(varies) else 0.0


def _one_pass(
    scene: Scene,
    arms: Sequence[Held],
    reduce: Reduce | _OneByOne,
    targets: frozenset[str],
    noise: SeededNoise | None,
    walk: Walk,
) -> np.ndarray:
    # Never touched. Having freed a block of this size, glibc keeps freed memory instead of returning it to the system
    # and fetching it again, page by page, for every arm (mallopt(3), M_MMAP_THRESHOLD).
    np.empty(MEMORY // 2, np.uint8)
    reduced = np.empty(0)
    for part, parameters in chunks(scene):
        shape = (part.stop - part.start, scene.design.length)
        draw = noise.of_chunk(shape) if noise else None
        parameters = scene.forward.with_later_periods(parameters, noise.of_periods) if noise else parameters
        arrays = {id(v): in_part(v, part) for arm in arms for v in arm.values()}  # each once: passes know them by it
        held = [{n: arrays[id(v)] for n, v in arm.items()} for arm in arms]
        walked = walk(scene.forward, parameters, held, draw, targets)
        answers = ({t: np.broadcast_to(v, shape) for t, v in values.items()} for values in walked)
        found = np.asarray(reduce(answers) if isinstance(reduce, _OneByOne) else reduce(list(answers)))
        if not part.start:
            reduced = np.empty((scene.fit.chains * scene.fit.draws, *found.shape[1:]), found.dtype)
        reduced[part] = found
    return reduced


def chunks(scene: Scene) -> Iterator[tuple[slice, Parameters]]:
    """Yield parts of the draws, of about `CELLS` cells each, whose values fit into `MEMORY`."""
    parameters = scene.fit.parameters
    total = scene.fit.chains * scene.fit.draws
    arrays = len(scene.model.nodes) + sum(len(scene.model.terms(n)) for n in scene.model.equation)
    bytes_a_draw = 8 * scene.design.length * 3 * arrays
    size = max(min(MEMORY // bytes_a_draw, CELLS // scene.design.length), 1)
    for start in range(0, total, size):
        part = slice(start, min(start + size, total))
        yield part, {name: values[part] for name, values in parameters.items()}


def in_part(values: Array, part: slice) -> Array:
    """Return the values of a part of the draws; what has no axis of draws (time,) is the same in all."""
    return values if values.ndim == 1 else values[part]


def by_chain(fit: Fit, values: np.ndarray) -> np.ndarray:
    """Return draws (chains x draws, ...) as (chain, draw, ...)."""
    return values.reshape(fit.chains, fit.draws, *values.shape[1:])
