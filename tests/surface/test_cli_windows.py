"""Windows and months on the command line: the numbers of the queries, and a line for what does not add up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import bayes_roi as br
from bayes_roi.model.language.edges import lags_to
from tests.surface.conftest import Command


@pytest.mark.parametrize("during", ["2024-08:2024-10", "2024-Q3", "last 4 weeks"])
@pytest.mark.parametrize("horizon", [None, 0])
def test_roi_of_a_window_is_the_query_of_it(here: Path, bayes_roi: Command, during: str, horizon: int | None) -> None:
    options = [] if horizon is None else ["--horizon", horizon]
    found = json.loads(bayes_roi("roi", "runs/shop", "--during", during, *options, "--json").out)
    fit = br.read_run("runs/shop")
    right = br.roi(fit, during=during, horizon=horizon)
    labels = fit.design.periods[fit.design.window(during)]
    assert found["window"] == [labels[0], labels[-1]]
    assert found["horizon"] == (max(lags_to(fit.model, "revenue").values()) if horizon is None else 0)
    for channel in fit.model.channels:
        draws = right.sel(channel=channel)
        assert found["roi"][channel]["median"] == float(draws.median())
        assert found["roi"][channel]["lower"] == float(draws.interval(0.9)["lower"])
    told = f"in the {found['horizon']} periods after" if found["horizon"] else "and nothing after it"
    said = bayes_roi("roi", "runs/shop", "--during", during, *options).out
    assert f"note: spend of {labels[0]} to {labels[-1]}, and" in said
    assert told in said


def test_months_and_what_they_lack_of_the_whole(here: Path, bayes_roi: Command) -> None:
    asked = ("roi", "runs/shop", "--by", "quarter", "--during", "2024")
    found, said = json.loads(bayes_roi(*asked, "--json").out), bayes_roi(*asked).out
    fit = br.read_run("runs/shop")
    each, whole = br.contribution(fit, during="2024", by="quarter"), br.contribution(fit, during="2024")
    assert list(found["by"]["quarter"]) == ["2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4"]
    for channel in fit.model.channels:
        means = [found["by"]["quarter"][q][channel]["contribution"]["mean"] for q in found["by"]["quarter"]]
        assert means == pytest.approx(each.mean().sel(channel=channel).values.tolist())
        lacking = float((whole.mean() - each.sum("quarter").mean()).sel(channel=channel))
        assert found["remainder"]["quarter"][channel]["mean"] == pytest.approx(lacking, rel=1e-6, abs=1e-6)
        assert found["channels"][channel]["contribution"]["mean"] == pytest.approx(
            float(whole.mean().sel(channel=channel))
        )
    lines = said.splitlines()
    assert [line.split()[0] for line in lines[1:9]] == [q for q in found["by"]["quarter"] for _ in range(2)]
    assert sum(line.startswith("remainder") for line in lines) == 2
    assert "the parts do not add up to the whole" in said


def test_all_channels_have_a_row_and_their_interaction_a_line(here: Path, bayes_roi: Command) -> None:
    found, said = json.loads(bayes_roi("roi", "runs/shop", "--json").out), bayes_roi("roi", "runs/shop").out
    fit = br.read_run("runs/shop")
    joint = br.roi(fit, together=True)
    assert found["total"]["roi"]["mean"] == pytest.approx(joint.mean().item())
    assert found["total"]["spend"] == sum(c["spend"] for c in found["channels"].values())
    assert any(line.startswith("all channels") for line in said.splitlines())
    assert "interaction of all channels: none, their contributions add up" in said


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--by", "geo"), "by= takes the column of the panel unit, or month, quarter, year, got 'geo'"),
        (("--by", "month", "--by", "year"), "one part of the calendar, got month, year"),
        (("--during", "1999"), "no period lies in '1999'"),
        (("--during", "last few weeks"), "'last few weeks' is no window of time; write for example 2024, 2024-10"),
    ],
)
def test_what_cannot_be_asked_is_told(here: Path, bayes_roi: Command, options: tuple[str, ...], message: str) -> None:
    said = bayes_roi("roi", "runs/shop", *options)
    assert (said.code, said.out) == (2, "")
    assert message in said.err
