"""Influence: the acquisition funnel's known shares, sums, units, laws of single players, errors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit, fit_of, thinned
from bayes_roi.numbers import number
from bayes_roi.queries.influence.exact import exact_part
from bayes_roi.queries.influence.linear import variance_of_values
from bayes_roi.queries.influence.noise_sources import laws, observed_values, sources_of
from bayes_roi.queries.influence.resampled import World
from tests.recovery.influence_error_study import deviations, futures
from tests.recovery.influence_study import SHARES, acquisition, run

MONEY = {"demand": 0.2625, "tv_spend": 0.25, "social_spend": 0.2375, "organic_clicks": 0.0, "social_clicks": 0.25}


def mean(draws: br.Draws) -> dict[str, float]:
    """Node -> posterior mean."""
    values = draws.arrays.values
    return dict(zip(values.labels("node").tolist(), draws.centre().array.tolist(), strict=True))


def made(equations: str, parameters: dict[str, float], columns: dict[str, np.ndarray], draws: int = 1, **keys) -> Fit:
    """Return a fit of a small model whose draws are all the truth."""
    model = br.Model(name="small", equations=equations, outcome="y", **keys)
    periods = None if model.time is None else np.array([f"{i:04d}" for i in range(len(next(iter(columns.values()))))])
    clock = None if model.time is None else np.arange(len(periods))
    data = br.Panel(columns, periods, model.time, None, "made", clock=clock)
    return fit_of(model, data, {n: np.full(draws, v) for n, v in parameters.items()})


def test_the_acquisition_shares_are_within_a_point_of_the_truth(acquisition_fit):
    found = mean(br.influence(acquisition_fit))
    assert list(found) == list(SHARES)
    for node, share in SHARES.items():
        assert abs(found[node] - share) < 0.01


def test_shares_sum_to_one_and_are_the_variances_over_their_sum(acquisition_fit, funnel_known):
    for fit in (acquisition_fit, funnel_known):
        share, variance = (br.influence(fit, unit=unit).values for unit in ("share", "variance"))
        np.testing.assert_allclose(share.sum("node"), 1.0, rtol=1e-12)
        np.testing.assert_allclose(share, variance / variance.sum("node"), rtol=1e-12)


def test_money_is_the_mean_outcome_split_by_what_is_brought_in(acquisition_fit):
    """CASES.md: demand 26.25 %, television 25, social spend 23.75, social clicks' own base 25 % of mean revenue."""
    money = br.influence(acquisition_fit, unit="money")
    total = float(money.mean().sum())
    # zero is four standard deviations from the means, so that bases are known worse than the mean: 1.4 of 400 thousand
    for node, share in MONEY.items():
        assert abs(mean(money)[node] / total - share) < 4 * float(money.sel(node=node).sd()) / total
    np.testing.assert_allclose(total, acquisition_fit.design.rows["revenue"].mean(), rtol=1e-3)
    assert money.unit == "USD"


def test_money_weighs_rows_by_what_the_outcome_is_worth_in_them():
    """Of a linear model the value-weighted mean of the rows is enough: the same as row by row."""
    rng = np.random.default_rng(4)
    x, worth = rng.normal(5, 1, 30), rng.uniform(1, 9, 30)
    model = br.Model(name="small", equations="y ~ x", outcome="y", value="worth")
    data = br.Panel({"x": x, "y": x, "worth": worth}, None, None, None, "made")
    fit = fit_of(model, data, {"y.intercept": np.full(2, 10.0), "y.x.effect": np.full(2, 2.0), "y.sigma": np.ones(2)})
    found = mean(br.influence(fit, unit="money"))
    assert found == pytest.approx({"x": np.mean(worth * 2 * x), "y": np.mean(worth * (10 - 2 * x.mean()))})


def test_money_of_a_series_sums_to_the_expected_outcome(funnel_known):
    """With every spend as it was and everything else expected, that is what `do` says."""
    same = br.do(funnel_known, br.scale_by("demand", 1.0))["revenue"].mean().values
    money = br.influence(funnel_known, unit="money")
    np.testing.assert_allclose(float(money.mean().sum()), same.mean(), rtol=2e-3)


def test_constant_spend_has_no_influence_and_its_money_does(acquisition, acquisition_data):
    columns = {n: x[:500] for n, x in acquisition_data.columns.items()} | {"tv_spend": np.full(500, 100_000.0)}
    truth = acquisition_truth()
    data = replace(acquisition_data, columns=columns)
    fit = fit_of(acquisition, data, {n: np.array([v, v]) for n, v in truth.items()})
    assert (br.influence(fit).sel(node="tv_spend").values == 0).all()
    np.testing.assert_allclose(br.influence(fit, unit="money").sel(node="tv_spend").values, 100_000.0, rtol=1e-9)


def acquisition_truth() -> dict[str, float]:
    return acquisition()[1].parameters  # type: ignore[return-value]


