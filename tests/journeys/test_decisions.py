"""Logs of decisions: read from a table, and made of a touch log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bayes_roi as br
from bayes_roi.errors import DataError, QueryError
from bayes_roi.journeys.counts import slices

ROWS = {
    "episode": ["u", "u", "v"],
    "state": ["new", "seen", "new"],
    "action": ["mail", "none", "none"],
    "reward": [0, 2.5, 0],
    "next_state": ["seen", "", ""],
    "propensity": [0.3, 0.7, 0.7],
}


def test_a_table_is_read_as_it_stands() -> None:
    log = br.read_decisions(pd.DataFrame(ROWS), costs={"mail": 0.1})
    assert (log.states, log.actions) == (("new", "seen"), ("mail", "none"))
    assert log.after.tolist() == [1, -1, -1]
    assert log.costs.tolist() == [0.1, 0.0]
    assert log.outcomes.sum() == 3
    assert log.outcomes[1, 1, 1, 2] == 1  # seen, none: a reward, then the end
    assert "2 episodes" in repr(log)


def test_a_file_is_read_as_a_frame_is(tmp_path: Path) -> None:
    frame = pd.DataFrame(ROWS)
    frame.to_csv(tmp_path / "log.csv", index=False)
    a, b = br.read_decisions(tmp_path / "log.csv"), br.read_decisions(frame)
    np.testing.assert_array_equal(a.outcomes, b.outcomes)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"reward": [0, -1, 0]}, "row 3, column 'reward': |no amount, 0 or more, in row 3"),
        ({"reward": [0, "x", 0]}, "no amount, 0 or more, in row 3"),
        ({"propensity": [0, 0.5, 2]}, r"outside \(0, 1\] in rows 2 and 4"),
        ({"action": ["mail", "", "none"]}, "no action in row 3"),
        ({"next_state": ["new", "", ""]}, "not the state of the next row, in row 2"),
        ({"reward": None}, "no such column"),
        ({"episode": None}, "next states without episodes"),
        ({"next_state": None}, "episodes of several rows"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(change: dict[str, Any], match: str) -> None:
    frame = pd.DataFrame({k: v for k, v in (ROWS | change).items() if v is not None})
    with pytest.raises(DataError, match=match):
        br.read_decisions(frame)


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"columns": {"rewards": "x"}}, QueryError, "did you mean 'reward'"),
        ({"costs": {"mial": 1}}, QueryError, "did you mean 'mail'"),
        ({"costs": {"mail": -1}}, QueryError, "0 or more"),
        ({"states": ["new"]}, DataError, "'seen' is none of 'new'"),
        ({"actions": ["mail", "mail"]}, QueryError, "each once"),
        ({"features": pd.DataFrame({"x": [1]}, index=["new"])}, QueryError, "no row for the state 'seen'"),
    ],
)
def test_options_that_do_not_fit_are_said(options: dict[str, Any], error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        br.read_decisions(pd.DataFrame(ROWS), **options)


def test_no_file_no_rows_no_table(tmp_path: Path) -> None:
    for source, match in (
        (tmp_path / "none.csv", "no such file"),
        (pd.DataFrame(ROWS)[:0], "no rows"),
        (3, "no table"),
    ):
        with pytest.raises(DataError, match=match):
            br.read_decisions(source)  # type: ignore[arg-type]


LOG = pd.DataFrame(
    [
        ("a", "2025-01-01 10:00", "display", "touch", None),
        ("a", "2025-01-03 10:00", "email", "touch", None),
        ("a", "2025-01-03 11:00", "display", "touch", None),
        ("a", "2025-01-04 10:00", "", "conversion", 20.0),
        ("a", "2025-01-12 10:00", "email", "touch", None),
        ("b", "2025-01-10 10:00", "search", "touch", None),
    ],
    columns=["user", "time", "channel", "event", "value"],
)


def test_the_days_of_a_touch_log_by_hand() -> None:
    log = br.journey_decisions(br.read_log(LOG), ["display", "email"], gap=5, costs={"email": 0.5})
    found = [
        (log.states[s], log.actions[a], r, log.states[n], t)
        for s, a, r, n, t in zip(log.state, log.action, log.reward, log.after, log.times, strict=True)
    ]
    assert found == [
        ("display, 1", "none", 0.0, "display, 1", 1.0),  # the 2nd
        ("display, 1", "display", 0.0, "display, 3", 1.0),  # the 3rd: two touches, the last one counts
        ("display, 3", "none", 20.0, "bought", 1.0),
        ("bought", "none", 0.0, "bought", 4.0),  # the 5th to the 8th
        ("bought", "none", 0.0, "lapsed", 1.0),
        ("lapsed", "none", 0.0, "lapsed", 2.0),
        ("lapsed", "email", 0.0, "email, 1", 1.0),  # the 12th, the last day
        ("search, 1", "none", 0.0, "search, 1", 2.0),
    ]
    assert log.costs.tolist() == [0.0, 0.0, 0.5]


def test_every_day_of_every_user_is_a_decision_and_every_later_conversion_a_reward(world: br.SimulatedJourneys) -> None:
    log = br.journey_decisions(br.read_log(world.log), ["display", "email", "social"])
    rows = world.log.assign(day=world.log.time.dt.floor("D"))
    first = rows.groupby("user").day.transform("min")
    end = rows.day.max()
    assert log.times.sum() == ((end - rows.groupby("user").day.min()).dt.days).sum()
    assert log.reward.sum() == pytest.approx(rows.value[(rows.event == "conversion") & (rows.day > first)].sum())
    same = log.episode[1:] == log.episode[:-1]
    np.testing.assert_array_equal(log.after[:-1][same], log.state[1:][same])
    assert (log.after[log.times > 1] == log.state[log.times > 1]).all()
    assert log.features is not None
    assert log.features.shape == (len(log.states), len(log.feature_names))


@pytest.mark.parametrize(
    ("actions", "options", "match"),
    [
        ("display", {}, "each once"),
        (["display", "display"], {}, "each once"),
        (["dispaly"], {}, "did you mean 'display'"),
        (["display"], {"gap": 0}, "gap must be"),
        (["display"], {"reward": "clicks"}, "value or conversions"),
        (["display"], {"costs": {"search": 1.0}}, "'search' is no action"),
    ],
)
def test_options_of_a_touch_log(actions: Any, options: dict[str, Any], match: str) -> None:
    with pytest.raises(QueryError, match=match):
        br.journey_decisions(br.read_log(LOG), actions, **options)


def test_a_log_of_one_day_holds_no_decision() -> None:
    one = LOG.assign(time=["2025-01-01 10:00"] * 6)
    with pytest.raises(QueryError, match="second day"):
        br.journey_decisions(br.read_log(one), ["display"])


def test_decisions_are_those_of_one_piece_whatever_is_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    log = br.read_log(br.simulate_journeys(3, users=200).log)
    whole = br.journey_decisions(log, ["display", "email"])
    monkeypatch.setattr(slices, "ROWS_AT_ONCE", log.count // 3)
    parts = br.journey_decisions(log, ["display", "email"])
    assert len(parts.starts) == len(whole.starts)
    np.testing.assert_allclose(parts.outcomes, whole.outcomes)
    np.testing.assert_allclose(parts.amounts, whole.amounts)
