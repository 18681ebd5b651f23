"""The law of reuse: what is compiled for one data set, given the numbers of another, is the model of the other."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Mapping

import numpy as np
import pytest

from bayes_roi.inference.blocks import blocks
from bayes_roi.mechanisms import TERMS
from bayes_roi.mechanisms.adstock import KINDS
from bayes_roi.mechanisms.families import FAMILIES
from bayes_roi.mechanisms.prior import DISTRIBUTIONS, parse_prior
from bayes_roi.model.language.model import Model
from bayes_roi.model.pymc.build import build
from bayes_roi.model.rows.design import design
from bayes_roi.panel import Panel

pm = pytest.importorskip("pymc")
import pytensor  # noqa: E402
from pymc.initial_point import make_initial_point_expression  # noqa: E402
from pytensor.compile.mode import Mode  # noqa: E402

from bayes_roi.model.pymc.lifted import Lifted, lift  # noqa: E402

SATURATIONS = [name for name, cls in TERMS.items() if cls.saturating]
TEXTS = [
    *(f"{name}(x, label='{name}')" for name in SATURATIONS),
    *(f"{name}(adstock(x, max_lag=3), label='{name}')" for name in SATURATIONS),
    *(f"adstock(x, kind='{kind}', max_lag=2, label='{kind}')" for kind in KINDS),
    "lag(x, 2, label='before')",
    *("x", "0.7*w", "interact(x, z)", "trend()", "season(period=26.0, order=2)", "factor(kind)"),
]
TOGETHER = [" + ".join(texts) for texts in itertools.batched(TEXTS, 3)]
"""Three terms to an equation: a compilation each would cost minutes."""
PRIORS = {
    "y.z.effect": "Normal(mu={0}, sigma={1})",
    "y.intercept": "Normal(mu={0}, sigma={1})",
    "y.x.effect": "HalfNormal(sigma={0})",
    "y.x.retention": "Beta(alpha={0}, beta={1})",
    "y.x.half": "LogNormal(mu={0}, sigma={1})",
    "y.x.slope": "Gamma(alpha={0}, beta={1})",
    "y.sigma": "Exponential(lam={0})",
    "y.nu": "Truncated(Gamma(alpha={0}, beta=0.1), lower={1})",
}
OTHERS = {
    "y.x.effect": "Gamma(alpha={0}, beta={1})",
    "y.x.half": "Uniform(lower={0}, upper=9.1)",
    "y.x.slope": "Truncated(Gamma(alpha={0}, beta={1}), lower=0.3)",
    "y.sigma": "LogNormal(mu={0}, sigma={1})",
    "y.z.effect": "Uniform(lower=-{0}, upper={1})",
}
ROWS = 40
UNITS = ("east", "north", "south", "west")
KINDS_OF_ROWS = ("a", "b", "c")
OUTCOMES: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "bernoulli": lambda rng: 1.0 * (rng.random(ROWS) < 0.4),
    "beta": lambda rng: rng.beta(2.0, 3.0, ROWS),
    "binomial": lambda rng: rng.binomial(90, 0.3, ROWS).astype(float),
    "gamma": lambda rng: rng.gamma(3.0, 2.0, ROWS),
    "hurdle_lognormal": lambda rng: rng.lognormal(1.0, 0.4, ROWS) * (rng.random(ROWS) < 0.7),
    "negative_binomial": lambda rng: rng.poisson(rng.gamma(3.0, 2.0, ROWS)).astype(float),
    "poisson": lambda rng: rng.poisson(6.0, ROWS).astype(float),
    "zero_inflated_poisson": lambda rng: rng.poisson(6.0, ROWS) * (rng.random(ROWS) < 0.7) * 1.0,
}
"""Families that not every number could have come from -> values that could."""


def columns(seed: int, gaps: Mapping[str, list[int]] | None = None) -> dict[str, np.ndarray]:
    """Return a table of its own for each seed; x and w are dark in some rows, z is negative in a few."""
    rng = np.random.default_rng(seed)
    scale = rng.uniform(0.5, 2.0, 4)
    x, w = (s * rng.gamma(2.0, size=ROWS) * (rng.random(ROWS) < 0.8) for s in scale[:2])
    z = scale[2] * rng.normal(1.0, 1.0, ROWS)  # of both signs, as products with it are
    table = {"x": x, "w": w, "z": z, "y": scale[3] * (10 + x + z + rng.normal(size=ROWS))}
    table["v"] = scale[1] * (5 + z + rng.normal(size=ROWS))
    table |= {"kind": np.arange(ROWS) % 3.0, "n": rng.integers(100, 200, ROWS).astype(float)}
    table["size"] = np.repeat(rng.uniform(0.5, 2.0, len(UNITS)), ROWS // len(UNITS))
    for node, rows in (gaps or {}).items():
        table[node][rows] = np.nan
    return table


def made(model: Model, table: Mapping[str, np.ndarray]) -> Panel:
    """Return the panel of a model: one series, or four units of ten periods each."""
    each = ROWS // len(UNITS)
    return Panel(
        {n: table[n] for n in (*model.measured, *([model.weights] if model.weights else []))},
        np.arange(ROWS) if model.panel is None else np.arange(ROWS) % each,
        "t",
        "period",
        "made",
        unit=model.panel,
        units=None if model.panel is None else np.repeat(UNITS, each),
        levels={"kind": KINDS_OF_ROWS},
    )


def lifted(model: Model, table: Mapping[str, np.ndarray]) -> tuple[pm.Model, Lifted]:
    """Return the PyMC model of the block of the outcome, plain and lifted."""
    rows = design(model, made(model, table))
    (block,) = (b for b in blocks(model, rows) if model.outcome in b.nodes)
    plain = build(model, rows, block.nodes)
    return plain, lift(plain)


@pytest.fixture(autouse=True)
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the graph of a density made once a model, for its structure and for its values: it is most of the time."""
    monkeypatch.setattr(pm.Model, "logp", functools.cache(pm.Model.logp))


