"""`bayes-roi new TABLE --suggest`: arrows as comments, and the model is the one that is written without them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

import bayes_roi as br
from tests.surface.conftest import Command

pytest.importorskip("causallearn", reason="the extra `discovery` is not installed")


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Weeks in which television and radio bring clicks, and clicks bring sales."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    tv, radio = rng.gamma(2.0, 500.0, (2, 110))
    clicks = tv + radio + 300 * rng.standard_normal(110) + 2000
    sales = 3 * clicks + 900 * rng.standard_normal(110)
    weeks = np.datetime64("2023-01-02") + 7 * np.arange(110)
    rows = zip(weeks, tv.round(2), radio.round(2), clicks.round(2), sales.round(2), strict=True)
    file = tmp_path / "shop.csv"
    file.write_text(
        "week,tv spend,radio spend,clicks,revenue\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)
    )
    return file


def test_arrows_are_comments_that_are_equations_once_the_marks_are_taken_off(bayes_roi: Command, table: Path) -> None:
    said = bayes_roi("new", table, "--suggest", "-o", "with.yaml")
    assert said.code == 0
    assert "written as comments; each is a hypothesis" in said.err
    bayes_roi("new", table, "-o", "without.yaml")
    text = Path("with.yaml").read_text()
    assert br.parse_model(text) == br.parse_model(Path("without.yaml").read_text())
    comments = text[text.index("# equations: |") :].replace("\n# ", "\n").removeprefix("# ")
    offered = yaml.safe_load(comments[: comments.index("How often")])
    model = br.Model(name="m", equations=offered["equations"], outcome="revenue", time="week")
    assert ("clicks", "revenue") in {(e.parent, e.child) for e in model.edges}
    assert "# Assumes that no hidden cause moves two of these columns (PC)." in text


def test_a_table_that_cannot_be_searched_has_a_model_all_the_same(bayes_roi: Command, table: Path) -> None:
    table.write_text("".join(table.read_text().splitlines(keepends=True)[:25]))
    said = bayes_roi("new", table, "--suggest")
    assert said.code == 0
    assert "no arrows are suggested: " in said.err
    assert "# no arrows are suggested: " in Path("shop.yaml").read_text()


def test_without_the_library_nothing_is_written(
    bayes_roi: Command, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bayes_roi.checks.suggest.search import library

    library.cache_clear()
    monkeypatch.setitem(sys.modules, "causallearn.utils.cit", None)
    said = bayes_roi("new", table, "--suggest")
    library.cache_clear()
    assert said.code == 2
    assert "pip install 'bayes_roi[discovery]'" in said.err
    assert not Path("shop.yaml").exists()


def test_a_template_takes_no_suggestions(bayes_roi: Command, table: Path) -> None:
    said = bayes_roi("new", "mmm", "--suggest")
    assert said.code == 2
    assert said.err.startswith("error: --suggest is for a table")
