"""What makes an outcome vary: the sources of its variation, the players they belong to, and observed laws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayes_roi.errors import QueryError, nearest
from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms import Term
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.intervention import check_node
from bayes_roi.model.rows.during import During

ATOMS = 512
"""Most values that the law of a column of exchangeable rows is kept by."""
FEW_ATOMS = 128
"""The same where the variance within each is kept too."""


@dataclass(frozen=True)
class Source:
    """One thing that varies at a node.

    Parameters
    ----------
    node
        Where it is.
    kind
        "values" of a node without an equation, "noise" of one with an equation, or its "time" terms.
    """

    node: str
    kind: str

    def __str__(self) -> str:
        return f"{self.kind} of {self.node}"


@dataclass(frozen=True, eq=False)
class NoiseSources:
    """All that a target's variation comes from.

    Parameters
    ----------
    target
        The node.
    sources
        Those that reach it, causes first.
    players
        Source -> the player it belongs to: its node, or all nodes that `~~` joins to it, by name.
    """

    target: str
    sources: tuple[Source, ...]
    players: Mapping[Source, str]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The players, causes first."""
        return tuple(dict.fromkeys(self.players[s] for s in self.sources))

    def by_node(self) -> dict[str, list[str]]:
        """Return node -> names of its sources, as `additive_blocks` takes them."""
        found: dict[str, list[str]] = {}
        for s in self.sources:
            found.setdefault(s.node, []).append(str(s))
        return found


def check_target(model: Model, target: str) -> None:
    """Raise unless something causes the target."""
    if target not in model.nodes and target in model.channels:
        check_node(model, target)
    if target not in model.nodes:
        names = ", ".join(model.nodes)
        raise QueryError(f"{target!r} is not a node of the model{nearest(target, model.nodes)}; nodes are {names}")
    if not model.graph.parents[target]:
        caused = ", ".join(n for n in model.nodes if model.graph.parents[n])
        message = f"nothing in the model causes {target!r}, so there is nothing to decompose"
        raise QueryError(f"{message}; take one of {caused}")


def time_terms(model: Model, node: str) -> tuple[Term, ...]:
    """Return the terms of a node's equation that hang on nothing but time."""
    return tuple(t for t in model.terms(node) if not t.parents)


def sources_of(model: Model, target: str) -> NoiseSources:
    """Return the sources of a target's variation, and the players they belong to.

    Nodes that an unobserved common cause joins are one player with it: their noises are not independent, so that no
    share of either is defined without the other (Janzing et al. 2024 take noises to be independent).
    """
    graph = model.computation
    reaching = [n for n in graph.order if n in graph.ancestors([target])]
    player = _players(model, reaching)
    found: list[Source] = []
    for n in reaching:
        if n in model.identity:
            continue
        kinds = ["noise", *(["time"] if time_terms(model, n) else [])] if n in model.equation else ["values"]
        found += [Source(n, kind) for kind in kinds]
    return NoiseSources(target, tuple(found), {s: player[s.node] for s in found})


def _players(model: Model, reaching: list[str]) -> dict[str, str]:
    """Return node -> its player, all that `~~` connects by one name."""
    groups = {n: frozenset([n]) for n in model.computation.order}
    for pair in model.confounding:
        joined = groups[pair.a] | groups[pair.b] | groups[str(pair)]
        groups |= dict.fromkeys(joined, joined)
    latents = {str(pair) for pair in model.confounding}
    return {n: " ~~ ".join(m for m in reaching if m in groups[n] and m not in latents) for n in reaching}


@dataclass(frozen=True, eq=False)
class ObservedNoise:
    """The observed law of a node without an equation: atoms, and the sampling error of their weights.

    The weights of groups of atoms are Dirichlet (Rubin 1981, the Bayesian bootstrap): Dirichlet(1, ..., 1) over the
    rows where they are exchangeable, over blocks of periods in a series.

    Parameters
    ----------
    rows
        (atoms,) positions of the rows; None for exchangeable rows.
    values, spread
        (atoms,) value of each, and the variance of the values that it stands for; None for periods.
    group
        (atoms,) which group each belongs to.
    shape
        (groups,) Gamma shape of the weight of each; an atom's part of it is the same for all of a group.
    """

    rows: np.ndarray | None
    values: np.ndarray | None
    spread: np.ndarray | None
    group: np.ndarray
    shape: np.ndarray

    def weights(self, draws: int, rng: np.random.Generator) -> np.ndarray:
        """Return weights (draws, atoms) that sum to one."""
        drawn = rng.standard_gamma(self.shape, (draws, len(self.shape)))
        drawn = drawn if len(self.shape) == len(self.group) else drawn[:, self.group]
        return drawn / drawn.sum(axis=-1, keepdims=True)


def observed_values(x: np.ndarray, most: int = ATOMS) -> ObservedNoise:
    r"""Return the law of a column of exchangeable rows by at most about `most` atoms.

    Where there are more values than that, neighbouring ones go together: the weight of k rows is the sum of theirs, of
    Gamma shape k, exactly. Within an atom the rows keep equal weights, which leaves out the sampling error within it.
    Atoms are cut so that each has the same part of $\sum_i 1 / n + (x_i - \bar x)^2 / \sum_j (x_j - \bar x)^2$: few
    rows far out, many in the middle. The sampling error of the variance of 20,000 rows in 128 atoms is then too small
    by 0.2 % for normal rows, by 0.8 % for Student-t ones of three degrees.
    """
    x = x[~np.isnan(x)]
    values, counts = np.unique(x, return_counts=True)
    if len(values) <= most:
        return ObservedNoise(None, values, np.zeros(len(values)), np.arange(len(values)), counts.astype(float))
    total, mean = counts.sum(), float((values * counts).sum() / counts.sum())
    away = counts * (values - mean) ** 2
    part = np.cumsum(0.5 * counts / total + 0.5 * away / away.sum())
    code = np.unique(np.minimum((part * most).astype(int), most - 1), return_inverse=True)[1]
    size = np.bincount(code, counts)
    centre = np.bincount(code, counts * values) / size
    spread = np.bincount(code, counts * (values - centre[code]) ** 2) / size
    return ObservedNoise(None, centre, spread, np.arange(len(size)), size)


def observed_rows(inside: np.ndarray, block: int) -> ObservedNoise:
    """Return the law of a series: the rows (time,) of a window, weighted by blocks of consecutive rows."""
    rows = np.flatnonzero(inside)
    count = max(len(rows) // block, 1)
    group = np.minimum(np.arange(len(rows)) // block, count - 1)
    return ObservedNoise(rows, None, None, group, np.ones(count))


def laws(fit: Fit, sources: NoiseSources, during: During, block: int, most: int = ATOMS) -> dict[str, ObservedNoise]:
    """Return the law of each node without an equation; of exchangeable rows by at most about `most` atoms."""
    inside = fit.design.window(during)
    exogenous = [s.node for s in sources.sources if s.kind == "values"]
    if fit.model.time is not None:
        return {n: observed_rows(inside, block) for n in exogenous}
    return {n: observed_values(fit.design.rows[n], most) for n in exogenous}
