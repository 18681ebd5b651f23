r"""Placebos: spends that were never spent, and outcomes from before the spend.

A placebo spend has what its other causes leave of the spend moved round by a random number of periods, which keeps its
autocorrelation and its law (conditional randomisation, Candes et al. 2018): given the causes it has no effect, so that
in a node's equation, beside the real spend, it must look like chance. Spends of periods to come and random columns must
too. All are judged against tables simulated from the fit: the rank of what is shown among theirs has
$P(p \le a) \le a$.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from bayes_roi.checks.refute.refutation import Kind, Refuter
from bayes_roi.inference.diagnosis.dependence import Left
from bayes_roi.inference.diagnosis.innovations import innovations
from bayes_roi.inference.diagnosis.ranks import ranked
from bayes_roi.inference.fit import Fit
from bayes_roi.model.rows.design import Design
from bayes_roi.queries.evidence import beside_treated
from bayes_roi.queries.expect import scene
from bayes_roi.queries.variation import Residual, beside, times_of

PLACEBOS = 100
BAND = 1.645
"""Standard errors within which 90 % of correlations lie."""
LEADS = (1, 2, 3, 4)

Statistic = Callable[[np.ndarray], np.ndarray]
"""From correlations (tables, columns), in their standard errors, to what is shown (tables,)."""


def placebos(fit: Fit, *, tables: int, seed: int) -> Iterator[Refuter]:
    """Yield the placebos of each spend, in each equation that reads it."""
    rng = np.random.default_rng([seed, 53])
    observed = {n: x if x.ndim == 1 else x.mean(axis=0) for n, x in scene(fit).observed.items()}
    for node in (n for n in fit.model.modelled if n not in fit.model.spends):
        read = [s for s in fit.model.spends if any(s in t.parents for t in fit.model.terms(node))]
        if not read:
            continue
        own = Left(innovations(fit.model, fit.design, fit.parameters, node), fit.design.starts)
        noise = _simulated(own, tables, rng)
        for spend in sorted(read):
            rest = _rest(fit, observed, spend, node)
            moved = [rest[p] for p in _rotations(fit.design, rng)]
            yield _judged("placebo spend", f"{spend} in {node}", "a tenth outside 90 %", outside, own, noise, moved)
            if fit.design.periods is not None:
                later = [_ahead(fit.design, rest, k) for k in LEADS]
                words = "spends to come tell nothing"
                yield _judged("placebo outcome", f"{spend} in {node}", words, largest, own, noise, later)


def chance_of(fit: Fit, column: np.ndarray, *, tables: int, seed: int) -> float:
    """Return the chance of so large a correlation of a column (rows,) with what is left of any node but spends.

    The rank of the largest among those of tables simulated from the fit.
    """
    rng = np.random.default_rng([seed, 61])
    shown, others = [], []
    for node in (n for n in fit.model.modelled if n not in fit.model.spends):
        own = Left(innovations(fit.model, fit.design, fit.parameters, node), fit.design.starts)
        if (x := own.beside(column)) is not None:
            shown.append(abs(float(x @ own.scores)))
            others.append(np.abs(_simulated(own, tables, rng) @ x))
    if not shown:
        return 1.0
    return _rank(max(shown), np.max(others, axis=0))


def _rank(shown: float, others: np.ndarray) -> float:
    """Return the rank of what is shown among tables (tables,) and itself, from above."""
    return (1 + int((others >= shown).sum())) / (1 + len(others))


def outside(r: np.ndarray) -> np.ndarray:
    """Return the share of columns whose correlation lies outside its 90 % band."""
    return np.asarray((np.abs(r) > BAND).mean(axis=-1))


def largest(r: np.ndarray) -> np.ndarray:
    """Return the largest correlation, in its standard errors."""
    return np.asarray(np.abs(r).max(axis=-1))


def _judged(
    kind: Kind, what: str, right: str, statistic: Statistic, own: Left, noise: np.ndarray, columns: Sequence[np.ndarray]
) -> Refuter:
    """Return what a statistic shows, and its rank among those of the noise of tables from the fit (tables, rows)."""
    rest = [x for column in columns if (x := own.beside(column)) is not None]
    if not rest:
        return Refuter(kind, what, right, 0.0, 1.0)
    x = np.stack(rest) * np.sqrt(max(own.free, 1) / len(own.scores))
    shown = float(statistic(x @ own.scores))
    others = statistic(noise @ x.T)
    return Refuter(kind, what, right, shown, _rank(shown, others))


def _simulated(own: Left, tables: int, rng: np.random.Generator) -> np.ndarray:
    """Return normal scores (tables, rows) of what would be left of tables from the fit, less what is fitted to them."""
    from scipy.special import ndtri

    z = rng.standard_normal((tables, len(own.scores)))
    z = z - (z @ own.fitted.T) @ own.fitted
    scores = ndtri(ranked(z) / (z.shape[1] + 1))
    return np.asarray(scores / scores.std(axis=1, keepdims=True))


def _rest(fit: Fit, observed: dict[str, np.ndarray], spend: str, node: str) -> np.ndarray:
    """Return what the other causes leave of a spend (rows,)."""
    others = [s for s in fit.model.spends if s != spend]
    named = beside(fit.model, spend, node, beside_treated(fit.model, fit.model.spends), others)
    times = times_of(fit.forward.nodes.get(node), fit.forward.nodes.get(spend))
    return np.asarray(Residual(fit.design, observed, spend, named, times).residual(fit.design, observed), float)


def _rotations(rows: Design, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield places (rows,) that move each series round by a random number of periods, exchangeable rows anywhere."""
    begins = np.flatnonzero(rows.starts)
    for _ in range(PLACEBOS):
        if rows.periods is None:
            yield rng.permutation(rows.length)
            continue
        parts = np.split(np.arange(rows.length), begins[begins > 0])
        turn = rng.uniform(0.1, 0.9)
        yield np.concatenate([np.roll(p, int(turn * len(p))) for p in parts])


def _ahead(rows: Design, x: np.ndarray, periods: int) -> np.ndarray:
    """Return a column (rows,) as it is some periods later, its mean where the series has ended."""
    found = np.full(rows.length, x.mean())
    begins = np.flatnonzero(rows.starts)
    for part in np.split(np.arange(rows.length), begins[begins > 0]):
        found[part[:-periods]] = x[part[periods:]] if len(part) > periods else found[part[:-periods]]
    return found
