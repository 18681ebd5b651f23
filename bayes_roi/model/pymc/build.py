"""The PyMC structural causal model: the definition of the posterior.

Every node is a named variable with named dims: exogenous nodes are `pm.Data`, the others observed random variables, so
that `pm.do`, `pm.observe`, `pm.sample` and ArviZ work on the model as on any other.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pymc.exceptions import ImputationWarning
from pymc.logprob.transforms import Transform

from bayes_roi.mechanisms.noise import coloured, whitened
from bayes_roi.mechanisms.pooling import OfPeriods, Pooled
from bayes_roi.mechanisms.prior import Normal, Prior, ShiftedGamma
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.conditional import Conditional
from bayes_roi.model.law.forward import linear_predictor, missing_name
from bayes_roi.model.law.parameters import LEVEL_WIDTH, NodeParameters, node_parameters
from bayes_roi.model.pymc.marginal import Marginal, mirrored
from bayes_roi.model.rows.by_row import calendar, unit_means
from bayes_roi.model.rows.design import Design, View, design, linked_rows, time_dim
from bayes_roi.panel import Panel


class Standardised(Transform):
    """Sample (x - mu) / (step sigma) of a normal parameter, while the variable that is stored keeps its own unit.

    Chains begin within a step or so of mu: a step of one is right where the prior tells the size of the parameter, a
    small one where it is wide on purpose.
    """

    name = "standardised"

    def __init__(self, step: float = 1.0) -> None:
        self.step = np.float64(step)

    def forward(self, value: Any, *inputs: Any) -> Any:
        mu, sigma = inputs[-2:]
        return (value - mu) / (self.step * sigma)

    def backward(self, value: Any, *inputs: Any) -> Any:
        mu, sigma = inputs[-2:]
        return mu + self.step * sigma * value

    def log_jac_det(self, value: Any, *inputs: Any) -> Any:
        return pt.log(self.step * inputs[-1]) + pt.zeros_like(value)


class LogStandardised(Standardised):
    """Sample (log x - mu) / sigma of a lognormal parameter."""

    name = "log_standardised"

    def forward(self, value: Any, *inputs: Any) -> Any:
        return super().forward(pt.log(value), *inputs)

    def backward(self, value: Any, *inputs: Any) -> Any:
        return pt.exp(super().backward(value, *inputs))

    def log_jac_det(self, value: Any, *inputs: Any) -> Any:
        return super().log_jac_det(value, *inputs) + super().backward(value, *inputs)


class Around(Transform):
    """Sample (x - centre) / scale of a parameter; centre and scale are numbers, or stand for them."""

    name = "around"

    def __init__(self, centre: Any, scale: Any) -> None:
        self.centre, self.scale = centre, scale

    def forward(self, value: Any, *inputs: Any) -> Any:
        return (value - self.centre) / self.scale

    def backward(self, value: Any, *inputs: Any) -> Any:
        return self.centre + self.scale * value

    def log_jac_det(self, value: Any, *inputs: Any) -> Any:
        return pt.log(self.scale) + pt.zeros_like(value)


def to_pymc(model: Model, data: Panel) -> pm.Model:
    """Return the structural causal model as a plain `pm.Model`.

    Parameters
    ----------
    model
        The equations.
    data
        The panel they are fitted to.

    Returns
    -------
    pm.Model
        Dim `time` (`row` for exchangeable rows and panels) over the rows of the likelihood; variables named as the
        nodes and as the parameters.

    Notes
    -----
    Missing cells of a node are a variable of their own, `clicks_unobserved`. After `pm.do` on a cause of theirs PyMC
    keeps their posterior draws unless told to draw them anew: `sample_posterior_predictive(...,
    sample_vars=["clicks_unobserved"])`.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/acquisition.yaml"))
    >>> scm = br.to_pymc(model, br.read_data(br.shipped("data/acquisition.csv"), model))
    >>> sorted(v.name for v in scm.observed_RVs)
    ['organic_clicks', 'revenue', 'social_clicks']
    """
    return build(model, design(model, data))


def build(
    model: Model, rows: Design, nodes: Collection[str] | None = None, *, integrated: Collection[str] = ()
) -> pm.Model:
    """Return the PyMC model of `nodes` given the observed values of all others (all nodes when None).

    Of the hidden nodes in `integrated` (`model/pymc/marginal.py` says which can be) the density is integrated out: they
    and the nodes they act on are no variables, and the marginal density of the latter is a potential. The sign of their
    effects is left open where the mirror image is as likely (`mirrored`).
    """
    order = model.computation.order
    inside = _closed(model, order if nodes is None else nodes)
    reads = inside | {p for n in inside for p in model.computation.parents[n]}
    with pm.Model(coords=_coords(model, rows, inside)) as pymc_model:
        values: dict[str, Any] = {}
        parameters: dict[str, Any] = {}
        open_signs = frozenset(names[0] for names in mirrored(model, rows, integrated).values())
        for node in (n for n in order if n in reads):
            if node not in inside:
                values[node] = rows.rows[node]
            elif node in model.identity:
                computed = model.identity[node].value(values)  # of a block that needs no name: nobody asks it
                values[node] = pm.Deterministic(node, computed, dims=time_dim(rows)) if nodes is None else computed
            elif node not in model.equation:
                values[node] = _exogenous(rows, node)
            else:
                own = _Equation(model, rows, node_parameters(model, rows, node), parameters, open_signs)
                if node in integrated:
                    own.declare_parameters()
                    values[node] = np.zeros(rows.length)
                elif set(model.computation.parents[node]) & set(integrated):
                    own.declare_parameters()
                    values[node] = rows.rows[node]
                else:
                    values[node] = own.add(values)
        if integrated:
            view, marginal = View(pt, rows, values), Marginal(model, rows, tuple(integrated))
            owns = {n: node_parameters(model, rows, n) for n in (*marginal.hidden, *marginal.children)}
            means = {n: linear_predictor(pt, own, view, parameters) for n, own in owns.items()}
            pm.Potential("marginal", marginal.log_density(pt, means, parameters))
    return pymc_model


def _closed(model: Model, nodes: Collection[str]) -> frozenset[str]:
    """Return nodes with the identities that are computed of any of them: those are no numbers while these are none."""
    inside = set(nodes)
    for node in (n for n in model.computation.order if n in model.identity):
        inside |= {node} if inside.intersection(model.identity[node].parents) else set()
    return frozenset(inside)


def _coords(model: Model, rows: Design, inside: Collection[str]) -> dict[str, Any]:
    dim = time_dim(rows)
    coords: dict[str, Any] = {dim: rows.periods if dim == "time" else np.arange(rows.length)}
    if model.panel is not None:
        coords[model.panel] = list(rows.units)
    if any(model.shares_periods(n) for n in inside):
        coords[str(model.time)] = calendar(rows)[0]
    for node in (n for n in model.equation if n in inside):
        terms = node_parameters(model, rows, node).terms
        coords |= {t.basis_dim: t.labels or np.arange(t.width) for t in terms if t.width}
    return coords


def _exogenous(rows: Design, node: str) -> Any:
    """Add a node without an equation: data, or a latent for its missing cells with the column's own mean and sd."""
    if node not in rows.missing:
        return pm.Data(node, rows.rows[node], dims=time_dim(rows))
    scale, shape = rows.scales[node], len(rows.missing[node])
    law = pm.TruncatedNormal.dist if node in rows.spends else pm.Normal.dist
    bounds = {"lower": 0.0} if node in rows.spends else {}
    cells = _register(missing_name(node), law(scale.mean, scale.sd, shape=shape, **bounds))
    return pm.Deterministic(node, rows.observed(pt, node, cells), dims=time_dim(rows))


