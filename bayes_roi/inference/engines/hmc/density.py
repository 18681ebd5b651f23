"""The log density of a block over the array namespace, all chains at once: what the PyMC model says, without PyMC."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bayes_roi.inference.blocks import LogDensity
from bayes_roi.inference.engines.hmc.coordinates import Cell
from bayes_roi.inference.engines.hmc.equation import EquationDensity, Predictor, collapses
from bayes_roi.inference.engines.hmc.parameters import Slots, Values
from bayes_roi.inference.engines.hmc.sampler import Places
from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.autodiff import tape, value_and_gradient
from bayes_roi.mechanisms.prior import Normal
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.conditional import Conditional
from bayes_roi.model.law.forward import missing_name
from bayes_roi.model.law.parameters import node_parameters
from bayes_roi.model.pymc.marginal import Marginal, integrable, mirrored
from bayes_roi.model.rows.design import Design, linked_rows
from bayes_roi.model.rows.view import View


class Density:
    """The log density of a block's unconstrained coordinates q (chains, dimension), up to a constant.

    Parameters
    ----------
    model, rows
        The equations and their rows.
    nodes
        The block.
    beside
        What is known of its parameters beside the rows; nothing is then integrated out of them.
    """

    def __init__(self, model: Model, rows: Design, nodes: Sequence[str], *, beside: LogDensity | None = None) -> None:
        self.model, self.rows, self.beside = model, rows, beside
        self.hidden = integrable(model, rows, nodes)
        self.values = {n: rows.observed(np, n) for n in rows.rows} | {n: np.zeros(rows.length) for n in self.hidden}
        self.marginal = Marginal(model, rows, self.hidden) if self.hidden else None
        self.children = () if self.marginal is None else self.marginal.children
        mirrors = mirrored(model, rows, self.hidden)
        opened = [names[0] for names in mirrors.values()]
        layout, view = Slots(), View(np, rows, self.values)
        self.equations = {
            n: EquationDensity(
                node_parameters(model, rows, n),
                view,
                layout,
                y=None if n in self.hidden else linked_rows(model, rows, n),
                collapses=beside is None and n not in (*self.hidden, *self.children) and collapses(model, n),
                hidden=self.hidden,
                open_signs=opened,
            )
            for n in model.computation.order
            if n in nodes and n in model.equation
        }
        reads = {p for e in self.equations.values() for t in e.node.terms for p in t.term.parents}
        self.gaps = [n for n in rows.missing if n in reads]
        for node in self.gaps:
            scale, kind = rows.scales[node], Cell if node in rows.spends else Normal
            layout.add(missing_name(node), kind(scale.mean, scale.sd), len(rows.missing[node]))
        self.coordinates = layout.closed()
        for equation in self.equations.values():
            equation.close(self.coordinates)
        self.dimension = self.coordinates.dimension
        self.mirrors = [np.concatenate([self.coordinates.of(name) for name in names]) for names in mirrors.values()]

    def __call__(self, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the log density (chains,) and its gradient (chains, dimension)."""
        return value_and_gradient(lambda x: self.evaluate(tape, x)[0], q)

    def evaluate(self, xp: Namespace, q: Array) -> tuple[Array, Values, dict[str, Predictor]]:
        """Return the log density (chains,), the parameters that are not integrated out, and predictors by node."""
        values = self.coordinates.values(xp, q)
        total = self.coordinates.log_density(xp, q)
        view = View(xp, self.rows, self.values)
        at = {}
        for node, equation in self.equations.items():
            at[node] = equation.predictor(xp, q, values)
            total = total + at[node].log_density
            if equation.regression is not None:
                total = total + equation.log_likelihood(xp, at[node], values)
            elif node not in self.hidden and node not in self.children:
                law = Conditional.of(self.model, equation.node, view, at[node].eta, values)
                total = total + law.log_density(self.rows.rows[node])
        if self.marginal is not None:
            means = {node: p.eta for node, p in at.items()}
            total = total + self.marginal.log_density(xp, means, values)
        if self.beside is not None:
            total = total + self.beside(xp, values)
        return total, values, at

    def start(self, chains: int, rng: np.random.Generator) -> np.ndarray:
        """Return where chains begin (chains, dimension): about the middle of the prior, media at a fifth of the top."""
        middle = np.zeros(self.dimension)
        for equation in self.equations.values():
            for at, begin in equation.positive.begin.items():
                middle[at] = begin
        return middle + SPREAD * rng.standard_normal((chains, self.dimension))

    def fold(self, places: Places) -> Places:
        """Return places with every hidden node turned so that the effect on its anchor is above zero.

        The density is the same at the mirror image, so that chains on either side count as one.
        """
        q, slope = places.q, places.slope
        for at in self.mirrors:
            sign = np.ones_like(q)
            sign[:, at] = np.where(q[:, at[:1]] < 0, -1.0, 1.0)
            q, slope = q * sign, slope * sign
        return Places(q, places.height, slope)

    def named(self, q: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Return draws (count, dimension) as parameters by name (count, ...), what was integrated out drawn anew."""
        names = [name for e in self.equations.values() for name in e.node.names]
        names += [missing_name(n) for n in self.rows.missing if n in (*self.gaps, *self.equations)]
        found: list[dict[str, np.ndarray]] = []
        for i in range(0, len(q), CHUNK):
            _, values, at = self.evaluate(tape, q[i : i + CHUNK])
            drawn = {name: x for n, e in self.equations.items() for name, x in e.draw(values, at[n], rng).items()}
            found.append({n: drawn[n] if n in drawn else values[n] for n in names})
        return {n: np.concatenate([f[n] for f in found]) for n in names}


SPREAD = 0.5
"""Of the beginnings, in prior standard deviations."""
CHUNK = 64
"""Draws that are worked on at once."""