def everything(model: pm.Model) -> Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]]:
    """Return the function from unconstrained parameters to all that a sampler computes from them, by name."""
    start = make_initial_point_expression(
        free_rvs=model.free_RVs,
        rvs_to_transforms=model.rvs_to_transforms,
        initval_strategies={},
        return_transformed=True,
    )
    wanted = {"logp": model.logp()} | {v.name: v for v in model.unobserved_value_vars}
    wanted |= {f"start of {rv}": value for rv, value in zip(model.free_RVs, start, strict=True)}
    function = model.compile_fn(list(wanted.values()), inputs=model.value_vars, mode=Mode("py", None))
    return lambda point: dict(zip(wanted, function(point), strict=True))


def assert_one_serves_the_other(first: Lifted, plain: pm.Model, second: Lifted) -> None:
    assert first == second
    assert hash(first) == hash(second)
    assert first.numbers.shape == second.numbers.shape
    assert not np.array_equal(first.numbers, second.numbers)
    first.shared.set_value(second.numbers)
    ours, theirs = everything(first.model), everything(plain)
    rng = np.random.default_rng(5)
    for spread in (0.0, 0.3, 1.0):
        point = {v.name: spread * rng.standard_normal(v.type.shape) for v in first.model.value_vars}
        got, wanted = ours(point), theirs(point)
        assert set(got) == set(wanted)
        assert np.isfinite(wanted["logp"]), point
        for name, value in wanted.items():
            np.testing.assert_allclose(got[name], value, rtol=1e-10, atol=1e-12, err_msg=name)


def assert_law(one: Model, other: Model | None = None, gaps: Mapping[str, list[int]] | None = None) -> None:
    _, first = lifted(one, columns(1, gaps))
    plain, second = lifted(other or one, columns(2, gaps))
    assert_one_serves_the_other(first, plain, second)


