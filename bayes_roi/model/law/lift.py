"""What a test of spend is expected to measure, as a function of the parameters, over any array namespace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.exact_means import nonlinear_nodes
from bayes_roi.model.law.forward import Forward, Parameters
from bayes_roi.model.rows.design import Design


@dataclass(frozen=True, eq=False)
class Lift:
    r"""The lift $\sum_r w_r (E[Y_r \mid do(\text{test})] - E[Y_r \mid do(\text{usual})])$ given the parameters.

    Parameters
    ----------
    model, rows
        The equations, and rows that hold the test's window and what it reads before it.
    test, usual
        Node -> rows (time,) of what each arm holds: the spends, and all that the test cannot move as it was observed.
    outcome
        The node that is measured.
    weights
        (time,) with which its rows are summed.
    relative
        Whether the lift is in percent of the usual arm's sum.
    """

    model: Model
    rows: Design
    test: Mapping[str, Array]
    usual: Mapping[str, Array]
    outcome: str
    weights: np.ndarray
    relative: bool = False

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes whose parameters it reads, causes first: those that the test moves on the way to the outcome."""
        cut = self.model.computation.without_causes_of(frozenset(self.test))
        above = cut.ancestors([self.outcome])
        return tuple(
            n for n in self.model.computation.order if n in above & self.model.equation.keys() - self.test.keys()
        )

    @property
    def bends(self) -> bool:
        """Whether conditional means alone do not give the expectation: noise is carried through a curve or a link."""
        held = frozenset(self.test)
        return bool(
            nonlinear_nodes(self.model, held, frozenset([self.outcome]), later_periods=bool(len(self.rows.later)))
        )

    def of_arms(self, test: Array, usual: Array) -> Array:
        """Return the lift (...,) from the outcome (..., time) of both arms."""
        lift = ((test - usual) * self.weights).sum(-1)
        return 100.0 * lift / (usual * self.weights).sum(-1) if self.relative else lift

    def at_means(self, xp: Namespace, parameters: Parameters) -> Array:
        """Return the lift (...,) with each node at its conditional mean given its parents."""
        forward, wanted = Forward(self.model, self.rows, xp), frozenset([self.outcome])
        usual = forward.run(parameters, self.usual, targets=wanted)
        test = forward.run(parameters, self.test, start=usual, targets=wanted)
        return self.of_arms(test.values[self.outcome], usual.values[self.outcome])
