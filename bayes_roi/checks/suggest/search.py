"""One search for arrows: the PC algorithm of causal-learn over nodes and their earlier values."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayes_roi.checks.suggest.knowledge import Knowledge
from bayes_roi.errors import QueryError

INSTALL = "pip install 'bayes_roi[discovery]'"
TEST = "bayes_roi_lagged"
UNTESTED, KEPT = 1.0, 0.0
"""p-values of pairs that are never joined, and that always are."""
MOST = 1 - 1e-12
"""Correlation up to which Fisher's z is finite."""
EXISTING_FIRST = 2
"""The rule of causal-learn for colliders that contradict one another: the first that was found counts."""


@dataclass(frozen=True, eq=False)
class Found:
    """What one search found.

    Parameters
    ----------
    directed
        (lags, causes, effects), arrows.
    adjacent
        (lags, causes, effects), pairs that are joined; at lag 0 alike both ways, whether or not directed.
    """

    directed: np.ndarray
    adjacent: np.ndarray


def search(rows: np.ndarray, knowledge: Knowledge, *, alpha: float) -> Found:
    """Return the arrows that the PC algorithm finds (Spirtes, Glymour and Scheines 2000, section 5.4.2).

    Earlier values stand before all nodes of the period and depend on one another in any way: pairs of two of them are
    not tested, and a pair that is joined across periods points forward in time. Within a period arrows are directed by
    colliders and by what follows of them (Meek 1995).

    Parameters
    ----------
    rows
        (rows, lags x nodes), as `LaggedRows.values` has them.
    knowledge
        Arrows that are forbidden or there.
    alpha
        Level of each test of a partial correlation (Fisher's z).

    Raises
    ------
    QueryError
        If causal-learn is not there.
    """
    pc = library()
    nodes = len(knowledge.names)
    test = pc.CIT(rows, pc.test, nodes=nodes, required=knowledge.required)
    graph = pc.skeleton(rows, alpha, test, stable=True, show_progress=False)
    _without_forbidden(graph, knowledge)
    known = _background(pc.Background(), graph.G.nodes, knowledge)
    pc.orient(graph, known)
    graph = pc.meek(pc.colliders(graph, EXISTING_FIRST, background_knowledge=known), background_knowledge=known)
    return _found(np.asarray(graph.G.graph), knowledge)


