"""Spark counts what DuckDB counts: `make spark`, in an environment with PySpark, on a machine with Java."""

from __future__ import annotations

import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bayes_roi as br
from bayes_roi.errors import DataError, QueryError
from bayes_roi.journeys.counts import slices
from bayes_roi.journeys.counts.path_types import PathTypes
from bayes_roi.journeys.log.touch_log import TouchLog

pytest.importorskip("pyspark", reason="PySpark is not installed: `make spark` has an environment with it")
if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
    pytest.skip("Spark needs Java, and there is none", allow_module_level=True)

START = datetime(2025, 10, 20)
NAMES = ("video", "affiliate ", " video", "a'b\\c", 'so "called"', "café ☃", "Display")
ZONES = ("UTC", "America/New_York", "Australia/Lord_Howe")
OPTIONS = {"gap": 3.5, "lookback": 2.5, "half_life": 0.75, "bot_touches": 12}


def stamp(rng: np.random.Generator, time: datetime) -> str:
    """Return a time as one of many exporters writes it."""
    offset = rng.choice(["", "", "Z", " UTC", "+00", "+02:00", "-0330", " +0530", "+19:00"])
    clock = rng.choice(["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M"])
    return f"{time:{clock}}{offset}"


def nasty(seed: int, rows: int = 1_500) -> pd.DataFrame:
    """Return a log as texts: duplicates, bots, hours that a clock shows twice or never, empty and broken cells."""
    rng = np.random.default_rng(seed)

    def row() -> dict[str, str | None]:
        sold = rng.random() < 0.25
        return {
            "user": f"u{rng.integers(80)}",
            "time": stamp(rng, START + timedelta(minutes=5 * int(rng.integers(12 * 24 * 20)))),
            "channel": None if sold else str(rng.choice(NAMES)),
            "event": str(rng.choice(["conversion", " Sale"] if sold else ["touch", "Click", "CLICK "])),
            "value": str(rng.choice(["", "1e1", " 12.50 ", "0", ".5", "7."])) if sold else None,
            "cost": str(rng.choice(["", "0.1", "0.2"])),
            "segment": str(rng.choice(["", "new", "old"])),
        }

    good = [row() for _ in range(rows)]
    day = pd.Timestamp("2025-10-25")
    bot = [{**good[0], "user": "bot", "time": str(day + pd.Timedelta(minutes=i))} for i in range(40)]
    bad = [{"time": "31.10.2025"}, {"time": "2025-10-31 24:00:00"}, {"time": "2025-02-30"}, {"user": None}]
    bad += [{"event": "imp"}, {"event": "click", "channel": "\t"}, {"value": "1_000"}, {"value": "1d"}]
    bad += [{"value": "1e999"}, {"value": "inf"}, {"value": "-1"}, {"cost": "free"}, {"time": None}]
    log = pd.DataFrame([*good, *bot, *good[:30], *({**good[0], **cell} for cell in bad)])
    return log.iloc[rng.permutation(len(log))]


def same(spark: TouchLog, duck: TouchLog, segment: str | None = None) -> br.JourneyCounts:
    """Hold two logs and their counts to one another, and return the counts."""
    for name in ("channels", "count", "skipped", "first", "last", "others"):
        assert getattr(spark, name) == getattr(duck, name), name
    mine, right = (br.journey_counts(log, **OPTIONS, segment=segment) for log in (spark, duck))
    assert mine.audit == right.audit
    assert_equal(mine.paths, right.paths)
    return right


def assert_equal(mine: PathTypes, right: PathTypes) -> None:
    for name in ("codes", "starts", "journeys", "conversions"):
        assert np.array_equal(getattr(mine, name), getattr(right, name)), name
    for name in ("value", "squares", "decay"):
        np.testing.assert_allclose(getattr(mine, name), getattr(right, name), rtol=1e-12, atol=1e-12)


def test_the_shipped_log_is_counted_alike() -> None:
    file = br.shipped("data/journeys.csv")
    counts = same(br.read_log(file, backend="spark"), br.read_log(file))
    assert counts.conversions > 100


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("zone", ZONES)
def test_nasty_logs_are_counted_alike(seed: int, zone: str, tmp_path: Path) -> None:
    nasty(seed).to_csv(tmp_path / "log.csv", index=False, sep=",;\t"[seed])
    words = {"click": "touch", "sale": "conversion"}
    read = {"events": words, "time_zone": zone, "skip_bad": True}
    spark, duck = (br.read_log(tmp_path / "log.csv", **read, backend=b) for b in ("spark", "duckdb"))
    audit = same(spark, duck).audit
    assert audit.skipped > 13  # and the stamps nineteen hours from UTC
    assert min(audit.duplicates, audit.bot_users, audit.untouched, audit.journeys) > 0
    same(spark, duck, "new")


