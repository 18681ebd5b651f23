"""The density that HMC samples from: PyMC's, Jacobian included, and its gradient."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy import integrate, stats

import bayes_roi as br
from bayes_roi.inference.blocks import blocks
from bayes_roi.inference.engines.hmc.coordinates import COORDINATES, Cell, Positive, Residual, coordinate
from bayes_roi.inference.engines.hmc.density import Density
from bayes_roi.mechanisms import prior as priors
from bayes_roi.mechanisms.autodiff import tape, value_and_gradient
from bayes_roi.mechanisms.prior import parse_prior
from bayes_roi.model.law.forward import missing_name
from bayes_roi.model.rows.design import design
from bayes_roi.model.rows.view import View
from bayes_roi.panel import Panel

PRIORS = {
    priors.Normal: [priors.Normal(2, 3), priors.Normal(-1, 0.1)],
    priors.HalfNormal: [priors.HalfNormal(3), priors.HalfNormal(1e-3)],
    priors.LogNormal: [priors.LogNormal(1, 0.4), priors.LogNormal(-3, 2)],
    priors.Gamma: [priors.Gamma(2, 0.1), priors.Gamma(0.7, 5)],
    priors.Exponential: [priors.Exponential(3), priors.Exponential(0.1)],
    priors.Beta: [priors.Beta(2, 2), priors.Beta(0.7, 5)],
    priors.Uniform: [priors.Uniform(-1, 1), priors.Uniform(3, 9)],
    Cell: [Cell(3.0, 2.0), Cell(1.0, 5.0)],
    Residual: [Residual(3, unit=0.5), Residual(1e-3, unit=1e-7)],
    priors.ShiftedGamma: [priors.ShiftedGamma(priors.Gamma(2, 0.1), 2.0), priors.ShiftedGamma(priors.Gamma(3, 1), 1.0)],
}
CURVES = "hill(adstock(a, max_lag=3)) + hill(adstock(b, max_lag=3)) + tanh(c)"
MODELS = {
    "money": {"equations": f"y ~ z + {CURVES} + trend() + season(period=26.0, order=1)", "currency": "USD"},
    "a share": {"equations": f"y ~ z + {CURVES} + d"},
    "a written effect takes room": {
        "equations": f"y ~ {CURVES} + adstock(d, max_lag=2)",
        "currency": "USD",
        "priors": {"y.b.effect": "Gamma(alpha=2, beta=0.1)", "y.d.effect": "HalfNormal(sigma=0.2)"},
    },
    "spends of either sign": {
        "equations": f"y ~ z + {CURVES.replace('a, max_lag=3)', 'a, max_lag=3), signed=True')} + d",
        "currency": "USD",
        "priors": {"y.d.effect": "Normal(mu=0.1, sigma=0.5)"},
    },
    "one spend and curves of what costs nothing": {
        "equations": "y ~ root(a) + hill(adstock(z2, max_lag=2)) + log1p(b)",
        "channels": ("a",),
        "priors": {"y.z2.effect": "HalfNormal(sigma=9)", "y.intercept": "Normal(mu=10, sigma=5)"},
    },
    "delayed, fixed, signed": {
        "equations": 'y ~ 0.5*z + adstock(z2, kind="delayed", max_lag=4) + michaelis_menten(a) + interact(z, z2)',
        "channels": ("a",),
    },
    "student_t": {"equations": f"y ~ {CURVES}", "currency": "USD", "families": {"y": "student_t"}},
    "series": {"equations": f"y ~ {CURVES}", "currency": "USD", "noise": {"y": "ar(1)"}},
    "log link": {"equations": f"y ~ z + {CURVES}", "currency": "USD", "families": {"y": "lognormal"}},
    "counts": {"equations": f"y ~ z + {CURVES}", "families": {"y": "negative_binomial"}},
    "hidden": {
        "equations": f"y ~ h + {CURVES}\nz ~ h\nz2 ~ h + z",
        "currency": "USD",
        "unobserved": ("h",),
        "noise": {"h": "ar(1)"},
    },
    "regions, effects pooled": {
        "equations": "y ~ z + (hill(adstock(a, max_lag=3)) | geo) + (hill(adstock(b, max_lag=3)) | geo) + (d | geo)"
        " + (z2 | geo) + tanh(c)",
        "currency": "USD",
        "panel": "geo",
    },
    "regions, a sigma each": {
        "equations": f"y ~ (z | geo) + {CURVES}",
        "currency": "USD",
        "panel": "geo",
        "noise": {"y": "by(geo)"},
    },
    "regions, a series each": {
        "equations": f"y ~ z + {CURVES}",
        "currency": "USD",
        "panel": "geo",
        "noise": {"y": "ar(1)"},
        "priors": {"y.intercept": "Normal(mu=10, sigma=5)"},
    },
    "regions, counts": {
        "equations": "y ~ (tanh(a) | geo) + hill(b)",
        "channels": ("a",),
        "panel": "geo",
        "families": {"y": "poisson"},
        "priors": {"y.a.effect": "HalfNormal(sigma=2)"},
    },
    "regions, a written level": {
        "equations": f"y ~ {CURVES}",
        "currency": "USD",
        "panel": "geo",
        "priors": {"y.intercept": "Gamma(alpha=3, beta=0.1)"},
    },
    "missing cells": {
        "equations": "y ~ z + d + interact(z, b) + hill(adstock(a, max_lag=3))",
        "currency": "USD",
        "missing": {"a": [10, 20, 21], "z": [30], "d": [12]},
    },
    "missing outcomes": {
        "equations": "y ~ z + d + hill(adstock(a, max_lag=3))",
        "currency": "USD",
        "missing": {"y": [7, 39], "a": [20]},
    },
    "missing outcomes of a line": {"equations": "y ~ z + z2", "channels": (), "missing": {"y": [7, 39]}},
    "missing cells of two nodes, counts": {
        "equations": "z ~ a\ny ~ tanh(a) + lag(z2, 1) + b",
        "families": {"y": "poisson"},
        "missing": {"a": [10, 20], "z2": [39]},
    },
    "regions, missing cells": {
        "equations": "y ~ z + (hill(adstock(a, max_lag=3)) | geo) + adstock(b, max_lag=2)",
        "currency": "USD",
        "panel": "geo",
        "missing": {"a": [10, 25], "z": [3], "b": [39]},
    },
    "regions, what they share in a period": {
        "equations": f"y ~ (1 | t) + z + (d | geo) + {CURVES}",
        "currency": "USD",
        "panel": "geo",
    },
    "one level, and what regions share in a period": {
        "equations": f"y ~ 1 + (1 | t) + factor(k) + {CURVES}",
        "currency": "USD",
        "panel": "geo",
        "families": {"y": "lognormal"},
    },
    "two hidden": {"equations": f"y ~ h + k + {CURVES}\nz ~ h\nz2 ~ h + k + z", "unobserved": ("h", "k")},
}


def setting(equations, channels=("a", "b", "c", "d"), rows=40, **options):
    rng = np.random.default_rng(4)
    columns = {n: rng.gamma(1.5, 4.0, rows) * (rng.random(rows) < 0.8) for n in "abcd"}
    columns |= {"k": rng.integers(0, 3, rows).astype(float)}
    columns |= {"z": rng.standard_normal(rows), "z2": rng.gamma(2.0, 1.0, rows), "y": rng.poisson(50, rows) + 1.0}
    for node, cells in options.pop("missing", {}).items():
        columns[node][cells] = np.nan
    given = {name: parse_prior(text) for name, text in options.pop("priors", {}).items()}
    spends = [c for c in channels if re.search(rf"\b{c}\b", equations)]
    model = br.Model(
        name="m", equations=equations, outcome="y", time="t", channels={c: c for c in spends}, priors=given, **options
    )
    periods, units = np.arange(rows), None
    if model.panel:
        units = np.repeat(["north", "south", "east"], [20, 13, rows - 33])
        periods = np.concatenate([np.arange(n) for n in (20, 13, rows - 33)])
    columns = {n: columns[n] for n in model.measured}
    levels = {"k": ("high", "low", "middle")}
    panel = Panel(columns, periods, "t", "period", "made", unit=model.panel, units=units, clock=periods, levels=levels)
    return model, design(model, panel)


def log_density_of_relative(density, drawn):
    """Return the log density (draws,) of relative returns given all else, where they were integrated out.

    That of a log-normal scale given a half-normal of it, normalised by quadrature over its log.
    """
    total = 0.0
    for equation in density.equations.values():
        node, relative = equation.node, equation.positive.relative
        if not relative or not equation.positive.jointly:
            continue
        view = View(np, density.rows, density.values)
        for j, (t, name, prior) in enumerate(zip(node.media_terms, node.media.relative_names, relative, strict=True)):
            c = node.contribution(t, view, drawn) * drawn[t.effect_name]
            scale = node.media.spends[j] / stats.norm.ppf(0.75) * drawn[node.media.typical_name]
            total += np.array([of_scale(*each, prior) for each in zip(c / scale, drawn[name], strict=True)])
    return total


def of_scale(x, scale, prior):
    """Return the log density of a scale with a log-normal prior, given a half-normal x of it."""

    def height(log_scale):
        return stats.halfnorm.pdf(x, scale=np.exp(log_scale)) * stats.norm.pdf(log_scale, prior.mu, prior.sigma)

    reach = 12 * prior.sigma
    whole, _ = integrate.quad(height, prior.mu - reach, prior.mu + reach, limit=1000, epsabs=0, epsrel=1e-11)
    return np.log(height(np.log(scale)) / whole) - np.log(scale)


def log_density_of_coefficients(density, q, drawn):
    """Return the log density (draws,) of coefficients and units' intercepts given all else, where integrated out.

    That of a normal linear model with sigma known (Gelman et al. 2013, section 14.8), by its precision.
    """
    total, view = 0.0, View(np, density.rows, density.values)
    _, values, at = density.evaluate(tape, q)
    for name, equation in density.equations.items():
        regression, node = equation.regression, equation.node
        if regression is None:
            continue
        media = sum(t.curve(view, drawn).mean(-1) * drawn[t.effect_name] for t in node.terms if t.media)
        level = drawn[f"{name}.intercept"] + (media if node.user_intercept is None else 0.0)
        each = [drawn[t.effect_name].reshape(len(q), -1) for p in equation.drawn for t in p.terms]
        if equation.level is not None:
            each = [level[:, None], *each]
        priors_of, x, spreads = [*regression.priors], regression.columns, []
        if node.pooled_intercept is not None:
            of_units = np.eye(len(density.rows.units))[:, density.rows.codes]
            x = np.concatenate([x, of_units])
            each.append(drawn[f"{name}.intercept.by_unit"] - drawn[f"{name}.intercept"][:, None])
            spreads += [f"{name}.intercept.spread"] * len(of_units)
        if node.periods is not None:
            of_periods = np.eye(density.rows.index.max() + 1)[:, density.rows.index]
            of_periods = of_periods[of_periods.any(1)]
            x = np.concatenate([x, of_periods])
            each.append(drawn[f"{name}.t.by_period"])
            spreads += [f"{name}.t.spread"] * len(of_periods)
        coefficients, seen = np.concatenate(each, axis=1), regression.seen
        if not seen.all():
            means = at[name].eta[:, ~seen] + coefficients @ x[:, ~seen]
            cells = stats.norm.logpdf(drawn[missing_name(name)], means, values[f"{name}.sigma"][:, None])
            total = total + cells.sum(1)
        for i, b in enumerate(coefficients):
            spread = [drawn[s][i] for s in spreads]
            mean = np.array([*(p.mu for p in priors_of), *np.zeros(len(spread))])
            sd = np.array([*(p.sigma for p in priors_of), *spread])
            columns = (x * sd[:, None])[:, seen]  # each coefficient in units of its prior
            sigma = values[f"{name}.sigma"][i]
            precision = np.eye(len(sd)) + columns @ columns.T / sigma**2
            pull = columns @ (regression.y - mean @ x - at[name].eta[i])[seen] / sigma**2
            apart = (b - mean) / sd - np.linalg.solve(precision, pull)
            density_of_b = 0.5 * np.linalg.slogdet(precision)[1] - 0.5 * apart @ precision @ apart - np.log(sd).sum()
            total = total + density_of_b * (np.arange(len(coefficients)) == i)
    return total


def density_of(name):
    model, rows = setting(**MODELS[name])
    (block,) = (b for b in blocks(model, rows) if "y" in b.nodes)
    return model, rows, block, Density(model, rows, block.nodes)


def log_jacobian(density, q, names):
    """Return the log determinant of the stored parameters by the coordinates, by the tape row by row."""

    def entry(x, name, i):
        found = density.evaluate(tape, x)[1][name]
        return found if i is None else found[:, i]

    sizes = {n: density.evaluate(tape, q)[1][n].shape[1:] for n in names}
    places = [(n, i) for n in names for i in (range(sizes[n][0]) if sizes[n] else [None])]
    by_row = np.stack([value_and_gradient(lambda x, p=p: entry(x, *p), q)[1] for p in places], 1)
    scale = np.abs(by_row).max(2, keepdims=True)
    return np.linalg.slogdet(by_row / scale)[1] + np.log(scale).sum((1, 2))


@pytest.mark.parametrize("name", MODELS)
def test_it_is_the_density_of_the_pymc_model(name):
    pytest.importorskip("pymc")
    import pytensor
    from pytensor.compile.mode import Mode

    from bayes_roi.model.pymc.build import build

    model, rows, block, density = density_of(name)
    scm = build(model, rows, block.nodes, integrated=density.hidden)
    names = [v.name for v in scm.free_RVs]
    q = density.start(3, np.random.default_rng(1))
    drawn = density.named(q, np.random.default_rng(2))
    assert set(names) == set(drawn)
    factors = scm.logp(jacobian=False, sum=False)  # their sum in one operation has more operands than numpy takes
    points = [scm.rvs_to_values[v] for v in scm.free_RVs]
    stored = scm.replace_rvs_by_values(scm.free_RVs)
    theirs = pytensor.function(points, [*factors, *stored], mode=Mode("py", None), on_unused_input="ignore")
    point, found = _coordinates(scm), []
    for i in range(len(q)):
        told = theirs(*point(*[drawn[n][i] for n in names]))
        for n, x in zip(names, told[len(factors) :], strict=True):
            np.testing.assert_allclose(x, drawn[n][i], rtol=1e-9)
        found.append(sum(float(np.sum(x)) for x in told[: len(factors)]))
    integrated = log_density_of_coefficients(density, q, drawn) + log_density_of_relative(density, drawn)
    sampled = [n for n in names if n in density.evaluate(tape, q)[1]]
    apart = density(q)[0] + integrated - log_jacobian(density, q, sampled) - found
    assert np.ptp(apart) < 1e-10 * np.abs(found).max()


def _coordinates(scm):
    """Return the function from parameters to the scale that PyMC samples on, where transforms may hang on others."""
    import pytensor
    from pytensor.compile.mode import Mode
    from pytensor.graph.replace import clone_replace

    known = {v: v.type() for v in scm.free_RVs}
    transforms = [(v, scm.rvs_to_transforms[v]) for v in scm.free_RVs]
    moved = [v if t is None else t.forward(v, *v.owner.inputs) for v, t in transforms]
    return pytensor.function([*known.values()], clone_replace(moved, known), mode=Mode("py", None))


@pytest.mark.parametrize("name", MODELS)
def test_its_gradient_is_that_of_differences(name):
    *_, density = density_of(name)
    q = density.start(2, np.random.default_rng(2))
    _, slope = density(q)
    for j, step in enumerate(1e-5 * np.eye(density.dimension)):
        up, down = density.evaluate(tape, q + step)[0], density.evaluate(tape, q - step)[0]
        np.testing.assert_allclose(slope[:, j], (up - down) / 2e-5, rtol=1e-5, atol=1e-6 * np.abs(slope).max())


@pytest.mark.parametrize("name", MODELS)
def test_chains_do_not_know_of_one_another(name):
    *_, density = density_of(name)
    q = density.start(4, np.random.default_rng(3))
    together = density(q)
    for i in range(4):
        alone = density(q[i : i + 1])
        np.testing.assert_allclose(alone[0][0], together[0][i], rtol=1e-12)
        np.testing.assert_allclose(alone[1][0], together[1][i], rtol=1e-9, atol=1e-9)


def test_mirror_images_of_a_hidden_node_are_one_point():
    *_, density = density_of("hidden")
    q = density.start(6, np.random.default_rng(5))
    (at,) = density.mirrors
    flipped = q.copy()
    flipped[:, at] *= -1
    np.testing.assert_allclose(density(q)[0], density(flipped)[0], rtol=1e-12)


def test_every_prior_has_a_coordinate():
    assert set(COORDINATES) == {*priors.DISTRIBUTIONS.values(), Cell, Residual} == set(PRIORS)


@pytest.mark.parametrize("kind", PRIORS, ids=lambda kind: kind.__name__)
def test_the_density_of_a_coordinate_is_the_priors_with_its_jacobian(kind):
    own, q = coordinate(PRIORS[kind]), np.linspace(-2, 2, 9)[:, None] + np.array([0.0, 0.3])
    x, slope = value_and_gradient(lambda t: own.value(tape, t), q)
    wanted = np.stack([p.logpdf(x[:, i]) for i, p in enumerate(PRIORS[kind])], 1) + np.log(slope)
    apart = own.log_density(tape, q) - wanted
    np.testing.assert_allclose(apart, np.broadcast_to(apart[0], apart.shape), atol=1e-10)
    if isinstance(own, Positive):
        np.testing.assert_allclose(own.of_log(np.log(x)), q, atol=1e-12)
