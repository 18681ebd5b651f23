"""do, ATE and counterfactual against simulated interventions and their own definitions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.errors import QueryError
from bayes_roi.model.law.exact_means import mean_is_exact, noise_that_matters, nonlinear_nodes
from bayes_roi.model.simulation.made_up_truth import made_up_truth
from bayes_roi.model.simulation.simulate import simulate
from tests.conftest import known


def test_nothing_changed_returns_the_data(funnel_fit):
    for node, draws in br.counterfactual(funnel_fit, br.scale_by("tv_spend", 1.0)).items():
        observed = np.broadcast_to(funnel_fit.design.rows[node], draws.values.shape)
        np.testing.assert_allclose(draws.values.values, observed, rtol=1e-9)


@pytest.mark.parametrize("family", ["lognormal", "student_t"])
def test_nothing_changed_returns_the_data_whatever_the_family(funnel, funnel_data, family):
    from bayes_roi.inference.fit import fit_of
    from bayes_roi.model.law.prior_draws import prior_draws
    from bayes_roi.model.rows.design import design

    other = replace(funnel, families={"organic_clicks": family, "revenue": family})
    fit = fit_of(other, funnel_data, prior_draws(other, design(other, funnel_data), 20, 1))
    for node, draws in br.counterfactual(fit, br.shift_by("tv_spend", 0.0)).items():
        observed = np.broadcast_to(fit.design.rows[node], draws.values.shape)
        np.testing.assert_allclose(draws.values.values, observed, rtol=1e-9)


def counts_fit(family: str, rows: int = 4000):
    """A fit with draws of the truth, of exchangeable rows of counts or of zeros and ones."""
    from bayes_roi.inference.fit import fit_of
    from bayes_roi.model.language.model import Model
    from bayes_roi.panel import Panel

    rng = np.random.default_rng(11)
    x = rng.standard_normal(rows)
    eta = 0.2 + 0.5 * x
    y = rng.poisson(np.exp(eta)) if family == "poisson" else rng.random(rows) < 1 / (1 + np.exp(-eta))
    model = Model(name="counts", equations="y ~ x", outcome="y", families={"y": family})
    data = Panel({"x": x, "y": y.astype(float)}, None, None, None, "simulated")
    spread = 0.01 * rng.standard_normal((30, 2))
    truth = {"y.intercept": 0.2 - 0.5 * 0.0 + spread[:, 0], "y.x.effect": 0.5 + spread[:, 1]}
    return fit_of(model, data, truth)


@pytest.mark.parametrize("family", ["poisson", "bernoulli"])
def test_a_counterfactual_of_counts_changes_in_all_as_the_means_do(family):
    """Also where the change is too small to move the middle of any row's noise.

    A row's change varies by no more than its value does, so that a draw's mean over n rows is within sd / sqrt(n).
    """
    fit = counts_fit(family)
    observed = fit.design.rows["y"]
    for change in (0.02, 0.5):
        nothing = br.do(fit, br.shift_by("x", 0.0))["y"].values.values
        means = br.do(fit, br.shift_by("x", change))["y"].values.values - nothing
        rows = br.counterfactual(fit, br.shift_by("x", change), rows=True)["y"].values.values - observed
        error = rows.std() / np.sqrt(rows.size)
        assert error < 0.1 * abs(means.mean())
        # The rows are the same in every draw: what they happen to be moves the mean beside the error of the draws.
        of_rows = rows.mean(axis=(0, 1)).std() / np.sqrt(rows.shape[-1])
        assert abs(rows.mean() - means.mean()) < 4 * np.hypot(error, of_rows)


@pytest.mark.parametrize("family", ["poisson", "bernoulli"])
def test_nothing_changed_returns_the_counts_exactly(family):
    fit = counts_fit(family, rows=300)
    same = br.counterfactual(fit, br.shift_by("x", 0.0), rows=True)["y"].values.values
    np.testing.assert_array_equal(same, np.broadcast_to(fit.design.rows["y"], same.shape))


def test_the_open_noise_of_counts_follows_the_seed_and_not_the_size_of_chunks(monkeypatch):
    from bayes_roi.queries import expect

    fit, change = counts_fit("poisson", rows=300), br.shift_by("x", 0.5)

    def ask(**options):
        return br.counterfactual(fit, change, rows=True, **options)["y"].values.values

    at_once = ask()
    np.testing.assert_array_equal(at_once, ask(seed=fit.seed))
    assert (at_once != ask(seed=fit.seed + 1)).any()
    monkeypatch.setattr(expect, "CELLS", 2000)
    np.testing.assert_array_equal(at_once, ask())


def test_the_true_counterfactual_is_what_the_same_noise_would_have_made(
    funnel, funnel_truth, funnel_data, funnel_known
):
    window = (funnel_known.design.periods[10], funnel_known.design.periods[30])
    change = br.set_to("social_spend", 0.0, during=window)
    would_be = simulate(funnel, funnel_truth, do=change)
    ours = br.counterfactual(funnel_known, change)
    for node in ("organic_clicks", "social_clicks", "revenue"):
        want = would_be.columns[node][funnel.max_lag :]
        np.testing.assert_allclose(ours[node].values.values[0, 0], want, rtol=2e-4)  # the table has six digits


def test_do_answers_every_node_downstream_and_no_other(funnel_fit):
    assert set(br.do(funnel_fit, br.turn_off("tv_spend"))) == {"tv_spend", "organic_clicks", "revenue"}


def test_budget_rules_respond_unless_spend_is_held(funnel_fit):
    free = br.do(funnel_fit, br.shift_by("demand", 10.0))
    held = br.do(funnel_fit, br.shift_by("demand", 10.0), hold_spend=True)
    assert "search_spend" in free
    assert "search_spend" not in held
    assert float(free["revenue"].mean().sum()) > float(held["revenue"].mean().sum())


def test_a_window_leaves_the_rest_as_it_was_and_carry_over_goes_on(funnel_known):
    periods = funnel_known.design.periods
    window = (periods[50], periods[53])
    change = br.do(funnel_known, br.turn_off("tv_spend", during=window))["organic_clicks"].mean().values
    same = br.do(funnel_known, br.scale_by("tv_spend", 1.0))["organic_clicks"].mean().values
    np.testing.assert_array_equal(change[:50], same[:50])
    assert (change[50:54] < same[50:54]).all()
    assert (change[54:62] <= same[54:62]).all()
    assert (change[54:58] < same[54:58]).any()
    np.testing.assert_array_equal(change[62:], same[62:])


def test_ate_of_the_acquisition_funnel(acquisition_fit):
    for node, truth in {"tv_spend": 1.00, "social_spend": 0.95, "organic_clicks": 1.0, "social_clicks": 1.0}.items():
        effect = br.ate(acquisition_fit, node, shift=1.0)
        assert abs(float(effect.mean()) - truth) < 4 * float(effect.sd())


def test_ate_of_a_linear_node_is_the_same_between_any_levels(acquisition_fit):
    one = br.ate(acquisition_fit, "tv_spend", shift=1.0).values.values
    two = br.ate(acquisition_fit, "tv_spend", between=(1000.0, 3000.0)).values.values / 2000
    np.testing.assert_allclose(one, two, rtol=1e-9)


def test_averaging_rows_first_is_the_same_as_averaging_last(acquisition, acquisition_data, acquisition_fit):
    from bayes_roi.inference.fit import fit_of
    from bayes_roi.queries.expect import Scene, expect, scene

    few = fit_of(acquisition, acquisition_data, {n: v[:20] for n, v in acquisition_fit.parameters.items()})
    short, full = scene(few, means_only=True), Scene(few, few.design)
    assert short.design.length == 1
    results = []
    for stage in (short, full):
        arms = [stage.held([], hold_spend=True), stage.held([br.turn_off("tv_spend")], hold_spend=True)]
        results.append(
            expect(stage, arms, lambda v: (v[0]["revenue"] - v[1]["revenue"]).mean(1), frozenset({"revenue"}), seed=0)
        )
    np.testing.assert_allclose(results[0], results[1], rtol=1e-9)


def test_memory_is_bounded_and_does_not_change_the_answer(funnel_fit, monkeypatch):
    from bayes_roi.queries import expect

    change = br.turn_off("search_spend")
    at_once = br.do(funnel_fit, change, noise="predictive", seed=3)["revenue"].values.values
    monkeypatch.setattr(expect, "MEMORY", 2**22)
    in_parts = br.do(funnel_fit, change, noise="predictive", seed=3)["revenue"].values.values
    np.testing.assert_allclose(at_once, in_parts, rtol=1e-12)  # not the bits: see tests/model/test_forward.py


def test_conditional_means_are_exact_only_where_noise_enters_affinely(funnel):
    revenue = frozenset({"revenue"})
    assert mean_is_exact(funnel, funnel.spends, revenue)
    assert not mean_is_exact(funnel, frozenset({"tv_spend"}), revenue)  # search spend varies and saturates
    assert mean_is_exact(funnel, frozenset({"tv_spend"}), frozenset({"organic_clicks"}))


def test_only_the_noise_above_what_is_not_linear_matters(funnel):
    """Search spend varies and saturates in its clicks; the noise of clicks and revenue passes through lines alone."""
    held, revenue = frozenset({"tv_spend"}), frozenset({"revenue"})
    nonlinear = nonlinear_nodes(funnel, held, revenue)
    assert nonlinear == {"search_clicks"}
    assert noise_that_matters(funnel, held, nonlinear) & set(funnel.equation) == {"search_spend"}
    assert noise_that_matters(funnel, held | {"search_spend"}, frozenset()) == frozenset()


def test_the_mean_of_successes_out_of_trials_that_vary_is_a_share_of_their_mean():
    """E[y] = E[n] p, whatever the law of the trials."""
    model = br.Model(
        name="refunds",
        outcome="kept",
        equations="orders ~ tv \n returns ~ quality \n kept := orders - returns",
        families={"orders": "poisson", "returns": "binomial(orders)"},
        channels={"tv": "tv"},
    )
    assert mean_is_exact(model, frozenset({"tv"}), frozenset({"kept"}))
    varying = replace(model, equations="quality ~ 1 \n orders ~ tv \n returns ~ quality \n kept := orders - returns")
    assert not mean_is_exact(varying, frozenset({"tv"}), frozenset({"kept"}))
    truth = made_up_truth(model, seed=1, periods=50)
    fit = known(model, br.simulate(model, truth, seed=2), truth)
    mean = br.do(fit, br.shift_by("tv", 0.0), rows=True)["kept"].values.values[0, 0]
    draws = [br.do(fit, br.shift_by("tv", 0.0), rows=True, noise="predictive", seed=s) for s in range(200)]
    kept = np.array([d["kept"].values.values[0, 0] for d in draws])
    assert np.abs((kept.mean(axis=0) - mean) / (kept.std(axis=0) / np.sqrt(200))).max() < 4.5


def test_where_means_are_not_exact_noise_is_averaged_until_it_hardly_matters(funnel_fit):
    """The mean of search clicks under a varying budget is below the clicks at the mean budget (Jensen)."""
    from bayes_roi.inference.fit import fit_of

    few = fit_of(funnel_fit.model, funnel_fit.data, {n: v[:400] for n, v in funnel_fit.parameters.items()})
    shifted = br.do(few, br.shift_by("demand", 0.0))["search_clicks"].mean().values
    brute = np.mean(
        [
            br.do(few, br.shift_by("demand", 0.0), noise="predictive", seed=s)["search_clicks"].mean().values
            for s in range(30)
        ],
        axis=0,
    )
    noise = few.parameters["search_clicks.sigma"].mean() / np.sqrt(30 * 400)
    assert np.abs(shifted - brute).max() < 6 * noise


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda f: br.do(f, br.set_to("tv", 0)),
            "'tv' is not a node of the model; the channel 'tv' is the spend 'tv_spend'",
        ),
        (lambda f: br.do(f, br.set_to("tv_spnd", 0)), "'tv_spnd' is not a node of the model, did you mean 'tv_spend'?"),
        (lambda f: br.do(f), "name at least one intervention, e.g. set_to('tv_spend', 0)"),
        (
            lambda f: br.do(f, "tv_spend"),
            "'tv_spend' is not an intervention; use set_to, scale_by, shift_by or turn_off",
        ),
        (
            lambda f: br.do(f, br.set_to("tv_spend", -1)),
            "tv_spend = -1: spend would be -1 in some period; spend cannot be",
        ),
        (lambda f: br.do(f, br.shift_by("tv_spend", -9e9)), "tv_spend = tv_spend -9000000000: spend would be "),
        (lambda f: br.set_to("tv_spend", float("nan")), "what is done to 'tv_spend' must be a finite number, got nan"),
        (lambda f: br.do(f, br.turn_off("tv_spend", during="1999")), "no period lies in '1999'; the rows run from "),
        (lambda f: br.do(f, br.turn_off("tv_spend"), noise="none"), "noise must be 'mean' or 'predictive', got 'none'"),
        (lambda f: br.ate(f, "tv_spend"), "ate needs either shift=d (from actual to actual + d) or between=(a, b)"),
        (lambda f: br.ate(f, "tv_spend", shift=1, between=(0, 1)), "ate needs either shift=d"),
        (lambda f: br.ate(f, "tv_spend", between=(1,)), "between takes two levels (a, b), got (1,)"),
        (
            lambda f: br.ate(f, "revenue", shift=1.0),
            "'revenue' cannot be both cause and outcome; name another outcome=",
        ),
        (lambda f: br.ate(f, "tv_spend", shift=1, outcome="sales"), "'sales' is not a node of the model"),
    ],
)
def test_a_question_that_cannot_be_asked_says_why(funnel_known, ask, message):
    with pytest.raises(QueryError) as error:
        ask(funnel_known)
    assert str(error.value).startswith(message)
