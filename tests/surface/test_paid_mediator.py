"""Both returns of a channel that makes another spend, wherever a user looks: roi, paths, ate, check, report, JSON."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest

import bayes_roi as br
from bayes_roi.cli import main
from bayes_roi.model.file.model_file import write_model
from bayes_roi.model.simulation.simulate import simulate
from bayes_roi.run.estimates_schema import Estimates
from tests.recovery.mediator_study import paid_mediator, truth_of
from tests.surface.conftest import Command
from tests.surface.test_schemas import described

HELD, TOTAL = "tv (other spends held)", "tv (in total)"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the model, its table, and its run with a report."""
    place, model = tmp_path_factory.mktemp("mediator"), paid_mediator("linear")
    write_model(model, place / "m.yaml")
    simulate(model, truth_of(model, 1), periods=150, seed=1).to_frame().to_csv(place / "m.csv", index=False)
    with pytest.raises(SystemExit) as ended:
        main(["run", str(place / "m.yaml"), "--out", str(place / "run"), "--draws", "250"])
    assert not ended.value.code
    return place


@pytest.fixture(scope="module")
def fit(folder: Path) -> br.Fit:
    return br.read_run(folder / "run")


def test_roi_prints_both_lines(bayes_roi: Command, folder: Path) -> None:
    lines = bayes_roi("roi", folder / "run").out.splitlines()
    assert [line.split("  ")[0] for line in lines[1:4]] == [HELD, TOTAL, "search"]
    assert "induced" in lines[2]
    assert "induced" not in lines[1] + lines[3]


def test_both_are_in_the_schema(folder: Path) -> None:
    assert described((folder / "run" / "estimates.json").read_text(), Estimates)


def test_estimates_hold_both(folder: Path, fit: br.Fit) -> None:
    found = json.loads((folder / "run" / "estimates.json").read_text())
    tv, search = found["channels"]["tv"], found["channels"]["search"]
    assert tv["mediators"] == ["search"]
    assert not {"mediators", "in_total"} & search.keys()
    total = tv["in_total"]
    assert total["evidence"] == "identified"
    assert total["spend"] == tv["spend"]
    assert total["roi"].keys() == tv["roi"].keys()
    assert total["adjustment"] == []
    for quantity in ("contribution", "roas", "roi", "marginal_roas"):
        for where, hold in ((tv, True), (total, False)):
            draws = getattr(br, quantity)(fit, hold_spend=hold).sel(channel="tv")
            assert where[quantity]["mean"] == pytest.approx(float(draws.mean()))
    assert total["induced_spend"]["mean"] > 0
    assert found["units"]["induced_spend"] == "USD"


def test_paths_and_ate_name_the_question(bayes_roi: Command, folder: Path) -> None:
    run = folder / "run"
    held = json.loads(bayes_roi("paths", run, "tv_spend", "--json").out)
    total = json.loads(bayes_roi("paths", run, "tv_spend", "--in-total", "--json").out)
    assert (held["estimand"], total["estimand"]) == ("other spends held", "in total")
    assert held["paths"]["indirect"]["effect"]["mean"] == 0
    assert total["paths"]["indirect"]["effect"]["mean"] > 0
    numbers = json.loads(bayes_roi("roi", run, "--json").out)["channels"]["tv"]
    assert held["paths"]["total"]["roas"]["mean"] == pytest.approx(numbers["roas"]["mean"])
    assert total["paths"]["total"]["roas"]["mean"] == pytest.approx(numbers["in_total"]["roas"]["mean"])
    text = bayes_roi("paths", run, "tv_spend").out
    assert "other spends held" in text.splitlines()[0]
    assert "in total" in text.splitlines()[-1]
    assert "in total (search_spend responds)" in bayes_roi("ate", run, "tv_spend", "--shift", 1).out
    assert "other spends held" in bayes_roi("ate", run, "tv_spend", "--shift", 1, "--hold-spend").out


def test_check_says_who_mediates_whom(bayes_roi: Command, folder: Path) -> None:
    text = bayes_roi("check", folder / "m.yaml").out
    path = "tv_spend -> searches -> search_spend"
    assert f"search is a paid mediator of tv ({path}): tv has two returns, other spends held (identified)" in text
    found = json.loads(bayes_roi("check", folder / "m.yaml", "--json").out)
    assert found["channels"]["tv"]["mediators"] == {"search": path.split(" -> ")}
    assert found["channels"]["tv"]["in_total"] == {"evidence": "identified", "adjustment": []}
    assert found["warnings"] == []


def test_check_warns_of_a_mediator_without_an_equation(bayes_roi: Command, folder: Path, tmp_path: Path) -> None:
    equations = "search_clicks ~ demand + tv_spend + search_spend\nrevenue ~ demand + tv_spend + search_clicks"
    model = br.Model(name="m", equations=equations, outcome="revenue", channels=paid_mediator("linear").channels)
    write_model(model, tmp_path / "open.yaml")
    asked = ("check", tmp_path / "open.yaml", "--data", folder / "m.csv")
    assert "warning: tv moves search_clicks of search, but search_spend has no equation" in bayes_roi(*asked).out
    assert len(json.loads(bayes_roi(*asked, "--json").out)["warnings"]) == 1


def test_the_report_shows_both(folder: Path) -> None:
    text = html.unescape(re.sub(r"<svg.*?</svg>", "", (folder / "run" / "report.html").read_text(), flags=re.S))
    cells = re.findall(r"<tr><td class=\"words\"[^>]*>(.*?)</td>", text)
    assert [c for c in cells if c.startswith("tv (")] == [HELD, TOTAL, HELD, TOTAL]  # first screen, returns
    assert re.findall(r"<dt>(.*?)</dt>", text)[:3] == [HELD, TOTAL, "search"]
    for said in ("With other spends held, that of search among them, each USD spent returned", "induced spend, "):
        assert said in text
    assert "search is a paid mediator of tv (tv_spend -> searches -> search_spend)" in text
    assert "hold_spend" not in text.partition('id="channels"')[0]
