"""The graph against permuted graphs: do the same arrows between other nodes fit the data as well?

Eulig, Mastakouri, Blöbaum, Hardt and Janzing 2023, Toward falsifying causal graphs using a permutation-based test: a
graph that is drawn at random among its relabellings violates as many of its independences as they do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayes_roi.graph.separation import separated
from bayes_roi.inference.diagnosis.ranks import ranked
from bayes_roi.inference.diagnosis.separations import Separation, separations
from bayes_roi.inference.fit import Fit
from bayes_roi.model.language.observed_graph import observed_graph
from bayes_roi.model.rows.view import View
from bayes_roi.numbers import percent

LEVEL = 0.05
"""Of the test of one independence, as in the paper."""
INFORMATIVE = 0.05
"""Share of relabellings that say the same, above which the graph says too little to be told from them."""


@dataclass(frozen=True)
class Permuted:
    """How many independences the graph violates, beside its relabellings.

    Parameters
    ----------
    tests
        Independences of each graph.
    violated
        How many of them the data contradict at 5 % each, in this graph.
    graphs
        Relabelled graphs.
    as_good
        Share of them that violate no more.
    alike
        Share of them that say nothing that this graph does not say too.
    """

    tests: int
    violated: int
    graphs: int
    as_good: float
    alike: float

    def __str__(self) -> str:
        head = f"{self.violated} of {self.tests} independences violated at 5 % each"
        if not self.tests:
            return "the graph implies no independence, so that no data can contradict it"
        best = (
            f"{percent(self.as_good)} of {self.graphs} graphs with the same arrows between other nodes violate no more"
        )
        if self.alike > INFORMATIVE:
            return f"{head}; {percent(self.alike)} of its relabellings say the same, so that they tell little"
        return f"{head}; {best}"


def permuted(fit: Fit, *, graphs: int, seed: int) -> Permuted:
    """Return the graph beside relabellings of it, by partial correlations of ranks given each separating set.

    Spends enter as they are carried over in the middle of the default priors; trends and seasons of the equations are
    taken out of every column. Two roots are never tested, in no graph.
    """
    implied, graph = separations(fit.model), observed_graph(fit.model).graph
    nodes = [n for n in fit.model.measured if n not in fit.model.categorical]
    if not implied or not graphs:
        return Permuted(len(implied), 0, 0, 1.0, 1.0)
    ranks, free = _ranks(fit, nodes)
    own = _violated(implied, {n: n for n in nodes}, nodes, ranks, free)
    rng, as_good, alike = np.random.default_rng([seed, 23]), 0, 0
    for _ in range(graphs):
        other = dict(zip(nodes, rng.permutation(nodes).tolist(), strict=True))
        as_good += _violated(implied, other, nodes, ranks, free) <= own
        alike += all(
            separated(graph, [other[s.one]], [other[s.node]], [other.get(g, g) for g in s.given]) for s in implied
        )
    return Permuted(len(implied), own, graphs, as_good / graphs, alike / graphs)


def _violated(
    implied: Sequence[Separation], named: dict[str, str], nodes: Sequence[str], ranks: np.ndarray, free: int
) -> int:
    """Return how many independences of a relabelled graph the correlations `ranks` (nodes, nodes) contradict."""
    from scipy.special import stdtr

    at = {n: i for i, n in enumerate(nodes)}
    count = 0
    for s in implied:
        own = [at[named[n]] for n in (s.one, s.node, *s.given) if n in named]
        precision = np.linalg.pinv(ranks[np.ix_(own, own)])
        r = -precision[0, 1] / np.sqrt(precision[0, 0] * precision[1, 1])
        left = max(free - len(own), 3)
        t = abs(r) * np.sqrt(left / max(1 - r * r, 1e-12))
        count += bool(2 * float(stdtr(left, -t)) < LEVEL)
    return count


def _ranks(fit: Fit, nodes: Sequence[str]) -> tuple[np.ndarray, int]:
    """Return the correlations of normal scores (nodes, nodes), baselines taken out, and how many rows are free."""
    from scipy.special import ndtri

    rows = fit.design
    values = {n: np.nan_to_num(rows.rows[n], nan=rows.scales[n].mean) for n in nodes}
    view = View(np, rows, values)
    scores = [ndtri(ranked(_carried(fit, n, view)) / (rows.length + 1)) for n in nodes]
    basis = _orthonormal(np.stack([np.ones(rows.length), *_baselines(fit, view)], axis=1))
    left = np.stack(scores) - (np.stack(scores) @ basis) @ basis.T
    left /= np.linalg.norm(left, axis=1, keepdims=True) + 1e-300
    return left @ left.T, rows.length - basis.shape[1]


def _carried(fit: Fit, node: str, view: View) -> np.ndarray:
    """Return a node (rows,), a spend as it is carried over at half of it from a period to the next."""
    lags = range(fit.model.max_lag + 1) if node in fit.model.spends else range(1)
    return np.asarray(sum(0.5**lag * x for lag, x in zip(lags, view.past(node, lags), strict=True)))


def _baselines(fit: Fit, view: View) -> list[np.ndarray]:
    """Return what depends on the period or the panel unit alone, each (rows,)."""
    found: list[np.ndarray] = []
    for node in fit.model.modelled:
        for t in fit.forward.nodes[node].terms:
            if not t.term.parents and not t.shape and t.periods is None:
                found += list(np.atleast_2d(t.curve(view, {})))
    if view.design.codes is not None:
        found += [1.0 * (view.design.codes == u) for u in range(1, len(view.design.units))]
    return found


def _orthonormal(columns: np.ndarray) -> np.ndarray:
    """Return an orthonormal basis (rows, rank) of what columns (rows, count) span, some of them alike."""
    vectors, size, _ = np.linalg.svd(columns / (np.linalg.norm(columns, axis=0) + 1e-300), full_matrices=False)
    return vectors[:, size > 1e-9 * size[0]]