class _Equation:
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
                self.parameters[name] = effect = _register(name, pm.Uniform.dist(np.float64(0.0), top))
                carried = carried - pt.log(top)
            elif term in node.other_media_terms:
                self.parameters[name] = declare(name, term.effect)
                continue
            else:
                scale = np.float64(media.usual(name)) / size
                self.parameters[name] = effect = _register(name, pm.HalfNormal.dist(scale))
                carried = carried + pm.logp(pm.HalfNormal.dist(scale), effect)
            if term in node.other_media_terms:
                carried = carried - pm.logp(_dist(term.effect), effect)
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
            self.parameters[name] = _register(name, positive, dims=(dim,), **options)
            return
        transform: Transform = Standardised()
        if pooled is self.node.pooled_intercept:
            transform = Around(self.unit_means(), np.float64(self.node.scale.sd))
        law = pm.Normal.dist(common, spread, shape=(count,))
        self.parameters[name] = _register(name, law, dims=(dim,), default_transform=transform)

    def periods(self, periods: OfPeriods) -> None:
        """Declare what all units share in a period, sampled by its standardised distance from zero."""
        spread = self.parameters[periods.spread_name] = declare(periods.spread_name, periods.spread)
        law = pm.Normal.dist(np.float64(0.0), spread, shape=(len(np.unique(self.rows.reference)),))
        options = {"dims": (self.model.time,), "default_transform": Standardised()}
        self.parameters[periods.periods_name] = _register(periods.periods_name, law, **options)

    def unit_means(self) -> np.ndarray:
        """Return the mean of each unit (units,) on the scale of the linear predictor."""
        rows, node = self.rows, self.node.node
        means, counts = unit_means(linked_rows(self.model, rows, node), np.asarray(rows.codes), len(rows.units))
        return np.where(counts > 0, means, self.node.scale.mean)

    def likelihood(self, values: dict[str, Any]) -> Any:
        """Add the node's variable: observed, or a latent where it is hidden."""
        rows, node, dim, law = self.rows, self.node.node, time_dim(self.rows), self.conditional(values)
        if node in self.model.hidden:
            return _latent(node, law, dim)
        y = rows.rows[node]
        observed = np.ma.masked_invalid(y) if node in rows.missing else y
        observed = observed.astype(int) if law.family.discrete else observed
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ImputationWarning)  # filling missing cells is what was asked for
            if law.rho is not None:
                return _series(node, law, observed, dim)
            arguments = law.family.pymc_args(pt, law.eta, law.parameters)
            return getattr(pm, law.family.pymc_name)(node, **arguments, observed=observed, dims=dim)


