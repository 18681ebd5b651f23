"""Journeys by segment are those of a loop over rows, and add up; credit by segment is that of each segment."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import reduce
from operator import add

import numpy as np
import pandas as pd
import pytest

import bayes_roi as br
from bayes_roi.draws import Evidence
from bayes_roi.errors import QueryError
from bayes_roi.journeys.counts import segments, slices
from tests.journeys.oracle import Told, assert_same, of, walked_by_segment

START = datetime(2025, 1, 1)
OPTIONS = {"gap": 2.5, "lookback": 1.5, "bot_touches": 6}


def told(seed: int, count: int = 300) -> list[Told]:
    """Return rows of users with several segments and none, ties, repeated rows and bots."""
    rng = np.random.default_rng(seed)
    rows: list[Told] = []
    for _ in range(count):
        user, time = f"u{rng.integers(14)}", START + timedelta(hours=int(rng.integers(24 * 12)))
        segment = [None, "new", "known"][rng.choice(3, p=[0.4, 0.3, 0.3])]
        sold = rng.random() < 0.25
        channel = None if sold else str(rng.choice(list("abc")))
        rows.append(
            (user, time, channel, "conversion" if sold else "touch", float(rng.integers(5)) if sold else None, segment)
        )
    rows += [("bot", START + timedelta(minutes=m), "a", "touch", None, "new") for m in range(10)]
    return rows + rows[:4]


def frame(rows: list[Told]) -> pd.DataFrame:
    log = pd.DataFrame(rows, columns=["user", "time", "channel", "event", "value", "segment"])
    return log.astype({"user": "str", "time": "datetime64[us]", "value": "float64", "segment": "object"})


@pytest.mark.parametrize("seed", range(4))
def test_journeys_are_those_of_a_loop_and_add_up(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = told(seed)
    log = br.read_log(frame(rows))
    found = br.segment_counts(log, **OPTIONS)
    assert list(found) == ["known", "new", "no segment"]
    wanted = walked_by_segment(rows, **OPTIONS)
    for name, counts in found.items():
        mine = {p: [w.journeys, w.conversions, w.value] for p, w in of(counts.paths).items()}
        assert mine == dict(wanted[name]), name
    whole, parts = br.journey_counts(log, **OPTIONS), reduce(add, found.values())
    assert_same(of(parts.paths), of(whole.paths))
    assert parts.audit == whole.audit
    monkeypatch.setattr(slices, "ROWS_AT_ONCE", len(rows) // 3)
    for name, counts in br.segment_counts(log, **OPTIONS).items():
        assert_same(of(counts.paths), of(found[name].paths))
        assert counts.audit == found[name].audit


def test_where_a_user_has_one_segment_it_is_as_if_others_were_left_out(world: br.SimulatedJourneys) -> None:
    log = br.read_log(world.log.assign(segment=np.where(world.log.user % 3 > 0, "new", "known")))
    for name, counts in br.segment_counts(log).items():
        assert_same(of(counts.paths), of(br.journey_counts(log, segment=name).paths))


def test_rows_that_are_not_whole_are_told_by_their_segment() -> None:
    log = frame(told(1))
    odd = log.assign(event=log.event.astype(object))
    odd.loc[odd.segment == "new", "event"] = odd.loc[odd.segment == "new", "event"].where(lambda e: e != "touch", "?")
    found = br.segment_counts(br.read_log(odd, skip_bad=True), **OPTIONS)
    assert found["new"].audit.skipped == ((log.segment == "new") & (log.event == "touch")).sum()
    assert found["known"].audit.skipped == 0


def test_credit_of_a_segment_is_that_of_its_counts() -> None:
    counts = br.segment_counts(br.read_log(frame(told(2, 2_000))), gap=2)
    for rule in ("linear", "markov"):
        share = br.credit_by_segment(counts, rule, draws=2_000)
        assert share.arrays.values.dims == ("chain", "draw", "segment", "channel")
        assert int(share.arrays.evidence.array) == Evidence.DESCRIPTIVE
        np.testing.assert_allclose(share.values.sum("channel"), 1.0, rtol=1e-9)
        for name, own in counts.items():
            one, alone = share.sel(segment=name), br.credit(own, rule, draws=2_000)
            sd = alone.sd().values
            np.testing.assert_allclose(one.mean(), alone.mean(), atol=5 * sd.max() * np.sqrt(2 / 2_000))
            np.testing.assert_allclose(one.sd(), sd, rtol=5 * np.sqrt(2 / 2 / 2_000))


def test_what_rules_over_touches_hand_out_adds_up_over_segments() -> None:
    log = br.read_log(frame(told(3, 2_000)))
    counts = br.segment_counts(log, gap=2)
    each = br.credit_by_segment(counts, "last", unit="conversions", draws=4_000)
    whole = br.credit(br.journey_counts(log, gap=2), "last", unit="conversions", draws=4_000)
    sd = each.sum("segment").sd().values
    np.testing.assert_allclose(each.sum("segment").mean(), whole.mean(), atol=5 * sd.max() * np.sqrt(2 / 4_000))


def test_segments_are_drawn_apart() -> None:
    """Two segments with the same journeys have the same credit, and draws that go their own ways."""
    rows = frame(told(4, 1_000)).assign(segment="one")
    both = pd.concat([rows, rows.assign(segment="two", user="v" + rows.user)])
    share = br.credit_by_segment(br.segment_counts(br.read_log(both)), "linear", draws=4_000).sel(channel="a")
    one, two = (share.sel(segment=s).values.to_numpy().ravel() for s in ("one", "two"))
    assert abs(np.corrcoef(one, two)[0, 1]) < 4 / np.sqrt(4_000)


def test_a_segment_without_a_conversion_is_undefined_and_named() -> None:
    rows = frame(told(5))
    rows = rows[(rows.segment != "new") | (rows.event == "touch")]
    alone = [("w", START, "a", "touch", None, "newer"), ("w", START, "b", "touch", None, "newer")]
    counts = br.segment_counts(br.read_log(pd.concat([rows, frame(alone)])))
    share = br.credit_by_segment(counts, "last", draws=100)
    assert np.isnan(share.sel(segment="newer").values).all()
    assert np.isfinite(share.sel(segment="known").values).all()
    assert share.note.endswith("no conversion to hand out in newer")


@pytest.mark.parametrize("option", ["gap", "lookback", "half_life", "bot_touches"])
def test_bad_options_are_told(option: str) -> None:
    with pytest.raises(QueryError, match=f"{option} must be"):
        br.segment_counts(br.read_log(frame(told(1))), **{option: 0})


def test_what_cannot_be_counted_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = frame(told(1))
    with pytest.raises(QueryError, match=r"counted from what br\.read_log returns"):
        br.segment_counts(rows)  # type: ignore[arg-type]
    with pytest.raises(QueryError, match="the log has no segments; name its column"):
        br.segment_counts(br.read_log(rows.drop(columns="segment")))
    with pytest.raises(QueryError, match="no row has a segment"):
        br.segment_counts(br.read_log(rows.assign(segment=None)))
    monkeypatch.setattr(segments, "MOST_SEGMENTS", 1)
    with pytest.raises(QueryError, match="there are 2 segments, at most 1"):
        br.segment_counts(br.read_log(rows))


def test_what_cannot_be_handed_out_is_told(counts: br.JourneyCounts) -> None:
    with pytest.raises(QueryError, match=r"give what br\.segment_counts returns"):
        br.credit_by_segment({})
    with pytest.raises(QueryError, match="segment whole: there is no rule 'lst', did you mean 'last'"):
        br.credit_by_segment({"whole": counts}, "lst")
    other = br.segment_counts(br.read_log(frame(told(1))))
    with pytest.raises(QueryError, match="segments must be of one log"):
        br.credit_by_segment({"whole": counts} | other)
    with pytest.raises(QueryError, match="no segment has a conversion with a value"):
        br.credit_by_segment(br.segment_counts(br.read_log(frame(told(1)).assign(value=np.nan))), unit="value")
