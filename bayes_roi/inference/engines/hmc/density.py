"""The log density of a block over the array namespace, all chains at once: what the PyMC model says, without PyMC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from bayes_roi.inference.engines.hmc.equation import Equation
from bayes_roi.inference.engines.hmc.parameters import Layout, Values
from bayes_roi.inference.engines.hmc.sampler import Places
from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.autodiff import tape, value_and_gradient
from bayes_roi.model.conditional import Conditional
from bayes_roi.model.design import Design, View
from bayes_roi.model.model import Model
from bayes_roi.model.parameters import node_parameters


class Density:
    """The log density of a block's unconstrained coordinates q (chains, dimension), up to a constant.

    Parameters
    ----------
    model, rows
        The equations and their rows.
    nodes
        The block.
    """

    def __init__(self, model: Model, rows: Design, nodes: Sequence[str]) -> None:
        self.model, self.rows = model, rows
        self.values = {n: rows.observed(np, n) for n in rows.rows}
        layout = Layout()
        view = View(np, rows, self.values)
        order = [n for n in model.computation.order if n in nodes and n in model.equation]
        self.equations = [
            Equation(node_parameters(model, rows, n), view, layout, hidden=(), open_signs=()) for n in order
        ]
        self.coordinates = layout.closed()
        for equation in self.equations:
            equation.close(self.coordinates)
        self.dimension = self.coordinates.dimension

    def __call__(self, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the log density (chains,) and its gradient (chains, dimension)."""
        return value_and_gradient(lambda x: self.evaluate(tape, x)[0], q)

    def evaluate(self, xp: Namespace, q: Array) -> tuple[Array, Values]:
        """Return the log density (chains,) and the parameters by name."""
        values = self.coordinates.values(xp, q)
        total = self.coordinates.log_density(xp, q)
        view = View(xp, self.rows, self.values)
        for equation in self.equations:
            eta, density = equation.predictor(xp, q, values)
            law = Conditional.of(self.model, equation.node, view, eta, values)
            total = total + density + law.log_density(self.rows.rows[equation.node.node])
        return total, values

    def start(self, chains: int, rng: np.random.Generator) -> np.ndarray:
        """Return where chains begin (chains, dimension): about the middle of the prior, media at a fifth of the top."""
        middle = np.zeros(self.dimension)
        for equation in self.equations:
            for at, begin in equation.begin.items():
                middle[at] = begin
        return middle + SPREAD * rng.standard_normal((chains, self.dimension))

    def fold(self, places: Places) -> Places:
        """Return places with hidden nodes turned upright."""
        return places

    def named(self, q: np.ndarray) -> dict[str, np.ndarray]:
        """Return draws (count, dimension) as parameters by name (count, ...)."""
        parts = [self.evaluate(tape, q[i : i + CHUNK])[1] for i in range(0, len(q), CHUNK)]
        names = [name for e in self.equations for name in e.node.names]
        return {n: np.concatenate([p[n] for p in parts]) for n in names}


SPREAD = 0.5
"""Of the beginnings, in prior standard deviations."""
CHUNK = 64
"""Draws that are worked on at once."""