def _series(name: str, law: Conditional, observed: Any, dim: str) -> Any:
    """Add a node whose noise is autoregressive, on the scale of its linear predictor or its log."""
    logs, starts = law.family.link_name == "log", law.starts

    def logp(value: Any, eta: Any, sigma: Any, rho: Any) -> Any:
        y = pt.log(value) if logs else value
        return _series_logp(y, eta, sigma, rho, starts) - (y.sum() if logs else 0.0)

    def random(eta: Any, sigma: Any, rho: Any, rng: Any = None, size: Any = None) -> Any:
        y = _series_draw(eta, sigma, rho, starts, rng, size)
        return np.exp(y) if logs else y

    return pm.CustomDist(
        name, law.eta, law.parameters["sigma"], law.rho, logp=logp, random=random, observed=observed, dims=dim,
        signature="(t),(s),(r)->(t)",
    )  # fmt: skip


def _latent(name: str, law: Conditional, dim: str) -> Any:
    """Add a node that is not observed: a latent for each row, a series where its noise is autoregressive."""
    eta = law.eta + pt.zeros(len(law.starts))
    if law.rho is None:
        return pm.Normal(name, eta, np.float64(1.0), dims=dim)
    starts, one = law.starts, np.float64(1.0)
    return pm.CustomDist(
        name, eta, law.rho,
        logp=lambda x, eta, rho: _series_logp(x, eta, one, rho, starts),
        random=lambda eta, rho, rng=None, size=None: _series_draw(eta, one, rho, starts, rng, size),
        signature="(t),(r)->(t)", dims=dim,
    )  # fmt: skip


def _series_logp(y: Any, eta: Any, sigma: Any, rho: Any, starts: np.ndarray) -> Any:
    """Return the log density of series with normal autoregressive noise: that of its innovations."""
    z = whitened(pt, (y - eta) / sigma, rho, starts)
    density = -0.5 * z**2 - pt.log(sigma) - 0.5 * np.log(2 * np.pi)
    return density.sum() + 0.5 * starts.sum() * pt.log1p(-(rho[0] ** 2))


def _series_draw(eta: Any, sigma: Any, rho: Any, starts: np.ndarray, rng: Any, size: Any) -> Any:
    shape = np.broadcast_shapes(eta.shape, np.shape(sigma)) if size is None else (*size, eta.shape[-1])
    return eta + sigma * coloured(rng.standard_normal(shape), rho, starts)


def declare(name: str, prior: Prior, size: int | None = None, dim: str | None = None) -> Any:
    """Declare a parameter in the PyMC model that is open."""
    transform = {"default_transform": Standardised()} if isinstance(prior, Normal) else {}
    return _register(
        name, _dist(prior, shape=() if size is None else (size,)), dims=None if size is None else (dim,), **transform
    )


def _register(name: str, law: Any, **options: Any) -> Any:
    return pm.modelcontext(None).register_rv(law, name=name, **options)


def _dist(prior: Prior, shape: tuple[int, ...] = ()) -> Any:
    if isinstance(prior, ShiftedGamma):
        return pm.Truncated.dist(_dist(prior.gamma), lower=np.float64(prior.lower), shape=shape)
    arguments = {k: np.float64(v) for k, v in vars(prior).items() if k != "support"}
    return getattr(pm, type(prior).__name__).dist(**arguments, shape=shape)
