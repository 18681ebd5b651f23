"""Plans as files: written and read back, and every mistake of a planner told at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

import bayes_roi as br
from bayes_roi.decisions.scenarios.scenario_file import read_plans
from bayes_roi.errors import DataError, QueryError
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.prior_draws import prior_draws
from bayes_roi.model.rows.design import design
from tests.model.made import series

Lines = Callable[..., Path]
WEEKS = ("2025-02-24", "2025-03-03", "2025-03-10")


@pytest.fixture
def lines(tmp_path: Path) -> Lines:
    """Write a plan of three weeks, some of its rows changed or taken out, others added; return its file."""

    def write(*more: str, without: str = "no row", header: str = "period,channel,spend", **instead: str) -> Path:
        rows = [f"{week},{channel},{100 + i}" for i, week in enumerate(WEEKS) for channel in ("tv", "social", "search")]
        rows = [instead.get(f"r{i}", row) for i, row in enumerate(rows, 2) if without not in row]
        (tmp_path / "spring.csv").write_text("\n".join([header, *rows, *more]) + "\n", encoding="utf-8")
        return tmp_path / "spring.csv"

    return write


def told(path: Path, fit: Fit) -> list[str]:
    """Return the problems of a plan file, as they are told."""
    with pytest.raises(DataError) as caught:
        br.read_plan(path, fit)
    assert caught.value.source == path.name
    return [str(p) for p in caught.value.problems]


@pytest.mark.parametrize(("kind", "error"), [("csv", 0.0), ("xlsx", 1e-15)])
def test_what_is_written_is_read_back(funnel_known: Fit, tmp_path: Path, kind: str, error: float) -> None:
    plans = [br.scenario(funnel_known, "as last year"), br.scenario(funnel_known, 'mehr Köln, "tv"', change=1 / 3)]
    file = br.write_plan(plans, tmp_path / f"plan.{kind}")
    for plan, again in zip(plans, read_plans(file, funnel_known), strict=True):
        assert (again.name, again.channels, again.labels.tolist()) == (plan.name, plan.channels, plan.labels.tolist())
        np.testing.assert_allclose(again.money.array, plan.money.array, rtol=error)
    assert br.read_plan(file, funnel_known, name=plans[1].name).name == plans[1].name
    with pytest.raises(QueryError, match="holds 2 scenarios; name one of as last year"):
        br.read_plan(file, funnel_known)
    with pytest.raises(QueryError, match="none is 'as last yer', did you mean 'as last year'"):
        br.read_plan(file, funnel_known, name="as last yer")


def test_a_planners_table_is_read_in_any_order_with_isoweeks_and_semicolons(funnel_known: Fit, tmp_path: Path) -> None:
    rows = [f"{c};2025-W{w:02d};{10 * w}" for w in (10, 9) for c in ("search", "tv", "social")]
    (tmp_path / "plan.csv").write_text("\n".join(["channel;period;spend", *rows]), encoding="utf-8")
    plan = br.read_plan(tmp_path / "plan.csv", funnel_known)
    assert (plan.name, plan.channels) == ("plan", ("tv", "social", "search"))
    assert plan.labels.tolist() == ["2025-02-24", "2025-03-03"]
    assert plan.money.array.tolist() == [[90.0, 100.0]] * 3


def test_a_frame_is_read_like_a_file(funnel_known: Fit, lines: Lines) -> None:
    import pandas as pd

    path = lines()
    frame = pd.read_csv(path, parse_dates=["period"])
    assert br.read_plan(frame, funnel_known, name="a").total == br.read_plan(path, funnel_known).total


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_numbered_periods_are_read_back_too(tmp_path: Path, kind: str) -> None:
    x = np.arange(1.0, 9.0)
    model = Model("m", "y ~ x", "y", time="t", channels={"x": "x"})
    data = series({"x": x, "y": x})
    fit = fit_of(model, data, prior_draws(model, design(model, data), 1, 5))
    plan = br.scenario(fit, "three", spend={"x": [1.5, 0, 2]})
    again = br.read_plan(br.write_plan(plan, tmp_path / f"plan.{kind}"), fit)
    assert (again.name, again.labels.tolist(), again.total) == ("three", [8, 9, 10], {"x": 3.5})


def test_every_mistake_is_told_at_once_with_its_row(funnel_known: Fit, lines: Lines) -> None:
    path = lines(r2="2025-02-24,TV,100", r3="2025-02-24,social,-3", r4="2025-02-24,search,much", r5="2025-03-03,tv,")
    assert told(path, funnel_known) == [
        "row 4, column 'spend': 'much' is not a number; "
        "write a number with a point for decimals, or leave the cell empty if it is missing",
        "row 5, column 'spend': the spend is missing; write 0 where nothing is spent",
        "row 3, column 'spend': the spend is negative, -3; write 0 or more",
        "row 2, column 'channel': there is no channel 'TV', did you mean 'tv'?; write one of tv, social, search",
    ]


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        (
            {"without": "03-03,tv"},
            ["column 'period': tv lacks 2025-03-03; add a row for each period, with 0 where nothing is spent"],
        ),
        (
            {"more": ("2025-03-03,tv,7",)},
            ["row 11, column 'period': tv has 2025-03-03 twice, first in row 5; keep one of the two"],
        ),
        (
            {"without": ",search,"},
            ["column 'channel': search has no rows; add a row for each period, with 0 where nothing is spent"],
        ),
        (
            {"more": ("2025-02-17,tv,7",)},
            [
                "row 11, column 'period': 2025-02-17 does not continue the data, which end with 2025-02-17; "
                "begin with 2025-02-24 and leave no period out"
            ],
        ),
        (
            {"more": ("2025-03-11,tv,7",)},
            [
                "row 11, column 'period': 2025-03-11 does not continue the data, which end with 2025-02-17; "
                "begin with 2025-02-24 and leave no period out"
            ],
        ),
        ({"more": ("10/03/2025,tv,7",)}, ["row 11, column 'period': '10/03/2025' is ambiguous"]),
        (
            {"r2": "2025-02-24,tv_spend,1"},
            ["row 2, column 'channel': there is no channel 'tv_spend', did you mean 'tv'?"],
        ),
        ({"header": "period,channel,amount"}, ["column 'spend': there is no such column"]),
        ({"r2": "2025-02-24,tv"}, ["row 2: the row has 2 cells, the header 3"]),
    ],
)
def test_each_mistake(funnel_known: Fit, lines: Lines, given: dict[str, object], problems: list[str]) -> None:
    more = given.pop("more", ()) if "more" in given else ()
    found = told(lines(*more, **given), funnel_known)  # type: ignore[misc, arg-type]
    assert len(found) == len(problems)
    assert all(a.startswith(b) for a, b in zip(found, problems, strict=True)), found


def test_a_file_without_rows_or_of_another_kind_is_refused(
    funnel_known: Fit, acquisition_fit: Fit, tmp_path: Path
) -> None:
    for text, words in (("", "is empty"), ("period,channel,spend\n", "no rows"), ("a\n1\n", "no such column")):
        (tmp_path / "plan.csv").write_text(text)
        with pytest.raises(DataError, match=words):
            br.read_plan(tmp_path / "plan.csv", funnel_known)
    with pytest.raises(DataError, match="no such file"):
        br.read_plan(tmp_path / "plam.csv", funnel_known)
    with pytest.raises(QueryError, match="no time:"):
        br.read_plan(tmp_path / "plan.csv", acquisition_fit)
    plan = br.scenario(funnel_known, "p", periods=2)
    with pytest.raises(QueryError, match=r"as \.csv or .xlsx, got 'plan.pdf'"):
        br.write_plan(plan, tmp_path / "plan.pdf")
    with pytest.raises(QueryError, match="cannot write"):
        br.write_plan(plan, tmp_path / "none" / "plan.csv")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["plan.csv"]


FORMULAS = ("=SUM(1)", "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "'=1", "''=1", "#N/A", "'quoted'", "None", "-3")


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_names_are_text_whatever_they_look_like(funnel_known: Fit, tmp_path: Path, name: str, kind: str) -> None:
    file = br.write_plan(br.scenario(funnel_known, name, periods=2), tmp_path / f"plan.{kind}")
    assert br.read_plan(file, funnel_known).name == name
    if kind == "csv":
        first = file.read_text(encoding="utf-8").splitlines()[1].lstrip('"')
        assert name == "-3" or first[0] not in "=+-@"  # a number computes nothing
    else:
        cell = openpyxl.load_workbook(file).active["A2"]
        assert (cell.value.lstrip("'"), cell.data_type) == (name.lstrip("'"), "s")


@pytest.mark.parametrize("name", ["a\x1b[2J", "a\nb", "a\x00b", "\u202eevil", " blank", "x" * 300])
def test_a_name_that_is_no_text_is_neither_written_nor_read(funnel_known: Fit, tmp_path: Path, name: str) -> None:
    before = br.write_plan(br.scenario(funnel_known, "kept", periods=2), tmp_path / "plan.csv").read_bytes()
    with pytest.raises(QueryError, match=r"the scenario .* name it otherwise"):
        br.write_plan(br.scenario(funnel_known, name, periods=2), tmp_path / "plan.csv")
    assert (tmp_path / "plan.csv").read_bytes() == before
    if name[0] != " ":  # outer blanks are cut off where names are read
        frame = br.scenario(funnel_known, "a", periods=2).money
        rows = [
            {"scenario": name, "period": label, "channel": channel, "spend": 1.0}
            for channel in frame.labels("channel").tolist()
            for label in frame.labels("time").tolist()
        ]
        with pytest.raises(DataError, match=r"row 2, column 'scenario': the scenario .* name it otherwise"):
            br.read_plan(pd.DataFrame(rows), funnel_known)


def test_a_plan_stands_when_its_successor_cannot_be_written(
    funnel_known: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = br.scenario(funnel_known, "kept", periods=2)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for kind in ("csv", "xlsx"):
        before = br.write_plan(plan, tmp_path / f"plan.{kind}").read_bytes()
        with monkeypatch.context() as patched:
            patched.setattr("os.fsync", full)
            with pytest.raises(QueryError, match="No space left on device; free some space, or write elsewhere"):
                br.write_plan(plan, tmp_path / f"plan.{kind}")
        assert (tmp_path / f"plan.{kind}").read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["plan.csv", "plan.xlsx"]


def test_a_thousand_unknown_channels_are_counted(funnel_known: Fit, lines: Lines) -> None:
    found = told(lines(*(f"2025-02-24,c{i},1" for i in range(1000))), funnel_known)
    assert sum("there is no channel" in line for line in found) == 1
    assert any("1,000 names, in rows" in line and "and 995 more" in line for line in found)
