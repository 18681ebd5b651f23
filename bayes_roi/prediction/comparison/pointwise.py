r"""The log density of each row's outcome, by draw: given its parents, and as a forecast that knows none of them.

Given its parents: $\log p(y_t \mid \text{pa}(y_t), \theta)$. A mediator among the parents is known as it came, so that
this predicts best where most is known, and is no forecast of what spend will bring.

Forecast: $\log p(y_t \mid \text{what is known beforehand}, \theta)$, spends and what has no equation, with everything
between them and the outcome drawn by its own equation. What is left out of a row is then its whole row: the outcome and
all that lies between.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.mechanisms.uniforms import uniforms
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.forward import Parameters
from bayes_roi.model.law.row_density import row_log_density

REPEATS = 8
"""Noise vectors of what lies between, for each draw."""
CELLS = 1 << 20
"""Draws x rows that are worked on at once."""


@dataclass(frozen=True, eq=False)
class Pointwise:
    """Log densities of rows.

    Parameters
    ----------
    outcome
        (draws, rows) of each row's outcome.
    left_out
        (draws, rows) of all that is left out with a row.
    """

    outcome: np.ndarray
    left_out: np.ndarray


def given_parents(fit: Fit) -> Pointwise:
    """Return the densities of the outcome given its parents, as they were observed."""
    node = fit.model.outcome
    each = [row_density(fit, node, part, _observed(fit, part)) for part in _parts(fit)]
    found = np.concatenate(each)
    return Pointwise(found, found)


def forecast(fit: Fit, seed: int) -> Pointwise:
    """Return the densities of the outcome given spends and what has no equation, what lies between drawn anew."""
    model, rng = fit.model, np.random.default_rng([seed, 83])
    nodes = between(model)
    if nodes == (model.outcome,):
        return given_parents(fit)
    turns = 1 + max((e.lag for e in model.edges if e.parent in nodes and e.child in nodes), default=0)
    outcome, left_out = [], []
    for part in _parts(fit):
        known = _observed(fit, part)
        densities = [row_density(fit, n, part, known) for n in nodes if n in model.modelled]
        left_out.append(np.sum(densities, axis=0))
        each = [_drawn(fit, part, known, nodes, turns, rng) for _ in range(REPEATS)]
        outcome.append(np.logaddexp.reduce(each) - np.log(REPEATS))
    return Pointwise(np.concatenate(outcome), np.concatenate(left_out))


def known_beforehand(model: Model) -> frozenset[str]:
    """Return the nodes above the outcome that a forecast is given: spends, and what has no equation."""
    causes = model.computation.ancestors([model.outcome])
    return frozenset(n for n in model.measured if n in {*model.exogenous, *model.spends} & causes) - {model.outcome}


def between(model: Model) -> tuple[str, ...]:
    """Return what a forecast of the outcome computes, causes first, the outcome last."""
    known = known_beforehand(model)
    cut = model.computation.without_causes_of(known)
    wanted = cut.ancestors([model.outcome]) - known
    return tuple(n for n in model.computation.order if n in wanted)


def why_not(model: Model, *, whole: bool) -> str | None:
    """Return why rows cannot be left out one by one, of the outcome alone or with all that lies between, or None."""
    nodes = between(model) if whole else (model.outcome,)
    reads: Collection[str] = {p for n in nodes for p in model.computation.parents[n]}
    if hidden := [n for n in model.hidden if n in reads]:
        return f"{hidden[0]} is unobserved and has a value of its own in each row"
    if model.outcome in model.identity:
        return f"{model.outcome} is computed, and has no noise of its own"
    serial = [n for n in nodes if n in model.modelled and model.noise_of(n).autoregressive]
    if whole and len(nodes) > 1 and serial:
        return f"the noise of {serial[0]} is autocorrelated, so that a row left out is known from those beside it"
    shared = [n for n in nodes if n in model.modelled and model.shares_periods(n)]
    return f"{shared[0]} has an effect of each period, which a row left out leaves behind" if shared else None


def row_density(fit: Fit, node: str, part: Parameters, known: dict[str, Array]) -> np.ndarray:
    """Return the log density (draws, rows) of a node's rows given its parents; zero where its own cell is missing."""
    law = fit.forward.conditional(node, known, part)
    rows = np.atleast_2d(row_log_density(law, known[node]))
    count = len(next(iter(part.values())))
    there = np.broadcast_to(rows, (count, fit.design.length))
    gaps = fit.design.missing.get(node)
    if gaps is None:
        return np.array(there)
    there = np.array(there)
    there[:, gaps] = 0.0
    return there


def _drawn(
    fit: Fit, part: Parameters, known: dict[str, Array], nodes: tuple[str, ...], turns: int, rng: np.random.Generator
) -> np.ndarray:
    """Return the log density of the outcome's rows, what lies between drawn in each and observed in those before it.

    Rows take turns: those that are drawn in one turn are farther apart than what lies between reaches.
    """
    model, count = fit.model, len(next(iter(part.values())))
    found = np.zeros((count, fit.design.length))
    for turn in range(turns):
        mine = fit.design.index % turns == turn
        values = dict(known)
        for node in nodes[:-1]:
            if node in model.identity:
                values[node] = model.identity[node].value(values)
                continue
            law = fit.forward.conditional(node, values, part)
            drawn = law.respond(law.noise(uniforms(rng, (count, fit.design.length))))
            values[node] = np.where(mine, drawn, known[node])
        found[:, mine] = row_density(fit, model.outcome, part, values)[:, mine]
    return found


def _observed(fit: Fit, part: Parameters) -> dict[str, Array]:
    there = (n for n in fit.model.computation.order if n not in fit.model.hidden or n in part)
    return {n: fit.forward.observed(n, part) for n in there}


def _parts(fit: Fit) -> list[Parameters]:
    """Return parts of the draws."""
    draws = fit.parameters
    total, size = fit.chains * fit.draws, max(CELLS // fit.design.length, 1)
    return [{n: x[at : at + size] for n, x in draws.items()} for at in range(0, total, size)]
