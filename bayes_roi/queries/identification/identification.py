"""The answer of `identify`: whether an effect is identified by the graph, and by what."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Literal

from bayes_roi.graph.expression import Expression
from bayes_roi.graph.instruments import Instrument

Strategy = Literal[
    "no effect", "back door", "front door", "g-computation", "ID algorithm", "order of time", "instrument", "none"
]


@dataclass(frozen=True, repr=False)
class Identification:
    """Whether an effect is identified by the graph, and by what. Its truth value is whether it is.

    Parameters
    ----------
    treatment, outcome, given
        The question P(outcome | do(treatment), given): nodes of the model.
    identified
        Whether the observed columns tell it, whatever the equations' form.
    strategy
        "no effect": the treatment is no cause of the outcome. "back door": by adjusting. "front door": by mediators
        that carry all of it. "g-computation": node by node, which no adjustment set replaces. "ID algorithm": by a
        formula of its own. "order of time": only because causes come before effects. "instrument": not identified, but
        for linear equations. "none".
    adjustment
        A smallest set of nodes to adjust for; None where the effect is not identified, or not by adjusting.
    adjustments
        All minimal sets, at most 20, the smallest first.
    estimand
        The formula in observed probabilities; empty where there is none.
    reason
        Why, in a sentence.
    expression
        The formula as an object, `evaluate` of which takes a joint law; None where there is none.
    mediators
        The front door.
    instruments
        What identifies the effect if all equations are linear.
    open_path
        What stays open, as nodes and the marks between them; empty where it is identified.
    notes
        What else should be known: a mediator without an equation, a condition that the treatment moves.
    """

    treatment: tuple[str, ...]
    outcome: str
    given: tuple[str, ...]
    identified: bool
    strategy: Strategy
    adjustment: tuple[str, ...] | None
    adjustments: tuple[tuple[str, ...], ...]
    estimand: str
    reason: str
    expression: Expression | None = None
    mediators: tuple[str, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    open_path: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.identified

    @property
    def question(self) -> str:
        """The question as it is written."""
        given = "".join(f", {n}" for n in self.given)
        return f"P({self.outcome} | do({', '.join(self.treatment)}){given})"

    @property
    def by(self) -> str:
        """By what it is identified, in words."""
        if self.strategy == "back door":
            return f"back door: {', '.join(self.adjustment or ()) or 'nothing to adjust for'}"
        if self.strategy == "front door":
            return f"front door: {', '.join(self.mediators)}"
        if self.strategy == "instrument":
            return f"instrument, if linear: {self.instruments[0]}"
        return str(self.strategy)

    def to_dict(self) -> dict[str, object]:
        """Return it as texts, lists and a truth value, as JSON has them."""
        return {
            "treatment": list(self.treatment),
            "outcome": self.outcome,
            "given": list(self.given),
            "identified": self.identified,
            "strategy": self.strategy,
            "adjustment": None if self.adjustment is None else list(self.adjustment),
            "adjustments": [list(z) for z in self.adjustments],
            "estimand": self.estimand,
            "reason": self.reason,
            "mediators": list(self.mediators),
            "instruments": [{"node": i.node, "given": list(i.given)} for i in self.instruments],
            "open_path": list(self.open_path),
            "notes": list(self.notes),
        }

    @property
    def _lines(self) -> list[str]:
        head = f"{self.question}: {'identified' if self else 'not identified'} ({self.by})"
        others = " or ".join("{" + ", ".join(z) + "}" for z in self.adjustments[1:])
        return [
            head,
            *([f"= {self.estimand}"] if self.estimand else []),
            self.reason,
            *([f"adjusting for {others} does as well"] if others else []),
            *([self._open] if self.open_path else []),
            *(f"note: {n}" for n in self.notes),
        ]

    @property
    def _open(self) -> str:
        """The open path, and what must be known for it to be open: an arrow meets an arrow there."""
        steps = zip(self.open_path[1::2], self.open_path[2::2], self.open_path[3::2], strict=False)
        met = [node for into, node, out in steps if into in ("->", "<->") and out in ("<-", "<->")]
        return f"open{f' with {", ".join(met)} known' if met else ''}: {' '.join(self.open_path)}"

    def __repr__(self) -> str:
        first, *rest = self._lines
        return "\n".join([f"<{first}", *(f"  {line}" for line in rest)]) + ">"

    def __str__(self) -> str:
        return "\n".join(self._lines)

    def _repr_html_(self) -> str:
        first, *rest = self._lines
        return f"<p><b>{html.escape(first)}</b></p>" + "".join(f"<p>{html.escape(line)}</p>" for line in rest)
