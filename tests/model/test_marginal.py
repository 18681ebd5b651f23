"""Unobserved nodes integrated out leave the dense multivariate normal; their draws are of its conditional."""

from __future__ import annotations

import numpy as np
import pytest

from bayes_roi.model.language.model import Model
from bayes_roi.model.law.prior_draws import prior_draws
from bayes_roi.model.pymc.build import build
from bayes_roi.model.pymc.marginal import draw_hidden, integrable, mirrored
from bayes_roi.model.rows.design import design
from bayes_roi.panel import Panel

ROWS = 14
DRAWS = 4000


def model(equations: str, **options: object) -> Model:
    return Model(name="m", equations=equations, outcome="y", time="t", **options)


ONE = model("index ~ demand\nx ~ demand\ny ~ demand + x", unobserved=["demand"])
SERIES = model("index ~ demand\nx ~ demand\ny ~ demand + x", unobserved=["demand"], noise={"demand": "ar(1)"})
CAUSED = model("demand ~ z\nindex ~ demand\ny ~ demand + z", unobserved=["demand"])
TWO = model("index ~ demand\nx ~ demand\ny ~ demand + x\ny ~~ x", unobserved=["demand"])
LOG = model("x ~ demand\ny ~ demand", unobserved=["demand"], families={"y": "lognormal"})
CASES = {"one": ONE, "a series": SERIES, "with a cause": CAUSED, "two": TWO, "lognormal": LOG}
models = pytest.mark.parametrize("known", CASES.values(), ids=CASES)


def rows_of(known: Model):
    rng = np.random.default_rng(4)
    demand = rng.normal(size=ROWS)
    table = {
        "z": rng.normal(size=ROWS),
        "index": 2 * demand + rng.normal(size=ROWS),
        "x": demand + rng.normal(size=ROWS),
    }
    table["y"] = np.exp(0.3 * demand + 0.1 * rng.normal(size=ROWS)) + (0 if known is LOG else table["x"])
    columns = {n: table[n] for n in known.measured}
    return design(known, Panel(columns, np.arange(ROWS), "t", "period", "made"))


def joint(known: Model, rows, p: dict[str, np.ndarray]) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """Return the children, what their equations leave without the hidden nodes' noise, its covariance, and theirs.

    Written from the equations: a hidden node's noise has the covariance of a stationary series (or one a row), a child
    adds its loading times that and noise of its own.
    """
    hidden = list(known.hidden)
    children = [n for n in known.modelled if set(known.computation.parents[n]) & set(hidden)]
    lags = np.abs(np.subtract.outer(np.arange(ROWS), np.arange(ROWS)))
    rho = {h: p.get(f"{h}.autocorrelation", np.zeros(1))[0] for h in hidden}
    series = {h: np.where(lags == 0, 1.0, rho[h] ** np.maximum(lags, 1)) / (1 - rho[h] ** 2) for h in hidden}
    loading = np.zeros((len(children), len(hidden)))
    rest = []
    for i, child in enumerate(children):
        y = np.log(rows.rows[child]) if child in known.families else rows.rows[child]
        left = y - p[f"{child}.intercept"][0]
        for term in known.terms(child):
            effect = p[f"{child}.{term.label_or_default}.effect"][0]
            (parent,) = term.parents
            if parent in hidden:
                loading[i, hidden.index(parent)] = effect
                if parent in known.unobserved and "z" in known.computation.parents[parent]:
                    left = left - effect * p["demand.z.effect"][0] * (rows.rows["z"] - rows.rows["z"].mean())
            else:
                left = left - effect * (rows.rows[parent] - rows.rows[parent].mean())
        rest.append(left)
    sigma = np.array([p[f"{c}.sigma"][0] for c in children])
    cross = [np.kron(loading[:, [j]], series[h]) for j, h in enumerate(hidden)]  # of the children with each hidden node
    total = sum(np.kron(np.outer(loading[:, j], loading[:, j]), series[h]) for j, h in enumerate(hidden))
    return children, np.concatenate(rest), total + np.kron(np.diag(sigma**2), np.eye(ROWS)), np.hstack(cross)