def of(equations: str, *, spends: tuple[str, ...] = ("x", "w"), **options: object) -> Model:
    channels = {s: s for s in spends if re.search(rf"\b{s}\b", equations)}
    return Model(name="m", equations=equations, outcome="y", time="t", channels=channels, **options)


def test_every_term_is_among_those_tested() -> None:
    assert set(TERMS) == {name for name in TERMS if any(text.startswith(f"{name}(") for text in TEXTS)}


@pytest.mark.parametrize("spends", [("x", "w"), ()], ids=["spend", "covariate"])
@pytest.mark.parametrize("terms", TOGETHER)
def test_of_every_term(terms: str, spends: tuple[str, ...]) -> None:
    assert_law(of(f"y ~ z + {terms}", spends=spends))


@pytest.mark.parametrize("family", [n for n, family in FAMILIES.items() if not family.takes_trials])
def test_of_every_family(family: str) -> None:
    text = f"{family}(n)" if FAMILIES[family].takes_trials else family
    model = of("y ~ z + hill(w)", families={"y": text})
    tables = [columns(seed) for seed in (1, 2)]
    for seed, table in enumerate(tables):
        table["y"] = OUTCOMES.get(family, lambda _, y=table["y"]: y)(np.random.default_rng(seed))
    _, first = lifted(model, tables[0])
    assert_one_serves_the_other(first, *lifted(model, tables[1]))


STRUCTURES: dict[str, tuple[str, dict[str, object]]] = {
    "intercepts that are pooled": ("y ~ z", {"panel": "geo"}),
    "an intercept common to all": ("y ~ 1 + z", {"panel": "geo"}),
    "effects of either sign that vary": ("y ~ (z | geo)", {"panel": "geo"}),
    "positive effects that vary": ("y ~ z + (hill(adstock(x, max_lag=3)) | geo)", {"panel": "geo"}),
    "carry-over within units": ("y ~ hill(adstock(x, max_lag=3)) + lag(z, 1)", {"panel": "geo"}),
    "weights": ("y ~ (x | geo) + z", {"panel": "geo", "weights": "size"}),
    "weights of counts": ("y ~ z", {"panel": "geo", "weights": "size", "families": {"y": "lognormal"}}),
    "an unobserved node": ("v ~ u + z\ny ~ u + x", {"unobserved": ("u",)}),
    "an unobserved node with causes": ("u ~ z\nv ~ u\ny ~ u + x", {"unobserved": ("u",)}),
    "an unobserved common cause": ("v ~ z\ny ~ x + v\nv ~~ y", {}),
    "an identity": ("v ~ z\nk := v * z\ny ~ x + k", {}),
    "shared parameters": ("y ~ hill(x, share='curve') + hill(w, share='curve')", {}),
    "noise of a series": ("y ~ z + x", {"noise": {"y": "ar(1)"}}),
    "noise of a series in the log": ("y ~ z + x", {"noise": {"y": "ar(1)"}, "families": {"y": "lognormal"}}),
    "a sigma for each unit": ("y ~ z + x", {"panel": "geo", "noise": {"y": "by(geo)"}}),
    "all of the noise": ("y ~ z + x", {"panel": "geo", "noise": {"y": "ar(1) + by(geo)"}}),
}


@pytest.mark.parametrize(("equations", "options"), STRUCTURES.values(), ids=STRUCTURES)
def test_of_every_structure(equations: str, options: dict[str, object]) -> None:
    assert_law(of(equations, **options))


@pytest.mark.parametrize("texts", [PRIORS, OTHERS], ids=["one", "other"])
def test_of_every_prior(texts: Mapping[str, str]) -> None:
    models = [
        of(
            "y ~ z + hill(adstock(x, max_lag=3))",
            families={"y": "student_t"},
            priors={name: parse_prior(text.format(*numbers)) for name, text in texts.items()},
        )
        for numbers in ((1.1, 2.2), (1.3, 2.7))
    ]
    assert_law(*models)


def test_every_prior_is_among_those_tested() -> None:
    assert {text.split("(")[0] for text in (*PRIORS.values(), *OTHERS.values())} == set(DISTRIBUTIONS)


