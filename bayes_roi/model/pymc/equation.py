"""One equation in the PyMC model: its parameters and its likelihood."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pymc.exceptions import ImputationWarning
from pymc.logprob.transforms import Transform

from bayes_roi.mechanisms.pooling import OfPeriods, Pooled
from bayes_roi.mechanisms.prior import Normal
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.conditional import Conditional
from bayes_roi.model.law.forward import linear_predictor
from bayes_roi.model.law.parameters import LEVEL_WIDTH, NodeParameters
from bayes_roi.model.pymc.declare import declare, dist, register
from bayes_roi.model.pymc.series import latent, series
from bayes_roi.model.pymc.transforms import Around, LogStandardised, Standardised
from bayes_roi.model.rows.by_row import unit_means
from bayes_roi.model.rows.design import Design, linked_rows, time_dim
from bayes_roi.model.rows.view import View


class PymcEquation:
    """Adds one node to the PyMC model that is open."""

    def __init__(
        self, model: Model, rows: Design, node: NodeParameters, parameters: dict[str, Any], open_signs: Collection[str]
    ) -> None:
        self.model, self.rows, self.node, self.open_signs = model, rows, node, open_signs
        self.parameters = parameters  # of all equations: terms may share theirs
        self.observed = View(pt, rows, {n: rows.observed(np, n) for n in rows.rows})

    def add(self, values: dict[str, Any]) -> Any:
        """Declare the node's parameters and its likelihood; return the node's variable."""
        self.declare_parameters()
        return self.likelihood(values)

    def declare_parameters(self) -> None:
        """Declare the node's parameters, but those that a term before shares."""
        node = self.node
        for term in node.terms:
            for role, name in term.shape_names.items():
                if name not in self.parameters:
                    self.parameters[name] = declare(name, term.shape[role])
        for name, prior in node.hyper.items():
            self.parameters[name] = declare(name, prior)
        self.intercept(self.effects())
        for role, name in node.family_names.items():
            self.parameters[name] = declare(name, node.family[role])
        for role, name in node.noise_names.items():
            self.parameters[name] = declare(name, node.noise[role])
        for pooled in node.pooled:
            self.units(pooled)
        if node.periods is not None:
            self.periods(node.periods)

    def conditional(self, values: dict[str, Any]) -> Conditional:
        """Return the node's distribution given the values of its parents."""
        view = View(pt, self.rows, values)
        eta = linear_predictor(pt, self.node, view, self.parameters)
        return Conditional.of(self.model, self.node, view, eta, self.parameters)

    def effects(self) -> Any:
        """Declare the effects; return the mean of all media contributions at the observed spend."""
        node, contributions = self.node, np.float64(0.0)
        self.media_effects()
        for term in node.terms:
            name, prior = term.effect_name, term.effect
            if prior is None:
                continue
            if name in self.open_signs:
                prior = Normal(0.0, prior.sigma)  # type: ignore[attr-defined]
            if name not in self.parameters:
                self.parameters[name] = declare(name, prior, term.width, term.basis_dim)
            elif name not in node.jointly:
                continue  # shared with a term before, which has counted it
            if term.media:
                curve = term.curve(self.observed, self.parameters)
                contributions = contributions + self.parameters[name] * curve.mean()
        return contributions

    def media_effects(self) -> None:
        """Declare the effects that stand under the joint prior of media or take room.

        Their joint density is a Potential. The variables are carried by laws that it takes away again: a uniform one
        below what those before leave, where all together are bounded, so that no point of the sampler's space lies
        outside; else a half-normal.
        """
        node, media = self.node, self.node.media
        if media is None:
            return
        used, carried = np.float64(0.0), np.float64(0.0)
        for term in (*node.other_media_terms, *node.media_terms):
            assert term.effect is not None
            name, size = term.effect_name, node.contribution(term, self.observed, self.parameters)
            if media.bounded:
                top = (np.float64(media.top) - used) / size
                self.parameters[name] = effect = register(name, pm.Uniform.dist(np.float64(0.0), top))
                carried = carried - pt.log(top)
            elif term in node.other_media_terms:
                self.parameters[name] = declare(name, term.effect)
                continue
            else:
                scale = np.float64(media.usual(name)) / size
                self.parameters[name] = effect = register(name, pm.HalfNormal.dist(scale))
                carried = carried + pm.logp(pm.HalfNormal.dist(scale), effect)
            if term in node.other_media_terms:
                carried = carried - pm.logp(dist(term.effect), effect)
            used = used + effect * size
        pm.Potential(f"{node.node}.media", node.log_media(pt, self.observed, self.parameters) - carried)

    def intercept(self, contributions: Any) -> None:
        """Declare the intercept: its prior is on the level, the mean of the node at average curves."""
        node, name = self.node, f"{self.node.node}.intercept"
        if not node.intercept:
            return
        if node.user_intercept is not None:
            self.parameters[name] = declare(name, node.user_intercept)
        else:
            mu, sigma = np.float64(node.level.mu), np.float64(node.level.sigma)
            within = Standardised(1 / LEVEL_WIDTH)  # a level ten sd off is allowed, but no place to begin from
            self.parameters[name] = pm.Normal(name, mu - contributions, sigma, default_transform=within)

    def units(self, pooled: Pooled) -> None:
        """Declare what varies by panel unit.

        The variables that are stored are the units' own parameters. Those of either sign and scales are sampled by
        their standardised distances from the common one, positive effects by their logs; but intercepts as they are,
        around each unit's mean, since every row of a unit speaks of its intercept.
        """
        common, name, dim = self.parameters[pooled.name], pooled.units_name, self.model.panel
        spread = self.parameters[pooled.spread_name] = declare(pooled.spread_name, pooled.spread)
        count = len(self.rows.units)
        if pooled.law != "normal":
            logs = pooled.law == "log"
            positive = (
                pm.LogNormal.dist(pt.log(common), spread, shape=(count,))
                if logs
                else pm.TruncatedNormal.dist(common, spread, lower=0.0, shape=(count,))
            )
            options = {"default_transform": LogStandardised()} if logs else {}
            self.parameters[name] = register(name, positive, dims=(dim,), **options)
            return
        transform: Transform = Standardised()
        if pooled is self.node.pooled_intercept:
            transform = Around(self.unit_means(), np.float64(self.node.scale.sd))
        law = pm.Normal.dist(common, spread, shape=(count,))
        self.parameters[name] = register(name, law, dims=(dim,), default_transform=transform)

    def periods(self, periods: OfPeriods) -> None:
        """Declare what all units share in a period, sampled by its standardised distance from zero."""
        spread = self.parameters[periods.spread_name] = declare(periods.spread_name, periods.spread)
        law = pm.Normal.dist(np.float64(0.0), spread, shape=(len(np.unique(self.rows.reference)),))
        options = {"dims": (self.model.time,), "default_transform": Standardised()}
        self.parameters[periods.periods_name] = register(periods.periods_name, law, **options)

    def unit_means(self) -> np.ndarray:
        """Return the mean of each unit (units,) on the scale of the linear predictor."""
        rows, node = self.rows, self.node.node
        means, counts = unit_means(linked_rows(self.model, rows, node), np.asarray(rows.codes), len(rows.units))
        return np.where(counts > 0, means, self.node.scale.mean)

    def likelihood(self, values: dict[str, Any]) -> Any:
        """Add the node's variable: observed, or a latent where it is hidden."""
        rows, node, dim, law = self.rows, self.node.node, time_dim(self.rows), self.conditional(values)
        if node in self.model.hidden:
            return latent(node, law, dim)
        y = rows.rows[node]
        observed = np.ma.masked_invalid(y) if node in rows.missing else y
        observed = observed.astype(int) if law.family.discrete else observed
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ImputationWarning)  # filling missing cells is what was asked for
            if law.rho is not None:
                return series(node, law, observed, dim)
            arguments = law.family.pymc_args(pt, law.eta, law.parameters)
            return getattr(pm, law.family.pymc_name)(node, **arguments, observed=observed, dims=dim)
