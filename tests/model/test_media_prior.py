"""The joint prior of media: what it says before data, that it is a density, and that PyMC has the same one."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pymc.model.transform.conditioning import remove_value_transforms
from scipy import stats

import bayes_roi as br
from bayes_roi.errors import ModelError
from bayes_roi.mechanisms.media import MediaPrior, Roas, Share
from bayes_roi.mechanisms.prior import Beta
from bayes_roi.model.file.model_file import model_text, parse_model
from bayes_roi.model.law.forward import linear_predictor
from bayes_roi.model.law.parameters import NodeParameters, node_parameters
from bayes_roi.model.law.prior_draws import prior_draws
from bayes_roi.model.rows.design import design
from bayes_roi.model.rows.view import View
from bayes_roi.panel import Panel

CURVES = "y ~ z + hill(adstock(a, max_lag=3)) + b"
DRAWS = 20_000


def made(equation: str, *, family: str = "normal", **keys: Any) -> br.Model:
    return br.Model(
        name="m",
        equations=equation,
        outcome="y",
        time="t",
        channels={"a": "a", "b": "b"},
        families={"y": family},
        **keys,
    )


def panel(model: br.Model, *, signed: bool = False, rows: int = 60, size: float = 1.0) -> Panel:
    rng = np.random.default_rng(3)
    columns = {c: size * rng.gamma(2, 4, rows) * (rng.random(rows) > 0.3) for c in ("a", "b")}
    columns["z"] = rng.standard_normal(rows) - 1
    columns["y"] = size * (50 * (not signed) + 5 * rng.standard_normal(rows)) + 0.5 * columns["a"]
    return Panel({n: columns[n] for n in model.nodes}, np.arange(rows), "t", "period", "simulated")


def node_of(model: br.Model, data: Panel) -> NodeParameters:
    return node_parameters(model, design(model, data), "y")


def roas_prior(count: int, room: Any = "open", **options: float) -> Roas:
    names = tuple(f"y.s{j}" for j in range(count))
    effects, spends = tuple(f"{n}.effect" for n in names), tuple(1.0 + j for j in range(count))
    return Roas(node="y", effects=effects, others=(), top=100.0, room=room, labels=names, spends=spends, **options)


def share_prior(count: int, room: Any = "bounded", share: Beta = Beta(1, 2)) -> Share:  # noqa: B008
    effects = tuple(f"y.s{j}.effect" for j in range(count))
    return Share(node="y", effects=effects, others=(), top=100.0, room=room, share=share)


def drawn(prior: MediaPrior, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    hyper = {n: p.ppf(rng.random(DRAWS)) for n, p in prior.hyper.items()}
    contributions, keep = prior.draw(hyper, np.zeros(DRAWS), rng)
    return contributions[rng.random(DRAWS) < keep]


def test_a_roas_has_median_1_7_and_lies_between_a_tenth_and_twenty() -> None:
    roas = drawn(roas_prior(3)) / np.array([1.0, 2.0, 3.0])
    low, middle, high = np.quantile(roas, [0.05, 0.5, 0.95])
    assert middle == pytest.approx(1.7, abs=0.1)
    assert low == pytest.approx(0.09, abs=0.01)
    assert high == pytest.approx(21, abs=2)


def test_returns_of_one_equation_have_something_in_common() -> None:
    """Var(log ROAS) = common^2 + between^2 + Var(log |z|); what two channels share is common^2."""
    logs = np.log(drawn(roas_prior(2)))
    of_half_normal = np.log(np.abs(np.random.default_rng(1).standard_normal(10**6))).var()
    expected = 1 / (1 + 0.8**2 + of_half_normal)
    assert np.corrcoef(logs.T)[0, 1] == pytest.approx(expected, abs=4 / np.sqrt(DRAWS))


@pytest.mark.parametrize("count", [1, 2, 12])
@pytest.mark.parametrize("share", [Beta(1, 2), Beta(2, 6)])
def test_the_share_of_media_does_not_grow_with_the_channels(count: int, share: Beta) -> None:
    contributions = drawn(share_prior(count, share=share))
    total = contributions.sum(axis=1) / 100
    assert stats.kstest(total, stats.beta(share.alpha, share.beta).cdf).pvalue > 1e-4
    parts = contributions / contributions.sum(axis=1, keepdims=True)
    if count > 1:  # a part of a flat Dirichlet is Beta(1, J - 1)
        assert stats.kstest(parts[:, 0], stats.beta(1, count - 1).cdf).pvalue > 1e-4


def test_under_a_log_link_the_share_is_of_the_response() -> None:
    contributions = drawn(share_prior(3, room="log"))
    share = 1 - np.exp(-contributions.sum(axis=1) / 100)
    assert stats.kstest(share, stats.beta(1, 2).cdf).pvalue > 1e-4


@pytest.mark.parametrize("room", ["bounded", "log"])
def test_a_share_is_a_density(room: str) -> None:
    prior = share_prior(2, room=room, share=Beta(2, 6))
    edge = 100.0 if room == "bounded" else 400.0
    grid = (np.arange(800) + 0.5) * edge / 800
    a, b = np.meshgrid(grid, grid)
    density = np.exp(prior.log_density(np, np.stack([a, b], axis=-1), np.zeros(a.shape), {}))
    assert density.sum() * (edge / 800) ** 2 == pytest.approx(1, abs=2e-3)


def test_returns_are_a_density_times_the_room() -> None:
    prior = roas_prior(2, room="bounded")
    hyper = {name: np.float64(1.5) for name in prior.hyper}
    grid = (np.arange(1000) + 0.5) * 0.1
    a, b = np.meshgrid(grid, grid)
    c = np.stack([a, b], axis=-1)
    scales = prior.scales(np, hyper)
    expected = stats.halfnorm(scale=scales[0]).logpdf(a) + stats.halfnorm(scale=scales[1]).logpdf(b)
    with np.errstate(divide="ignore"):
        expected = expected + np.where(a + b < 100, np.log(np.maximum(1 - (a + b) / 100, 0)), -np.inf)
    np.testing.assert_allclose(prior.log_density(np, c, np.zeros(a.shape), hyper), expected, rtol=1e-12)


CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "money": (CURVES, {"currency": "EUR"}),
    "money with an interaction": (CURVES + " + interact(b, z)", {"currency": "EUR"}),
    "money, one prior written": (CURVES, {"currency": "EUR", "priors": {"y.b.effect": "HalfNormal(sigma=0.2)"}}),
    "money, all priors written": (
        CURVES, {"currency": "EUR", "priors": {f"y.{c}.effect": "HalfNormal(sigma=9)" for c in "ab"}}
    ),
    "money that may be negative": (CURVES, {"currency": "EUR"}),
    "a log link": (CURVES, {"currency": "EUR", "family": "lognormal"}),
    "shares": (CURVES, {}),
    "shares, one prior written": (
        CURVES, {"priors": {"y.b.effect": "HalfNormal(sigma=0.2)"}, "media_share": "Beta(2, 6)"}
    ),
    "shares under a log link": (CURVES, {"family": "lognormal"}),
    "one spend": ("y ~ z + hill(a) + lag(b, 1)", {"priors": {"y.b.effect": "Normal(mu=0, sigma=1)"}}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_pymc_has_the_same_joint_density(case: str) -> None:
    """Up to a constant: parameters' own priors, the joint prior of media, that of the level, and the likelihood."""
    equation, options = CASES[case]
    model = made(equation, **options)
    data = panel(model, signed="negative" in case)
    rows, node, count = design(model, data), node_of(model, data), 12
    draws = prior_draws(model, rows, count, 1)
    density = remove_value_transforms(br.to_pymc(model, data)).compile_logp(mode="FAST_COMPILE")
    theirs = np.array([density({n: v[i] for n, v in draws.items()}) for i in range(count)])
    view, sigma = View(np, rows, rows.rows), draws["y.sigma"][:, None]
    y = np.log(rows.rows["y"]) if model.family("y").link_name == "log" else rows.rows["y"]
    ours = (-0.5 * ((y - linear_predictor(np, node, view, draws)) / sigma) ** 2 - np.log(sigma)).sum(axis=1)
    ours += node.family["sigma"].logpdf(draws["y.sigma"])
    ours += sum(t.effect.logpdf(draws[t.effect_name]) for t in node.terms if t not in node.media_terms)
    ours += sum(p.logpdf(draws[t.shape_names[r]]) for t in node.terms for r, p in t.shape.items())
    ours += sum(p.logpdf(draws[n]) for n, p in node.hyper.items())
    ours += 0 if node.media is None else node.log_media(np, view, draws)
    used = (draws[t.effect_name] * t.curve(view, draws).mean(axis=-1) for t in node.terms if t.media)
    ours += node.level.logpdf(draws["y.intercept"] + sum(used))
    assert theirs - ours == pytest.approx((theirs - ours)[0], abs=1e-9 * np.abs(theirs).max())


