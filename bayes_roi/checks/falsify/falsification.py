"""The answer of `falsify`: each independence that the graph implies, tested, and the graph beside its relabellings."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bayes_roi.checks.falsify.permuted import Permuted
from bayes_roi.draws import Evidence
from bayes_roi.inference.diagnosis import Implication
from bayes_roi.inference.diagnosis.implication import ringing
from bayes_roi.numbers import probability, ratio

if TYPE_CHECKING:
    import pandas as pd

CANNOT = (
    "what no data of this table can contradict: that an observed cause of spend and outcome is all there is, the "
    "direction of an arrow whose ends are joined either way, and that spends without an equation follow nothing hidden"
)


@dataclass(frozen=True, repr=False)
class Falsification:
    """What the graph implies of the data, and whether it holds. Its truth value is whether nothing contradicts it.

    Parameters
    ----------
    implications
        The pairs that an observed set separates, the least likely by chance first.
    permuted
        The graph beside graphs with the same arrows between other nodes.
    untested
        Pairs without an edge that cannot be tested, in words.
    """

    implications: tuple[Implication, ...]
    permuted: Permuted
    untested: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return not self.contradicted

    @cached_property
    def contradicted(self) -> tuple[Implication, ...]:
        """What the data contradict at one in a hundred for all together, whether or not it moves a return."""
        return tuple(ringing(self.implications))

    def chance(self, implication: Implication) -> float:
        """Return the probability that any of the implications would be off so far by chance (Bonferroni), at most."""
        return min(implication.chance * len(self.implications), 1.0)

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each implication: nodes, what is given, correlation, chance, verdict."""
        return [
            {
                "one": i.one,
                "node": i.node,
                "given": ", ".join(i.given),
                "held against": i.seen,
                "correlation": i.correlation,
                "chance": self.chance(i),
                "contradicted": i in self.contradicted,
                "move": None if i.move != i.move else i.move,
                "of": i.of,
            }
            for i in self.implications
        ]

    def to_frame(self) -> pd.DataFrame:
        """Return the table as a frame."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    @property
    def estimand(self) -> str:
        """What is computed, in words."""
        return "correlation of a pair given what separates it by the graph, and its chance; no effect"

    @property
    def unit(self) -> str:
        """Unit of its numbers."""
        return "1"

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "estimand": self.estimand,
            "unit": self.unit,
            "evidence": str(Evidence.DESCRIPTIVE),
            "stands": bool(self),
            "implications": [
                {**r, "given": list(i.given)} for r, i in zip(self.rows(), self.implications, strict=True)
            ],
            "permuted": {
                "tests": self.permuted.tests,
                "violated": self.permuted.violated,
                "graphs": self.permuted.graphs,
                "as_good": self.permuted.as_good,
                "alike": self.permuted.alike,
            },
            "untested": list(self.untested),
        }

    @property
    def verdict(self) -> str:
        """What the table says, in a sentence."""
        if not self.implications:
            return (
                "the graph implies nothing that these columns could contradict: every pair has an edge or no equation"
            )
        count = len(self.implications)
        if self:
            return f"nothing contradicts the graph: all {count} independences that it implies hold"
        return f"the data contradict {len(self.contradicted)} of the {count} independences that the graph implies"

    @cached_property
    def table(self) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
        """Head and rows of the table as texts."""
        head = ("independent if the graph is right", "given", "correlation", "chance", "")
        rows = [
            (
                f"{i.node} and {i.seen}",
                ", ".join(i.given) or "-",
                ratio(i.correlation),
                probability(self.chance(i)),
                "contradicted" if i in self.contradicted else "",
            )
            for i in self.implications
        ]
        return head, rows

    @property
    def lines(self) -> list[str]:
        """What stands below the table."""
        parts = [f"{i.refuted}: {i.why}" for i in self.contradicted]
        beside = [f"permuted graphs: {self.permuted}"] if self.permuted.graphs else []
        return [*parts, *beside, *self.untested, CANNOT]

    def __str__(self) -> str:
        head, rows = self.table
        width = [max(len(r[at]) for r in (head, *rows)) for at in range(len(head))]
        drawn = ["  ".join(c.ljust(w) for c, w in zip(r, width, strict=True)).rstrip() for r in (head, *rows)]
        return "\n".join([self.verdict, *(drawn if rows else []), *self.lines])

    def __repr__(self) -> str:
        return f"<{self}>"

    def _repr_html_(self) -> str:
        head, rows = self.table
        cells = "".join(f"<tr>{''.join(f'<td>{html.escape(c)}</td>' for c in r)}</tr>" for r in rows)
        top = "".join(f"<th>{html.escape(c)}</th>" for c in head)
        below = "".join(f"<p>{html.escape(line)}</p>" for line in self.lines)
        return f"<p><b>{html.escape(self.verdict)}</b></p><table><tr>{top}</tr>{cells}</table>{below}"


def summary(found: Falsification) -> Mapping[str, Any]:
    """Return what the report needs: the verdict, head and rows of the table, and the lines below it."""
    head, rows = found.table
    return {"verdict": found.verdict, "head": head, "rows": rows, "lines": found.lines}
