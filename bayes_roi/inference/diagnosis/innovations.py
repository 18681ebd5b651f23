"""What is left of a node's rows at draws of the posterior: noise that is standard normal if the model is right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from bayes_roi.mechanisms.arrays import spaced
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.conditional import Conditional
from bayes_roi.model.law.forward import Forward, Parameters, piece
from bayes_roi.model.rows.by_row import calendar
from bayes_roi.model.rows.design import Design
from bayes_roi.model.rows.view import View

DRAWS = 100
CELLS = 400_000
"""Rows times draws at most, but two draws: with many rows a few draws say as much as a hundred."""
FEW_DRAWS = 2
SEED = 0
"""Of what the values of a discrete node leave open about its noise."""
LEVEL = "level"
FIT = "the fit"


@dataclass(frozen=True, eq=False)
class Innovations:
    r"""Noise of a node's rows, draw by draw.

    At a draw of the posterior $\tilde\theta$, $(\tilde\theta, y)$ has the distribution of $(\theta, y)$: noise computed
    there is exactly as independent and as normal as at the truth, however many parameters were fitted (Johnson 2007,
    theorem 1), which that at the posterior mean is not. A statistic's mean over draws varies less than at one draw, so
    that its tails are at most about those of one draw.

    Parameters
    ----------
    z
        (draws, rows) quantile residuals on a normal scale, what a series takes over from the period before taken out.
    asked
        Name -> (draws,): the level of the node, and what each cause adds through which spend acts (without any, each
        cause with an effect of its own).
    position
        (rows,) how many rows before a row are of its series.
    covariates
        Name -> (rows,): the linear predictor ("the fit") and the observed parents.
    period, unit
        (rows,) numbers of period and panel unit; None where there are none.
    shared, spends
        (draws, periods) what units share in each period, None where the equation has no such effects; then the causes
        that are spends or follow them, name -> (rows,).
    known, rho
        (draws, rows) what the equation adds up of observed causes, and the autocorrelation of its noise.
    """

    z: np.ndarray
    asked: Mapping[str, np.ndarray]
    position: np.ndarray
    covariates: Mapping[str, np.ndarray]
    period: np.ndarray | None = None
    unit: np.ndarray | None = None
    ordered: bool = True
    shared: np.ndarray | None = None
    spends: Mapping[str, np.ndarray] = field(default_factory=dict)
    known: np.ndarray | None = None
    rho: float = 0.0

    @cached_property
    def scaled(self) -> np.ndarray:
        """The noise (draws, rows) with mean zero and variance one in each draw."""
        z = self.z - self.z.mean(axis=1, keepdims=True)
        return z / (z.std(axis=1, keepdims=True) + 1e-300)

    @cached_property
    def pulls(self) -> dict[str, np.ndarray]:
        r"""Name of what is asked -> (rows,) how far a row's noise moves its estimate, up to a factor.

        It is the covariance over draws of the quantity and the row's noise: of a linear model with normal noise exactly
        the weight of the row in the estimate (Giordano and Broderick 2023, infinitesimal jackknife). With it
        $\hat q - q = \sum_t g_t z_t$, so that its variance is $\sum_t \sum_s g_t g_s E[z_t z_s]$, whatever z is.
        """
        moved = self.z - self.z.mean(axis=0)
        found = {name: (q - q.mean()) @ moved for name, q in self.asked.items()}
        return {name: g for name, g in found.items() if (g**2).sum() > 0}

    @property
    def rows(self) -> int:
        return self.z.shape[1]

    def every(self, step: int) -> Innovations:
        """Return every so many rows, without their order in time."""
        if step <= 1:
            return self
        return Innovations(
            z=self.z[:, ::step],
            asked=self.asked,
            position=np.zeros_like(self.position[::step]),
            covariates={name: x[::step] for name, x in self.covariates.items()},
            period=None if self.period is None else self.period[::step],
            unit=None if self.unit is None else self.unit[::step],
            ordered=False,
        )

    @cached_property
    def together(self) -> float:
        """Correlation of the noise of two units in the same period; zero where there are none."""
        if self.period is None:
            return 0.0
        count = np.bincount(self.period)
        pairs = float((count * (count - 1.0)).sum())
        sums = (np.bincount(self.period, z) for z in self.scaled)
        return float(np.mean([(s**2).sum() - self.rows for s in sums])) / pairs if pairs else 0.0

    @property
    def independent(self) -> float:
        r"""Share of the rows that tell something of their own about products of noise at two places or periods.

        Where units of a period have a correlation $\rho$, products of theirs have $\rho^2$.
        """
        if self.period is None:
            return 1.0
        units = self.rows / len(np.unique(self.period))
        return 1 / (1 + (units - 1) * self.together**2)


def innovations(model: Model, rows: Design, parameters: Parameters, node: str) -> Innovations:
    """Return a node's noise at about a hundred draws of the posterior."""
    few = _some(parameters, rows.length)
    forward = Forward(model, rows)
    reads = {n: forward.observed(n, few) for n in (node, *model.computation.parents[node])}
    law = forward.conditional(node, reads, few)
    u = np.random.default_rng(SEED).random(rows.length)
    z = np.atleast_2d(law.family.residual(law.innovations(reads[node], u), law.parameters))
    count = len(next(iter(few.values())))
    periods = forward.nodes[node].periods
    covariates = _covariates(model, reads, node, law, rows.length)
    bought = {n for n in covariates if model.spends & (model.computation.ancestors([n]) if n in reads else set())}
    return Innovations(
        z=np.broadcast_to(z, (count, rows.length)),
        asked={LEVEL: np.atleast_2d(law.eta).mean(axis=-1)} | _effects(forward, node, reads, few),
        position=_positions(rows.starts),
        covariates=covariates,
        period=calendar(rows)[1] if rows.periods is not None and rows.codes is not None else None,
        unit=None if rows.codes is None else np.asarray(rows.codes),
        ordered=rows.periods is not None,
        shared=None if periods is None else few[periods.periods_name],
        spends={n: covariates[n] for n in bought} if periods is not None else {},
        known=np.atleast_2d(law.eta - _of_hidden(forward, node, reads, few)),
        rho=0.0 if law.rho is None else float(law.rho.mean()),
    )


