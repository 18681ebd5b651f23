r"""Instruments: what moves a treated node and the outcome through it alone, once some other nodes are known.

An instrument identifies nothing by itself. Where the equations are linear, the effect of x on y is
$\mathrm{cov}(z, y \mid w) / \mathrm{cov}(z, x \mid w)$ (Bowden and Turkington 1984; Brito and Pearl 2002).
"""

from __future__ import annotations

from dataclasses import dataclass

from bayes_roi.graph.adjustment import minimal_separators, without_causal_paths
from bayes_roi.graph.dag import Dag
from bayes_roi.graph.separation import separated


@dataclass(frozen=True)
class Instrument:
    """A node that is an instrument given others.

    Parameters
    ----------
    node
        The instrument, z.
    given
        What must be known beside it, w.
    """

    node: str
    given: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.node} given {', '.join(self.given)}" if self.given else self.node


def instruments(graph: Dag, x: str, y: str) -> list[Instrument]:
    """Return the instruments of the effect of x on y, each with a smallest set that makes it one.

    With the first arrows of all directed paths from x to y taken out, w separates z from y but not from x, and holds
    nothing that x moves (Brito and Pearl 2002).

    Examples
    --------
    >>> graph = Dag({"rain": (), "x": ("rain",), "y": ("x",)}, frozenset({frozenset("xy")}))
    >>> [str(i) for i in instruments(graph, "x", "y")]
    ['rain']
    """
    cut = without_causal_paths(graph, [x], [y])
    free = frozenset(graph.order) - graph.descendants([x])
    found = []
    for z in (n for n in graph.order if n in free and n != y):
        sets = minimal_separators(cut, [z], [y], free - {z, y})
        given = next((w for w in sets if not separated(cut, [z], [x], w)), None)
        if given is not None:
            found.append(Instrument(z, given))
    return sorted(found, key=lambda i: len(i.given))
