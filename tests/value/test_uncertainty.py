"""Where the width of an interval comes from, against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.mechanisms.prior import HalfNormal, LogNormal, Normal
from bayes_roi.value.uncertainty.prior_pull import pull
from bayes_roi.value.uncertainty.variance_shares import first_order
from tests.model.made import series

DRAWS = 4000


def funnel_of_two(equations: str, parameters: dict[str, tuple[float, float]], **options: object) -> Fit:
    """Return a fit with independent normal draws, whose means and standard deviations are exact."""
    rng = np.random.default_rng(2)
    columns = {n: rng.gamma(4.0, 5.0, 30) for n in ("x", "w", "m", "y")}
    model = br.Model(name="m", equations=equations, outcome="y", time="t", channels={"c": "x"}, **options)  # type: ignore[arg-type]
    columns = {n: x for n, x in columns.items() if n in model.measured}
    draws = {n: mean + sd * standard(rng) for n, (mean, sd) in parameters.items()}
    return fit_of(model, series(columns), draws)


def standard(rng: np.random.Generator) -> np.ndarray:
    z = rng.standard_normal(DRAWS)
    return (z - z.mean()) / z.std()


FUNNEL = {
    "m.intercept": (5.0, 0.5),
    "m.x.effect": (2.0, 0.2),
    "m.sigma": (1.0, 0.05),
    "y.intercept": (9.0, 0.5),
    "y.m.effect": (3.0, 0.6),
    "y.sigma": (1.0, 0.05),
}


def test_shares_of_a_linear_funnel_are_those_of_a_product() -> None:
    """ROI is a line in b1 b2: Var = m1^2 s2^2 + m2^2 s1^2 + s1^2 s2^2, a summand each and one together."""
    fit = funnel_of_two("m ~ x\ny ~ m", FUNNEL)
    found = br.uncertainty(fit, "c")
    (m1, s1), (m2, s2) = FUNNEL["m.x.effect"], FUNNEL["y.m.effect"]
    right = np.array([(m2 * s1) ** 2, (m1 * s2) ** 2, (s1 * s2) ** 2])
    right = right / right.sum()
    shares = {s.name: s for s in found.parameters}
    assert set(shares) == {"m.x.effect", "y.m.effect"}
    for name, want in zip(("m.x.effect", "y.m.effect"), right[:2], strict=True):
        assert abs(shares[name].share - want) < 4 * shares[name].error
    blocks = {s.name: s for s in found.equations}
    for name, want in zip(("m", "y"), right[:2], strict=True):
        assert abs(blocks[name].share - want) < 4 * blocks[name].error
    assert blocks["together"].share < right[2] + 4 * blocks["together"].error
    assert sum(s.share for s in found.equations) == pytest.approx(1.0, abs=2 * blocks["together"].error)
    assert [s.share for s in found.parameters] == sorted([s.share for s in found.parameters], reverse=True)
    assert found.noise == 0.0


def test_what_blocks_make_together_is_told() -> None:
    """Two factors with mean zero: each alone makes nothing, together all."""
    centred = FUNNEL | {"m.x.effect": (0.0, 1.0), "y.m.effect": (0.0, 1.0)}
    signed = {"m.x.effect": "Normal(mu=0, sigma=9)"}
    found = br.uncertainty(funnel_of_two("m ~ x\ny ~ m", centred, priors=signed), "c")
    blocks = {s.name: s for s in found.equations}
    assert blocks["m"].share == blocks["y"].share == 0.0
    assert blocks["together"].share == 1.0


def test_one_block_makes_all() -> None:
    parameters = {"y.intercept": (1, 1), "y.x.effect": (9, 1), "y.w.effect": (1, 1), "y.sigma": (1, 0.1)}
    fit = funnel_of_two("y ~ x + w", parameters)
    found = br.uncertainty(fit, "c", quantity="contribution")
    assert [(s.name, s.share) for s in found.equations] == [("y", 1.0)]
    assert [s.name for s in found.parameters] == ["y.x.effect"]
    assert found.parameters[0].share == pytest.approx(1.0, abs=1e-9)


def test_shares_do_not_hang_on_the_unit_of_the_answer() -> None:
    fit = funnel_of_two("m ~ x\ny ~ m", FUNNEL)
    roi, contribution = (br.uncertainty(fit, "c", quantity=q) for q in ("roi", "contribution"))
    for a, b in zip(roi.parameters, contribution.parameters, strict=True):
        assert a.name == b.name
        assert a.share == pytest.approx(b.share, rel=1e-9)


@pytest.mark.parametrize(
    ("curve", "share"), [(lambda x: x**2 - 1, 2 / 3), (lambda x: np.sin(3 * x), None), (None, 0.0)]
)
def test_a_share_from_the_draws_is_the_explained_variance_of_any_curve(curve, share) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(8)
    x, noise = rng.standard_normal((2, DRAWS))
    made = 0 * x if curve is None else curve(x)
    want = made.var() / (made.var() + noise.var()) if share is None else share
    found = first_order("x", x, made + noise, DRAWS)
    assert found is not None
    assert abs(found.share - want) < 4 * found.error + 0.02  # ten straight pieces leave up to 2 % of a curve
    assert found.error < 0.02


def test_nothing_is_told_as_nothing_nearly_always_and_vectors_are_taken_whole() -> None:
    rng = np.random.default_rng(9)
    told = [first_order("x", *rng.standard_normal((2, 1000)), 1000).share for _ in range(200)]  # type: ignore[union-attr]
    assert np.mean(np.array(told) > 0) < 0.1
    vector = rng.standard_normal((DRAWS, 3))
    found = first_order("v", vector, vector @ [1.0, 1.0, 0.0] + rng.standard_normal(DRAWS), DRAWS)
    assert found is not None
    assert abs(found.share - 2 / 3) < 4 * found.error
    assert first_order("v", rng.standard_normal((100, 50)), rng.standard_normal(100), 100) is None


def test_the_pull_of_a_normal_prior_is_that_of_the_conjugate_posterior() -> None:
    """Posterior N(m, s^2), prior N(0, t^2) to the power a: mean m / (1 + (a - 1) s^2/t^2), precision like it."""
    m, s, t = 1.5, 0.6, 2.0
    q = m + s * standard(np.random.default_rng(3))
    found = pull("x", "normal", Normal(0.0, t).logpdf(q), q, DRAWS)
    assert abs(found.mean - -math.log(2) * m * s / t**2) < 4 * found.error
    assert abs(found.width - -math.log(2) * s**2 / (2 * t**2)) < 4 * found.error
    assert found.khat < 0.7
    assert pull("x", "normal", Normal(0.0, 1e6).logpdf(q), q, DRAWS).error < 1e-6


def test_a_pull_agrees_with_weights_that_raise_the_prior() -> None:
    rng = np.random.default_rng(4)
    x = rng.gamma(9.0, 0.2, DRAWS)
    q = x * (1 + 0.1 * rng.standard_normal(DRAWS))
    prior, step = LogNormal(0.0, 0.8), 0.01
    moments = []
    for power in (2**-step, 2**step):
        w = np.exp((power - 1) * prior.logpdf(x))
        mean = np.average(q, weights=w)
        moments.append((mean, math.log(np.average((q - mean) ** 2, weights=w)) / 2))
    (a, b), (c, d) = moments
    found = pull("x", "prior", prior.logpdf(x).reshape(len(x), -1).sum(axis=1), q, DRAWS)
    assert found.mean == pytest.approx((c - a) / (2 * step) / q.std(), rel=1e-3)
    assert found.width == pytest.approx((d - b) / (2 * step), rel=1e-3)


def test_a_prior_far_from_its_posterior_is_doubted() -> None:
    x = np.random.default_rng(5).standard_t(3, DRAWS)
    assert pull("x", "half normal", HalfNormal(0.05).logpdf(np.abs(x)), x, DRAWS).khat > 0.7


def test_noise_that_bends_takes_its_share_and_additive_noise_none() -> None:
    """y lognormal: a period's noise multiplies what the channel adds, q* = q e, so that its share has a closed form."""
    parameters = {"y.intercept": (1.0, 0.0), "y.x.effect": (0.02, 0.0005), "y.sigma": (0.5, 0.0)}
    fit = funnel_of_two("y ~ x", parameters, families={"y": "lognormal"})
    found = br.uncertainty(fit, "c", quantity="contribution")
    x, b = fit.design.rows["x"], fit.parameters["y.x.effect"][:, None]
    rows = np.exp(1.0 + b * x) - np.exp(1.0)
    spread = (rows**2).sum(axis=1) * (math.exp(0.25) - 1) * math.exp(0.25)
    mean = rows.sum(axis=1) * math.exp(0.125)
    want = spread.mean() / (spread.mean() + mean.var())
    assert found.noise is not None
    assert found.noise == pytest.approx(want, rel=5 * math.sqrt(2 / DRAWS))


