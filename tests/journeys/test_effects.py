"""Effects of touches: laws, and the answers of maximum likelihood, of integration over a grid and of NUTS."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import bayes_roi as br
from bayes_roi.draws import Evidence
from bayes_roi.errors import QueryError
from bayes_roi.journeys.logistic import posterior as module
from bayes_roi.journeys.logistic.days import user_days
from bayes_roi.journeys.logistic.intent import intent_table
from bayes_roi.journeys.logistic.posterior import Regression, posterior
from bayes_roi.journeys.logistic.removed import removed
from bayes_roi.journeys.logistic.rows import Rows
from bayes_roi.journeys.simulate.world import Chance, lived
from tests.journeys.days_oracle import likeliest

LAGGED = ("affiliate",)
UNSEEN = br.UnseenIntent(log_odds=(1.1, 0.2), per_touch={"brand_search": (0.9, 0.2), "direct": (0.9, 0.2)})


@pytest.fixture(scope="module")
def small() -> br.SimulatedJourneys:
    """A world whose users all are in the log."""
    return br.simulate_journeys(7, users=500, days=60)


@pytest.fixture(scope="module")
def log(small: br.SimulatedJourneys) -> br.TouchLog:
    return br.read_log(small.log)


def shares(rows: Rows, prior_sd: float, draws: int, seed: int = 0) -> np.ndarray:
    """Return draws of the share of the purchases of rows that go with each channel."""
    regression = Regression.of(rows, prior_sd)
    points = posterior(regression, draws, np.random.default_rng(seed)).points
    total, fewer = removed(rows, regression, points, points[:, 1 : 1 + rows.remembered.shape[1]])
    return fewer / total[:, None]


@pytest.mark.parametrize("with_intent", [False, True])
def test_with_many_purchases_and_a_flat_prior_it_is_maximum_likelihood(with_intent: bool) -> None:
    """The mean is off by the curvature of the share, of the order of sd^2: a tenth of an sd is far more."""
    rng = np.random.default_rng(3)
    touches, intent = rng.poisson(0.4, (40_000, 3)) * rng.choice([1.0, 0.8, 0.64], (40_000, 3)), rng.normal(size=40_000)
    eta = -2.5 + touches @ [0.6, 0.0, -0.2] + 0.7 * intent
    bought = (rng.random(40_000) < 1 / (1 + np.exp(-eta))).astype(float)
    rows = Rows(touches, intent if with_intent else None, np.ones(40_000), bought)
    draws = 1_000
    found = shares(rows, 100.0, draws)
    mean, sd = likeliest(rows)
    np.testing.assert_allclose(found.mean(axis=0), mean, atol=(4 / np.sqrt(draws) + 0.1) * sd.max())
    np.testing.assert_allclose(found.std(axis=0), sd, rtol=4 / np.sqrt(2 * draws) + 0.05)


def few(bought: tuple[int, ...], days: tuple[int, ...]) -> Rows:
    """Return rows of one channel, remembered 0, 0.5, 1 and 2 times."""
    return Rows(np.array([[0.0], [0.5], [1.0], [2.0]]), None, np.array(days, float), np.array(bought, float))


@pytest.mark.parametrize(("bought", "days"), [((3, 1, 2, 1), (90, 20, 15, 4)), ((4, 0, 0, 0), (60, 10, 10, 3))])
def test_few_purchases_are_integrated_as_a_grid_does(bought: tuple[int, ...], days: tuple[int, ...]) -> None:
    """Seven purchases, and none with a touch at all: skewed posteriors, which the mode and its curvature miss."""
    rows, draws = few(bought, days), 8_000
    mean = (rows.days @ rows.remembered / rows.days.sum())[0]
    alpha, beta = np.meshgrid(np.linspace(-9, 2, 601), np.linspace(-12, 9, 1201), indexing="ij")
    x = rows.remembered[:, 0]
    eta = alpha[..., None] + beta[..., None] * (x - mean)
    log = (rows.bought * eta - rows.days * np.logaddexp(0, eta)).sum(-1) - alpha**2 / 200 - beta**2 / (2 * 2.5**2)
    weight = np.exp(log - log.max())
    p, q = (1 / (1 + np.exp(-e)) for e in (eta, eta - beta[..., None] * x))
    share = ((p - q) * rows.days).sum(-1) / (p * rows.days).sum(-1)
    order = np.argsort(share.ravel())
    mass = np.cumsum(weight.ravel()[order]) / weight.sum()
    found = shares(rows, 2.5, draws)[:, 0]
    # draws come again by their weights, at least 40 % of them count: errors of probabilities by as many
    for prob in (0.05, 0.25, 0.5, 0.75, 0.95):
        at = share.ravel()[order][np.searchsorted(mass, prob)]
        assert abs((found <= at).mean() - prob) < 4 * np.sqrt(prob * (1 - prob) / (0.4 * draws)), prob


def test_nuts_finds_the_same_posterior(small: br.SimulatedJourneys, log: br.TouchLog) -> None:
    import pymc as pm

    table = intent_table(small.intent, "UTC")
    rows = user_days(log, kept=0.8, lagged=LAGGED, intent=table, bot_touches=200).rows
    regression, some = Regression.of(rows, 2.5), np.flatnonzero(rows.bought)
    some = np.union1d(some, np.arange(0, len(rows), 20))
    regression = Regression(regression.columns[some], rows.days[some], rows.bought[some], regression.prior_sd)
    with pm.Model():
        b = pm.Normal("b", 0.0, regression.prior_sd, shape=len(regression.prior_sd))
        pm.Bernoulli("y", logit_p=regression.columns @ b, observed=regression.bought)
        nuts = pm.sample(500, tune=500, chains=2, cores=1, random_seed=1, progressbar=False, nuts_sampler="pymc")
    theirs = nuts.posterior["b"].to_numpy().reshape(-1, len(regression.prior_sd))
    mine = posterior(regression, 4_000, np.random.default_rng(0)).points
    sd = theirs.std(axis=0)
    # effective draws of NUTS are a third of its draws or more here
    np.testing.assert_allclose(mine.mean(axis=0), theirs.mean(axis=0), atol=5 * sd.max() / np.sqrt(len(theirs) / 3))
    np.testing.assert_allclose(mine.std(axis=0), sd, rtol=5 / np.sqrt(2 * len(theirs) / 3))


def test_the_density_in_single_precision_is_the_density() -> None:
    rng = np.random.default_rng(0)
    rows = Rows(
        rng.poisson(0.3, (5_000, 2)) * 0.8, rng.normal(size=5_000), np.ones(5_000), (rng.random(5_000) < 0.1) * 1.0
    )
    regression = Regression.of(rows, 2.5)
    mode, covariance = regression.mode()
    points = rng.multivariate_normal(mode, 9 * covariance, 300)
    exact = np.array([regression._density_at(x) for x in points])
    np.testing.assert_allclose(regression.log_density(points), exact, atol=1e-3)


def test_the_mode_has_no_slope_and_is_left_to_the_prior_where_nothing_is_told() -> None:
    regression = Regression.of(few((4, 0, 0, 0), (60, 10, 10, 3)), 2.5)
    at, covariance = regression.mode()
    slope, information = regression._curved(at)
    assert slope @ covariance @ slope < 1e-10  # so many squared standard deviations away
    np.testing.assert_allclose(covariance @ information, np.eye(2), atol=1e-2)
    nobody = Rows(np.zeros((2, 1)), None, np.array([90.0, 10.0]), np.array([0.0, 10.0]))
    draws = posterior(Regression.of(nobody, 2.5), 4_000, np.random.default_rng(0)).points[:, 1]
    assert abs(draws.std() - 2.5) < 4 * 2.5 / np.sqrt(2 * 4_000 * 0.4)


def test_weights_that_cannot_be_trusted_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_K", -10.0)
    with pytest.raises(
        QueryError, match=r"weights of draws cannot be trusted \(Pareto k is .*take rare channels together"
    ):
        posterior(Regression.of(few((4, 0, 0, 0), (60, 10, 10, 3)), 2.5), 100, np.random.default_rng(0))


def test_the_intent_of_a_simulated_world_is_that_of_its_days(small: br.SimulatedJourneys) -> None:
    days = list(lived(Chance(7, 500), 60))
    assert len(small.intent) == 500 * 60
    some = small.intent[small.intent.time == "2025-01-05"].sort_values("user")
    np.testing.assert_array_equal(some.intent, days[4].intent)


def test_a_channel_that_nobody_was_touched_by_has_no_effect(small: br.SimulatedJourneys) -> None:
    """Its touches are all those of a bot."""
    times = pd.Timestamp("2025-01-02") + pd.to_timedelta(np.arange(300), unit="s")
    bot = pd.DataFrame({"user": -1, "time": times, "channel": "banner", "event": "touch"})
    effects = br.touch_effects(br.read_log(pd.concat([small.log, bot])), draws=100)
    assert np.all(effects.sel(channel="banner").values == 0.0)
    assert np.all(effects.sel(channel="social").values != 0.0)


def test_other_names_and_orders_of_users_change_nothing(small: br.SimulatedJourneys, log: br.TouchLog) -> None:
    names = np.random.default_rng(1).permutation(10_000)
    other = small.log.assign(user=names[small.log.user])
    intent = small.intent.assign(user=names[small.intent.user]).sample(frac=1, random_state=1)
    for mine, theirs in ((None, None), (intent, small.intent)):
        one = br.touch_effects(br.read_log(other.sample(frac=1, random_state=2)), intent=mine, lagged=LAGGED, draws=100)
        np.testing.assert_array_equal(one.values, br.touch_effects(log, intent=theirs, lagged=LAGGED, draws=100).values)


def test_units_agree(small: br.SimulatedJourneys, log: br.TouchLog) -> None:
    share, count, value = (br.touch_effects(log, unit=u, draws=100) for u in ("share", "conversions", "value"))
    np.testing.assert_allclose(count.values, share.values * small.conversions, rtol=1e-12)
    np.testing.assert_allclose(value.values, share.values * small.log["value"].sum(), rtol=1e-12)
    assert [d.unit for d in (share, count, value)] == ["share of conversions", "conversions", "value"]


def test_evidence_and_what_is_said_beside_the_numbers(small: br.SimulatedJourneys, log: br.TouchLog) -> None:
    plain = br.touch_effects(log, draws=100)
    assert int(plain.arrays.evidence.array) == Evidence.DESCRIPTIVE
    assert "without intent: channels that people use because they are about to buy" in plain.note
    assert "many touches of affiliate come on the day of a purchase" in plain.note
    measured = br.touch_effects(log, intent=small.intent[small.intent.time >= "2025-01-11"], lagged=LAGGED, draws=100)
    assert int(measured.arrays.evidence.array) == Evidence.ASSUMED
    assert "given the measured intent nothing else" in measured.why_assumed
    assert "of the days of users are left out, as no intent had been measured" in measured.note
    assert "affiliate" not in measured.note
    unseen = br.touch_effects(log, unobserved=UNSEEN, draws=100)
    assert int(unseen.arrays.evidence.array) == Evidence.ASSUMED
    assert "one sd of intent adds 1.1 (sd 0.2) to the log-odds of buying; per touch it is higher by" in unseen.note
    assert "as its priors say" in unseen.why_assumed


def test_an_unseen_intent_of_no_strength_changes_nothing_and_what_is_not_known_widens(log: br.TouchLog) -> None:
    def widths(unseen: br.UnseenIntent | None) -> tuple[np.ndarray, np.ndarray]:
        found = br.touch_effects(log, unobserved=unseen, lagged=LAGGED, draws=1_000)
        return found.mean().values, found.sd().values

    (mean, sd), (same, _) = widths(None), widths(br.UnseenIntent((0.0, 0.0), {"direct": (1.0, 0.5)}))
    np.testing.assert_array_equal(same, mean)
    at = [log.channels.index(c) for c in ("brand_search", "direct")]
    others = [i for i in range(6) if i not in at]
    moved, wider = widths(UNSEEN)
    np.testing.assert_array_equal(moved[others], mean[others])
    assert np.all(moved[at] < mean[at])
    assert np.all(wider[at] > sd[at])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"unit": "money"}, "unit must be share, conversions or value"),
        ({"kept": 1.0}, r"kept must be in \(0, 1\)"),
        ({"prior_sd": 0}, "prior_sd must be a number above zero"),
        ({"lagged": "affiliate"}, r"lagged must be a list of channels, e\.g\. \['affiliate'\]"),
        ({"lagged": ["afiliate"]}, "lagged: 'afiliate' is not a channel, did you mean 'affiliate'"),
        ({"unobserved": 1.0}, r"unobserved must be a br\.UnseenIntent, got a float"),
        ({"unobserved": br.UnseenIntent((1, 0), {"brand": (1, 0)})}, "per_touch: 'brand' is not a channel"),
        ({"draws": 10}, "draws must be a whole number, 100 or more"),
        ({"bot_touches": 0}, "bot_touches must be"),
    ],
)
def test_bad_options_are_told(log: br.TouchLog, options: dict, told: str) -> None:
    with pytest.raises(QueryError, match=told):
        br.touch_effects(log, **options)


def test_what_cannot_be_answered_is_told(small: br.SimulatedJourneys) -> None:
    with pytest.raises(QueryError, match=r"found in what br\.read_log returns, got a DataFrame"):
        br.touch_effects(small.log)
    with pytest.raises(QueryError, match="no conversion has a value"):
        br.touch_effects(br.read_log(small.log.drop(columns="value")), unit="value")
    late = small.log[small.log.event == "conversion"].head(1).assign(time="2024-12-01")
    with pytest.raises(QueryError, match="bought on a day after a touch"):
        br.touch_effects(
            br.read_log(
                pd.concat([small.log[small.log.event == "touch"], late.assign(time=pd.Timestamp("2024-12-01"))])
            )
        )


@pytest.mark.parametrize("given", [1.0, (1.0,), (1.0, -0.1), ("a", 1)])
def test_bad_priors_of_an_unseen_intent_are_told(given: object) -> None:
    with pytest.raises(QueryError, match="log_odds of an unseen intent must be"):
        br.UnseenIntent(given)  # type: ignore[arg-type]
    with pytest.raises(QueryError, match="tv of an unseen intent must be"):
        br.UnseenIntent((1.0, 0.1), {"tv": given})  # type: ignore[dict-item]
