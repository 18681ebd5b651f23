"""Predictive checks: tails that are exact, and predictions given less that are wider."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

import bayes_roi as br
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit
from bayes_roi.inference.predictive import Given
from bayes_roi.inference.predictive_check import predictive_check
from bayes_roi.panel import Panel


def fitted(scale: float = 1.0, *, rows: int = 120, seed: int = 0) -> Fit:
    """A funnel whose revenue has noise of a sigma that is given as one."""
    rng = np.random.default_rng(seed)
    tv = rng.gamma(2.0, 50.0, rows)
    clicks = 200 + 2 * tv + 60 * rng.standard_normal(rows)
    revenue = 500 + 3 * clicks + 50 * scale * rng.standard_normal(rows)
    model = br.Model(
        name="funnel",
        equations="clicks ~ tv_spend\nrevenue ~ clicks",
        outcome="revenue",
        channels={"tv": "tv_spend"},
        priors={"revenue.sigma": "LogNormal(mu=3.912, sigma=0.001)"},
    )
    columns = {"tv_spend": tv, "clicks": clicks, "revenue": revenue}
    data = Panel(columns, None, None, None, "made")
    return br.fit(model, data, seed=seed, draws=500, chains=2, progress=False)


def test_the_tail_is_that_of_a_binomial_count_on_either_side() -> None:
    fit = fitted()
    check = predictive_check(fit, "revenue")
    assert 0.01 < check.chance <= 1
    assert check.chance == pytest.approx(_tail(round(120 * check.counted)), abs=1e-12)
    assert check.counted == pytest.approx(check.inside, abs=0.03)  # with four parameters the fit takes little


def _tail(k: int) -> float:
    return float(min(1.0, 2 * min(binom.cdf(k, 120, 0.9), binom.sf(k - 1, 120, 0.9))))


def test_rows_all_inside_or_too_few_are_told_of_sixty_rows() -> None:
    """Of sixty rows all inside have probability 2 x 0.9^60 = 0.0036: 208 rows were once too few to say so."""
    for scale, side in ((0.3, "more"), (2.0, "fewer")):
        check = predictive_check(fitted(scale, rows=60), "revenue")
        assert check.chance < 0.01
        assert (check.counted > 0.9) == (side == "more")


@pytest.mark.parametrize("given", ["parents", "spend"])
def test_right_models_ring_as_seldom_as_they_say(given: Given) -> None:
    chances = [predictive_check(fitted(seed=seed), "revenue", given=given).chance for seed in range(60)]
    assert np.mean(np.array(chances) < 0.05) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 60)


def test_given_spends_alone_clicks_are_drawn_anew() -> None:
    fit = fitted()
    kinds: tuple[Given, ...] = ("parents", "spend")
    near, far = (br.posterior_predictive(fit, "revenue", given=given).values for given in kinds)
    spread = [float(x.std("draw").mean()) for x in (near, far)]
    assert spread[1] == pytest.approx(np.hypot(50, 3 * 60), rel=0.1)
    assert spread[0] == pytest.approx(50, rel=0.1)
    checks = [predictive_check(fit, "revenue", given=given) for given in kinds]
    assert checks[0].r2 > checks[1].r2 > 0
    assert checks[0].mape < checks[1].mape
    assert checks[1].chance > 0.01


def test_mape_and_r2_are_those_of_the_mean_prediction() -> None:
    fit = fitted()
    draws = br.posterior_predictive(fit, "revenue")
    y, m = fit.design.rows["revenue"], draws.values.values[0].mean(axis=0)
    check = predictive_check(fit, "revenue", draws=draws)
    assert check.r2 == pytest.approx(1 - ((y - m) ** 2).sum() / ((y - y.mean()) ** 2).sum())
    assert check.mape == pytest.approx(np.abs(1 - m / y).mean())


def test_what_is_given_is_one_of_two_words() -> None:
    with pytest.raises(QueryError, match="given must be 'parents' or 'spend', got 'nothing'"):
        br.posterior_predictive(fitted(), "revenue", given="nothing")  # type: ignore[arg-type]
