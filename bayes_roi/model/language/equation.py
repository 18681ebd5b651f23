"""One line of the equations as an object: what causes a node, or which two share an unobserved cause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bayes_roi.mechanisms import Term
from bayes_roi.model.language.identity import Identity

Intercept = Literal["implied", "common", "none"]
"""Nothing written (in a panel one for each unit, partially pooled); `1 +`, one for all units; `0 +`."""


@dataclass(frozen=True)
class Equation:
    """`node ~ terms`: what causes a node; `by` are the columns of each `(1 | column)`: unit, period."""

    node: str
    terms: tuple[Term, ...]
    intercept: Intercept = "implied"
    by: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = {"implied": [], "common": ["1"], "none": ["0"]}[self.intercept]
        parts += [f"(1 | {column})" for column in self.by]
        parts += [printable(str(t)) for t in self.terms] or ([] if parts else ["1"])
        return f"{self.node} ~ {' + '.join(parts)}"


@dataclass(frozen=True)
class Confounding:
    """`a ~~ b`: an unobserved common cause of two nodes."""

    a: str
    b: str

    def other(self, node: str) -> str:
        """Return the other of the two nodes."""
        return self.b if node == self.a else self.a

    def __str__(self) -> str:
        return f"{self.a} ~~ {self.b}"


type Structural = Equation | Identity


def printable(term: str) -> str:
    """Return a term's text with whatever cannot be printed (it can only be in a quoted label) as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in term)