@pytest.mark.parametrize(
    ("terms", "gaps"),
    [
        ("tanh(w)", {"y": [3, 9]}),
        ("hill(adstock(x, max_lag=3))", {"x": [5]}),
        ("tanh(w) + interact(w, z)", {"z": [2, 11], "y": [30]}),
        ("hill(adstock(x, max_lag=3)) + tanh(w) + interact(x, z)", {"x": [5], "z": [6, 7], "y": [6]}),
    ],
    ids=["outcome", "spend", "covariate", "all"],
)
def test_of_missing_cells(terms: str, gaps: dict[str, list[int]]) -> None:
    assert_law(of(f"y ~ z + {terms}"), gaps=gaps)


def test_of_several_media_under_one_cap_and_history_taken_as_zero() -> None:
    assert_law(of("y ~ z + hill(adstock(x, max_lag=3)) + root(adstock(w, max_lag=2)) + trend()", carry_in="zero"))


def test_the_model_that_is_lifted_stays_as_it_is() -> None:
    plain, first = lifted(of("y ~ z + hill(adstock(x, max_lag=3))"), columns(1))
    before = plain.compile_logp(mode=Mode("py", None))(plain.initial_point())
    first.shared.set_value(first.numbers + 1)
    assert plain.compile_logp(mode=Mode("py", None))(plain.initial_point()) == before
    assert set(plain.named_vars) == set(first.model.named_vars)


def small(
    mu: object = 0.1,
    *,
    name: str = "x",
    law: str = "Normal",
    observed: object = (1.3, 2.4),
    transform: object = None,
) -> Lifted:
    with pm.Model() as model:
        x = getattr(pm, law)(name, mu, 0.7, default_transform=transform)
        pm.Normal("y", x, 0.3, observed=np.array(observed))
        pm.Poisson("n", pm.math.exp(x), observed=3)
    return lift(model)


def counted(n: int, trials: int = 9) -> Lifted:
    with pm.Model() as model:
        pm.Binomial("n", trials, pm.Beta("share", 1.1, 2.2), observed=n)
    return lift(model)


def within(upper: float) -> Lifted:
    """Return a parameter whose transform keeps a number to itself, where nobody sees it who reads the model alone."""
    return small(transform=pm.distributions.transforms.Interval(-9.3, upper))


@pytest.mark.filterwarnings("ignore:Data in y contains missing values")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda: small(0.25), lambda: small(0.5)),  # float32 to PyTensor
        (lambda: counted(3, trials=8), lambda: counted(3, trials=9)),
        (lambda: within(9.1), lambda: within(9.2)),
        (lambda: small(observed=(1.3, 2.4)), lambda: small(observed=(1.3, 2.4, 3.5))),
        (lambda: small(0.1), lambda: small(0.7)),  # one entry for mean and sd
        (lambda: small(observed=(1.3, np.nan, 2.4)), lambda: small(observed=(np.nan, 1.3, 2.4))),
        (lambda: small(name="x"), lambda: small(name="z")),
        (lambda: small(law="Normal"), lambda: small(law="Logistic")),
        (lambda: small(pytensor.shared(0.1)), lambda: small(pytensor.shared(0.1))),  # unknown to the model
    ],
    ids=["float32", "integers", "transform", "rows", "alike", "gaps", "name", "law", "shared"],
)
def test_what_is_not_among_the_numbers_makes_another_structure(
    one: Callable[[], Lifted], other: Callable[[], Lifted]
) -> None:
    assert one() != other()


def test_other_observed_counts_are_the_same_structure() -> None:
    one, other = counted(3), counted(4)
    assert one == other
    assert not np.array_equal(one.numbers, other.numbers)


def test_another_pattern_of_darkness_is_the_same_structure() -> None:
    model = of("y ~ z + hill(x) + tanh(w)")
    dark, bright = columns(1), columns(2)
    bright["x"] = bright["x"] + 1
    assert lifted(model, dark)[1] == lifted(model, bright)[1]