def test_the_same_model_has_the_same_shares_in_closed_form_and_by_parts(acquisition, acquisition_data, acquisition_fit):
    """One by one, each source of a linear model is exact too: of the atoms only the variance within is left out."""
    few = fit_of(acquisition, acquisition_data, {n: v[:50] for n, v in acquisition_fit.parameters.items()})
    sources = sources_of(acquisition, "revenue")
    closed = br.influence(few, unit="variance")
    world = World(few, sources, laws(few, sources, None, 1), np.arange(20_000), 7)
    for block in world.blocks():
        (source,) = block
        part, ours = exact_part(world, block), closed.sel(node=source.node).values.values.ravel()
        if source.kind == "noise":
            np.testing.assert_allclose(part, ours, rtol=1e-9)
        else:  # weights of other draws: their variance is 2 / n of its square
            error = np.sqrt(2 / 20_000 * 2 / 50)
            np.testing.assert_allclose(part.mean(), ours.mean(), rtol=4 * error + 1e-3)


@pytest.mark.parametrize("law", ["normal", "lognormal", "few"])
def test_the_variance_of_a_column_has_the_sampling_error_of_the_bayesian_bootstrap(law):
    """Against Dirichlet weights of every row: mean and sd of the variance, to four errors of 2,000 draws."""
    rng = np.random.default_rng(5)
    x = {"normal": rng.normal(3, 2, 2000), "lognormal": rng.lognormal(0, 0.7, 2000), "few": rng.poisson(2, 2000) * 1.0}
    weights = rng.dirichlet(np.ones(2000), 2000)
    every = weights @ x[law] ** 2 - (weights @ x[law]) ** 2
    ours = variance_of_values(observed_values(x[law]), 2000, rng)
    error = np.sqrt(2) * every.std() / np.sqrt(2000)
    assert abs(ours.mean() - every.mean()) < 4 * error
    assert abs(ours.std() / every.std() - 1) < 4 / np.sqrt(2000) + 0.01


def test_a_series_of_noise_that_carries_over_has_the_variance_of_its_weighted_sum():
    """y = 2 lag(m, 1) + m: of independent noise 2^2 + 1 times its variance, of AR(1) noise the cross term as well."""
    x = np.random.default_rng(2).normal(size=60)
    for rho in (None, 0.6):
        parameters = {"m.intercept": 0.0, "m.sigma": 1.5, "y.intercept": 0.0, "y.sigma": 0.7, "y.m.effect": 1.0}
        parameters |= {"y.before.effect": 2.0} | ({} if rho is None else {"m.autocorrelation": rho})
        noise = {} if rho is None else {"noise": {"m": "ar(1)"}}
        fit = made('m ~ 1 \n y ~ m + lag(m, 1, label="before")', parameters, {"m": x, "y": x}, time="t", **noise)
        found = mean(br.influence(fit, unit="variance"))
        want = 1.5**2 * (5 if rho is None else (5 + 2 * 2 * rho) / (1 - rho**2))
        assert found["m"] == pytest.approx(want, rel=1e-12)
        assert found["y"] == pytest.approx(0.7**2, rel=1e-12)


def test_time_terms_and_noise_of_a_node_are_one_player_and_a_window_counts():
    x, rows = np.random.default_rng(2).normal(size=60), np.arange(60)
    parameters = {"y.intercept": 0.0, "y.sigma": 0.5, "y.x.effect": 3.0, "y.trend.effect": 0.1}
    fit = made("y ~ x + trend()", parameters, {"x": x, "y": x}, time="t", draws=4000)
    for window, inside in ((None, rows), (("0010", "0029"), rows[10:30])):
        found = mean(br.influence(fit, unit="variance", during=window))
        assert found["y"] == pytest.approx(0.5**2 + np.var(0.1 * inside), rel=1e-9)
        blocks = 60 // 4 if window is None else 20 // 3
        # a weighted variance is on average below the variance by the variance of the mean: in blocks, by 1 / blocks
        assert found["x"] == pytest.approx(9 * np.var(x[inside]), rel=2 / blocks)


def test_nodes_with_an_unobserved_common_cause_are_one_player():
    x = np.random.default_rng(2).normal(size=40)
    parameters = {"a.intercept": 0.0, "a.sigma": 1.0, "b.intercept": 0.0, "b.sigma": 2.0, "y.intercept": 0.0}
    parameters |= {"a.~~b.effect": 3.0, "b.~~a.effect": -1.0, "y.a.effect": 1.0, "y.b.effect": 2.0, "y.sigma": 1.0}
    fit = made("a ~ 1 \n b ~ 1 \n a ~~ b \n y ~ a + b", parameters, {"a": x, "b": -x, "y": x})
    shares = br.influence(fit, unit="variance")
    # the latent adds 3 - 2 x 1, the noises 1 and 2 x 2
    assert mean(shares) == pytest.approx({"a ~~ b": 1 + 1 + 16, "y": 1.0})
    assert int(shares.evidence) == br.Evidence.ASSUMED


def test_evidence_is_identified_where_everything_above_is_observed(acquisition_fit):
    assert int(br.influence(acquisition_fit).evidence) == br.Evidence.IDENTIFIED


