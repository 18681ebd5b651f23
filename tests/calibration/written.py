"""Worlds for simulation-based calibration whose priors are all written out: any model, panels and hidden causes too.

Nothing there looks at y before the likelihood does, but the room that media leave where y is never negative: so a pair
of parameters drawn from the prior and data given them is kept when its media leave room, as `worlds.py` explains. No
node with an equation is a covariate of another: those are taken less their mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from bayes_roi.mechanisms.prior import parse_prior
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.forward import Forward, Parameters
from bayes_roi.model.law.parameters import each_prior, node_parameters
from bayes_roi.model.law.prior_draws import prior_draws
from bayes_roi.model.rows.design import Design, design
from bayes_roi.model.rows.layout import layout
from bayes_roi.model.rows.view import View
from bayes_roi.panel import Panel

AMPLE = 1e6
"""Mean of the outcomes that parameters are drawn beside: media always leave room."""


@dataclass(frozen=True, eq=False)
class Written:
    """A model over columns that never change.

    Parameters
    ----------
    name, equations
        What it is called, and the equations, of which y is the outcome.
    priors
        Parameter -> prior, all but those of curves and of noise, which look at no outcome.
    spends
        Which columns are spend.
    units, rows
        Panel units (one: a series), and rows of each, carry-in included.
    families, noise, unobserved
        As in a model file.
    """

    name: str
    equations: str
    priors: Mapping[str, str]
    spends: tuple[str, ...]
    units: int = 1
    rows: int = 40
    families: Mapping[str, str] = field(default_factory=dict)
    noise: Mapping[str, str] = field(default_factory=dict)
    unobserved: tuple[str, ...] = ()

    @cached_property
    def model(self) -> Model:
        return Model(
            name=self.name,
            equations=self.equations,
            outcome="y",
            time="week",
            panel="geo" if self.units > 1 else None,
            channels={s: s for s in self.spends},
            priors={name: parse_prior(text) for name, text in self.priors.items()},
            families=dict(self.families),
            noise=dict(self.noise),
            unobserved=self.unobserved,
        )

    @cached_property
    def columns(self) -> dict[str, np.ndarray]:
        """What has no equation; spends go dark in one week of five."""
        rng, size = np.random.default_rng(12), self.units * self.rows
        columns = {s: rng.gamma(2.0, 25.0, size) * (rng.random(size) > 0.2) for s in self.spends}
        columns["demand"] = rng.standard_normal(size)
        return {n: columns[n] for n in self.model.nodes if n in columns}

    def panel(self, values: Mapping[str, np.ndarray]) -> Panel:
        """Return the table whose likelihood rows hold `values`; in the carry-in, where nothing reads them, a mean."""
        clock = np.tile(np.arange(self.rows), self.units)
        units = np.repeat([f"g{i}" for i in range(self.units)], self.rows) if self.units > 1 else None
        columns = dict(self.columns)
        for node in self.model.modelled:
            if node not in self.model.hidden:
                columns[node] = np.full(len(clock), np.mean(values.get(node, AMPLE)))
        made = {n: columns[n] for n in self.model.measured}
        table = Panel(made, clock, "week", "week", "simulated", unit=self.model.panel, units=units, clock=clock)
        for node in set(values) & set(made):
            made[node][layout(self.model, table).rows] = values[node]
        return table

    @cached_property
    def rows_of_priors(self) -> Design:
        """The rows that parameters are drawn beside."""
        wave = AMPLE * (1 + 0.1 * np.sin(np.arange(len(layout(self.model, self.panel({})).rows))))
        return design(self.model, self.panel({n: wave for n in self.model.modelled if n not in self.model.hidden}))

    def pair(self, seed: int) -> tuple[dict[str, np.ndarray], Panel]:
        """Return parameters and what is hidden, each (1, ...), and the data they made."""
        for attempt in range(1000):
            number = 1000 * seed + attempt
            truth = prior_draws(self.model, self.rows_of_priors, 1, number)
            table = self.panel(self._made(truth, np.random.default_rng([number, 5])))
            if np.isfinite(self._log_media(table, truth)):
                return truth, table
        raise AssertionError(f"{self.name}: the priors leave media no room")

    def _made(self, truth: Parameters, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Return the rows (time,) of all nodes with an equation that parameters make."""
        forward, values = Forward(self.model, self.rows_of_priors), {}
        for node in self.model.computation.order:
            if node in self.model.hidden or node not in self.model.modelled:
                values[node] = forward.observed(node, truth)
                continue
            law = forward.conditional(node, values, truth)
            values[node] = law.respond(law.noise(rng.random((1, self.rows_of_priors.length))))
        return {n: np.asarray(values[n])[0] for n in self.model.modelled if n not in self.model.hidden}

    def _log_media(self, table: Panel, parameters: Parameters) -> float:
        rows = design(self.model, table)
        nodes = (node_parameters(self.model, rows, n) for n in self.model.equation)
        bound = [n.log_media(np, View(np, rows, rows.rows), parameters) for n in nodes if n.media is not None]
        return float(sum(np.sum(b) for b in bound))

    def densities(self, table: Panel, parameters: Parameters) -> dict[str, np.ndarray]:
        """Return the log likelihood (count,) of the rows, of what is hidden too."""
        rows = design(self.model, table)
        forward, total = Forward(self.model, rows), np.zeros(1)
        for node in self.model.equation:
            values = {p: forward.observed(p, parameters) for p in (*self.model.computation.parents[node], node)}
            law = forward.conditional(node, values, parameters)
            total = total + law.log_density(values[node])
        return {"log likelihood": total}

    def told(self, table: Panel) -> dict[str, str]:
        """Return parameter -> its prior given a table, as text."""
        rows = design(self.model, table)
        nodes = (node_parameters(self.model, rows, n) for n in self.model.equation)
        return {name: prior.text() for n in nodes for name, prior, _ in each_prior(n, rows)}


