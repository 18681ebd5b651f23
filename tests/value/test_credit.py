"""Credit by rules: last click and a user's weights, against the figures of the case study and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.model.law.prior_draws import prior_draws
from bayes_roi.model.rows.design import design
from tests.model.made import series


def test_last_click_of_the_acquisition_case_is_that_of_its_clicks(acquisition_fit: Fit) -> None:
    """37.5 % and 62.5 % in expectation; in 20,000 rows with sd below a third of the mean, to 0.3 points."""
    found = br.last_click(acquisition_fit)
    mean = found.mean()
    assert mean.channel.values.tolist() == ["tv", "social", "organic_clicks"]
    np.testing.assert_allclose(mean, [0.0, 0.625, 0.375], atol=0.003)
    rows = acquisition_fit.design.rows
    right = rows["social_clicks"].sum() / (rows["social_clicks"] + rows["organic_clicks"]).sum()
    assert float(mean.sel(channel="social")) == pytest.approx(right, rel=1e-12)
    assert found.evidence.item() == br.Evidence.DESCRIPTIVE
    assert float(found.sd().max()) < 1e-12


def test_last_click_in_a_window_counts_its_clicks_alone(funnel_known: Fit) -> None:
    window = funnel_known.design.window("2024-03")
    clicks = {n: funnel_known.design.rows[f"{n}_clicks"][window].sum() for n in ("organic", "social", "search")}
    found = br.last_click(funnel_known, during="2024-03").mean()
    for channel in ("social", "search"):
        assert float(found.sel(channel=channel)) == pytest.approx(clicks[channel] / sum(clicks.values()), rel=1e-12)
    assert float(found.sum()) == pytest.approx(1.0, rel=1e-12)
    assert float(found.sel(channel="tv")) == 0.0


def shop(equations: str, **channels: str) -> Fit:
    rng = np.random.default_rng(1)
    names = ("a", "b", "visits", "brand_clicks", "brand_video_clicks", "views", "basket", "orders", "y")
    model = br.Model(name="shop", equations=equations, outcome="y", channels=channels)
    data = br.Panel({n: rng.gamma(9.0, 10.0, 20) for n in names}, None, None, None, "made")
    data = data.select(model.measured)
    return fit_of(model, data, prior_draws(model, design(model, data), 2, 0))


def test_the_last_clicks_on_the_paths_count_and_the_longest_channel_name_owns_them() -> None:
    """A click before another click is not the last; identities and steps that are no clicks are looked through."""
    fit = shop(
        "views ~ a\nbrand_clicks ~ a\nbrand_video_clicks ~ b + brand_clicks\nvisits ~ a\n"
        "orders ~ brand_video_clicks + visits + views\ny := orders * basket",
        brand="a",
        brand_video="b",
    )
    found = br.last_click(fit).mean()
    assert found.channel.values.tolist() == ["brand", "brand_video", "visits"]
    rows = fit.design.rows
    share = rows["visits"].sum() / (rows["visits"] + rows["brand_video_clicks"]).sum()
    np.testing.assert_allclose(found, [0.0, 1 - share, share], rtol=1e-12)


def test_clicks_say_whose_a_node_is() -> None:
    fit = shop("visits ~ a\nviews ~ b\ny ~ visits + views", tv="a", web="b")
    assert br.last_click(fit).mean().channel.values.tolist() == ["tv", "web", "visits"]
    assert "not counted as clicks: views" in br.last_click(fit).note
    found = br.last_click(fit, clicks={"tv": "visits", "web": "views"}).mean()
    rows = fit.design.rows
    total = (rows["visits"] + rows["views"]).sum()
    np.testing.assert_allclose(found, [rows["visits"].sum() / total, rows["views"].sum() / total], rtol=1e-12)


def test_weights_hand_out_the_whole_outcome(acquisition_fit: Fit) -> None:
    found = br.allocation(acquisition_fit, {"social": 0.75, "tv": 0.25})
    total = br.attribution(acquisition_fit).sum("channel").values
    np.testing.assert_allclose(found.sum("channel").values, total, rtol=1e-9)
    np.testing.assert_allclose(found.sel(channel="social").values, 0.75 * total, rtol=1e-9)
    assert found.evidence.item() == br.Evidence.DESCRIPTIVE


def test_uncertain_weights_have_the_spread_of_their_dirichlet(acquisition_fit: Fit) -> None:
    """Var = w (1 - w) / (K + 1), and a sum of shares has (sum w a^2 - m^2) / (K + 1); 4,000 draws tell it to 8 %."""
    weight, sure = 0.3, 20.0
    found = br.allocation(acquisition_fit, {"tv": weight, "social": 1 - weight}, concentration=sure)
    total = found.sum("channel").values
    share = found.values / total
    sd = math.sqrt(weight * (1 - weight) / (sure + 1))
    error = 1 / math.sqrt(total.size)
    assert float(share.sel(channel="tv").std()) == pytest.approx(sd, rel=4 * error)
    assert float(share.sel(channel="tv").mean()) == pytest.approx(weight, abs=4 * sd * error)
    prices = np.array([2.0, 5.0])
    value = (share * prices).sum("channel")
    of_rule = (weight * prices[0] ** 2 + (1 - weight) * prices[1] ** 2 - (prices @ [weight, 1 - weight]) ** 2) / (
        sure + 1
    )
    assert float(value.var()) == pytest.approx(of_rule, rel=8 * error)
    again = br.allocation(acquisition_fit, {"tv": weight, "social": 1 - weight}, concentration=sure)
    np.testing.assert_array_equal(found.values, again.values)


def test_a_channel_that_gets_nothing_gets_nothing_in_every_draw(acquisition_fit: Fit) -> None:
    found = br.allocation(acquisition_fit, {"tv": 0, "social": 1}, concentration=5)
    assert float(np.abs(found.sel(channel="tv").values).max()) == 0.0


@pytest.mark.parametrize(
    ("weights", "options", "message"),
    [
        ({"tv": 0.5, "social": 0.6}, {}, "weights must sum to one, these sum to 1.1"),
        ({"tv": -0.5, "social": 1.5}, {}, "the weight of 'tv' must be a number, 0 or more, got -0.5"),
        ({"tv": 0.5, "socail": 0.5}, {}, "'socail' is not a channel, did you mean 'social'?; there are tv, social"),
        ({"tv": 1.0}, {}, "no weight for social; give every channel one, 0 where it gets nothing"),
        ({"tv": True, "social": 0.0}, {}, "the weight of 'tv' must be a number"),
        ({"tv": math.nan, "social": 1.0}, {}, "the weight of 'tv' must be a number"),
        ([0.5, 0.5], {}, "weights must map each channel to its share, got [0.5, 0.5]"),
        ({"tv": 0.5, "social": 0.5}, {"concentration": 0}, "concentration must be a positive number, got 0"),
    ],
)
def test_weights_that_cannot_be_handed_out_say_why(acquisition_fit: Fit, weights, options, message) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(QueryError) as error:
        br.allocation(acquisition_fit, weights, **options)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("clicks", "message"),
    [
        ({"sozial": "social_clicks"}, "'sozial' is not a channel, did you mean 'social'?"),
        ({"social": "social_click"}, "'social_click' is not a node of the model, did you mean 'social_clicks'?"),
        ({"social": "social_spend"}, "'social_spend' cannot be the clicks of 'social'"),
        ({"social": "revenue"}, "'revenue' cannot be the clicks of 'social'"),
        ({"social": "social_clicks", "tv": "social_clicks"}, "each click node belongs to one channel"),
    ],
)
def test_clicks_that_are_none_say_why(acquisition_fit: Fit, clicks, message) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(QueryError) as error:
        br.last_click(acquisition_fit, clicks=clicks)
    assert str(error.value).startswith(message)


def test_without_clicks_last_click_has_no_meaning() -> None:
    with pytest.raises(QueryError, match="'shop' has no click node before 'y'"):
        br.last_click(shop("views ~ a\ny ~ views", tv="a"))
    data = series({"x": np.arange(4.0), "clicks": np.zeros(4), "y": np.arange(4.0)})
    model = br.Model(name="m", equations="clicks ~ x\ny ~ clicks", outcome="y", time="t", channels={"c": "x"})
    fit = fit_of(model, data, {n: np.ones(1) for n in ("clicks.intercept", "clicks.x.effect", "clicks.sigma")})
    with pytest.raises(QueryError, match="clicks must be 0 or more and some must be there"):
        br.last_click(fit)
