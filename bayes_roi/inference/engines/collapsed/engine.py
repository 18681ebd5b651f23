"""The engine: which equations it takes, how many runs it makes, and when it believes them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bayes_roi.inference.blocks import Block
from bayes_roi.inference.engines.base import SIGNS, Engine, Refusal, Settings, Tick
from bayes_roi.inference.engines.collapsed.signs import sign_probabilities
from bayes_roi.inference.engines.collapsed.target import CollapsedNode
from bayes_roi.inference.engines.exact import not_collapsible
from bayes_roi.inference.engines.importance import Budget, Proposal, Sample, adapt, objection, pareto_k
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.parameters import node_parameters
from bayes_roi.model.rows.design import Design

FINAL = 16_000
"""Proposals that all runs draw together in the end, at the least."""
MOST_CURVES = 3
"""Curves with parameters of one equation."""
MOST_SIGNED = 1
"""Terms whose effects vary by panel unit and are above zero."""
MOST_BESIDE_UNITS = 40
"""Effects of one equation beside what varies by panel unit: sums over each unit's rows grow with their square."""
Begun = tuple[int, tuple[Proposal, ...]]
"""Coordinates of a node's target, and the proposals that its runs ended with."""
LONG = 2_000
"""Rows from which on a run takes seconds."""


class Collapsed(Engine):
    """Weighted draws of an equation whose curves have parameters of their own, or whose noise or units have.

    Each chain is a run of its own, but for effects of panel units that have a sign, and for thousands of rows: there
    the chains share two runs.

    Parameters
    ----------
    begun
        Node -> its coordinates and the proposals that earlier fits of the same model ended with, which the next begin
        from; filled as blocks are fitted. None where every fit begins from the prior.
    """

    def __init__(self, begun: dict[str, Begun] | None = None) -> None:
        self.begun = begun

    name = "collapsed"

    def refuses(self, model: Model, rows: Design, block: Block) -> str | None:
        if reason := not_collapsible(model, rows, block):
            return reason
        node = node_parameters(model, rows, block.nodes[0])
        if node.periods is not None:
            return f"its level varies by {model.time} and by {model.panel}"
        if node.pooled_sigma is not None:
            return f"{node.pooled_sigma.name} varies by {model.panel}"
        if (node.pooled or node.noise) and (law := model.family(node.node).link_noise) != "normal":
            why = f"{node.pooled[0].name} varies by {model.panel}" if node.pooled else str(model.noise_of(node.node))
            return f"its noise is {law}, and {why}"
        if (curves := sum(bool(t.shape) for t in node.terms)) > MOST_CURVES:
            return f"{curves} of its curves have parameters, and weights fail in so many dimensions"
        if node.pooled and (count := sum(t.width or 1 for t in node.terms)) > MOST_BESIDE_UNITS:
            return f"{count} effects beside what varies by {model.panel} are too many for it"
        if (signed := sum(p.law == "positive" for p in node.pooled)) > MOST_SIGNED:
            return f"{signed} effects above zero vary by {model.panel}, and weights fail in so many dimensions"
        odd = (t.term for t in node.terms if t.shape and (t.effect is None or t.width))
        return next((f"{term} has parameters in its curve, and not one effect to integrate out" for term in odd), None)

    def sample(
        self, model: Model, rows: Design, block: Block, settings: Settings, rng: np.random.Generator, tick: Tick
    ) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        target = CollapsedNode.of(model, rows, block.nodes[0])
        samples = accepted(target, settings, rng, tick, self._before(target))
        if self.begun is not None:
            self.begun[block.nodes[0]] = target.dimension, tuple(s.proposal for s in samples if s.proposal is not None)
        shares = np.bincount(np.arange(settings.chains) % len(samples)).tolist()  # chains of each run
        chains = [
            {name: values.reshape(share, settings.draws, *values.shape[1:]) for name, values in drawn.items()}
            for s, share in zip(samples, shares, strict=False)
            for drawn in [target.named(s, s.resample(share * settings.draws, rng))]
        ]
        draws = {name: np.concatenate([c[name] for c in chains]) for name in chains[0]}
        together = np.concatenate([s.log_weights for s in samples])
        return draws, {
            "kish": np.concatenate([[s.size / n] * n for s, n in zip(samples, shares, strict=False)]),
            "khat": np.array(pareto_k(together)),
            **{f"{SIGNS}{name}": np.array(p) for name, p in sign_probabilities(target, samples).items()},
        }

    def _before(self, target: CollapsedNode) -> tuple[Proposal, ...]:
        """Return the proposals that a node's last fit ended with, a run each; none where it had other coordinates."""
        dimension, proposals = (self.begun or {}).get(target.node.node, (-1, ()))
        return proposals if dimension == target.dimension else ()


def accepted(
    target: CollapsedNode,
    settings: Settings,
    rng: np.random.Generator,
    tick: Tick,
    before: tuple[Proposal, ...] = (),
) -> list[Sample]:
    """Return one sample of each run, two runs at least; try harder once before giving up.

    With `before`, a proposal for each run of nearly the same target, the first attempt is a round that goes on from it.

    Where units' effects have a sign there are many coordinates and their posterior is far from normal: rounds and the
    final sample are twice as long and a proposal is fitted to five rounds. There, and where rows are many, two runs are
    made, however many chains are drawn from them: enough to tell whether they agree.

    Raises
    ------
    Refusal
        With what speaks against the weights of the second attempt.
    """
    signed = bool(target.regression.signed)
    runs = 2 if signed or target.regression.view.design.length >= LONG else max(settings.chains, 2)
    budget = Budget.of(target.dimension, max(4 * settings.draws, FINAL // runs))
    harder = budget.harder()
    if signed:
        budget = replace(budget, round=2 * budget.round, final=2 * budget.final, memory=5)
        harder = replace(budget, final=2 * budget.final)  # a mixture of three in so many dimensions is no better
    first = (budget.begun(), before) if len(before) == runs else (budget, None)
    for attempt, (drawn, begun) in enumerate((first, (harder, None))):
        samples: list[Sample] = []
        for run, own in enumerate(rng.spawn(runs)):
            done = attempt + run / runs
            half: Tick = lambda share, done=done: tick((done + share / runs) / 2)  # type: ignore[misc]  # noqa: E731
            samples.append(adapt(target, drawn, own, half, None if begun is None else begun[run]))
            if not samples[-1].settled:
                break
        reason = objection(samples) or target.objection(samples)
        if reason is None:
            tick(1.0)
            return samples
    raise Refusal(reason or "")