def _some(parameters: Parameters, rows: int) -> dict[str, np.ndarray]:
    total = len(next(iter(parameters.values())))
    some = spaced(total, min(DRAWS, max(CELLS // rows, FEW_DRAWS)))
    return {name: values[some] for name, values in parameters.items()}


def _effects(forward: Forward, node: str, reads: Mapping[str, np.ndarray], few: Parameters) -> dict[str, np.ndarray]:
    """Return of each cause that is asked about its effect, or what it adds at its curve."""
    model, view = forward.model, View(np, forward.design, reads)
    terms = [t for t in forward.nodes[node].terms if t.effect is not None and t.width is None and t.term.parents]
    carry = [t for t in terms if model.spends & model.computation.ancestors(t.term.parents)]
    found = {}
    for t in carry or terms:
        name = t.term.label_or_default
        if t.shape:
            found[name] = piece(np, t, t.curve(view, few), few, forward.design).mean(axis=-1)
        else:
            found[name] = few[t.effect_name]
    return found


def _of_hidden(forward: Forward, node: str, reads: Mapping[str, np.ndarray], few: Parameters) -> np.ndarray | float:
    """Return what unobserved causes add to a node's linear predictor (draws, rows)."""
    view = View(np, forward.design, reads)
    terms = [t for t in forward.nodes[node].terms if set(t.term.parents) & set(forward.model.hidden)]
    return sum((piece(np, t, t.curve(view, few), few, forward.design) for t in terms), 0.0)


def _positions(starts: np.ndarray) -> np.ndarray:
    at = np.arange(len(starts))
    return at - np.maximum.accumulate(np.where(starts, at, 0))


def _covariates(
    model: Model, reads: Mapping[str, np.ndarray], node: str, law: Conditional, rows: int
) -> dict[str, np.ndarray]:
    seen = {n: reads[n] for n in model.computation.parents[node] if n not in model.hidden and n != model.trials(node)}
    every = {FIT: law.eta, **seen}
    means = {name: x if np.ndim(x) < 2 else x.mean(axis=0) for name, x in every.items()}
    return {name: np.broadcast_to(x, rows) for name, x in means.items()}
