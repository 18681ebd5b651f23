"""Made-up markets of many channels: their truth is what the product calls a contribution, and it is found again.

`make mix` and `make priors` are the long forms.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.inference.fit import fit_of
from bayes_roi.model.names import parameter_names
from tests.recovery import mix_markets, mix_study
from tests.recovery.markets import Market
from tests.recovery.mix_markets import Cell
from tests.recovery.rules import ruled
from tests.recovery.scored import Said, Scored, tabled

FEW = Cell(2, 0.3)
SEEDS = (1, 6)


def known(market: Market) -> br.Fit:
    """Return a fit whose one draw is the truth of the curves; what they are added to does not matter."""
    basis = {"revenue.season.effect": 4}
    truth = {n: np.zeros(basis.get(n, 1)) for n in parameter_names(market.model)}
    for channel, response in market.responses.items():
        start = f"revenue.{market.model.channels[channel]}"
        truth |= {f"{start}.{r}": np.array([getattr(response, r)]) for r in ("retention", "half", "slope", "effect")}
    return fit_of(market.model, market.data, {n: x if n not in basis else x[None] for n, x in truth.items()})


@pytest.mark.parametrize("cell", [FEW, Cell(16, 0.5)], ids=str)
def test_the_truth_of_a_market_with_our_curves_is_the_contribution_of_its_parameters(cell):
    own = next(m for m in (mix_markets.market(cell, seed) for seed in range(50)) if m.traits["curves"] == "own")
    ours = br.contribution(known(own))
    spent = br.roas(known(own))
    for channel, truth in own.contributions.items():
        assert float(ours.sel(channel=channel).mean()) == pytest.approx(truth, rel=1e-9)
        assert float(spent.sel(channel=channel).mean()) == pytest.approx(truth / own.spent[channel], rel=1e-9)


@pytest.mark.parametrize("cell", mix_markets.CELLS, ids=str)
def test_media_make_the_share_that_a_cell_says_and_revenue_is_never_negative(cell):
    for seed in range(5):
        market = mix_markets.market(cell, seed)
        revenue = market.data.columns["revenue"]
        assert revenue.min() > 0
        assert 104 <= market.data.rows <= 208
        mean = sum(r(market.spends[c])[:, 16:].mean() for c, r in market.responses.items())
        assert mean / mix_markets.LEVEL == pytest.approx(cell.share)
        assert sum(min(x[0, 16:]) > 0 for x in market.spends.values()) >= max(cell.channels // 3, 1)


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
