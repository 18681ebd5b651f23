"""Models side by side: closed forms of densities, fits without a row, and ArviZ as oracle."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import multivariate_normal, norm

import bayes_roi as br
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.row_density import row_log_density
from bayes_roi.prediction.coming import coming
from bayes_roi.prediction.comparison.comparison import FORECAST, LATER, PARENTS
from bayes_roi.prediction.comparison.pointwise import forecast, given_parents
from bayes_roi.prediction.log_score import log_score

SALES = {"outcome": "sales", "time": "week", "channels": {"tv": "tv"}}
CHAIN = Model(name="chain", equations="searches ~ adstock(tv, max_lag=2) \n sales ~ searches", **SALES)
WITHOUT = Model(name="without", equations="sales ~ adstock(tv, max_lag=2)", **SALES)
BESIDE = Model(name="beside", equations="sales ~ adstock(tv, max_lag=2) + searches", **SALES)


@pytest.fixture(scope="module")
def fits() -> dict[str, Fit]:
    world = br.simulate(CHAIN, periods=150, seed=2)
    return {m.name: br.fit(m, world, draws=150, seed=3, progress=False) for m in (CHAIN, WITHOUT, BESIDE)}


def test_arviz_says_the_same_of_rows_given_their_parents(fits: dict[str, Fit]) -> None:
    import arviz as az

    found = br.compare_models(fits, folds=0).criterion(PARENTS)
    trees = {}
    for name, fit in fits.items():
        each = given_parents(fit).outcome.reshape(fit.chains, fit.draws, -1)
        told = xr.Dataset({"sales": (("chain", "draw", "week_"), each)})
        posterior = fit.posterior["posterior"].to_dataset()
        trees[name] = xr.DataTree.from_dict({"posterior": posterior, "log_likelihood": told})
    theirs = az.compare(trees, round_to="none")
    for row in found.table():
        other = theirs.loc[row["model"]]
        # the same sums; only how many draws a draw is worth is counted otherwise, which moves the smoothed tail
        assert row["elpd"] == pytest.approx(other["elpd"], abs=0.02)
        assert row["elpd_error"] == pytest.approx(other["se"], rel=0.01)
        assert row["difference"] == pytest.approx(other["elpd_diff"], abs=0.02)
        assert row["difference_error"] == pytest.approx(other["dse"], rel=0.01, abs=1e-6)
        assert row["weight"] == pytest.approx(other["weight"], abs=0.01)
        assert row["effective_parameters"] == pytest.approx(other["p"], abs=0.02)


def test_a_mediator_that_is_known_predicts_better_and_is_no_forecast(fits: dict[str, Fit]) -> None:
    found = br.compare_models(fits, folds=2, horizon=4, draws=50, progress=False)
    parents, later = found.criterion(PARENTS), found.criterion(FORECAST)
    sums = {c.name: {m: float(x.sum()) for m, x in c.elpd.items()} for c in (parents, later)}
    assert sums[PARENTS]["chain"] > sums[PARENTS]["without"] + 10
    assert abs(sums[FORECAST]["chain"] - sums[FORECAST]["without"]) < 5  # the law of sales given tv is the same
    assert sums[FORECAST]["beside"] == pytest.approx(sums[PARENTS]["beside"])
    assert found.mediators == {"beside": {"searches": "chain"}}
    assert "beside is given searches as it came, which chain forecasts" in str(found)
    assert len(found.criterion(LATER).rows) == 8
    own = br.backtest(CHAIN, fits["chain"].data, folds=2, horizon=4, draws=50, seed=3, progress=False)
    assert np.array_equal(np.ravel([f.log_score for f in own.folds]), found.criterion(LATER).elpd["chain"])
    assert {r["criterion"] for r in found.to_dict()["rows"]} == {PARENTS, FORECAST, LATER}


def test_leaving_a_row_out_is_fitting_without_it() -> None:
    """Row by row against fits that never saw the row, an outlier among them."""
    model = Model(name="m", equations="y ~ tv + x", outcome="y", channels={"tv": "tv"})
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"tv": rng.gamma(2.0, 1.0, 40), "x": rng.standard_normal(40)})
    frame["y"] = 10 + 2 * frame["tv"] + frame["x"] + rng.standard_normal(40)
    frame.loc[7, "y"] += 3.0
    whole = {n: br.fit(model, br.read_data(frame, model), draws=500, seed=s) for n, s in (("a", 1), ("b", 2))}
    found = br.compare_models(whole).criterion(PARENTS)
    for row in (0, 7, 20):
        less = br.fit(model, br.read_data(frame.drop(index=row), model), draws=1000, seed=5)
        p = less.parameters
        mean = p["y.intercept"] + p["y.tv.effect"] * frame.loc[row, "tv"] + p["y.x.effect"] * frame.loc[row, "x"]
        direct = np.log(norm.pdf(frame.loc[row, "y"], mean, p["y.sigma"]).mean())
        assert found.elpd["a"][row] == pytest.approx(direct, abs=0.1)
    assert br.compare_models(whole).left_out[LATER].startswith("the rows are no periods")


def _truth(model: Model, frame: pd.DataFrame, draws: int = 1, **parameters: float) -> Fit:
    """Return a fit whose draws are all a truth."""
    named = {n.replace("__", "."): np.full(draws, x) for n, x in parameters.items()}
    return fit_of(model, br.read_data(frame, model), named)


def test_a_row_of_autocorrelated_noise_given_the_others_is_the_conditional_normal() -> None:
    model = Model(name="m", equations="y ~ tv", outcome="y", time="week", channels={"tv": "tv"}, noise={"y": "ar(1)"})
    rng, weeks, rho, sigma = np.random.default_rng(1), 12, 0.7, 2.0
    frame = pd.DataFrame({"week": np.arange(weeks), "tv": rng.gamma(2.0, 1.0, weeks), "y": rng.normal(20, 3, weeks)})
    fit = _truth(model, frame, y__intercept=18.0, y__tv__effect=1.5, y__sigma=sigma, y__autocorrelation=rho)
    found = given_parents(fit).outcome[0]
    mean = (18.0 + 1.5 * frame["tv"]).to_numpy()
    apart = np.abs(np.subtract.outer(np.arange(weeks), np.arange(weeks)))
    law = multivariate_normal(mean, sigma**2 / (1 - rho**2) * rho**apart)
    for t in range(weeks):
        rest = np.delete(np.arange(weeks), t)
        others = multivariate_normal(mean[rest], law.cov[np.ix_(rest, rest)])
        assert found[t] == pytest.approx(law.logpdf(frame["y"]) - others.logpdf(frame["y"].to_numpy()[rest]))
    ahead = coming(fit, 3, {"tv": np.array([1.0, 2.0, 3.0])})
    came = np.array([22.0, np.nan, 19.0])
    scored = log_score(ahead, "y", {}, came, 1)
    left = frame["y"].iloc[-1] - mean[-1]
    for h in (1, 3):
        middle = 18.0 + 1.5 * h + rho**h * left
        sd = sigma * np.sqrt((1 - rho ** (2 * h)) / (1 - rho**2))
        assert scored[h - 1] == pytest.approx(norm.logpdf(came[h - 1], middle, sd))
    assert np.isnan(scored[1])


def test_what_lies_between_is_drawn_in_the_row_and_known_in_those_before() -> None:
    """A linear normal mediator that acts for two periods: the density of a row is normal and known."""
    model = Model(
        name="m",
        equations="clicks ~ tv \n double := clicks + clicks \n y ~ lag(clicks, 1) + double",
        outcome="y",
        time="week",
        channels={"tv": "tv"},
    )
    rng, weeks = np.random.default_rng(2), 30
    frame = pd.DataFrame({"week": np.arange(weeks), "tv": rng.gamma(2.0, 1.0, weeks)})
    frame["clicks"], frame["y"] = rng.normal(50, 5, weeks), rng.normal(300, 20, weeks)
    fit = _truth(
        model, frame, 4000, clicks__intercept=40.0, clicks__tv__effect=5.0, clicks__sigma=3.0, y__intercept=300.0,
        y__clicks__effect=2.0, y__double__effect=1.5, y__sigma=4.0,
    )  # fmt: skip
    rows = forecast(fit, 1)
    outcome = np.logaddexp.reduce(rows.outcome) - np.log(len(rows.outcome))
    usual = fit.design.scales["clicks"].mean  # covariates stand in their equation less their mean
    before = 300.0 + 2.0 * (frame["clicks"].shift(1) - usual)
    mean = before + 3.0 * (40.0 + 5.0 * frame["tv"] - usual)
    right = norm.logpdf(frame["y"], mean, np.sqrt(4.0**2 + (3.0 * 3.0) ** 2))[1:]
    near = np.abs(frame["y"] - mean)[1:] < 20  # two sd: farther out few of the draws come near
    assert near.sum() > 10
    np.testing.assert_allclose(outcome[near], right[near], atol=0.1)
    told = norm.logpdf(frame["clicks"], 40.0 + 5.0 * frame["tv"], 3.0)
    given = norm.logpdf(frame["y"], before + 3.0 * (frame["clicks"] - usual), 4.0)
    np.testing.assert_allclose(rows.left_out[0], (told + given)[1:])


def test_what_cannot_be_left_out_by_row_is_told() -> None:
    hidden = Model(name="h", equations="searches ~ tv \n sales ~ searches \n searches ~~ sales", **SALES)
    frame = pd.DataFrame({"week": np.arange(40), "tv": np.arange(40.0) % 5, "searches": 1.0, "sales": 2.0})
    frame["searches"] += np.sin(np.arange(40))
    frame["sales"] += np.cos(np.arange(40))
    fit = fit_of(hidden, br.read_data(frame, hidden), {"sales.sigma": np.ones(2)})
    found = br.compare_models({"a": fit, "b": fit}, folds=0)
    assert not found.criteria
    assert "is unobserved and has a value of its own in each row" in found.left_out[PARENTS]
    assert found.left_out[LATER] == "no folds were asked for"


def test_models_of_other_rows_or_outcomes_are_refused(fits: dict[str, Fit]) -> None:
    chain, longer = fits["chain"], Model(name="l", equations="sales ~ adstock(tv, max_lag=5)", **SALES)
    clicks = Model(name="c", equations="searches ~ tv", outcome="searches", time="week", channels={"tv": "tv"})
    moved = chain.data.with_columns({**chain.data.columns, "sales": chain.data.columns["sales"] + 1.0})
    others = {
        "fitted to other rows": br.fit(longer, chain.data, draws=50, progress=False),
        "is about searches": br.fit(clicks, chain.data, draws=50, progress=False),
        "fitted to other rows than chain": fit_of(CHAIN, moved, {n: x[:1] for n, x in chain.parameters.items()}),
    }
    for said, other in others.items():
        with pytest.raises(QueryError, match=said):
            br.compare_models({"chain": chain, "other": other})
    with pytest.raises(QueryError, match="two models or more"):
        br.compare_models({"chain": chain})
    with pytest.raises(QueryError, match="folds"):
        br.compare_models({"chain": chain, "again": chain}, folds=-1)


def test_counts_have_whole_densities() -> None:
    """A Poisson row is as probable as its mass says, so that families can be held side by side."""
    from scipy.stats import poisson

    from bayes_roi.mechanisms.families import FAMILIES
    from bayes_roi.model.law.conditional import Conditional

    y, eta = np.array([0.0, 3.0, 11.0]), np.array([[0.2, 1.0, 2.5]])
    law = Conditional(FAMILIES["poisson"], np, eta, {}, None, np.zeros(3, bool))
    np.testing.assert_allclose(row_log_density(law, y), poisson.logpmf(y, np.exp(eta)))


@pytest.mark.parametrize("family", ["student_t", "negative_binomial", "gamma", "beta", "beta_binomial", "lognormal"])
def test_rows_of_every_family_have_the_density_that_scipy_gives(family: str) -> None:
    from scipy import stats

    from bayes_roi.mechanisms.families import FAMILIES
    from bayes_roi.model.law.conditional import Conditional

    eta, two = np.array([[0.2, -0.4, 0.9]]), np.full((1, 1), 2.0)
    share = 1 / (1 + np.exp(-eta))
    y, own, right = {
        "student_t": ([0.1, 3.0, -4.0], {"nu": 3 * two, "sigma": two}, stats.t(6, eta, 2)),
        "negative_binomial": ([0.0, 3.0, 11.0], {"alpha": two}, stats.nbinom(2, 2 / (2 + np.exp(eta)))),
        "gamma": ([0.1, 3.0, 4.0], {"alpha": two}, stats.gamma(2, scale=np.exp(eta) / 2)),
        "beta": ([0.1, 0.3, 0.9], {"kappa": two}, stats.beta(2 * share, 2 * (1 - share))),
        "beta_binomial": ([0.0, 3.0, 5.0], {"kappa": two}, stats.betabinom(5, 2 * share, 2 * (1 - share))),
        "lognormal": ([0.1, 3.0, 4.0], {"sigma": two}, stats.lognorm(2, scale=np.exp(eta))),
    }[family]
    own |= {"trials": np.full(3, 5.0)} if family == "beta_binomial" else {}
    law = Conditional(FAMILIES[family], np, eta, own, None, np.zeros(3, bool))
    expected = right.logpmf(y) if hasattr(right.dist, "pmf") else right.logpdf(y)
    np.testing.assert_allclose(row_log_density(law, np.array(y)), expected, rtol=1e-12)
