"""The collapsed engine against brute force over the prior, the exact engine and NUTS."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import scipy.stats
from scipy.special import gammaln

from bayes_roi.inference.blocks import Block
from bayes_roi.inference.engines.base import Engine, Refusal, Settings
from bayes_roi.inference.engines.collapsed import Collapsed
from bayes_roi.inference.engines.collapsed.coefficients import draw_coefficients
from bayes_roi.inference.engines.collapsed.coordinates import Coordinate
from bayes_roi.inference.engines.collapsed.engine import Begun
from bayes_roi.inference.engines.collapsed.target import CollapsedNode
from bayes_roi.inference.engines.exact import Exact
from bayes_roi.inference.engines.nuts import Nuts
from bayes_roi.mechanisms.prior import parse_prior
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.forward import linear_predictor
from bayes_roi.model.law.parameters import node_parameters
from bayes_roi.model.law.prior_draws import prior_draws
from bayes_roi.model.rows.design import Design, design
from bayes_roi.model.rows.view import View
from bayes_roi.panel import Panel

HILL = "y ~ hill(adstock(tv, max_lag=2))"
ERRORS = 4.5
"""Standard errors allowed: exceeded by chance once in 150,000 comparisons."""


def world(
    equation: str = HILL,
    *,
    priors: Mapping[str, str] | None = None,
    family: str = "normal",
    spends: tuple[str, ...] = ("tv",),
    rows: int = 30,
    level: float = 60.0,
    effect: float = 30.0,
    noise: float = 15.0,
    unit: float = 1.0,
    seed: int = 0,
) -> tuple[Model, Design]:
    """Return a model of node y and its rows, simulated with one Hill curve of tv; money in 1 / `unit`."""
    rng = np.random.default_rng(seed)
    tv = rng.gamma(1.2, 50.0, rows) * (rng.random(rows) < 0.8)
    radio, demand = rng.gamma(2.0, 30.0, rows), rng.standard_normal(rows)
    y = level + effect * tv / (tv + 60.0) + 5 * demand + noise * rng.standard_normal(rows)
    columns = {"tv": tv * unit, "radio": radio * unit, "demand": demand, "y": y * unit}
    model = Model(
        name="world",
        equations=equation,
        outcome="y",
        time="week",
        channels={s: s for s in spends},
        priors={name: parse_prior(text) for name, text in (priors or {}).items()},
        families={"y": family},
    )
    panel = Panel({n: columns[n] for n in model.nodes}, np.arange(rows), "week", "period", "simulated")
    return model, design(model, panel)


def sample(
    model: Model, rows: Design, engine: Engine | None = None, *, seed: int = 1, **settings: int
) -> tuple[dict[str, np.ndarray], float]:
    """Return draws of y's parameters (chain, draw, size), and their effective number."""
    rng = np.random.default_rng(seed)
    draws, stats = (engine or Collapsed()).sample(
        model, rows, Block(("y",)), Settings(**settings), rng, lambda share: None
    )
    chains, count = next(iter(draws.values())).shape[:2]
    size = float(np.minimum(stats["kish"], count).sum()) if "kish" in stats else float(chains * count)
    return {n: v.reshape(chains, count, -1) for n, v in draws.items()}, size


def log_density(square: np.ndarray, nu: np.ndarray | float) -> np.ndarray:
    """Return the log density of Student's t, or of a normal where `nu` is infinite, at the root of `square`.

    As scipy.stats.t has it, which takes ten times as long since it does not see that `nu` is one a draw.
    """
    if np.isinf(nu).all():
        return -0.5 * square - 0.5 * np.log(2 * np.pi)
    level = gammaln((nu + 1) / 2) - gammaln(nu / 2) - 0.5 * np.log(nu * np.pi)
    return level - (nu + 1) / 2 * np.log1p(square / nu)


@pytest.mark.parametrize("nu", [2.1, 30.0, np.inf])
def test_the_density_of_brute_force_is_that_of_scipy(nu: float) -> None:
    z = np.linspace(-9, 9, 40)
    np.testing.assert_allclose(
        log_density(z[None] ** 2, np.full((1, 1), nu))[0], scipy.stats.t.logpdf(z, nu), rtol=1e-12
    )


