"""Forecasts: laws against `do` and `compare`, closed forms of scores, and folds that know nothing of later rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import bayes_roi as br
from bayes_roi.draws import Evidence
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit
from bayes_roi.model.language.model import Model
from bayes_roi.panel import Panel
from bayes_roi.prediction.rivals import seasonal_naive
from bayes_roi.prediction.scores import crps, scores


def test_a_scenario_is_predicted_as_it_is_compared(funnel_fit: Fit) -> None:
    plan = br.scenario(funnel_fit, "plan", periods=5, change={"tv": 0.2})
    found, compared = br.predict(funnel_fit, plan), br.compare(funnel_fit, [plan])
    expected = found.expected.arrays.values.array.sum(axis=-1)
    assert expected.mean() == pytest.approx(float(compared.outcome.mean().item()), rel=1e-9)


def test_noise_is_in_what_is_shown_alone(funnel_fit: Fit) -> None:
    found = br.predict(funnel_fit, periods=4)
    for row in found.rows():
        assert row["shown_lower"] < row["expected_lower"] < row["expected_upper"] < row["shown_upper"]
    assert found.shown.evidence.item() == Evidence.PREDICTIVE
    assert "no cause" in str(found)
    assert set(found.assumed) == {"demand", "tv_spend", "social_spend"}


def test_rows_of_a_table_say_what_is_known(funnel_fit: Fit) -> None:
    rows = pd.DataFrame({"tv": [0.0, 0.0], "social": [1e3, 1e3], "search": [5e3, 5e3], "demand": [10.0, 12.0]})
    by_rows = br.predict(funnel_fit, rows=rows)
    by_name = br.predict(funnel_fit, known={k: v.to_numpy() for k, v in rows.items()})
    assert by_rows.rows() == by_name.rows()
    assert not by_rows.assumed


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"known": {"radio": 1}}, "'radio' is not in the model"),
        ({"known": {"revenue": 1}}, "'revenue' is given|is what is predicted"),
        ({"known": {"tv": [1.0, 2.0]}, "periods": 3}, "'tv' is known for 2 periods, and 3 are forecast; give a value"),
        ({"node": "demand"}, "no equation to predict"),
        ({"rows": {"weather": [1.0]}}, "no column that is known"),
        ({"rows": {"tv": [1.0]}, "known": {"tv": 1}}, "one of a scenario"),
        ({"periods": 0}, "periods"),
    ],
)
def test_what_cannot_be_predicted_is_told(funnel_fit: Fit, asked: dict[str, object], said: str) -> None:
    with pytest.raises(QueryError, match=said):
        br.predict(funnel_fit, **asked)  # type: ignore[arg-type]


def test_crps_of_normal_draws_is_the_closed_form() -> None:
    """Of a standard normal it is y (2 Phi(y) - 1) + 2 phi(y) - 1 / sqrt(pi) (Gneiting and Raftery 2007, eq. 21)."""
    from scipy.stats import norm

    y = np.array([-2.0, 0.0, 0.7])
    draws = norm.ppf((np.arange(20_000) + 0.5) / 20_000)[:, None] * np.ones(3)
    right = y * (2 * norm.cdf(y) - 1) + 2 * norm.pdf(y) - 1 / np.sqrt(np.pi)
    assert crps(draws, y) == pytest.approx(right, abs=1e-3)
    few = np.random.default_rng(1).normal(size=(7, 2))
    pairs = np.abs(few[:, None] - few[None]).mean(axis=(0, 1)) / 2
    assert crps(few, y[:2]) == pytest.approx(np.abs(few - y[:2]).mean(axis=0) - pairs)


def test_scores_are_what_they_are_called() -> None:
    came = np.array([1.0, 2.0, np.nan, 4.0])
    draws = np.tile(np.linspace(-1, 1, 401)[:, None], (1, 4)) + np.array([1.0, 2.5, 0.0, 9.0])
    found = scores(draws, came)
    assert found.count == 3
    assert found.mae == pytest.approx(5.5 / 3)
    assert found.rmse == pytest.approx(np.sqrt((0.25 + 25) / 3))
    assert found.mape == pytest.approx((0.5 / 2 + 5 / 4) / 3)
    assert (found.covered_50, found.covered_90) == pytest.approx((2 / 3, 2 / 3))


def test_the_naive_forecast_repeats_last_year() -> None:
    past = np.tile(np.arange(52.0), 3)
    found = seasonal_naive(past, 4, "week", np.random.default_rng(1))
    assert found[0].tolist() == [0.0, 1.0, 2.0, 3.0]
    short = seasonal_naive(np.arange(10.0), 2, "week", np.random.default_rng(1))
    assert short.mean(axis=0) == pytest.approx([10.0, 9 + np.sqrt(2)])


LINE = Model(name="m", equations="y ~ adstock(tv, max_lag=2) + x", outcome="y", time="week", channels={"tv": "tv"})


@pytest.fixture(scope="module")
def line() -> Panel:
    return br.simulate(LINE, periods=90, seed=4)


def test_a_fold_knows_nothing_of_what_comes(line: Panel) -> None:
    """Other outcomes after the origin change no draw of the forecast."""
    changed = line.columns["y"].copy()
    changed[-4:] *= 50
    found = [
        br.backtest(LINE, d, folds=1, horizon=4, draws=50, progress=False)
        for d in (line, line.with_columns({**line.columns, "y": changed}))
    ]
    assert np.array_equal(found[0].folds[0].draws["model"], found[1].folds[0].draws["model"])
    assert found[1].scores().covered_90 == 0
    assert len(found[1].misjudged()) == 4


def test_the_table_of_a_backtest(line: Panel) -> None:
    found = br.backtest(LINE, line, folds=3, horizon=4, step=2, draws=50, progress=False)
    assert [len(f.labels) for f in found.folds] == [4, 4, 4]
    frame = found.to_frame()
    assert list(frame["forecaster"].unique()) == ["model", "seasonal naive"]
    assert found.scores(ahead=2).count == 3
    assert found.scores().count == 12
    assert found.scores().crps < found.scores("seasonal naive").crps
    assert "no proof of cause" in str(found)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"folds": 40}, "ask for fewer folds"),
        ({"horizon": 0}, "horizon"),
        ({"known": "all"}, "known must be one of"),
    ],
)
def test_what_cannot_be_looked_back_on_is_told(line: Panel, asked: dict[str, object], said: str) -> None:
    with pytest.raises(QueryError, match=said):
        br.backtest(LINE, line, progress=False, **asked)  # type: ignore[arg-type]


def test_a_plan_is_scored_by_what_came(funnel_fit: Fit) -> None:
    plan = br.scenario(funnel_fit, "plan", periods=4)
    middle = [row["shown"] for row in br.predict(funnel_fit, plan).rows()]
    good, bad = br.score_plan(funnel_fit, plan, middle), br.score_plan(funnel_fit, plan, np.array(middle) * 1.5)
    assert good.scores.covered_90 == 1
    assert 0.4 < good.tail < 0.6
    assert bad.scores.covered_90 == 0
    assert bad.tail == 1
    dated = dict(zip(plan.labels.tolist()[:2], middle, strict=False))
    assert br.score_plan(funnel_fit, plan, dated).scores.count == 2
    for actual, said in (
        ([1.0] * 5, "4 periods"),
        ({str(funnel_fit.data.periods[-1]): 1.0}, "is in the table"),  # type: ignore[index]
        ({"2031-01-06": 1.0}, "is no period of plan"),
    ):
        with pytest.raises(QueryError, match=said):
            br.score_plan(funnel_fit, plan, actual)


def test_labels_gaps_and_spends_with_equations_are_looked_back_on() -> None:
    """A category is given by its labels, a row that is not there is no misjudgement, and "spend" gives every spend."""
    model = Model(
        name="m",
        equations="search ~ demand \n y ~ search + factor(promo) + demand",
        outcome="y",
        time="week",
        channels={"search": "search"},
    )
    rng, weeks = np.random.default_rng(5), 80
    promo = np.array(["none", "spring"])[(np.arange(weeks) % 7 == 0).astype(int)]
    demand = rng.normal(10, 1, weeks)
    frame = pd.DataFrame(
        {
            "week": (np.datetime64("2024-01-01") + np.arange(weeks) * np.timedelta64(7, "D")).astype(str),
            "search": 50 + 3 * demand + rng.gamma(2.0, 5.0, weeks),
            "promo": promo,
            "demand": demand,
        }
    )
    frame["y"] = 100 + 2 * frame["search"] + 30 * (promo == "spring") + rng.normal(0, 5, weeks)
    data = br.read_data(frame, model)
    found = br.backtest(model, data, folds=2, horizon=4, draws=100, progress=False)
    assert found.scores().rmse < 3 * 5  # three times the sd of the noise
    more = frame.assign(search=frame["search"].where(frame.index < 76, 400.0))
    by_spend = [
        br.backtest(model, br.read_data(f, model), folds=1, known="spend", draws=50, progress=False)
        for f in (frame, more)
    ]
    middles = [np.median(b.folds[0].draws["model"]) for b in by_spend]
    assert middles[1] > middles[0] + 100
    series = seasonal_naive(np.array([np.nan, 3.0, np.nan, 5.0, np.nan]), 1, None, np.random.default_rng(1))
    assert np.isfinite(series).all()


def test_autocorrelated_noise_goes_on_from_the_last_residual() -> None:
    """One step ahead the error is the innovation, not the whole noise: sd 1 beside 1 / sqrt(1 - .64) = 1.67."""
    model = Model(name="m", equations="y ~ tv", outcome="y", time="week", channels={"tv": "tv"}, noise={"y": "ar(1)"})
    rng, weeks = np.random.default_rng(11), 200
    tv, noise = rng.gamma(2.0, 1.0, weeks), np.zeros(weeks)
    for t in range(1, weeks):
        noise[t] = 0.8 * noise[t - 1] + rng.standard_normal()
    frame = pd.DataFrame({"week": np.arange(weeks), "tv": tv, "y": 20 + tv + noise})
    fit = br.fit(model, br.read_data(frame, model), seed=1, draws=250)
    found = br.predict(fit, known={"tv": np.full(30, 2.0)})
    spread = found.shown.arrays.values.array.reshape(-1, 30).std(axis=0)
    rho = fit.parameters["y.autocorrelation"].mean()
    sigma = fit.parameters["y.sigma"].mean()
    assert spread[0] == pytest.approx(sigma, rel=0.12)
    assert spread[-1] == pytest.approx(sigma / np.sqrt(1 - rho**2), rel=0.15)
    middle = found.expected.arrays.values.array.reshape(-1, 30).mean(axis=0)
    residual = (frame["y"] - 20 - tv).iloc[-1]
    assert middle[0] - middle[-1] == pytest.approx(rho * residual, abs=0.5)
