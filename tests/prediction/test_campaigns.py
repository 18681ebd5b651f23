"""The shipped table of campaigns: made again to the byte, and its model finds what the books do not show."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import bayes_roi as br
from bayes_roi.model.simulation.truth import read_truth

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))  # the table is written by a script, which is no package

import campaign_table  # noqa: E402


def test_the_table_is_what_its_script_makes() -> None:
    text = campaign_table.campaigns()
    assert text == br.shipped("data/campaign_roi.csv").read_text(encoding="utf-8")


def test_the_model_finds_the_true_roas_and_the_books_do_not() -> None:
    model = br.read_model(br.shipped("models/campaign_roi.yaml"))
    data = br.read_data(br.shipped("data/campaign_roi.csv"), model)
    truth = read_truth(br.shipped("data/campaign_roi.truth.json"))
    without = br.simulate(model, truth, do=br.set_to("budget", 0.0))
    spent, sold = data.columns["budget"].sum(), data.columns["revenue"].sum()
    true = (sold - without.columns["revenue"].sum()) / spent
    assert truth.roas["campaigns"] == pytest.approx(true, rel=1e-4)
    fit = br.fit(model, data, seed=7, draws=500, progress=False)
    assert fit.diagnosis
    found = br.roas(fit).to_frame().loc["campaigns"]
    assert found["lower"] < true < found["upper"] < sold / spent
    assert found["evidence"] == "identified"