def brute_force(model: Model, rows: Design, count: int = 400_000) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return draws of the prior (draw, size), and the likelihood's weights: another way to the same posterior."""
    node, family = node_parameters(model, rows, "y"), model.family("y")
    y, nu = family.link(rows.rows["y"]), np.inf
    found, log_likelihood = [], []
    for seed in range(count // 40_000):
        draws = prior_draws(model, rows, 40_000, seed)
        eta, sigma = linear_predictor(np, node, View(np, rows, rows.rows), draws), draws["y.sigma"][:, None]
        if family.link_noise == "student_t":
            nu = draws["y.nu"][:, None]
        log_likelihood.append((log_density(((y - eta) / sigma) ** 2, nu) - np.log(sigma)).sum(axis=1))
        found.append(draws)
    weights = np.exp((joined := np.concatenate(log_likelihood)) - joined.max())
    draws = {n: np.concatenate([d[n].reshape(40_000, -1) for d in found]) for n in found[0]}
    return draws, weights / weights.sum()


def assert_same_distribution(
    draws: Mapping[str, np.ndarray], size: float, reference: Mapping[str, np.ndarray], weights: np.ndarray
) -> None:
    """Compare distribution functions at the reference's deciles, within the error that both effective sizes allow."""
    error = np.sqrt(1 / size + (weights**2).sum())
    assert draws.keys() == reference.keys()
    for name, theirs in reference.items():
        ours = draws[name].reshape(-1, theirs.shape[1])
        for i in range(theirs.shape[1]):
            order = np.argsort(theirs[:, i])
            cdf = np.cumsum(weights[order])
            for q in (0.1, 0.3, 0.5, 0.7, 0.9):
                at = theirs[order, i][np.searchsorted(cdf, q)]
                allowed = ERRORS * np.sqrt(q * (1 - q)) * error
                assert np.mean(ours[:, i] <= at) == pytest.approx(q, abs=allowed), (name, i, q)


TARGETS = {
    "defaults": {},
    "cap": {"level": 1.0, "noise": 8.0},
    "contradicted sign": {"effect": -40.0, "level": 90.0},
    "user priors": {
        "priors": {
            "y.tv.retention": "Uniform(lower=0.2, upper=0.5)",
            "y.tv.effect": "Normal(mu=20, sigma=10)",
            "y.tv.slope": "LogNormal(mu=1, sigma=0.1)",
            "y.sigma": "Uniform(lower=5, upper=14)",
        }
    },
    "user intercept": {
        "equation": f"{HILL} + demand",
        "priors": {"y.intercept": "Normal(mu=50, sigma=20)", "y.demand.effect": "HalfNormal(sigma=6)"},
    },
    "no intercept": {"equation": "y ~ 0 + hill(tv) + radio", "level": 5.0, "spends": ("tv", "radio")},
    "other priors": {
        "priors": {"y.tv.half": "Gamma(alpha=2, beta=0.02)", "y.tv.slope": "Truncated(Gamma(alpha=2, beta=1), lower=1)"}
    },
    "signed curve, fixed effect": {
        "equation": "y ~ hill(radio) + tanh(adstock(tv, max_lag=1)) + 5*demand",
        "priors": {"y.radio.effect": "Normal(mu=5, sigma=10)"},
    },
    "heavy tails": {"family": "student_t", "rows": 30},
    "heavy tails without a curve": {"family": "student_t", "equation": "y ~ demand", "spends": ()},
    "heavy tails, very": {
        "family": "student_t",
        "rows": 30,
        "priors": {"y.nu": "Truncated(Gamma(alpha=2, beta=4), lower=2)"},
    },
    "logarithms": {"family": "lognormal", "level": 90.0},
    "delayed root": {"equation": "y ~ root(adstock(tv, kind='delayed', max_lag=2))"},
}


@pytest.mark.parametrize("options", TARGETS.values(), ids=TARGETS.keys())
def test_it_draws_what_brute_force_over_the_prior_gives(options: dict[str, object]) -> None:
    model, rows = world(**({"rows": 18} | options))  # type: ignore[arg-type]
    reference, weights = brute_force(model, rows)
    assert 1 / (weights**2).sum() > 150
    assert Collapsed().refuses(model, rows, Block(("y",))) is None
    assert_same_distribution(*sample(model, rows), reference, weights)


@pytest.mark.parametrize("effect", [30.0, -10.0])
def test_without_curves_it_is_the_exact_engine(effect: float) -> None:
    equation = "y ~ demand + tv + season(period=12, order=1)"
    model, rows = world(equation, spends=("tv",), rows=60, effect=effect, noise=8.0)
    exact, size = sample(model, rows, Exact())
    flat = {n: v.reshape(4000, -1) for n, v in exact.items()}
    assert_same_distribution(*sample(model, rows), flat, np.full(4000, 1 / size))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("family", "equation"),
    [
        ("normal", "y ~ demand + hill(adstock(tv)) + hill(adstock(radio)) + season(period=52.18, order=1)"),
        ("student_t", "y ~ demand + hill(adstock(tv))"),
    ],
)
def test_it_agrees_with_nuts_on_the_pymc_model(family: str, equation: str) -> None:
    spends = ("tv", "radio") if "radio" in equation else ("tv",)
    model, rows = world(equation, family=family, spends=spends, rows=112, level=20.0, noise=8.0)
    ours, _ = sample(model, rows)
    theirs, _ = sample(model, rows, Nuts(), draws=2500)
    for name, reference in theirs.items():  # quantiles: moments of tails as long as these are not told from few draws
        low, middle, high = np.quantile(reference, [0.05, 0.5, 0.95], axis=(0, 1))
        ends = np.quantile(ours[name], [0.05, 0.5, 0.95], axis=(0, 1))
        sd = (high - low) / 3.29
        assert (np.abs(ends[1] - middle) < 0.1 * sd).all(), name
        assert ends[2] - ends[0] == pytest.approx(high - low, rel=0.1), name


