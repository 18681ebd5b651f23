"""A retailer's table of ten channels and twenty controls is checked in seconds, and what it is told is not absurd."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.inference.engines import ENGINES
from tests.recovery.retailer import CONTROLS, MONEY, SPEND, retailer, truth, write

SECONDS = 20.0
"""Of CPU, on a machine without cached bytecode."""


def test_the_table_is_what_a_retailer_has():
    market = retailer()
    known = truth(market)
    assert (market.data.rows, len(MONEY), len(CONTROLS)) == (209, 10, 20)
    assert market.data.columns["sales"].min() > 0
    assert known["spend_share"] == pytest.approx(SPEND, rel=0.05)
    assert 0.02 < known["media_share"] < 0.1
    assert market.spent["podcasts"] / sum(market.spent.values()) == pytest.approx(0.002, rel=0.2)


def test_it_is_checked_in_seconds(tmp_path):
    write(tmp_path)
    command = [sys.executable, "-m", "bayes_roi", "check", str(tmp_path / "model.yaml")]
    started = os.times()
    ended = subprocess.run(
        [*command, "--data", str(tmp_path / "table.csv")], capture_output=True, text=True, check=False
    )
    used = os.times()
    assert ended.returncode == 0, ended.stderr
    assert used.children_user + used.children_system - started.children_user - started.children_system < SECONDS
    assert all(channel in ended.stdout for channel in MONEY)


@pytest.mark.skipif(
    all(engine.name != "hmc" for engine in ENGINES), reason="ten curves in one equation take NUTS many minutes"
)
def test_what_it_is_told_of_media_is_not_absurd():
    market = retailer()
    started = time.process_time()
    fit = br.fit(market.model, market.data, seed=1, progress=False)
    assert time.process_time() - started < 120
    sales = market.data.columns["sales"][market.model.max_lag :].sum()
    share = br.contribution(fit, horizon=0).sum("channel").values.values.ravel() / sales
    low, high = np.quantile(share, [0.05, 0.95])
    assert high < 0.8
    assert low < truth(market)["media_share"]
    assert float(br.roas(fit).sel(channel="podcasts").median()) < 50