def test_what_is_wrong_with_rows_is_told_alike(tmp_path: Path) -> None:
    nasty(5, 40).to_csv(tmp_path / "log.csv", index=False)
    told = []
    for backend in ("duckdb", "spark"):
        with pytest.raises(DataError) as found:
            br.read_log(tmp_path / "log.csv", events={"click": "touch", "sale": "conversion"}, backend=backend)
        told.append(str(found.value))
    assert told[0] == told[1]
    assert "stamps that do not parse" in told[0]
    assert "values that are no amount" in told[0]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("kind", ["wall clock", "instant", "date"])
def test_stamps_of_parquet_are_wall_clocks_instants_or_days_by_their_type(kind: str, zone: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    time = pd.Series(pd.Timestamp(START) + pd.to_timedelta(rng.integers(0, 20 * 24 * 4, 800) * 15, unit="min"))
    sold = rng.random(800) < 0.2
    channel = np.where(sold, None, rng.choice(["a", "b", "video"], 800))
    log = pd.DataFrame({"user": rng.integers(0, 60, 800), "channel": channel})
    log = log.assign(event=np.where(sold, "conversion", "touch"), value=np.where(sold, 3.5, np.nan))
    log["time"] = {"wall clock": time, "instant": time.dt.tz_localize("UTC"), "date": time.dt.date}[kind]
    log.to_parquet(tmp_path / "log.parquet", coerce_timestamps="us", allow_truncated_timestamps=True)
    spark, duck = (br.read_log(tmp_path / "log.parquet", time_zone=zone, backend=b) for b in ("spark", "duckdb"))
    assert same(spark, duck).conversions > 20


def test_slices_add_up_and_folders_of_parquet_are_read(world, counts, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(slices, "ROWS_AT_ONCE", len(world.log) // 3)
    (tmp_path / "touches").mkdir()
    for part in range(2):
        file = tmp_path / "touches" / f"part-{part}.parquet"
        world.log[world.log.user % 2 == part].to_parquet(file, coerce_timestamps="us", allow_truncated_timestamps=True)
    found = br.journey_counts(br.read_log(tmp_path / "touches", backend="spark"))
    assert found.audit == counts.audit
    assert_equal(found.paths, counts.paths)


def test_a_table_of_ones_own_spark_stays_there(world, counts, tmp_path: Path) -> None:
    import ibis
    from pyspark.sql import SparkSession

    world.log.to_parquet(tmp_path / "log.parquet", coerce_timestamps="us", allow_truncated_timestamps=True)
    database = ibis.pyspark.connect(SparkSession.builder.getOrCreate().newSession())
    found = br.journey_counts(br.read_log(database.read_parquet(tmp_path / "log.parquet")))
    assert found.audit == counts.audit
    assert_equal(found.paths, counts.paths)


def test_what_spark_cannot_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "log.parquet").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"it cannot be read: .*is not a Parquet file"):
        br.read_log(tmp_path / "log.parquet", backend="spark")
    rows = ["user,time,channel,event,value", *["1,2025-01-01,a,touch,"] * 30, "2,2025-01-01,a,touch,,7"]
    (tmp_path / "log.csv").write_text("\n".join(rows))
    with pytest.raises(DataError, match=r"it cannot be read: .*2,2025-01-01,a,touch,,7"):
        br.read_log(tmp_path / "log.csv", backend="spark")
    pd.DataFrame({"time": pd.to_datetime(["2025-01-01"]).as_unit("ns")}).to_parquet(tmp_path / "ns.parquet")
    with pytest.raises(DataError, match="write them in microseconds"):
        br.read_log(tmp_path / "ns.parquet", backend="spark")
    with pytest.raises(QueryError, match="reads files, got a DataFrame"):
        br.read_log(pd.DataFrame(), backend="spark")


def test_the_command_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    from bayes_roi.cli import main

    said = []
    for backend in ("duckdb", "spark"):
        with pytest.raises(SystemExit) as ended:
            main(["journeys", "journeys", "--rule", "last", "--rule", "markov", "--backend", backend])
        assert not ended.value.code
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