def test_it_refuses_what_it_cannot_weigh() -> None:
    model, rows = world("y ~ demand + hill(adstock(tv))", effect=0.0, noise=0.0)
    with pytest.raises(Refusal, match=r"Pareto|settle|noise|effective"):
        sample(model, rows)


def test_it_refuses_ten_curves_before_it_begins() -> None:
    spends = {f"s{i}": np.arange(1.0, 41.0) for i in range(10)}
    equation = "y ~ " + " + ".join(f"hill(adstock({s}))" for s in spends)
    model = Model(name="ten", equations=equation, outcome="y", time="week", channels={s: s for s in spends})
    panel = Panel({n: (spends | {"y": spends["s0"]})[n] for n in model.nodes}, np.arange(40), "week", "period", "made")
    assert "weights fail" in (Collapsed().refuses(model, design(model, panel), Block(("y",))) or "")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"priors": {"y.tv.effect": "LogNormal(mu=1, sigma=1)"}}, "the prior of y.tv.effect"),
        ({"priors": {"y.intercept": "Uniform(lower=0, upper=9)"}}, "the prior of y.intercept"),
    ],
)
def test_it_says_what_it_is_not_for(options: dict[str, object], reason: str) -> None:
    model, rows = world(**options)  # type: ignore[arg-type]
    assert reason in (Collapsed().refuses(model, rows, Block(("y",))) or "")


def test_the_same_seed_gives_the_same_bits() -> None:
    model, rows = world()
    first, second = sample(model, rows, seed=3)[0], sample(model, rows, seed=3)[0]
    assert all(np.array_equal(first[n], second[n]) for n in first)
    assert not np.array_equal(first["y.tv.effect"], sample(model, rows, seed=4)[0]["y.tv.effect"])


def test_cents_give_the_roi_of_dollars() -> None:
    found = []
    for unit in (1.0, 100.0):
        model, rows = world(unit=unit)
        draws = {n: v[..., 0] for n, v in sample(model, rows)[0].items()}
        (term,) = node_parameters(model, rows, "y").terms
        earned = draws["y.tv.effect"] * term.curve(View(np, rows, rows.rows), draws).sum(axis=-1)
        found.append(earned / rows.rows["tv"].sum())
    assert found[1] == pytest.approx(found[0], rel=1e-6)


@pytest.mark.parametrize("chains", [1, 3])
def test_each_chain_is_a_run_of_its_own(chains: int) -> None:
    model, rows = world()
    draws, _ = sample(model, rows, chains=chains, draws=200)
    assert {v.shape[:2] for v in draws.values()} == {(chains, 200)}
    effects = draws["y.tv.effect"][..., 0]
    assert np.unique(effects).size > 0.95 * effects.size


