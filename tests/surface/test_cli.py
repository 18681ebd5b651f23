"""Every command on a model that is fitted exactly: what it prints, as text and as JSON, and its exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NoReturn

import pytest

import bayes_roi as br
from bayes_roi.shipped import shipped
from tests.surface import shop
from tests.surface.conftest import Command


def test_run_writes_the_folder_and_prints_what_each_channel_is_worth(bayes_roi: Command, here: Path) -> None:
    said = bayes_roi("run", "shop.yaml", "--out", "runs/again", "--seed", 3, "--no-report")
    assert said.code == 0
    assert said.err == "fitted clicks by collapsed, revenue by exact\n"
    lines = said.out.splitlines()
    assert lines[0].split() == [
        "channel",
        "spend",
        "ROAS",
        "ROI",
        "90",
        "%",
        "interval",
        "P(ROI>0)",
        "before",
        "data",
        "evidence",
    ]
    assert [line.split()[0] for line in lines[1:3]] == ["tv", "radio"]
    assert lines[-1] == "runs/again"
    assert br.read_run("runs/again").seed == 3


def test_run_prints_the_path_of_the_report_last(bayes_roi: Command, here: Path) -> None:
    pytest.importorskip("bayes_roi.report.html")
    said = bayes_roi("run", "shop.yaml", "--overwrite")
    assert said.code == 0
    assert said.out.splitlines()[-1] == "runs/shop/report.html"
    assert "<html" in Path("runs/shop/report.html").read_text().lower()


def test_run_prints_the_estimates_as_json(bayes_roi: Command, here: Path) -> None:
    said = bayes_roi("run", "shop.yaml", "--overwrite", "--no-report", "--json", "--prob", 0.8)
    assert json.loads(said.out) == json.loads(Path("runs/shop/estimates.json").read_text())
    assert json.loads(said.out)["interval"] == {"kind": "eti", "prob": 0.8}


def test_run_finds_the_table_beside_the_model_and_in_data(bayes_roi: Command, here: Path) -> None:
    Path("models").mkdir()
    Path("data").mkdir()
    Path("shop.yaml").rename("models/other.yaml")
    Path("shop.csv").rename("data/other.csv")
    assert bayes_roi("check", "models/other.yaml").code == 0
    Path("data/other.csv").rename("models/other.csv")
    assert bayes_roi("run", "models/other.yaml", "--no-report").out.splitlines()[-1] == "runs/other"


def test_run_cleans_as_it_is_asked(bayes_roi: Command, here: Path) -> None:
    lines = shop.table().splitlines()
    lines[5] = lines[5].rsplit(",", 1)[0] + ","
    Path("shop.csv").write_text("\n".join(lines) + "\n")
    assert bayes_roi("run", "shop.yaml", "--out", "runs/gap").code == 2
    said = bayes_roi("run", "shop.yaml", "--out", "runs/gap", "--clean", "missing=interpolate", "--no-report")
    assert said.code == 0
    assert [entry.action for entry in br.read_run("runs/gap").data.audit] == ["interpolated"]


def test_a_failed_diagnosis_is_exit_code_1_with_the_results_written(bayes_roi: Command, here: Path) -> None:
    said = bayes_roi("run", "shop.yaml", "--out", "runs/few", "--draws", 20, "--no-report")
    assert said.code == 1
    assert "the diagnosis failed: do not trust these intervals yet" in said.err
    assert "effective sample size" in said.err
    assert not json.loads(Path("runs/few/estimates.json").read_text())["diagnosis"]["ok"]
    asked = bayes_roi("roi", "runs/few", "--json")
    assert asked.code == 0
    assert asked.err.startswith("note: do not trust these intervals yet")
    assert json.loads(asked.out)["diagnosis"]["ok"] is False


def test_check_samples_nothing_and_shows_identification_and_priors(bayes_roi: Command, here: Path) -> None:
    before = sorted(here.rglob("*"))
    said = bayes_roi("check", "shop.yaml")
    assert (said.code, said.err) == (0, "")
    assert "shop: outcome revenue (USD, margin 0.5)\n  clicks ~ tv_spend + radio_spend\n" in said.out
    assert "200 weeks, 2021-01-04 to 2024-10-28" in said.out
    for part in ("adjustment set", "identified", "never", "prior ROAS", "clicks.tv_spend.effect", "HalfNormal(sigma="):
        assert part in said.out
    assert sorted(here.rglob("*")) == before


def test_check_as_json(bayes_roi: Command, here: Path) -> None:
    found = json.loads(bayes_roi("check", "shop.yaml", "--json").out)
    assert found["model"]["nodes"] == ["tv_spend", "radio_spend", "demand", "clicks", "revenue"]
    assert found["data"]["rows"] == shop.WEEKS
    assert found["channels"]["tv"]["evidence"] == "identified"
    assert found["channels"]["tv"]["without_spend"] == 0
    assert set(found["channels"]["radio"]["prior_roas"]) == {"mean", "median", "lower", "upper"}
    assert found["priors"]["clicks.sigma"]["source"] == "default"


def test_check_of_a_model_that_is_not_identified(bayes_roi: Command, here: Path) -> None:
    Path("shop.yaml").write_text(shop.MODEL + "  tv_spend ~~ clicks\n")
    found = json.loads(bayes_roi("check", "shop.yaml", "--json").out)
    tv = found["channels"]["tv"]
    assert (tv["evidence"], tv["strategy"], tv["adjustment"]) == ("assumed", "none", None)
    assert tv["reason"].startswith("an unobserved cause moves tv_spend and clicks")
    Path("shop.yaml").write_text(shop.MODEL + "  tv_spend ~~ revenue\n")
    asked = json.loads(bayes_roi("check", "shop.yaml", "--json").out)
    assert asked["channels"]["tv"]["evidence"] == "identified"  # all of it goes through clicks
    assert [q["by"] for q in asked["identification"]][1] == "front door: clicks"
    said = bayes_roi("check", "shop.yaml").out
    assert "ATE of tv_spend        identified  front door: clicks" in said


def test_identify_says_by_what_and_why(bayes_roi: Command, here: Path) -> None:
    found = json.loads(bayes_roi("identify", "weekly_funnel", "search_spend", "revenue", "--json").out)
    assert (found["identified"], found["strategy"], found["adjustment"]) == (True, "back door", ["demand"])
    said = bayes_roi("identify", "hidden_demand", "tv_spend,search_spend")
    assert said.out.startswith("P(revenue | do(tv_spend, search_spend)): not identified (none)\n")
    assert "open: search_spend <- demand -> revenue" in said.out
    wrong = bayes_roi("identify", "weekly_funnel", "serch_spend")
    assert (wrong.code, wrong.out) == (2, "")
    assert "did you mean 'search_spend'?" in wrong.err


def test_check_of_a_model_without_channels(bayes_roi: Command, here: Path) -> None:
    Path("free.yaml").write_text(shop.MODEL.replace("channels: {tv: tv_spend, radio: radio_spend}\n", ""))
    said = bayes_roi("check", "free.yaml", "--data", "shop.csv")
    assert said.code == 0
    assert "prior ROAS" not in said.out
    assert bayes_roi("run", "free.yaml", "--data", "shop.csv", "--no-report").out == "runs/free\n"


def test_roi_recovers_the_truth(bayes_roi: Command, here: Path) -> None:
    found = json.loads(bayes_roi("roi", "runs/shop", "--json", "--prob", 0.99).out)
    for channel, roas in (("tv", shop.TV), ("radio", shop.RADIO)):
        roi = found["roi"][channel]
        assert roi["lower"] < 0.5 * roas - 1 < roi["upper"]
        assert set(roi) == {"mean", "median", "lower", "upper", "probability_positive"}
    text = bayes_roi("roi", "runs/shop").out
    assert text.splitlines()[1].split()[0] == "tv"
    assert "99 % interval" in bayes_roi("roi", "runs/shop", "--prob", 0.99).out


def test_numbers_that_are_not_defined_are_null_in_json(bayes_roi: Command, here: Path) -> None:
    """Radio is dark in all rows but the carry-in, so it has no ROAS."""
    model = shop.MODEL.replace("demand\n", "lag(demand, 1)\n")
    rows = [line.split(",") for line in shop.table().splitlines()]
    for row in rows[2:]:
        row[2] = "0"
    Path("dark.yaml").write_text(model)
    Path("dark.csv").write_text("\n".join(",".join(row) for row in rows))
    bayes_roi("run", "dark.yaml", "--no-report")
    said = bayes_roi("roi", "runs/dark", "--json")
    radio = json.loads(said.out, parse_constant=lambda text: pytest.fail(f"{text} is not JSON"))["channels"]["radio"]
    assert radio["spend"] == 0
    assert radio["roi"] == {"mean": None, "median": None, "lower": None, "upper": None, "probability_positive": None}
    assert "radio: no spend in the window" in bayes_roi("roi", "runs/dark").out


def test_ate_recovers_the_truth(bayes_roi: Command, here: Path) -> None:
    shifted = json.loads(bayes_roi("ate", "runs/shop", "tv_spend", "--shift", 100, "--json", "--prob", 0.99).out)
    between = json.loads(bayes_roi("ate", "runs/shop", "tv_spend", "--between", 0, 100, "--json", "--prob", 0.99).out)
    assert shifted["ate"]["lower"] < 100 * shop.TV < shifted["ate"]["upper"]
    assert between["ate"] == pytest.approx(shifted["ate"])  # the model is linear
    assert shifted["evidence"] == "identified"
    assert shifted["interval"] == {"kind": "eti", "prob": 0.99}
    assert bayes_roi("ate", "runs/shop", "tv_spend", "--shift", -100).code == 2  # some week spent less than that
    said = bayes_roi("ate", "runs/shop", "tv_spend", "--shift", -100, "--hold-spend", "--during", "2021-03")
    assert said.out.splitlines()[-1].split()[0] == "revenue"


def test_ate_on_another_outcome(bayes_roi: Command, here: Path) -> None:
    found = json.loads(bayes_roi("ate", "runs/shop", "tv_spend", "--shift", 1, "--outcome", "clicks", "--json").out)
    assert found["unit"] == "clicks"
    assert found["ate"]["mean"] == pytest.approx(shop.TV / 3, abs=0.02)


def test_do_prints_every_node_downstream(bayes_roi: Command, here: Path) -> None:
    said = bayes_roi("do", "runs/shop", "tv_spend=0", "--scale", "radio_spend=1.1", "--shift", "demand=5")
    assert said.out.startswith("do(tv_spend = 0, radio_spend = 1.1 radio_spend, demand = demand +5)\n")
    nodes = [line.split()[0] for line in said.out.splitlines()[3:]]
    assert nodes == ["tv_spend", "radio_spend", "demand", "clicks", "revenue"]


def test_do_as_json_has_every_period(bayes_roi: Command, here: Path) -> None:
    found = json.loads(bayes_roi("do", "runs/shop", "tv_spend=0", "--during", "2021-03:2021-04", "--json").out)
    assert list(found["do"]) == ["tv_spend", "clicks", "revenue"]
    assert len(found["time"]) == len(found["do"]["revenue"]["mean"]) == shop.WEEKS
    dark = [week for week, tv in zip(found["time"], found["do"]["tv_spend"]["mean"], strict=True) if tv == 0]
    assert dark == [week for week in found["time"] if week[:7] in ("2021-03", "2021-04")]


def test_do_has_baseline_intervention_and_difference_in_the_window_asked(bayes_roi: Command, here: Path) -> None:
    """Eight or nine weeks without television: their mean loses what it brought in them, and no other week counts."""
    command = ("do", "runs/shop", "tv_spend=0", "--during", "2021-03:2021-04")
    found = json.loads(bayes_roi(*command, "--json").out)
    means = found["do"]["revenue"]["in_window"]
    rows = [line.split(",") for line in shop.table().splitlines()[1:]]
    spent = [float(row[1]) for row in rows if row[0][:7] in ("2021-03", "2021-04")]
    assert found["window"] == ["2021-03-01", "2021-04-26"]
    assert means["difference"]["mean"] == pytest.approx(-shop.TV * sum(spent) / len(spent), rel=0.05)
    parts = [means[name]["mean"] for name in ("baseline", "difference", "intervention")]
    assert parts[0] + parts[1] == pytest.approx(parts[2])
    width = {name: x["upper"] - x["lower"] for name, x in means.items()}
    assert width["difference"] < width["intervention"]
    lines = bayes_roi(*command).out.splitlines()
    assert lines[1] == f"mean over {len(spent)} periods, 2021-03-01 to 2021-04-26"
    interval = "90 % interval"
    head = f"node baseline {interval} intervention {interval} difference {interval} evidence"
    assert " ".join(lines[2].split()) == head


@pytest.mark.parametrize("during", ["2024-10:", ":2021-01", "2022"])
def test_a_window_may_be_open(bayes_roi: Command, here: Path, during: str) -> None:
    assert bayes_roi("do", "runs/shop", "tv_spend=0", "--during", during).code == 0


def test_windows_of_numbered_periods(bayes_roi: Command, here: Path) -> None:
    rows = [line.split(",") for line in shop.table().splitlines()]
    numbered = [["week", *rows[0][1:]], *([str(i), *row[1:]] for i, row in enumerate(rows[1:]))]
    Path("shop.csv").write_text("\n".join(",".join(row) for row in numbered))
    bayes_roi("run", "shop.yaml", "--overwrite", "--no-report")
    found = json.loads(bayes_roi("do", "runs/shop", "tv_spend=0", "--during", "3:4", "--json").out)
    assert [week for week, tv in zip(found["time"], found["do"]["tv_spend"]["mean"], strict=True) if tv == 0] == [3, 4]
    said = bayes_roi("do", "runs/shop", "tv_spend=0", "--during", "2021-03")
    message = (
        "the periods of these rows are numbers, got the window '2021-03'; write for example 7, 3:7 or 'last 4 periods'"
    )
    assert (said.code, said.err) == (2, f"error: {message}\n")


def test_report_is_written_beside_the_run_which_stays_as_it_is(bayes_roi: Command, here: Path) -> None:
    pytest.importorskip("bayes_roi.report.html")
    before = {file: file.read_bytes() for file in Path("runs/shop").iterdir()}
    assert bayes_roi("report", "runs/shop").out == "runs/shop.html\n"
    assert bayes_roi("report", "runs/shop", "-o", "mine.html").out == "mine.html\n"
    assert "<html" in Path("mine.html").read_text().lower()
    assert {file: file.read_bytes() for file in Path("runs/shop").iterdir()} == before


def test_new_copies_a_shipped_model(bayes_roi: Command, here: Path) -> None:
    assert bayes_roi("new", "mine").out == "mine.yaml\n"
    assert Path("mine.yaml").read_text() == shipped("models/weekly_funnel.yaml").read_text()
    assert bayes_roi("new", "acquisition").code == 0
    assert br.read_model("acquisition.yaml").name == "acquisition"
    assert bayes_roi("new", "other.yaml", "--from", "acquisition").out == "other.yaml\n"


def test_a_new_model_is_checked_with_shipped_data(bayes_roi: Command, here: Path) -> None:
    bayes_roi("new", "mine", "--from", "acquisition")
    assert bayes_roi("check", "mine.yaml", "--data", "acquisition").code == 0
    assert bayes_roi("check", "acquisition").code == 0


def test_simulate_writes_a_table_that_the_model_reads(bayes_roi: Command, here: Path) -> None:
    model = shop.MODEL + "columns: {tv_spend: TV Ausgaben (EUR)}\n"
    Path("shop.yaml").write_text(model)
    assert bayes_roi("simulate", "shop.yaml", "--periods", 60, "--seed", 3, "-o", "new.csv").out == "new.csv\n"
    data = br.read_data("new.csv", br.read_model("shop.yaml"))
    assert data.rows == 60
    bayes_roi("simulate", "shop.yaml", "--periods", 60, "--seed", 3, "-o", "off.csv", "--do", "tv_spend=0")
    assert "TV Ausgaben (EUR)" in Path("off.csv").read_text().splitlines()[0]
    off = [line.split(",") for line in Path("off.csv").read_text().splitlines()[1:]]
    assert {float(row[1]) for row in off} == {0.0}
    assert Path("off.csv").read_text() != Path("new.csv").read_text()


def test_simulate_from_a_shipped_truth(bayes_roi: Command, here: Path) -> None:
    bayes_roi("simulate", "weekly_funnel", "--truth", "weekly_funnel", "-o", "funnel.csv")
    assert Path("funnel.csv").read_text() == shipped("data/weekly_funnel.csv").read_text()


def test_demo_runs_a_shipped_model_and_overwrites_no_run_but_its_own(
    bayes_roi: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("bayes_roi.report.html")
    monkeypatch.setattr("bayes_roi.cli.fitting.DEMO", "acquisition")  # the weekly funnel takes longer
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    for options, shown in (((), []), (("--open",), [(here / "runs" / "demo" / "report.html").as_uri()])):
        said = bayes_roi("demo", *options)
        assert (said.code, said.out.splitlines()[-1]) == (0, "runs/demo/report.html")
        assert opened == shown
    assert bayes_roi("demo", "--out", "runs/shop").code == 2


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (
            ZeroDivisionError("division\nby zero"),
            70,
            "error: ZeroDivisionError: division by zero. This is a fault of bayes-roi, please report it; "
            "bayes-roi --debug COMMAND ... shows where it arose\n",
        ),
    ],
)
def test_interrupts_and_our_own_faults_leave_nothing_behind(
    bayes_roi: Command, here: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, told: str
) -> None:
    def fails(*_: object, **__: object) -> NoReturn:
        raise error

    before = sorted(here.rglob("*"))
    monkeypatch.setattr("bayes_roi.run.folder.posterior_bytes", fails)
    said = bayes_roi("run", "shop.yaml", "--out", "new/run", "--no-report")
    assert (said.code, said.out, said.err.splitlines(keepends=True)[-1]) == (code, "", told)
    assert sorted(here.rglob("*")) == before
    if code == 70:
        with pytest.raises(ZeroDivisionError):
            bayes_roi("--debug", "run", "shop.yaml", "--out", "new/run", "--no-report")
