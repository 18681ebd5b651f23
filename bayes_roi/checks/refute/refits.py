"""Refuters that fit again: a random column in every equation, and rows left out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from bayes_roi.checks.refute.placebo import chance_of
from bayes_roi.checks.refute.refutation import Refuter
from bayes_roi.errors import BayesRoiError
from bayes_roi.inference.fit import Fit
from bayes_roi.lift.fit import fitted_again
from bayes_roi.mechanisms.node import Node
from bayes_roi.model.language.equation import Equation
from bayes_roi.model.rows.layout import layout
from bayes_roi.panel import Panel
from bayes_roi.value.money.money import Money

RANDOM = "random_common_cause"
DRAWS = 250
PARTS = 4
"""Of these parts of the periods the first and the last are left out in turn."""
MOST_UNITS = 3
"""Units that are left out in turn, those with the most spend first."""


def random_cause(fit: Fit, *, tables: int, seed: int) -> Iterator[Refuter]:
    """Yield how far a random column in every equation moves each channel's ROAS, in posterior sd.

    The chance is that of the column's correlation with what is left of the equations, which is what moves it.
    """
    column = np.random.default_rng([seed, 59]).standard_normal(fit.data.rows)
    spends = fit.model.spends
    changed = tuple(
        replace(e, terms=(*e.terms, Node(RANDOM))) if isinstance(e, Equation) and e.node not in spends else e
        for e in fit.model.structural
    )
    model = replace(fit.model, equations=changed)
    data = replace(fit.data, columns={**fit.data.columns, RANDOM: column})
    before, after = _roas(fit), _roas(fitted_again(fit, model, data, seed=seed, draws=DRAWS))
    chance = chance_of(fit, column[layout(fit.model, fit.data).rows], tables=tables, seed=seed)
    for at, channel in enumerate(fit.model.channels):
        moved = (after[:, at].mean() - before[:, at].mean()) / before[:, at].std()
        yield Refuter("random common cause", channel, "ROAS hardly moves (posterior sd)", float(moved), chance)


def without_rows(fit: Fit, *, seed: int) -> Iterator[Refuter]:
    r"""Yield how far ROAS of the rows that stay moves without the others, in the sd that it should move by.

    Were the model right the answer of a part differs from that of the whole by an error of the variance of the part's
    less the whole's (Hausman 1978).
    """
    for kind, what, kept in _parts(fit):
        data = _kept(fit.data, kept)
        try:
            part = fitted_again(fit, fit.model, data, seed=seed, draws=DRAWS)
            after, before = _roas(part), _roas_of(fit, part)
        except BayesRoiError:
            continue
        for at, channel in enumerate(fit.model.channels):
            free = max(after[:, at].var() - before[:, at].var(), 0.1 * before[:, at].var())
            moved = float((after[:, at].mean() - before[:, at].mean()) / math.sqrt(free))
            chance = math.erfc(abs(moved) / math.sqrt(2))
            yield Refuter(kind, f"{channel}, {what}", "within 2 sd of a part's", moved, chance)  # type: ignore[arg-type]


def _parts(fit: Fit) -> Iterator[tuple[str, str, np.ndarray]]:
    data = fit.data
    if data.units is not None:
        sums = {str(u): sum(data.columns[s][data.units == u].sum() for s in fit.model.spends) for u in set(data.units)}
        for unit in sorted(sums, key=lambda u: -sums[u])[:MOST_UNITS]:
            yield "without a unit", f"without {unit}", data.units != unit
    elif data.clock is not None:
        last = int(data.clock.max()) + 1
        yield "without a period", f"without the first {last // PARTS}", data.clock >= last // PARTS
        yield "without a period", f"without the last {last // PARTS}", data.clock < last - last // PARTS


def _kept(data: Panel, kept: np.ndarray) -> Panel:
    """Return some rows, the first of their periods being period 0."""
    part = data.kept(kept)
    return part if part.clock is None else replace(part, clock=part.clock - part.clock.min())


def _roas(fit: Fit) -> np.ndarray:
    """Return ROAS of the rows alone (draws, channels)."""
    values = Money(fit, horizon=0 if fit.design.periods is not None else None).roas.arrays.values.array
    return values.reshape(-1, values.shape[-1])


def _roas_of(fit: Fit, part: Fit) -> np.ndarray:
    """Return ROAS of the whole fit in the rows of a part (draws, channels)."""
    rows = part.design
    if fit.data.units is None:
        assert rows.periods is not None
        window = (str(rows.periods[0]), str(rows.periods[-1])) if rows.periods.dtype.kind != "i" else None
        values = Money(fit, during=window, horizon=0).roas.arrays.values.array
        return values.reshape(-1, values.shape[-1])
    by = Money(fit, horizon=0, by=fit.model.panel).increments
    kept = [at for at, unit in enumerate(by.by[str(fit.model.panel)]) if unit in rows.units]
    return np.asarray(by.money[..., kept].sum(axis=-1) / by.spend[..., kept].sum(axis=-1))