@pytest.mark.parametrize(
    "text",
    [
        "Beta(alpha=2, beta=2)",
        "Beta(alpha=0.5, beta=0.5)",
        "LogNormal(mu=3, sigma=0.8)",
        "Gamma(alpha=2, beta=0.1)",
        "Truncated(Gamma(alpha=2, beta=0.1), lower=2)",
        "Uniform(lower=-1, upper=3)",
        "HalfNormal(sigma=2)",
        "Exponential(lam=0.5)",
        "Normal(mu=1, sigma=2)",
    ],
)
def test_a_coordinate_keeps_the_mass_of_its_prior(text: str) -> None:
    coordinate = Coordinate("p", parse_prior(text))
    z = np.linspace(-30, 30, 60_001)
    density = np.exp(coordinate.log_density(z))
    assert density.sum() * (z[1] - z[0]) == pytest.approx(1, abs=1e-5)
    x = coordinate.prior.ppf(np.array([0.05, 0.5, 0.95]))
    assert coordinate.natural(coordinate.real(x)) == pytest.approx(x)
    below = density[z <= coordinate.real(x)[1]].sum() * (z[1] - z[0])
    assert below == pytest.approx(0.5, abs=1e-3)


def test_the_probability_of_signs_is_unbiased() -> None:
    # Orthant probability of two normals with correlation r: 1/4 + asin(r) / (2 pi).
    r, count = 0.6, 40_000
    root = np.linalg.cholesky(np.linalg.inv(np.array([[1.0, r], [r, 1.0]])))
    roots, u = np.broadcast_to(root, (count, 2, 2)), np.zeros((count, 2))
    drawn = draw_coefficients(roots, u, 2, np.random.default_rng(0))
    probability = np.exp(drawn.log_above.sum(axis=1))
    error = ERRORS * probability.std() / np.sqrt(count)
    assert (drawn.beta >= 0).all()
    assert probability.mean() == pytest.approx(0.25 + np.arcsin(r) / (2 * np.pi), abs=error)


@pytest.mark.parametrize("engine", [Exact(), Collapsed()], ids=lambda e: e.name)
@pytest.mark.parametrize("effect", [30.0, 0.0, -20.0])
def test_the_probability_of_a_sign_is_that_of_the_effect_left_open(engine: Engine, effect: float) -> None:
    equation = "y ~ tv + demand" if engine.name == "exact" else HILL
    found = {}
    for law in ("HalfNormal(sigma=0.4)", "Normal(mu=0, sigma=0.4)"):
        prior = law.replace("0.4", "0.4" if engine.name == "exact" else "40")
        model, rows = world(equation, priors={"y.tv.effect": prior}, level=90.0, effect=effect)
        rng = np.random.default_rng(2)
        found[law[0]] = engine.sample(model, rows, Block(("y",)), Settings(), rng, lambda share: None)
    left_open = float(np.mean(found["N"][0]["y.tv.effect"] > 0))
    told = float(found["H"][1]["signs:y.tv.effect"])
    assert told == pytest.approx(left_open, abs=ERRORS * np.sqrt(left_open * (1 - left_open) / 800) + 0.002)
    assert "signs:y.tv.effect" not in found["N"][1]


def test_a_fit_that_goes_on_from_the_one_before_draws_from_the_same_posterior() -> None:
    """The proposals of a fit to fewer rows are where the next begins: other draws, of the same law."""
    begun: dict[str, Begun] = {}
    (model, less), (_, rows) = world(rows=40), world(rows=50)
    remembering, block, settings = Collapsed(begun), Block(("y",)), Settings(draws=500, chains=2)
    remembering.sample(model, less, block, settings, np.random.default_rng(1), lambda share: None)
    assert len(begun["y"][1]) == 2
    found, stats = remembering.sample(model, rows, block, settings, np.random.default_rng(2), lambda share: None)
    anew, _ = Collapsed().sample(model, rows, block, settings, np.random.default_rng(3), lambda share: None)
    assert stats["khat"] < 0.5
    for name, draws in anew.items():
        error = np.sqrt(draws.var() / draws.size + found[name].var() / found[name].size)
        # resampled draws repeat: they are worth no less than half of their number at these weights
        assert abs(found[name].mean() - draws.mean()) < ERRORS * np.sqrt(2) * error, name
        assert found[name].std() == pytest.approx(draws.std(), rel=0.25), name
    assert remembering._before(CollapsedNode.of(model, rows, "y"))
    assert not Collapsed({"y": (99, ())})._before(CollapsedNode.of(model, rows, "y"))
