"""Journeys are counted as a loop over rows counts them; counts of parts add up."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bayes_roi as br
from bayes_roi.errors import DataError, QueryError
from bayes_roi.journeys.counts import slices
from tests.journeys.oracle import Row, assert_same, frame, of, walked

START = datetime(2025, 1, 1)
OPTIONS = {"gap": 2.5, "lookback": 1.5, "half_life": 0.75, "bot_touches": 6}


@st.composite
def logs(draw: st.DrawFn) -> list[Row]:
    """Logs with ties, repeated rows, conversions that nothing precedes and users who click all day."""
    rows: list[Row] = [("u0", START, "a", "touch", None), ("u0", START + timedelta(hours=1), None, "conversion", 2.0)]
    for _ in range(draw(st.integers(20, 160))):
        user, hour = f"u{draw(st.integers(0, 14))}", draw(st.integers(0, 24 * 8))
        time = START + timedelta(hours=hour)
        if draw(st.integers(0, 3)):
            rows.append((user, time, draw(st.sampled_from("abc")), "touch", None))
        else:
            rows.append((user, time, None, "conversion", float(draw(st.integers(0, 5)))))
    return rows + draw(st.lists(st.sampled_from(rows), max_size=3))


@settings(max_examples=5, deadline=None)
@given(logs())
def test_journeys_are_those_of_a_loop_over_rows(rows: list[Row]) -> None:
    wanted = walked(rows, **OPTIONS)
    if not wanted:
        with pytest.raises(QueryError, match="no journey is left"):
            br.journey_counts(br.read_log(frame(rows)), **OPTIONS)
        return
    found = br.journey_counts(br.read_log(frame(rows)), **OPTIONS)
    assert_same(of(found.paths), wanted)
    assert found.audit.duplicates == len(rows) - len(set(rows))
    assert found.audit.conversions - found.audit.untouched == found.conversions
    assert found.audit.journeys == found.journeys


def test_slices_windows_and_parts_add_up(world, counts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "ROWS_AT_ONCE", len(world.log) // 3)
    log = br.read_log(world.log)
    seen: list[float] = []
    windows = br.journey_windows(log, windows=3, progress=lambda what, share: seen.append(share))
    assert len(seen) > 2
    assert min(w.journeys for w in windows) > 0
    assert_same(of((windows[0] + windows[1] + windows[2]).paths), of(counts.paths))
    odd = world.log.user % 2 == 1
    halves = [br.journey_counts(br.read_log(part)) for part in (world.log[odd], world.log[~odd])]
    both = halves[0] + halves[1]
    assert_same(of(both.paths), of(counts.paths))
    for field in ("rows", "conversions", "untouched", "journeys"):
        assert getattr(both.audit, field) == getattr(counts.audit, field)


def test_parts_with_other_channels_add_up_and_other_definitions_do_not() -> None:
    def part(user: str, channel: str) -> br.JourneyCounts:
        rows: list[Row] = [(user, START, channel, "touch", None), (user, START, None, "conversion", 1.0)]
        return br.journey_counts(br.read_log(frame(rows)))

    both = part("u", "z") + part("v", "b")
    assert both.channels == ("b", "z")
    assert of(both.paths).keys() == {("b",), ("z",)}
    with pytest.raises(QueryError, match="gap=30 and 5 days do not add up"):
        _ = both + br.journey_counts(
            br.read_log(frame([("u", START, "a", "touch", None), ("u", START, None, "conversion", None)])), gap=5
        )


def test_files_frames_and_tables_are_counted_alike(world, counts, tmp_path: Path) -> None:
    import ibis

    world.log.to_csv(tmp_path / "log.csv", index=False)
    world.log.to_parquet(tmp_path / "log.parquet")
    table = ibis.duckdb.connect().create_table("touches", ibis.memtable(world.log))
    for source in (tmp_path / "log.csv", str(tmp_path / "log.parquet"), table):
        assert_same(of(br.journey_counts(br.read_log(source)).paths), of(counts.paths))


def test_own_names_of_columns_and_events(world, counts) -> None:
    own = world.log.rename(columns={"user": "id"}).replace({"event": {"touch": "Click", "conversion": "sale"}})
    log = br.read_log(own, columns={"user": "id"}, events={"click": "touch", "sale": "conversion"})
    assert_same(of(br.journey_counts(log).paths), of(counts.paths))


def test_segments_part_the_log(world, counts) -> None:
    named = world.log.assign(segment=np.where(world.log.user % 2 == 1, "new", "old"))
    log = br.read_log(named)
    assert_same(
        of((br.journey_counts(log, segment="new") + br.journey_counts(log, segment="old")).paths), of(counts.paths)
    )
    with pytest.raises(QueryError, match="no row is of the segment 'newer'; there are new, old"):
        br.journey_counts(log, segment="newer")


def test_stamps_are_instants_and_days_those_of_the_time_zone() -> None:
    """What is a day in New York is two in UTC, and stamps without an offset are of the time zone."""
    texts = ["2025-01-31 23:30:00", "2025-02-01T00:29:00+02:00", "2025-02-01 00:15:00Z", "2025-02-01 00:20:00"]
    rows = pd.DataFrame({"user": "u", "time": texts, "channel": list("abcd"), "event": "touch"})
    rows = pd.concat([rows, rows.tail(1).assign(time="2025-02-02", event="conversion")])
    utc, york = br.read_log(rows), br.read_log(rows, time_zone="America/New_York")
    assert of(br.journey_counts(utc, bot_touches=2).paths).keys() == {("b", "a", "c", "d")}
    assert of(br.journey_counts(york).paths).keys() == {("b", "c", "a", "d")}
    with pytest.raises(QueryError, match="1 user with more touches in a day"):
        br.journey_counts(york, bot_touches=2)


def test_one_user_with_very_many_rows_is_set_aside(world, counts) -> None:
    times = pd.Timestamp("2025-01-02") + pd.to_timedelta(np.arange(100_000), unit="s")
    bot = pd.DataFrame({"user": -1, "time": times, "channel": "display", "event": "touch"})
    found = br.journey_counts(br.read_log(pd.concat([world.log, bot])))
    assert (found.audit.bot_users, found.audit.bot_rows) == (1, 100_000)
    assert_same(of(found.paths), of(counts.paths))


GOOD = frame([("u", START, "a", "touch", None), ("u", START + timedelta(hours=1), None, "conversion", 3.0)]).astype(
    "str"
)


@pytest.mark.parametrize(
    ("stamp", "hour"),
    [
        ("2024-06-05 17:00:00", 21),
        ("2024-06-05 17:00", 21),
        ("2024-06-05T17:00:00.5Z", 17),
        ("2024-06-05 17:00:00 UTC", 17),
        ("2024-06-05 17:00:00+02:00", 15),
    ],
)
def test_a_stamp_is_an_instant_by_its_offset_or_by_the_time_zone(stamp: str, hour: int) -> None:
    log = br.read_log(GOOD.assign(time=stamp), time_zone="America/New_York")
    assert {t.hour for t in log.rows.time.execute()} == {hour}


def broken(**cells: object) -> pd.DataFrame:
    """Return a log whose first row has other cells."""
    return pd.concat([GOOD.head(1).assign(**cells), GOOD])


@pytest.mark.parametrize(
    ("log", "told"),
    [
        (GOOD.head(0), "there are no rows; give a log"),
        (GOOD.head(1), "there is no conversion"),
        (GOOD.tail(1), "there is no touch"),
        (broken(time="31.31.2025"), r"column 'time': stamps that do not parse \('31\.31\.2025'\), in 1 of 3 rows"),
        (broken(time="2024-06-05 05:00:00 PM"), "stamps that do not parse"),
        (broken(time="2024-06-05 17:00:00 hello"), "stamps that do not parse"),
        (broken(time="2024-06-05 17:00:00 Asia/Tokyo"), "stamps that do not parse"),
        (broken(event="imp"), r"unknown events \('imp'\), in 1 of 3 rows; write touch or conversion, or say"),
        (broken(channel=" "), "touches without a channel"),
        (broken(user=""), "no user, in 1 of 3 rows"),
        (broken(value="12 EUR"), r"values that are no amount, 0 or more \('12 EUR'\)"),
        (broken(value="-2"), "values that are no amount"),
        (GOOD.drop(columns="user"), r"column 'user': there is no such column; say which one it is with columns="),
        (GOOD.assign(time=3), "stamps that do not parse"),
        (Path("no_such.csv"), "no_such.csv: 1 problem"),
        (Path("log.xlsx"), "there is no such file"),
        (7, "a int is no log; give a path"),
        (GOOD.assign(user=None), "no user, in 2 of 2 rows"),
        (GOOD.assign(user=pd.Series([1, "b"], dtype=object)), "the data frame: 1 problem"),
    ],
)
def test_bad_logs_are_told(log: object, told: str) -> None:
    with pytest.raises(DataError, match=told):
        br.read_log(log)


def test_files_that_are_none_are_told(tmp_path: Path) -> None:
    (tmp_path / "log.parquet").write_bytes(b"nothing")
    with pytest.raises(DataError, match="it cannot be read"):
        br.read_log(tmp_path / "log.parquet")
    (tmp_path / "log.json").write_text("{}")
    with pytest.raises(DataError, match=r"a file in \.json is not read"):
        br.read_log(tmp_path / "log.json")


def test_bad_rows_may_be_left_out_and_are_counted() -> None:
    found = br.journey_counts(br.read_log(broken(time="?"), skip_bad=True))
    assert (found.audit.skipped, found.audit.rows, found.journeys) == (1, 3, 1)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"columns": {"usr": "id"}}, "columns: 'usr' is none, did you mean 'user'"),
        ({"events": {"click": "touched"}}, "events: 'click' must mean touch or conversion"),
        ({"time_zone": "Berlin"}, "time_zone must be a name like"),
    ],
)
def test_bad_options_of_a_log_are_told(options: dict, told: str) -> None:
    with pytest.raises(QueryError, match=told):
        br.read_log(GOOD, **options)


@pytest.mark.parametrize("option", ["gap", "lookback", "half_life", "bot_touches"])
def test_bad_options_of_counts_are_told(option: str) -> None:
    with pytest.raises(QueryError, match=f"{option} must be"):
        br.journey_counts(br.read_log(GOOD), **{option: 0})


def test_what_is_no_log_is_told() -> None:
    with pytest.raises(QueryError, match=r"counted from what br\.read_log returns, got a DataFrame"):
        br.journey_counts(GOOD)


def test_without_duckdb_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(QueryError, match=r"need Ibis and DuckDB\. Install them: pip install 'bayes_roi\[journeys\]'"):
        br.read_log(GOOD)


def test_a_short_half_life_leaves_no_conversion_without_credit() -> None:
    """Thirty days are 1,500 half-lives: by itself each weight would be no number above zero."""
    day = timedelta(days=1)
    touches = [("u", START, "a", "touch", None), ("u", START, "b", "touch", None)]
    rows = [*touches, ("u", START + 30 * day, None, "conversion", 1.0)]
    counts = br.journey_counts(br.read_log(frame(rows)), half_life=0.02)
    assert br.credit(counts, "time_decay").mean().values.tolist() == pytest.approx([0.5, 0.5])
