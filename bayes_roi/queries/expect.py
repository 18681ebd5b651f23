"""Expectations under interventions: one seeded pass over all draws, both arms of a contrast on the same noise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms.arrays import CELLS, Array
from bayes_roi.mechanisms.node import Fixed, Node
from bayes_roi.mechanisms.uniforms import uniforms
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.conditional import Conditional
from bayes_roi.model.law.forward import Forward, Noise, NoiseKind, Parameters, mean_is_exact
from bayes_roi.model.law.intervention import Intervention, check_intervention, with_interventions
from bayes_roi.model.rows.design import Design

MEMORY = 32 * 2**20
"""Bytes that the values of one chunk of draws may take."""
MONTE_CARLO_SHARE = 0.01
"""Monte-Carlo variance allowed, as a share of the posterior variance."""
FIRST_PAIRS, MOST_PAIRS = 2, 64

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
            worth = self.reduce([answer])[:, None]
            total = total + weights.reshape(-1, *[1] * (worth.ndim - 2)) * worth
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
        return _one_pass(scene, arms, how, targets, _Noise(scene, seed, 0), walk)
    later = bool(len(scene.design.later))
    each = {frozenset(arm) for arm in arms}
    if all(mean_is_exact(scene.model, held, targets, later_periods=later) for held in each):
        return _one_pass(scene, arms, how, targets, None, walk)
    return _averaged_over_noise(scene, arms, how, targets, seed, walk)


def _averaged_over_noise(
    scene: Scene, arms: Sequence[Held], reduce: Reduce | _OneByOne, targets: frozenset[str], seed: int, walk: Walk
) -> np.ndarray:
    pairs: list[np.ndarray] = []
    wanted = FIRST_PAIRS
    while True:
        for pair in range(len(pairs), wanted):
            both = [
                _one_pass(scene, arms, reduce, targets, _Noise(scene, seed, pair, flip), walk) for flip in (False, True)
            ]
            pairs.append(0.5 * (both[0] + both[1]))
        if wanted >= MOST_PAIRS or _monte_carlo_share(pairs) <= MONTE_CARLO_SHARE:
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
    noise: _Noise | None,
    walk: Walk,
) -> np.ndarray:
    # Never touched. Having freed a block of this size, glibc keeps freed memory instead of returning it to the system
    # and fetching it again, page by page, for every arm (mallopt(3), M_MMAP_THRESHOLD).
    np.empty(MEMORY // 2, np.uint8)
    reduced = []
    for part, parameters in chunks(scene):
        shape = (part.stop - part.start, scene.design.length)
        draw = noise.of_chunk(shape) if noise else None
        parameters = scene.forward.with_later_periods(parameters, noise.of_periods) if noise else parameters
        arrays = {id(v): in_part(v, part) for arm in arms for v in arm.values()}  # each once: passes know them by it
        held = [{n: arrays[id(v)] for n, v in arm.items()} for arm in arms]
        walked = walk(scene.forward, parameters, held, draw, targets)
        answers = ({t: np.broadcast_to(v, shape) for t, v in values.items()} for values in walked)
        reduced.append(reduce(answers) if isinstance(reduce, _OneByOne) else reduce(list(answers)))
    return np.concatenate(reduced)


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


class _Noise:
    """Standardised noise of every node, the same for all arms and whatever the size of the chunks."""

    def __init__(self, scene: Scene, seed: int, repeat: int, flip: bool = False) -> None:
        self.scene, self.flip = scene, flip
        nodes = enumerate(scene.model.computation.order)
        self.rng = {n: np.random.default_rng([seed, repeat, i]) for i, n in nodes}
        shared = (n for n in scene.model.modelled if scene.model.shares_periods(n))
        self.rng_of_periods = {n: np.random.default_rng([seed, repeat, i, 1]) for i, n in enumerate(shared)}

    def of_periods(self, node: str, shape: tuple[int, ...]) -> np.ndarray:
        """Return standard normals (draws, periods) of what units share in the next draws."""
        z = self.rng_of_periods[node].standard_normal(shape)
        return -z if self.flip else z

    def of_chunk(self, shape: tuple[int, int]) -> Noise:
        """Return the source of noise (draws, time) of the next draws."""
        drawn: dict[str, np.ndarray] = {}

        def noise(node: str, law: Conditional) -> np.ndarray:
            if node not in drawn:
                u = uniforms(self.rng[node], shape)
                drawn[node] = law.noise(1 - u if self.flip else u)
            return drawn[node]

        return noise


def in_part(values: Array, part: slice) -> Array:
    """Return the values of a part of the draws; what has no axis of draws (time,) is the same in all."""
    return values if values.ndim == 1 else values[part]


def by_chain(fit: Fit, values: np.ndarray) -> np.ndarray:
    """Return draws (chains x draws, ...) as (chain, draw, ...)."""
    return values.reshape(fit.chains, fit.draws, *values.shape[1:])