def _background(background: Any, columns: Any, knowledge: Knowledge) -> Any:
    """Tell causal-learn what is known: earlier values cause later ones, and which arrows are forbidden or there."""
    lags, nodes, _ = knowledge.allowed.shape
    for column, node in enumerate(columns):
        background.add_node_to_tier(node, lags - 1 - column // nodes)
    for lag, cause, effect in np.argwhere(~knowledge.allowed).tolist():
        background.add_forbidden_by_node(columns[lag * nodes + cause], columns[effect])
    for lag, cause, effect in np.argwhere(knowledge.required).tolist():
        background.add_required_by_node(columns[lag * nodes + cause], columns[effect])
    return background


def _without_forbidden(graph: Any, knowledge: Knowledge) -> None:
    """Take pairs out that may not be joined; nothing that stands between two of them is a collider for that."""
    _, nodes, _ = knowledge.allowed.shape
    for lag, cause, effect in np.argwhere(~knowledge.tested).tolist():
        one, other = lag * nodes + cause, effect
        edge = None if one == other else graph.G.get_edge(graph.G.nodes[one], graph.G.nodes[other])
        if edge is not None:
            graph.G.remove_edge(edge)
            graph.sepset[one, other] = graph.sepset[other, one] = [tuple(range(len(graph.G.nodes)))]


def _found(marks: np.ndarray, knowledge: Knowledge) -> Found:
    """Return arrows from the marks of causal-learn: [i, j] = -1 and [j, i] = 1 is i -> j.

    Where its rules contradict what is known, what is known counts.
    """
    lags, nodes, _ = knowledge.allowed.shape
    blocks = [
        (marks[lag * nodes : (lag + 1) * nodes, :nodes], marks[:nodes, lag * nodes : (lag + 1) * nodes].T)
        for lag in range(lags)
    ]
    joined = np.stack([(out != 0) | (back != 0) for out, back in blocks])
    arrows = np.stack([(out == -1) & (back == 1) for out, back in blocks])
    adjacent = (joined & knowledge.tested) | knowledge.required
    adjacent[0] |= adjacent[0].T
    directed = adjacent & knowledge.allowed
    directed[0] &= arrows[0] | ~knowledge.allowed[0].T
    return Found(directed | knowledge.required, adjacent)


def independence(correlations: np.ndarray, asked: Sequence[int], rows: int) -> float:
    r"""Return the p-value of a partial correlation by Fisher's z: $\sqrt{n - k - 3}\,\text{artanh}(r)$ is normal.

    Parameters
    ----------
    correlations
        (columns, columns).
    asked
        The two columns, then the k columns that are given.
    rows
        Number of rows, n.

    Examples
    --------
    >>> round(independence(np.array([[1.0, 0.5], [0.5, 1.0]]), (0, 1), 19), 4)
    0.028
    """
    try:
        inverse = np.linalg.inv(correlations[np.ix_(asked, asked)])
    except np.linalg.LinAlgError:  # one of the two follows from what is given: nothing of it is left
        return UNTESTED
    r = -inverse[0, 1] / math.sqrt(abs(inverse[0, 0] * inverse[1, 1]))
    r = min(max(r, -MOST), MOST)
    return math.erfc(abs(math.atanh(r)) * math.sqrt(max(rows - len(asked) - 1, 1) / 2))


@dataclass(frozen=True)
class Library:
    """The parts of causal-learn that a search is made of."""

    CIT: Any
    test: str
    Background: Any
    skeleton: Any
    orient: Any
    colliders: Any
    meek: Any


@functools.cache
def library() -> Library:
    """Return the parts of causal-learn, a test among them that knows what stands in which period.

    Raises
    ------
    QueryError
        If causal-learn is not there.
    """
    try:
        from causallearn.utils.cit import CIT, CIT_Base, register_ci_test
        from causallearn.utils.PCUtils.BackgroundKnowledge import BackgroundKnowledge
        from causallearn.utils.PCUtils.BackgroundKnowledgeOrientUtils import orient_by_background_knowledge
        from causallearn.utils.PCUtils.Meek import meek
        from causallearn.utils.PCUtils.SkeletonDiscovery import skeleton_discovery
        from causallearn.utils.PCUtils.UCSepset import uc_sepset
    except ImportError:
        raise QueryError(f"suggest_edges needs causal-learn. Install it: {INSTALL}") from None

    class Lagged(CIT_Base):
        """Fisher's z of pairs in which one is of the period; two earlier values are left alone."""

        def __init__(self, data: np.ndarray, *, nodes: int, required: np.ndarray) -> None:
            super().__init__(data)
            self.method, self.nodes, self.required = TEST, nodes, required
            self.correlations = np.corrcoef(data.T)

        def __call__(self, one: int, other: int, given: Any = None) -> float:
            late, early = sorted((int(one), int(other)))  # columns of the period come first
            if late >= self.nodes:
                return UNTESTED
            lag, cause = divmod(early, self.nodes)
            if self.required[lag, cause, late] or (lag == 0 and self.required[0, late, cause]):
                return KEPT
            asked = (late, early, *sorted(map(int, given or ())))
            if asked not in self.pvalue_cache:
                self.pvalue_cache[asked] = independence(self.correlations, asked, self.sample_size)
            return float(self.pvalue_cache[asked])

    register_ci_test(TEST, Lagged)
    return Library(CIT, TEST, BackgroundKnowledge, skeleton_discovery, orient_by_background_knowledge, uc_sepset, meek)