def test_monte_carlo_error_is_told_and_that_of_samples_kept_under_the_tolerance(funnel_known):
    """With one draw the weights of its rows are drawn once: that error is there whatever the samples."""
    loose, close = (br.influence(funnel_known, tolerance=t) for t in (0.05, 0.002))
    weights = min(float(s.values.mc_error.max()) for s in (loose, close))
    for shares, tolerance in ((loose, 0.05), (close, 0.002)):
        largest = number(float(shares.values.mc_error.max()))
        assert f"Monte-Carlo standard error of a mean share at most {largest}" in shares.note
        assert "above the tolerance" not in shares.note
        assert float(shares.values.mc_error.max()) < np.hypot(weights, tolerance)
    assert "constant spend" in close.note


def test_the_error_of_weights_is_that_of_the_mean_over_draws(acquisition_fit):
    """A closed form whose only chance is in the weights: four times the draws have half the error."""
    few, many = (br.influence(thinned(acquisition_fit, n)).values.mc_error for n in (250, 1000))
    assert (few > 0).all()
    np.testing.assert_allclose(few / many, 2.0, rtol=0.35)  # a variance of 250 squares is known to 9 % twice over


def test_deviations_over_seeds_are_what_the_error_says():
    """Thirty seeds: the root mean square of deviations is within 3.3 standard errors of 1; the study has 200."""
    _, z = deviations(futures(), range(30))
    assert abs(np.sqrt((z**2).mean(axis=0)).max() - 1) < 3.3 / np.sqrt(2 * 30) + 0.1


def test_the_commands_and_tables_of_one_fit_show_one_influence(funnel_fit):
    shares = br.influence(funnel_fit)
    table = br.channel_table(funnel_fit)["influence"]
    for channel, spend in funnel_fit.model.channels.items():
        np.testing.assert_array_equal(table.sel(row=channel).values, shares.sel(node=spend).values)


def test_each_interval_covers_the_true_share_at_its_rate():
    """Binomial bounds at four standard errors; the study of 1,000 worlds is tests/recovery/influence_study.py."""
    model, truth = acquisition()
    worlds = [run(model, truth, 500, seed, draws=250) for seed in range(50)]
    for node in SHARES:
        hits = sum(w.covered[node] for w in worlds)
        assert abs(hits - 45) <= 4 * np.sqrt(50 * 0.9 * 0.1)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda f: br.influence(f, target="revenu"), "'revenu' is not a node of the model, did you mean 'revenue'?"),
        (lambda f: br.influence(f, target="tv"), "'tv' is not a node of the model; the channel 'tv' is the spend"),
        (lambda f: br.influence(f, target="demand"), "nothing in the model causes 'demand', so there is nothing"),
        (lambda f: br.influence(f, unit="shares"), "unit must be 'share', 'variance' or 'money', got 'shares'"),
        (lambda f: br.influence(f, tolerance=0.5), "tolerance must be in (0, 0.5), got 0.5"),
        (lambda f: br.influence(f, tolerance=True), "tolerance must be in (0, 0.5), got True"),
        (lambda f: br.influence(f, draws=0), "draws must be a whole number, 1 or more, got 0"),
        (lambda f: br.influence(f, during="1999"), "no period lies in '1999'; the rows run from "),
        (lambda f: br.influence(f, target="search_clicks", unit="money"), "unit='money' asks what the outcome"),
    ],
)
def test_a_question_that_cannot_be_asked_says_why(funnel_known, ask, message):
    with pytest.raises(QueryError) as error:
        ask(funnel_known)
    assert str(error.value).startswith(message)


def test_an_outcome_that_does_not_vary_is_refused():
    parameters = {"y.intercept": 0.0, "y.sigma": 0.0, "y.x.effect": 0.0}
    x = np.arange(9.0)
    with pytest.raises(QueryError, match="y does not vary in these rows"):
        br.influence(made("y ~ x", parameters, {"x": x, "y": x}))


def test_money_of_counts_is_split_on_the_response_scale_and_the_rest_is_the_nodes_own():
    """y ~ Poisson(exp(eta)): x brings in what its values add to the mean count, the node what is left at x = 0."""
    x = np.random.default_rng(1).normal(2, 1, 80)
    parameters = {"y.intercept": 0.5, "y.x.effect": 0.4}
    fit = made("y ~ x", parameters, {"x": x, "y": np.round(x**2)}, families={"y": "poisson"}, value=3.0)
    rate, without = np.exp(0.5 + 0.4 * (x - x.mean())).mean(), np.exp(0.5 - 0.4 * x.mean())
    money = br.influence(fit, unit="money")
    assert mean(money) == pytest.approx({"x": 3 * (rate - without), "y": 3 * without})
    assert money.unit == "money"


def test_fewer_draws_are_those_of_a_thinned_fit_and_said(funnel_fit: Fit) -> None:
    few = br.influence(funnel_fit, draws=400, seed=3)
    assert few.arrays.values.sizes["draw"] == 100
    np.testing.assert_array_equal(few.values, br.influence(thinned(funnel_fit, 400), seed=3).values)
    assert "from 400 of 4000 draws, evenly thinned" in few.note
