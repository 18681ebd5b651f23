"""The questions that are asked of a model, each with what identifies it: the table of `check` and the report."""

from __future__ import annotations

from dataclasses import dataclass

from bayes_roi.model.language.model import Model
from bayes_roi.queries.identification.identify import identify
from bayes_roi.queries.paths.responding import NAMES, held_beside, responding


@dataclass(frozen=True)
class Question:
    """A question and what the graph says to it.

    Parameters
    ----------
    name
        What is asked.
    verdict
        "identified" or "not identified".
    by
        By what.
    reason
        Why.
    """

    name: str
    verdict: str
    by: str
    reason: str


def questions(model: Model) -> tuple[Question, ...]:
    r"""Return what is usually asked of a model: the money of all channels, and the effect of each spend by itself.

    Without channels it is the effect of each observed cause of the outcome.

    Examples
    --------
    >>> channels = {"tv": "tv_spend"}
    >>> model = Model(name="m", equations="sales ~ tv_spend + z \n tv_spend ~ z", outcome="sales", channels=channels)
    >>> [(q.name, q.by) for q in questions(model)]
    [('money of all channels', 'back door: z'), ('ATE of tv_spend', 'back door: z')]
    """
    spends = [n for n in model.nodes if n in model.spends]
    money = [_question(model, "money of all channels", spends)] if spends else []
    for channel, spend in model.channels.items():
        if responding(model, spend):
            held = held_beside(model, spend, hold_spend=False)
            money.append(_question(model, f"money of {channel}, {NAMES[False]}", [n for n in spends if n in held]))
    above = model.graph.ancestors([model.outcome]) - {model.outcome}
    causes = list(model.channels.values()) or [n for n in model.measured if n in above]
    return (*money, *(_question(model, f"ATE of {n}", [n]) for n in causes))


def _question(model: Model, name: str, treated: list[str]) -> Question:
    found = identify(model, treated)
    return Question(name, "identified" if found else "not identified", found.by, found.reason)
