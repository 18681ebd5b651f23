"""Made-up markets of many channels: their truth is what the product calls a contribution, and it is found again.

`make mix` and `make priors` are the long forms.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.inference.fit import fit_of
from bayes_roi.model.language.names import parameter_names
from tests.recovery import mix_markets, mix_study
from tests.recovery.markets import WARM_UP, Market
from tests.recovery.mix_markets import Cell
from tests.recovery.prior_markets import KINDS
from tests.recovery.rules import ruled
from tests.recovery.scored import Said, Scored, tabled

FEW = Cell(2, 0.3)
SEEDS = (1, 6)


def known(market: Market) -> br.Fit:
    """Return a fit whose one draw is the truth of the curves; what they are added to does not matter."""
    outcome, sizes = market.model.outcome, {"season.effect": 4, "by_unit": 5}
    zeros = {n: [k for end, k in sizes.items() if n.endswith(end)] for n in parameter_names(market.model)}
    truth = {n: np.zeros((1, *k)) for n, k in zeros.items()}
    for channel, response in market.responses.items():
        start = f"{outcome}.{market.model.channels[channel]}"
        truth |= {
            f"{start}.{r}": np.array([getattr(response, r)])
            for r in ("retention", "half", "slope", "effect")
            if f"{start}.{r}" in truth
        }
    return fit_of(market.model, market.data, truth)


@pytest.mark.parametrize("cell", [FEW, Cell(16, 0.5)], ids=str)
def test_the_truth_of_a_market_with_our_curves_is_the_contribution_of_its_parameters(cell):
    own = next(m for m in (mix_markets.market(cell, seed) for seed in range(50)) if m.traits["curves"] == "own")
    ours = br.contribution(known(own), horizon=0)
    spent = br.roas(known(own), horizon=0)
    for channel, truth in own.contributions.items():
        assert float(ours.sel(channel=channel).mean()) == pytest.approx(truth, rel=1e-9)
        assert float(spent.sel(channel=channel).mean()) == pytest.approx(truth / own.spent[channel], rel=1e-9)


@pytest.mark.parametrize("kind", ["losses", "lines", "clicks, nearly all bought", "clicks, a tenth bought"])
def test_the_truth_of_other_kinds_is_the_contribution_of_their_parameters(kind):
    market = KINDS[kind](3)
    ours = br.contribution(known(market), horizon=0)
    for channel, truth in market.contributions.items():
        assert float(ours.sel(channel=channel).mean()) == pytest.approx(truth, rel=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_market_is_what_it_is_called(kind):
    market = KINDS[kind](1)
    lowest, share = market.data.columns[market.model.outcome].min(), total_share(market)
    assert all(x > 0 for x in market.contributions.values())
    assert (lowest < 0) == (kind == "losses")
    if kind == "clicks, nearly all bought":
        assert 0.7 < share < 1
    elif kind != "losses":
        assert 0.02 < share < 0.3
    assert (market.model.panel == "geo") == kind.startswith("regions")
    assert len(market.model.equation) == (4 if kind == "funnel" else 2 if kind.startswith("funnel") else 1)


def total_share(market: Market) -> float:
    """Return what media make of the outcome in the rows that are explained."""
    explained = market.data.columns[market.model.outcome].reshape(len(next(iter(market.spends.values()))), -1)
    return sum(market.contributions.values()) / explained[:, market.window.start - WARM_UP :].sum()


@pytest.mark.parametrize("cell", mix_markets.CELLS, ids=str)
def test_media_make_the_share_that_a_cell_says_and_revenue_is_never_negative(cell):
    for seed in range(5):
        market = mix_markets.market(cell, seed)
        revenue = market.data.columns["revenue"]
        assert revenue.min() > 0
        assert 104 <= market.data.rows <= 208
        mean = sum(r(market.spends[c])[:, WARM_UP:].mean() for c, r in market.responses.items())
        assert mean / mix_markets.LEVEL == pytest.approx(cell.share)
        assert sum(min(x[0, WARM_UP:]) > 0 for x in market.spends.values()) >= max(cell.channels // 3, 1)


def test_what_was_fitted_is_read_and_not_fitted_again(tmp_path, monkeypatch):
    study = mix_study.study((FEW,))
    options = {"rule": "default", "jobs": 1, "keep": tmp_path}
    first = study.scored([str(FEW)], SEEDS, **options)
    rate, error = np.mean([s.covered for s in first]), math.sqrt(0.9 * 0.1 / 4)
    assert rate > 0.9 - 3 * error
    assert not any(s.failed for s in first)
    monkeypatch.setattr(br, "fit", None)
    assert study.scored([str(FEW)], SEEDS, **options) == first
    assert len(tabled(mix_study.grouped((FEW,), first)).splitlines()) > 3


def test_a_rule_is_a_prior_of_every_spend_or_keys_of_a_model_file():
    market = mix_markets.market(FEW, 0)
    tops = ruled(market.model, market.data, "tops")
    mean = market.data.columns["revenue"][market.model.max_lag :].mean()
    assert set(tops.priors) == {"revenue.spend_1.effect", "revenue.spend_2.effect"}
    assert tops.priors["revenue.spend_1.effect"].sigma == pytest.approx(mean)
    halved = ruled(market.model, market.data, "tops / J")
    assert halved.priors["revenue.spend_1.effect"].sigma == pytest.approx(mean / 2)
    written = ruled(market.model, market.data, "priors: {revenue.spend_1.effect: HalfNormal(sigma=3)}")
    assert written.priors["revenue.spend_1.effect"].sigma == 3
    with pytest.raises(ValueError, match="have no media_rows"):
        ruled(market.model, market.data, "media_rows: 3")


def test_the_interval_score_is_the_width_and_twenty_times_what_is_missed():
    assert Said(truth=1.0, lower=0.5, median=1.0, upper=2.0, mean=1.0).score == pytest.approx(1.5)
    assert Said(truth=1.0, lower=1.5, median=1.6, upper=2.0, mean=1.6).score == pytest.approx(0.5 + 20 * 0.5)


def test_small_good_channels_are_told_from_the_rest():
    channels = {
        c: Said(truth=t, lower=0.0, median=1.0, upper=2.0, mean=1.0) for c, t in (("a", 1.0), ("b", 5.0), ("c", 1.0))
    }
    scored = Scored("", 0, "", channels=channels, spent={"a": 100.0, "b": 10.0, "c": 10.0})
    assert [s.truth for s in scored.small_good] == [5.0]
