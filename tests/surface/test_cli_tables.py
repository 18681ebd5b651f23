"""Several tables, days to weeks and cleaning by role, from the command line and the model file alike."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import bayes_roi as br
from tests.surface import foreign_tables as tables
from tests.surface.conftest import Command

MODEL = """\
name: shop
time: date
outcome: revenue
currency: EUR
channels: {tv: spend_tv, radio: spend_radio}
equations: revenue ~ hill(spend_tv) + hill(spend_radio) + price
"""
CLEAN = ("--clean", "gaps=add", "--clean", "missing.spends=zero")
ASKED = "data: [spend.csv, revenue.csv]\nevery: week\nclean: {gaps: add, missing: {spends: zero}}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a table of channels in rows and one of revenue, both of days."""
    monkeypatch.chdir(tmp_path)
    rng, rows = np.random.default_rng(0), 210
    dates = tables.dates(rows, 1)
    long = [(d, c, round(rng.gamma(3, 20), 2)) for d in dates for c in ("TV", "Radio") if rng.random() > 0.2]
    tables.write(
        dict(zip(("date", "channel", "spend"), map(list, zip(*long, strict=True)), strict=True)), Path("spend.csv")
    )
    price = rng.normal(9, 1, rows).round(2)
    revenue = (500 - 10 * price + rng.normal(0, 9, rows)).round(2)
    tables.write({"date": dates, "price": price.tolist(), "revenue": revenue.tolist()}, Path("revenue.csv"))
    Path("plain.yaml").write_text(MODEL)
    Path("told.yaml").write_text(MODEL + ASKED)
    return tmp_path


def test_options_and_keys_of_the_model_file_say_the_same(bayes_roi: Command, folder: Path) -> None:
    data = ("--data", "spend.csv", "--data", "revenue.csv")
    options = bayes_roi("check", "plain.yaml", *data, "--every", "week", *CLEAN, "--json")
    keys = bayes_roi("check", folder / "told.yaml", "--json")
    assert (options.code, keys.code) == (0, 0), keys.err
    assert json.loads(options.out) == json.loads(keys.out)
    assert json.loads(keys.out)["data"]["rows"] == 30
    model = br.read_model("told.yaml")
    panel = br.read_data(["spend.csv", "revenue.csv"], model)
    assert panel.rows == 30
    assert br.parse_model(br.model_text(model)) == model


def test_options_count_before_the_model_file(bayes_roi: Command, folder: Path) -> None:
    said = bayes_roi("check", "told.yaml", "--clean", "missing=error")
    assert said.code == 2
    assert (
        "the value is missing; choose clean={'missing': {'spends': 'zero'}} (--clean missing.spends=zero)" in said.err
    )
    assert len(said.err.splitlines()) == 3  # one line a column, however many cells


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("clean: {missing: {spend: zero}}", "clean: missing: there is no column 'spend', did you mean"),
        (
            "clean: {missing: nought}",
            "line 7: clean: missing must be one of 'error', 'zero', 'mean', 'median', 'interpol",
        ),
        ("clean: {missing: [zero]}", "line 7: clean: missing must be a text or a number or keys with values"),
        ("clean: {mising: zero}", "line 7: clean: there is no option 'mising', did you mean 'missing'?"),
        (
            "every: fortnight",
            "line 7: every must be week, month, week from Monday, ",
        ),
        ("data: 3", "line 7: data must be a text or a list of names, as in [demand], got 3"),
        ("data: [nope.csv, revenue.csv]", "nope.csv: 1 problem\n  - table: there is no such file"),
    ],
)
def test_a_key_that_says_nothing_known_is_told(bayes_roi: Command, folder: Path, line: str, told: str) -> None:
    Path("bad.yaml").write_text(f"{MODEL}{line}\n")
    said = bayes_roi(
        "check", "bad.yaml", *([] if line.startswith("data") else ["--data", "spend.csv", "--data", "revenue.csv"])
    )
    assert said.code == 2
    assert told in said.err


def test_an_option_may_add_to_what_the_model_file_says(bayes_roi: Command, folder: Path) -> None:
    """What to do with outliers alone says nothing; beside the model file's `outliers` it does."""
    Path("far.yaml").write_text(MODEL + ASKED.replace("gaps: add", "outliers: iqr, outlier_threshold: 1, gaps: add"))
    panel = br.read_data(["spend.csv", "revenue.csv"], br.read_model("far.yaml"), clean={"outlier_action": "cap"})
    assert any(entry.action == "capped outlier" for entry in panel.audit)
    said = bayes_roi("new", "spend.csv", "revenue.csv", "--clean", "outlier_action=cap")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("error: clean: outlier_action needs outliers='zscore'")


def test_an_option_that_says_nothing_known_is_told(bayes_roi: Command, folder: Path) -> None:
    said = bayes_roi("check", "told.yaml", "--every", "fortnight")
    assert (said.code, said.err) == (
        2,
        "error: --every must be week, month or week from Sunday (or from another day), got 'fortnight'\n",
    )