_TV, _RADIO = (f"hill(adstock({s}, max_lag=2))" for s in ("tv", "radio"))
_NOISE = {"y.sigma": "HalfNormal(sigma=1)"}
WRITTEN = {
    world.name: world
    for world in (
        Written(
            "regions",
            f"y ~ demand + ({_TV} | geo) + ({_RADIO} | geo) + tanh(search) + tanh(video)",
            _NOISE
            | {
                "y.intercept": "Normal(mu=4, sigma=2)",
                "y.intercept.spread": "HalfNormal(sigma=1)",
                "y.demand.effect": "Normal(mu=0, sigma=1)",
                "y.tv.effect": "HalfNormal(sigma=3)",
                "y.tv.spread": "HalfNormal(sigma=1)",
                "y.radio.effect": "HalfNormal(sigma=3)",
                "y.radio.spread": "HalfNormal(sigma=1)",
                "y.search.effect": "HalfNormal(sigma=2)",
                "y.video.effect": "HalfNormal(sigma=2)",
            },
            ("tv", "radio", "search", "video"),
            units=3,
            rows=32,
        ),
        Written(
            "regions_counts",
            "y ~ demand + (tanh(tv) | geo)",
            {
                "y.intercept": "Normal(mu=3, sigma=0.7)",
                "y.intercept.spread": "HalfNormal(sigma=0.5)",
                "y.demand.effect": "Normal(mu=0, sigma=0.3)",
                "y.tv.effect": "HalfNormal(sigma=0.7)",
                "y.tv.spread": "HalfNormal(sigma=0.3)",
            },
            ("tv",),
            units=4,
            rows=25,
            families={"y": "poisson"},
        ),
        Written(
            "hidden",
            f"h ~ 0 + demand\nz ~ h\nx ~ h\ny ~ h + {_TV}",
            _NOISE
            | {
                "h.demand.effect": "Normal(mu=0, sigma=1)",
                "z.intercept": "Normal(mu=0, sigma=2)",
                "z.h.effect": "HalfNormal(sigma=1)",
                "z.sigma": "HalfNormal(sigma=1)",
                "x.intercept": "Normal(mu=0, sigma=2)",
                "x.h.effect": "Normal(mu=0, sigma=1)",
                "x.sigma": "HalfNormal(sigma=1)",
                "y.intercept": "Normal(mu=4, sigma=2)",
                "y.h.effect": "Normal(mu=0, sigma=1)",
                "y.tv.effect": "HalfNormal(sigma=3)",
            },
            ("tv",),
            rows=50,
            unobserved=("h",),
        ),
    )
}