def test_the_funnel_is_explained(funnel_fit: Fit) -> None:
    """Shares by equation sum to one; of clicks, television acts through organic ones alone."""
    found = br.uncertainty(funnel_fit, "tv")
    assert {s.name for s in found.equations} == {"organic_clicks", "revenue", "together"}
    assert sum(s.share for s in found.equations) == pytest.approx(1.0, abs=0.06)
    assert set(found.to_frame().index) == {
        "organic_clicks.tv_spend.retention",
        "organic_clicks.tv_spend.half",
        "organic_clicks.tv_spend.slope",
        "organic_clicks.tv_spend.effect",
        "revenue.organic_clicks.effect",
    }
    assert "roi of tv: 90 % credible interval" in repr(found)
    assert "revenue.organic_clicks.effect" in found._repr_html_()
    assert list(found.to_frame("priors").columns) == ["prior", "mean", "width", "error", "khat"]


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda f: br.uncertainty(f, "tvv"),
            "'tvv' is not a channel, did you mean 'tv'?; there are tv, social, search",
        ),
        (lambda f: br.uncertainty(f, "tv", quantity="rois"), "quantity must be one of roi, roas, contribution"),
        (lambda f: br.uncertainty(f, "tv", margin=35.0), "margin must be in (0, 1], got 35.0"),
        (lambda f: br.uncertainty(f, "tv", during="1999"), "no period lies in '1999'"),
        (
            lambda f: br.uncertainty(f, "tv").to_frame("blocks"),
            "no table 'blocks'; there are parameters, equations, priors",
        ),
    ],
)
def test_a_question_that_cannot_be_asked_says_why(funnel_fit: Fit, ask, message) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(QueryError) as error:
        ask(funnel_fit)
    assert str(error.value).startswith(message)


def test_without_draws_spend_or_spread_there_is_nothing_to_explain(funnel_known: Fit) -> None:
    with pytest.raises(QueryError, match="need at least 200 draws, this fit has 1"):
        br.uncertainty(funnel_known, "tv")
    fixed = funnel_of_two("m ~ x\ny ~ m", FUNNEL | {"m.x.effect": (0.0, 0.0)})
    with pytest.raises(QueryError, match="does not vary over the draws"):
        br.uncertainty(fixed, "c")
    dark = funnel_of_two("m ~ x\ny ~ m", FUNNEL)
    columns = {**dark.data.columns, "x": np.where(np.arange(30) < 3, 0.0, dark.data.columns["x"])}
    with pytest.raises(QueryError, match="the roi of 'c' is not defined: c: no spend in the window"):
        br.uncertainty(fit_of(dark.model, series(columns), dark.parameters), "c", during=1)
