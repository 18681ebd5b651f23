"""What an arrow that the graph leaves out would do to returns: its equation fitted again with it, no other.

Blocks are independent given the data, so that only the block of the arrow's head has another posterior.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from bayes_roi.errors import BayesRoiError
from bayes_roi.inference.block_fits import fit_block
from bayes_roi.inference.blocks import blocks
from bayes_roi.inference.diagnosis import Implication
from bayes_roi.inference.engines import FAST, Settings
from bayes_roi.mechanisms import TERMS, Node, Term
from bayes_roi.mechanisms.arrays import spaced
from bayes_roi.mechanisms.prior import Normal
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.forward import Forward, Parameters
from bayes_roi.model.rows.design import Design, design
from bayes_roi.panel import Panel

WIDE = 2.5
"""Width of the prior of the arrow's effect: sd of the node per sd of its cause, as of any covariate."""
FEW = Settings(draws=250, chains=4, tune=500)
CELLS = 4_000_000
"""Rows times draws of a return at most."""
MOST_REFITTED = 4
"""Contradictions, the least likely by chance first, of which it is asked what they do."""


def with_moves(
    model: Model, data: Panel, rows: Design, parameters: Parameters, found: Sequence[Implication], seed: int
) -> tuple[Implication, ...]:
    """Return implications, those that ring with what their arrow does to returns."""
    ringing = sorted((i for i in found if i.rings(len(found))), key=lambda i: i.chance)[:MOST_REFITTED]
    moved = {i: moved_by(model, data, rows, parameters, i, seed) for i in ringing}
    return tuple(moved.get(i, i) for i in found)


def moved_by(
    model: Model, data: Panel, rows: Design, parameters: Parameters, left_out: Implication, seed: int
) -> Implication:
    """Return an implication with the most that its arrow moves a return, in widths of the 90 % interval.

    The return of a channel is what it adds to the outcome in these rows, at the means of what is downstream.
    """
    if not model.channels:
        return replace(left_out, move=0.0)
    try:
        other = with_arrow(model, rows, left_out)
        block = next(b for b in blocks(other, rows) if left_out.node in b.nodes)
        new = fit_block(other, design(other, data), block, FAST, FEW, (seed,), lambda what, share: None)
    except BayesRoiError:
        return left_out
    drawn = {n: v.reshape(-1, *v.shape[2:]) for n, v in new.draws.items()}
    count = min(len(next(iter(x.values()))) for x in (drawn, parameters))
    few = evenly(parameters, count)
    before, after = contributions(model, rows, few), contributions(other, rows, few | evenly(drawn, count))
    low, high = np.quantile(before, [0.05, 0.95], axis=0)
    moves = np.abs(np.median(after, axis=0) - np.median(before, axis=0)) / np.maximum(high - low, 1e-300)
    most = int(np.argmax(moves))
    return replace(left_out, move=float(moves[most]), of=list(model.channels)[most])


def with_arrow(model: Model, rows: Design, left_out: Implication) -> Model:
    """Return the model with the arrow in the equation of its head."""
    one, node = left_out.one, left_out.node
    own = model.equation[node]
    term = _term(model, left_out)
    changed = replace(own, terms=(*own.terms, term))
    equations = tuple(changed if e == own else e for e in model.structural)
    # A written prior: the arrow may go either way, and returns of spend through it share nothing with the others'.
    unit = WIDE * rows.outcome_scales[node].sd / max(rows.scales[one].sd, 1e-300)
    return replace(
        model, equations=equations, priors={**model.priors, f"{term.prefix(node)}.effect": Normal(0.0, unit)}
    )


def contributions(model: Model, rows: Design, parameters: Parameters) -> np.ndarray:
    """Return what each channel adds to the outcome over the rows (draws, channels), at conditional means."""
    if rows.periods is None and rows.codes is None and not rows.missing:
        rows = rows.averaged()
    forward = Forward(model, rows)
    some = evenly(parameters, max(CELLS // rows.length, 20))
    spends: Mapping[str, np.ndarray] = {s: forward.observed(s, some) for s in model.spends}
    target = frozenset([model.outcome])
    base = forward.run(some, spends, targets=target)
    found = []
    for spend in model.channels.values():
        off = forward.run(some, {**spends, spend: 0.0 * spends[spend]}, start=base, targets=target)
        change = base.values[model.outcome] - off.values[model.outcome]
        value = change if rows.value_column is None else change * rows.value_column
        found.append(np.broadcast_to(value, (*np.shape(value)[:-1], rows.length)).sum(axis=-1))
    count = len(next(iter(some.values())))
    return np.stack([np.broadcast_to(x, count) for x in found], axis=-1)


def _term(model: Model, left_out: Implication) -> Term:
    one = Node(left_out.one)
    if left_out.form == "carried":
        return TERMS["adstock"](one, max_lag=model.max_lag)  # type: ignore[call-arg]
    return TERMS["lag"](one, left_out.lag) if left_out.lag else one  # type: ignore[call-arg]


def evenly(parameters: Parameters, most: int) -> dict[str, np.ndarray]:
    """Return so many of the draws at most, evenly spaced."""
    kept = spaced(len(next(iter(parameters.values()))), most)
    return {name: values[kept] for name, values in parameters.items()}
