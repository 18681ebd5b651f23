"""Unobserved nodes and `a ~~ b`: what is drawn anew and what is held, and that their scale and sign are fixed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.mechanisms.prior import HalfNormal, Normal
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.parameters import node_parameters
from bayes_roi.model.law.prior_draws import prior_draws
from bayes_roi.model.rows.design import design

INTENT = Model(
    name="intent",
    equations="""
        intent  ~ weather
        visits  ~ intent + tv
        revenue ~ intent + visits
    """,
    outcome="revenue",
    time="week",
    channels={"tv": "tv"},
    unobserved=("intent",),
)
PAIR = Model(
    name="pair",
    equations="visits ~ tv\nrevenue ~ visits + tv\nvisits ~~ revenue",
    outcome="revenue",
    time="week",
    channels={"tv": "tv"},
)
LATENT = {INTENT.name: "intent", PAIR.name: "visits ~~ revenue"}
both = pytest.mark.parametrize("model", [INTENT, PAIR], ids=["unobserved", "confounding"])


def drawn(model: Model, count: int = 40) -> Fit:
    data = br.simulate(model, periods=30, seed=4)
    return fit_of(model, data, prior_draws(model, design(model, data), count, 2))


@both
def test_a_counterfactual_holds_what_is_not_observed(model: Model) -> None:
    """Nothing has changed: what comes back is the data, which the latent of each draw made with the noise of that."""
    fit = drawn(model)
    found = br.counterfactual(fit, br.scale_by("tv", 1.0))
    for node in ("visits", "revenue"):
        wanted = np.broadcast_to(fit.design.rows[node], found[node].values.values.shape)
        np.testing.assert_allclose(found[node].values.values, wanted, rtol=1e-9)
    assert LATENT[model.name] not in found


@both
def test_do_draws_it_anew(model: Model) -> None:
    """The fourth trap: the latent of the data belongs to them and says nothing of a period that is new."""
    fit = drawn(model)
    moved = fit_of(model, fit.data, dict(fit.parameters) | {LATENT[model.name]: 5 + fit.parameters[LATENT[model.name]]})
    for noise in ("mean", "predictive"):
        one, other = (br.do(f, br.turn_off("tv"), noise=noise)["revenue"].values.values for f in (fit, moved))  # type: ignore[arg-type]
        np.testing.assert_array_equal(one, other)
    one, other = (br.counterfactual(f, br.turn_off("tv"))["revenue"].values.values for f in (fit, moved))
    assert np.isfinite(one).all()
    # A linear world: with other latents come other noises, and their sum in the data stays.
    np.testing.assert_allclose(one, other, rtol=1e-8)


def test_do_on_an_unobserved_node_moves_what_it_causes() -> None:
    fit = drawn(INTENT)
    p = fit.parameters
    low, high = (br.do(fit, br.set_to("intent", v)) for v in (0.0, 1.0))
    assert set(low) == {"intent", "visits", "revenue"}
    effect = p["revenue.intent.effect"] + p["revenue.visits.effect"] * p["visits.intent.effect"]
    found = (high["revenue"].values.values - low["revenue"].values.values)[0]
    np.testing.assert_allclose(found, np.repeat(effect[:, None], found.shape[1], axis=1), rtol=1e-9)


def test_it_may_run_over_time() -> None:
    model = replace(INTENT, noise={"intent": "ar(1)"})
    fit = drawn(model)
    assert "intent.autocorrelation" in fit.parameters
    for noise in ("mean", "predictive"):
        assert np.isfinite(br.do(fit, br.turn_off("tv"), noise=noise)["revenue"].values.values).all()  # type: ignore[arg-type]
    found = br.counterfactual(fit, br.scale_by("tv", 1.0))["revenue"].values.values
    np.testing.assert_allclose(found, np.broadcast_to(fit.design.rows["revenue"], found.shape), rtol=1e-9)


def test_its_mean_given_its_causes_carries_through() -> None:
    fit = drawn(INTENT)
    p, rows = fit.parameters, fit.design
    found = br.do(fit, br.shift_by("weather", 1.0))["revenue"].values.values[0]
    usual = br.do(fit, br.shift_by("weather", 0.0))["revenue"].values.values[0]
    effect = p["revenue.intent.effect"] + p["revenue.visits.effect"] * p["visits.intent.effect"]
    assert rows.length == 30
    np.testing.assert_allclose(
        found - usual, np.repeat((p["intent.weather.effect"] * effect)[:, None], 30, axis=1), rtol=1e-6
    )


def test_a_question_of_the_prior_can_be_asked() -> None:
    for model in (INTENT, PAIR):
        data = br.simulate(model, periods=30, seed=4)
        assert np.isfinite(br.prior_check(model, data, draws=50).values.values).all()


@both
def test_its_first_effect_is_positive_and_the_others_have_either_sign(model: Model) -> None:
    rows = design(model, br.simulate(model, periods=30, seed=4))
    label = {"intent": ("intent", "intent"), "pair": ("~~revenue", "~~visits")}[model.name]
    first, second = (
        next(t.effect for t in node_parameters(model, rows, n).terms if t.effect_name == f"{n}.{at}.effect")
        for n, at in zip(("visits", "revenue"), label, strict=True)
    )
    assert isinstance(first, HalfNormal)
    assert isinstance(second, Normal)
    assert model.anchors == {LATENT[model.name]: "visits"}


def test_it_has_no_intercept_no_sigma_and_no_column() -> None:
    from bayes_roi.model.language.names import parameter_names

    assert [n for n in parameter_names(INTENT) if n.startswith("intent")] == ["intent.weather.effect"]
    assert "intent" not in INTENT.measured
    assert "intent" in INTENT.graph.parents["visits"]
    assert PAIR.graph.parents["visits"] == ("tv",)
    assert PAIR.graph.confounded == {frozenset({"visits", "revenue"})}


def test_it_is_a_variable_of_the_pymc_model() -> None:
    pytest.importorskip("pymc")
    for model in (INTENT, PAIR):
        scm = br.to_pymc(model, br.simulate(model, periods=12, seed=4))
        latent = LATENT[model.name]
        assert latent in {v.name for v in scm.free_RVs}
        assert scm.named_vars_to_dims[latent] == ("time",)


def test_in_a_panel_it_has_a_row_for_each_row_of_each_unit() -> None:
    model = replace(INTENT, panel="geo", weights="people")
    data = br.simulate(model, periods=6, seed=4)
    fit = fit_of(model, data, prior_draws(model, design(model, data), 5, 2))
    assert fit.parameters["intent"].shape == (5, fit.design.length) == (5, 48)
    found = br.counterfactual(fit, br.scale_by("tv", 1.0))["revenue"].values
    assert found.dims[2:] == ("geo", "time")
