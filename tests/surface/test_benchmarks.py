"""What benchmarks measure can be made: their tables, models and requests, without what takes long."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.model.simulation.made_up_truth import made_up_truth
from benchmarks import budget_peer, channels, forward, influence, media_mix, nuts_reuse, rows, targets
from benchmarks.made_up import of_share
from tests.conftest import known
from tests.recovery import mix_markets, peer_study
from tests.recovery.mix_markets import Cell


@pytest.mark.parametrize(("curve", "count"), [*media_mix.CASES, ("hill", 16)])
def test_media_mix_asks_both_for_one_table_and_one_prior(tmp_path, curve, count):
    roas = media_mix.prepare(str(tmp_path / "case"), curve, count)
    model = br.read_model(tmp_path / "case" / "model.yaml")
    data = br.read_data(tmp_path / "case" / "table.csv", model)
    request = json.loads((tmp_path / "case" / "request.json").read_text())
    made = sum(r * data.columns[s].sum() for r, s in zip(roas, request["spends"], strict=True))
    assert made / data.columns["revenue"].sum() == pytest.approx(media_mix.MEDIA, rel=0.1)
    assert data.rows == 156
    for spend, mu in zip(request["spends"], request["priors"]["half"]["mu"], strict=True):
        assert request["priors"]["effect"]["sigma"] == model.priors[f"revenue.{spend}.effect"].sigma
        assert mu == pytest.approx(np.log(data.columns[spend][data.columns[spend] > 0].mean()))
    assert len(request["control_sd"]) == 6


@pytest.mark.parametrize(("kind", "count"), [("linear", 50), ("funnel", 10), ("curves", 8)])
def test_worlds_of_many_channels_have_revenue_left_for_the_rest(kind, count):
    model, data = channels.world(kind, count, seed=1)
    assert len(model.channels) == count
    if kind == "curves":
        assert (data.columns["revenue"] > 0).all()


def test_targets_of_many_channels_are_tables_that_a_run_takes(tmp_path):
    assert targets.prepare(str(tmp_path), 20, 208, 10) == {"rows": 208 + 8}
    model = br.read_model(tmp_path / "model.yaml")
    assert br.read_data(tmp_path / "table.csv", model).rows == 216
    assert len(model.channels) == 20


def test_a_truth_of_a_share_makes_it_and_keeps_the_mean(funnel):
    equation = "revenue ~ demand + " + " + ".join(f"hill(adstock({s}))" for s in funnel.spends)
    model = br.Model("mix", equation, "revenue", time="week", channels=funnel.channels)
    truth = made_up_truth(model)
    shared = of_share(model, truth, 0.05)
    before, after = (br.simulate(model, t) for t in (truth, shared))
    made = br.contribution(known(model, after, shared)).sum("channel").mean().item()
    explained = slice(model.max_lag, None)
    assert made / after.columns["revenue"][explained].sum() == pytest.approx(0.05, rel=0.02)
    means = [x.columns["revenue"][explained].mean() for x in (before, after)]
    assert means[0] == pytest.approx(means[1], rel=0.01)


def test_requests_to_other_environments_can_be_written(tmp_path):
    file, shares = influence.prepare(str(tmp_path / "dowhy.json"))
    assert set(json.loads(Path(file).read_text())["parents"]) <= set(shares)
    rows.write(str(tmp_path / "rows.parquet"), 100)
    acquisition = br.read_model(br.shipped("models/acquisition.yaml"))
    assert br.read_data(tmp_path / "rows.parquet", acquisition).rows == 100
    assert nuts_reuse._weeks(0).rows == nuts_reuse.WEEKS


def test_a_plan_and_the_request_for_the_same_one_are_made(tmp_path, monkeypatch):
    monkeypatch.setattr(budget_peer, "PERIODS", 4)
    ours = budget_peer.plans(str(tmp_path / "request.json"))
    assert sum(ours["plan"]) == pytest.approx(budget_peer.BUDGET)
    request = json.loads((tmp_path / "request.json").read_text())
    assert len(request["table"]["week"]) == len(request["table"]["revenue"])
    assert set(request["draws"]) == set(request["spends"])


def test_the_scenarios_that_are_timed_can_be_asked(monkeypatch):
    monkeypatch.setattr(forward, "REPEATS", 1)
    assert forward.scenarios("shipped", 1)["nodes"] == len(br.read_model(br.shipped("models/weekly_funnel.yaml")).nodes)


def test_pymc_marketing_is_asked_of_the_window_that_our_truth_is_of():
    market, cell = mix_markets.market(Cell(2, 0.3), 0), Cell(2, 0.3)
    request = peer_study.request(market, 0)
    assert request["window"] == market.model.max_lag == request["max_lag"]
    assert not {*request["controls"]} & {*request["spends"], request["outcome"]}
    right = {s: [0.5 * t, t, 2 * t, t] for s, t in zip(request["spends"], market.contributions.values(), strict=True)}
    total = sum(market.contributions.values())
    found = {"channels": right, "total": [0.9 * total, total, 1.1 * total, total], "seconds": 1.0}
    scored = peer_study.scored(market, found | {"rhat": 1.0, "divergences": 0}, cell, "hill", 0)
    assert (scored.covered, scored.width, scored.error, scored.ok) == (1.0, pytest.approx(1.5), 0.0, True)
    assert scored.total.error == 0.0