def test_the_rule_is_that_of_the_table() -> None:
    def kind(equation: str, **options: Any) -> str:
        signed = options.pop("signed", False)
        model = made(equation, **options)
        media = node_of(model, panel(model, signed=signed)).media
        return "none" if media is None else f"{media.kind} {media.room}"

    one = "y ~ hill(a) + lag(b, 1)"
    written = {"priors": {"y.b.effect": "Normal(mu=0, sigma=1)"}}
    assert kind(CURVES, currency="EUR") == kind(CURVES, value=3.0) == "roas bounded"
    assert kind(CURVES, currency="EUR", signed=True) == "roas open"
    assert kind(CURVES, currency="EUR", family="lognormal") == "roas log"
    assert kind(CURVES) == "share bounded"
    assert kind(CURVES, family="lognormal") == "share log"
    assert kind(CURVES, signed=True) == "none"
    assert kind(one, **written) == "room bounded"
    assert kind(one, signed=True, **written) == "none"
    assert kind(one, media_share="Beta(2, 6)", **written) == "share bounded"
    assert kind(CURVES, media_roas={"typical": 5}) == "roas bounded"


def test_cents_give_the_same_prior_of_returns() -> None:
    model = made(CURVES, currency="EUR")
    one, cents = (prior_draws(model, design(model, panel(model, size=s)), 200, 5) for s in (1.0, 100.0))
    np.testing.assert_allclose(one["y.b.effect"], cents["y.b.effect"], rtol=1e-12)
    np.testing.assert_allclose(100 * one["y.a.effect"], cents["y.a.effect"], rtol=1e-12)


