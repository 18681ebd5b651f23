"""Positivity stands with every number: what moves together is judged together, what a question splits is not."""

from __future__ import annotations

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.decisions.horizon.outlook import outlook
from bayes_roi.decisions.horizon.plan_support import support_of_plan
from bayes_roi.draws import Draws
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.prior_draws import prior_draws
from bayes_roi.model.rows.design import design
from tests.model.made import series

RULE = "tv is 2 x search in 80 of 80 rows; only prior and form separate them"


@pytest.fixture(scope="module")
def tied() -> Fit:
    """Search gets half of what television gets in every row; radio and demand go their own ways. Draws of the prior."""
    rng = np.random.default_rng(1)
    search = rng.gamma(2, 200, 80) * (rng.random(80) < 0.7)
    table = {"search": search, "tv": 2 * search, "radio": rng.gamma(2, 200, 80) * (rng.random(80) < 0.7)}
    table |= {"demand": rng.normal(size=80)}
    table["y"] = 3000 + table["tv"] + table["radio"] + 200 * table["demand"] + rng.normal(0, 100, 80)
    channels = {name: name for name in ("tv", "search", "radio")}
    model = Model("tied", "y ~ tv + search + radio + demand", "y", time="t", channels=channels, currency="EUR")
    data = series(table)
    return fit_of(model, data, prior_draws(model, design(model, data), 40, 1))


def words(draws: Draws, dim: str) -> dict[str, str]:
    labels = draws.arrays.values.labels(dim).tolist()
    return dict(zip(labels, draws.words().over({dim: len(labels)}).tolist(), strict=True))


def test_spends_that_go_together_are_told_together_and_not_apart(tied: Fit) -> None:
    both = br.do(tied, br.turn_off("tv"), br.turn_off("search"), hold_spend=True)["y"]
    assert (both.words().array.item(), both.why_assumed) == ("identified", "")
    alone = br.do(tied, br.turn_off("tv"), hold_spend=True)
    assert (alone["y"].words().array.item(), alone["y"].why_assumed) == ("assumed", RULE)
    assert alone["tv"].words().array.item() == "identified"  # it is what it is set to
    many = br.do(tied, {"both": [br.turn_off("tv"), br.turn_off("search")], "tv": br.turn_off("tv")}, hold_spend=True)
    assert many["y"].words().array.tolist() == ["identified", "assumed"]


def test_a_contrast_has_one_label_whichever_way_it_is_asked(tied: Fit, funnel_known: Fit) -> None:
    for fit in (tied, funnel_known):
        added = br.contribution(fit)
        for channel, spend in fit.model.channels.items():
            done = br.do(fit, br.turn_off(spend), hold_spend=True)[fit.model.outcome]
            one = added.sel(channel=channel)
            assert float(done.support) == pytest.approx(float(one.support)), channel  # type: ignore[arg-type]
            assert done.words().array.item() == one.words().array.item(), channel


def test_shares_of_a_variance_and_of_a_difference_are_assumed_where_causes_cannot_be_told_apart(tied: Fit) -> None:
    told = {"tv": "assumed", "search": "assumed", "radio": "identified", "demand": "identified"}
    assert {n: w for n, w in words(br.influence(tied), "node").items() if n in told} == told
    assert words(br.arrow_strength(tied), "node") == told
    change = br.decompose_change(tied, slice(0, 39), slice(40, 79))
    assert {c: w for c, w in words(change.share, "cause").items() if c in told} == told
    for draws in (br.influence(tied), br.arrow_strength(tied), change.share):
        assert RULE in draws.why_assumed


def test_the_baseline_is_known_where_no_channel_alone_is(tied: Fit) -> None:
    found = br.attribution(tied)
    told = words(found, "channel")
    assert (told["tv"], told["search"], told["radio"], told["baseline"]) == (
        "assumed",
        "assumed",
        "identified",
        "identified",
    )
    assert RULE in found.why_assumed


def test_a_plan_is_not_assumed_for_a_channel_that_is_nearly_off_in_it(tied: Fit) -> None:
    ahead = outlook(tied, periods=4)
    nothing, plan = 0 * ahead.reference, np.zeros_like(ahead.reference)
    plan[2] = 300.0
    plan[0, 0] = 1.0  # a unit of television without the half of search that always came with it
    assert support_of_plan(ahead, nothing, plan).share > 0.5
    plan[0] = 300.0
    assert support_of_plan(ahead, nothing, plan).reason == RULE