@models
def test_the_marginal_density_is_that_of_the_dense_normal(known):
    rows = rows_of(known)
    hidden = integrable(known, rows, known.computation.order)
    assert set(hidden) == set(known.hidden)
    scm = build(known, rows, known.equation, integrated=hidden)
    density = scm.compile_fn(scm.potentials, inputs=scm.free_RVs, mode="FAST_COMPILE", point_fn=True)
    for seed in range(3):
        p = prior_draws(known, rows, 1, seed)
        (found,) = density({v.name: p[v.name][0] for v in scm.free_RVs})
        _, y, covariance, _ = joint(known, rows, p)
        _, log_det = np.linalg.slogdet(covariance)
        wanted = -0.5 * (log_det + y @ np.linalg.solve(covariance, y) + len(y) * np.log(2 * np.pi))
        np.testing.assert_allclose(found, wanted, rtol=1e-9)


@models
def test_hidden_nodes_are_drawn_from_their_conditional(known):
    rows = rows_of(known)
    one = prior_draws(known, rows, 1, 0)
    p = {n: np.repeat(x, DRAWS, axis=0) for n, x in one.items() if n not in known.hidden}
    drawn = draw_hidden(known, rows, integrable(known, rows, known.computation.order), p, np.random.default_rng(1))
    _, y, covariance, cross = joint(known, rows, one)
    mean = cross.T @ np.linalg.solve(covariance, y)
    prior = np.zeros((ROWS * len(known.hidden),) * 2)
    for j, h in enumerate(known.hidden):
        rho = one.get(f"{h}.autocorrelation", np.zeros(1))[0]
        lags = np.abs(np.subtract.outer(np.arange(ROWS), np.arange(ROWS)))
        at = slice(j * ROWS, (j + 1) * ROWS)
        prior[at, at] = np.where(lags == 0, 1.0, rho ** np.maximum(lags, 1)) / (1 - rho**2)
    spread = prior - cross.T @ np.linalg.solve(covariance, cross)
    found = np.hstack([drawn[h] for h in known.hidden])
    if known is CAUSED:
        found = found - one["demand.z.effect"][0] * (rows.rows["z"] - rows.rows["z"].mean())
    errors = (found.mean(axis=0) - mean) / np.sqrt(np.diag(spread) / DRAWS)
    assert np.abs(errors).max() < 4.5
    ratio = np.cov(found.T) / np.sqrt(np.outer(np.diag(spread), np.diag(spread)))
    wanted = spread / np.sqrt(np.outer(np.diag(spread), np.diag(spread)))
    assert np.abs(ratio - wanted).max() < 5.5 * np.sqrt(2 / DRAWS)


def test_what_has_no_closed_form_is_left_to_the_sampler():
    rows = rows_of(ONE)
    counts = model("x ~ demand\ny ~ demand", unobserved=["demand"], families={"y": "gamma"})
    assert integrable(counts, rows_of(counts), counts.computation.order) == ()
    slow = model("x ~ demand\ny ~ demand", unobserved=["demand"], noise={"y": "ar(1)"})
    assert integrable(slow, rows_of(slow), slow.computation.order) == ()
    assert integrable(ONE, rows, ("y",)) == ()


def test_the_mirror_image_is_as_likely_and_only_where_priors_are_symmetric():
    rows = rows_of(ONE)
    assert mirrored(ONE, rows, ("demand",)) == {"demand": ("index.demand.effect", "x.demand.effect", "y.demand.effect")}
    held = model(
        "index ~ demand\nx ~ demand\ny ~ demand + x",
        unobserved=["demand"],
        priors={"y.demand.effect": "HalfNormal(sigma=2)"},
    )
    assert mirrored(held, rows_of(held), ("demand",)) == {}
    scm = build(ONE, rows, ONE.equation, integrated=("demand",))
    density = scm.compile_fn(scm.logp(), inputs=scm.value_vars, mode="FAST_COMPILE", point_fn=True)
    point = {v.name: np.array(0.3) for v in scm.value_vars}
    image = {n: -x if "demand.effect" in n else x for n, x in point.items()}
    np.testing.assert_allclose(density(point), density(image), rtol=1e-12)