def test_a_model_file_sets_the_joint_prior_and_is_read_back() -> None:
    for options in ({"media_roas": {"typical": 3, "common": 0.5}}, {"media_share": "Beta(2, 6)"}):
        model = made(CURVES, **options)
        assert parse_model(model_text(model)) == model
    several = replace(made(CURVES), media_share={"y": "Beta(4, 1)"})
    assert parse_model(model_text(several)).shares == {"y": Beta(4, 1)}
    prior = node_of(made(CURVES, media_roas={"typical": 3, "between": 0.5}), panel(made(CURVES))).media
    assert isinstance(prior, Roas)
    assert (prior.typical, prior.common, prior.between) == (3.0, 1.0, 0.5)
    assert prior.hyper["y.typical_roas"].ppf(np.array([0.5])) == pytest.approx([math.exp(math.log(3))])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"media_roas": {"typcal": 3}}, "unknown key 'typcal'.*did you mean 'typical'"),
        ({"media_roas": {"typical": -1}}, "typical must be a number above zero, got -1"),
        ({"media_share": "Normal(0, 1)"}, "a share lies between 0 and 1; write for example Beta"),
        ({"media_share": {"x": "Beta(1, 2)"}}, "'x' has no equation"),
        ({"media_roas": {"typical": 3}, "media_share": "Beta(1, 2)"}, "keep one of the two"),
    ],
)
def test_what_cannot_be_a_joint_prior_is_told(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        made(CURVES, **options)


def test_a_share_of_an_outcome_that_may_be_negative_is_told() -> None:
    model = made(CURVES, media_share="Beta(1, 2)")
    with pytest.raises(ModelError, match=r"y has values below zero.*use media_roas"):
        node_of(model, panel(model, signed=True))
