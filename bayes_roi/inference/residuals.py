"""Residuals of each node: do they look like the independent noise that the intervals take them for?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bayes_roi.model.conditional import Conditional
from bayes_roi.model.design import Design
from bayes_roi.model.forward import Forward, Parameters
from bayes_roi.model.model import Model

STRONG_AUTOCORRELATION = 0.3
"""From here on intervals of slowly moving causes can be a third too narrow: sqrt((1 + r) / (1 - r)) = 1.36."""
DRAWS = 100
SEED = 0
"""Of what the values of a discrete node leave open about its noise."""


@dataclass(frozen=True)
class Residuals:
    """Standardised residuals of a node at the posterior mean.

    Parameters
    ----------
    node
        The node.
    autocorrelation
        Lag-one autocorrelation; NaN for exchangeable rows.
    excess_kurtosis
        Excess kurtosis: zero for normal noise.
    rows
        Number of rows.
    heavy_family
        Whether its family has heavy tails already.
    budget
        Whether the node is a spend. Money questions hold spend and do not use its equation, so that what is left of it
        is worth a note but does not make their intervals too narrow.
    autoregressive, can_be_autoregressive
        Whether its noise is AR(1) already, and whether its family allows it.
    """

    node: str
    autocorrelation: float
    excess_kurtosis: float
    rows: int
    heavy_family: bool = False
    budget: bool = False
    autoregressive: bool = False
    can_be_autoregressive: bool = True

    @property
    def problem(self) -> str | None:
        """What makes the intervals too narrow, if anything does."""
        if self.budget or not self._strong:
            return None
        r = self.autocorrelation
        factor = math.sqrt((1 + r) / (1 - r)) if r < 1 else math.inf
        return (
            f"{self.node}: its residuals are autocorrelated ({r:.2f} at lag one), so intervals can be up to "
            f"{factor:.1f} times too narrow: {self._remedy}"
        )

    @property
    def _remedy(self) -> str:
        slow = "add what moves slowly (trend, season, a demand column)"
        if self.autoregressive or not self.can_be_autoregressive:
            return slow
        return f"{slow}, or give it noise: {{{self.node}: ar(1)}}"

    @property
    def _strong(self) -> bool:
        return self.autocorrelation > max(STRONG_AUTOCORRELATION, 3 / math.sqrt(self.rows))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is worth knowing without being a problem."""
        found, r, k = [], self.autocorrelation, self.excess_kurtosis
        if self.budget and self._strong:
            found.append(
                f"{self.node}: the residuals of this budget are autocorrelated ({r:.2f} at lag one); money questions "
                "hold spend and do not use them, but questions that let it respond can have intervals too narrow"
            )
        elif not self._strong and r > 3 / math.sqrt(self.rows):
            found.append(f"{self.node}: its residuals are slightly autocorrelated ({r:.2f} at lag one)")
        if not self.heavy_family and k > max(1.0, 4 * math.sqrt(24 / self.rows)):
            found.append(
                f"{self.node}: its residuals have heavy tails (excess kurtosis {k:.1f}): "
                f"try families: {{{self.node}: student_t}}"
            )
        return tuple(found)


def _mean(parameters: Parameters) -> dict[str, np.ndarray]:
    return {name: values.mean(axis=0, keepdims=True) for name, values in parameters.items()}


def _some(parameters: Parameters) -> dict[str, np.ndarray]:
    count = len(next(iter(parameters.values())))
    some = np.unique(np.linspace(0, count - 1, DRAWS).astype(int))
    return {name: values[some] for name, values in parameters.items()}


def residuals(model: Model, rows: Design, parameters: Parameters, node: str) -> Residuals:
    """Return the residuals of a node at the mean of its linear predictor.

    The mean is over a hundred draws; a node that is linear in its parameters has it at their mean.
    """
    forward = Forward(model, rows)
    few = _mean(parameters) if not any(t.shape for t in forward.nodes[node].terms) else _some(parameters)
    reads = {n: forward.observed(n, few) for n in (node, *model.computation.parents[node])}
    law = forward.conditional(node, reads, few)
    middle = Conditional(
        family=law.family,
        xp=np,
        eta=np.broadcast_to(_middle(law.eta), rows.length),
        parameters={role: _middle(v) for role, v in law.parameters.items()},
        rho=None if law.rho is None else _middle(law.rho),
        starts=law.starts,
    )
    u = np.random.default_rng(SEED).random(rows.length)
    z = law.family.residual(middle.innovations(_middle(reads[node]), u), middle.parameters)
    z = (z - z.mean()) / (z.std() or 1.0)
    follows = np.flatnonzero(~rows.starts)
    return Residuals(
        node=node,
        autocorrelation=float(np.mean(z[follows] * z[follows - 1]))
        if rows.periods is not None and len(follows) > 1
        else math.nan,
        excess_kurtosis=float(np.mean(z**4) - 3),
        rows=len(z),
        heavy_family=model.family(node).name == "student_t",
        budget=node in model.spends,
        autoregressive=model.noise_of(node).autoregressive,
        can_be_autoregressive=model.family(node).link_noise == "normal",
    )


def _middle(values: np.ndarray) -> np.ndarray:
    """Return values (time,), or their mean over draws (..., time)."""
    return values if values.ndim < 2 else values.mean(axis=0)
