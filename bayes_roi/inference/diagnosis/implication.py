"""What a graph implies of the data, tested: one noun, and what is said of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from bayes_roi.inference.diagnosis.claim import LEVEL
from bayes_roi.numbers import ratio

Form = Literal["value", "carried", "residual"]
MATERIAL = 0.1
"""A return that moves by this share of its interval's width is another return."""
MOST_SAID = 3
"""Contradictions that are told; those that come after the first are often its echoes."""


@dataclass(frozen=True)
class Implication:
    """Two nodes that the graph says are independent once others are known, and whether they are.

    Parameters
    ----------
    one, node, given
        The two nodes, and what separates them.
    correlation
        What is left of `node` with `one`, as it goes with it most: a correlation of ranks, its causes taken out.
    chance
        Probability of a correlation so large at some lag or form where the graph is right.
    form, lag
        What of `one` that is: its value some periods before, its value carried over and saturated, what is left of it.
    move, of
        By which share of its interval's width a channel's return moves with the arrow added, the most, and whose it
        is; NaN where that was not asked.
    """

    one: str
    node: str
    given: tuple[str, ...]
    correlation: float
    chance: float
    form: Form = "value"
    lag: int = 0
    move: float = math.nan
    of: str = ""

    def rings(self, tests: int) -> bool:
        """Whether so much would be seen by chance less often than the level leaves to each of so many tests."""
        return self.chance < LEVEL / max(tests, 1)

    @property
    def material(self) -> bool:
        """Whether a return is another one with the arrow; where that cannot be told it is taken for one."""
        return math.isnan(self.move) or self.move > MATERIAL

    def __str__(self) -> str:
        given = f" given {', '.join(self.given)}" if self.given else ""
        return f"{self.one} and {self.node} are independent{given}"

    @property
    def refuted(self) -> str:
        """What the data say where they contradict it."""
        return (
            f"the data contradict the graph: an arrow or a hidden common cause between {self.one} and {self.node}; the "
            "data do not tell which"
        )

    @property
    def why(self) -> str:
        """What was seen, and what it does to returns, in words."""
        seen = f"{self.seen} goes with what its causes leave of {self.node}"
        return f"{seen} (correlation {ratio(self.correlation)}), {self.cost}"

    @property
    def seen(self) -> str:
        """What of `one` goes with what is left of `node`, in words."""
        if self.form == "residual":
            return f"what its causes leave of {self.one}"
        if self.form == "carried":
            return f"the carried-over {self.one}"
        if not self.lag:
            return self.one
        return f"{self.one} of {'a period' if self.lag == 1 else f'{self.lag} periods'} before"

    @property
    def cost(self) -> str:
        """What the arrow does to returns, in words."""
        if math.isnan(self.move):
            return "what it does to returns was not computed"
        if not self.of:
            return "and there is no return that it could move"
        return f"and with the arrow the return of {self.of} moves by {ratio(self.move)} of its interval's width"


def problems(found: tuple[Implication, ...]) -> tuple[str, ...]:
    """Return what makes returns wrong: the contradictions that move one, the least likely by chance first."""
    remedy = "add the arrow or the cause that is missing, or write ~~ for one that is hidden"
    return tuple(f"{i.refuted}: {i.why}; {remedy}" for i in ringing(found) if i.material)[:MOST_SAID]


def warnings(found: tuple[Implication, ...]) -> tuple[str, ...]:
    """Return the contradictions that hardly move any return."""
    return tuple(f"{i.refuted}: {i.why}" for i in ringing(found) if not i.material)[:MOST_SAID]


def ringing(found: tuple[Implication, ...]) -> list[Implication]:
    """Return what rings, the least likely by chance first."""
    return sorted((i for i in found if i.rings(len(found))), key=lambda i: i.chance)
