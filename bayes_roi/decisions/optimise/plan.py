"""A plan that a search found, and how it says itself."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import ClassVar

from bayes_roi.decisions.optimise import plan_words
from bayes_roi.decisions.optimise.plan_numbers import PlanNumbers
from bayes_roi.showing import Guessed


@dataclass(frozen=True, eq=False, repr=False)
class Plan(PlanNumbers, Guessed):
    """The best plan found for a question.

    Parameters
    ----------
    question
        The question: the periods to come, what was to become large, and within what.
    shares
        (variables,) the plan as the search has it.
    limits
        What it was found under.
    objective
        What was asked for, in words.
    note
        What must be said beside it.
    nodes
        Forecasts of other nodes that were given.
    """

    it = "plan"
    elsewhere: ClassVar[dict[str, str]] = {
        "to_frame": "plan.scenario.to_frame()",
        "to_csv": "br.write_plan(plan.scenario, path)",
        "to_excel": "br.to_excel(plan, path)",
    }

    def __repr__(self) -> str:
        rows = plan_words.rows(self)
        widths = [max(len(row[i]) for row in rows) for i in range(3)]
        lines = [
            f"{name.ljust(widths[0])}  {new.rjust(widths[1])}  {old.rjust(widths[2])}".rstrip()
            for name, new, old in rows
        ]
        first, *title = plan_words.head(self)
        return "\n".join([f"<Plan: {first}", *title, *lines, *plan_words.lines(self), f"{self.kkt!r}>"])

    def _repr_html_(self) -> str:
        head, *body = plan_words.rows(self)
        cells = "".join(f"<tr><td>{html.escape(n)}</td><td>{a}</td><td>{b}</td></tr>" for n, a, b in body)
        top = "".join(f"<th>{html.escape(h)}</th>" for h in head)
        above = "".join(f"<p>{html.escape(line)}</p>" for line in plan_words.head(self))
        text = "".join(f"<p>{html.escape(line)}</p>" for line in [*plan_words.lines(self), repr(self.kkt)])
        return f"{above}<table><tr>{top}</tr>{cells}</table>{text}"
