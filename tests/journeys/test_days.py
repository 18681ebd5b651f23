"""Days of users are those of a loop over users and days."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

import bayes_roi as br
from bayes_roi.errors import DataError, QueryError
from bayes_roi.journeys.counts import slices
from bayes_roi.journeys.logistic import days as module
from bayes_roi.journeys.logistic.days import UserDays, user_days
from bayes_roi.journeys.logistic.intent import intent_table
from bayes_roi.journeys.logistic.rows import Rows, alike
from tests.journeys.days_oracle import days_of, kinds_of
from tests.journeys.oracle import Row, frame

START = datetime(2025, 1, 1)


def some_rows(seed: int, users: int = 12) -> list[Row]:
    """Return a log with ties, several purchases a day, touches after them, purchases before any touch and a bot."""
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    for _ in range(12 * users):
        user, time = f"u{rng.integers(users)}", START + timedelta(hours=int(rng.integers(24 * 30)))
        sold = rng.random() < 0.25
        rows.append(
            (user, time, None if sold else str(rng.choice(list("abc"))), "conversion" if sold else "touch", None)
        )
    rows += [("bot", START + timedelta(days=2, minutes=m), "d", "touch", None) for m in range(60)]
    return rows + rows[:3]


def intents(rows: list[Row], seed: int) -> dict[tuple[str, object], float]:
    """Return intent that was measured now and then, of some users before the log begins and of others never."""
    rng = np.random.default_rng(seed)
    users = sorted({r[0] for r in rows})
    days = [(START + timedelta(days=int(d))).date() for d in range(-5, 30)]
    return {(u, d): float(rng.integers(5)) for u in users[1:] for d in days if rng.random() < 0.1}


def found(rows: list[Row], **options: object) -> UserDays:
    given = {"kept": 0.7, "lagged": (), "intent": None, "bot_touches": 50} | options
    return user_days(br.read_log(frame(rows)), **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(4))
def test_days_are_those_of_a_loop(seed: int) -> None:
    rows = some_rows(seed)
    for options in ({}, {"lagged": ("b", "c")}, {"kept": 0.2}):
        given = {"kept": 0.7, **options}
        wanted = days_of(rows, ("a", "b", "c", "d"), bot_touches=50, **given)
        mine = found(rows, **options)
        assert kinds_of(mine) == dict(wanted.kinds)
        assert (mine.counted, mine.before) == (wanted.counted, wanted.before)
        assert mine.conversions >= mine.counted + mine.before


@pytest.mark.parametrize("seed", range(3))
def test_intent_holds_until_the_next_value(seed: int) -> None:
    rows = some_rows(seed)
    measured = intents(rows, seed)
    table = pd.DataFrame([(u, d, v) for (u, d), v in measured.items()], columns=["user", "time", "intent"])
    table = table.sample(frac=1, random_state=seed)
    wanted = days_of(rows, ("a", "b", "c", "d"), kept=0.7, intent=measured, bot_touches=50)
    mine = found(rows, intent=intent_table(table, "UTC"))
    assert kinds_of(mine) == dict(wanted.kinds)
    assert (mine.counted, mine.before, mine.without_intent) == (wanted.counted, wanted.before, wanted.without_intent)
    assert wanted.without_intent


def test_slices_and_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = some_rows(5, users=40)
    measured = pd.DataFrame([(u, d, v) for (u, d), v in intents(rows, 1).items()], columns=["user", "time", "intent"])
    tables = (None, intent_table(measured, "UTC"))
    whole = [found(rows, intent=t) for t in tables]
    monkeypatch.setattr(slices, "ROWS_AT_ONCE", len(rows) // 3)
    monkeypatch.setattr(module, "DAYS_AT_ONCE", 100)
    for table, one in zip(tables, whole, strict=True):
        parts = found(rows, intent=table)
        assert kinds_of(parts) == kinds_of(one)
        np.testing.assert_array_equal(parts.rows.remembered, one.rows.remembered)
        assert (parts.conversions, parts.before, parts.without_intent) == (
            one.conversions,
            one.before,
            one.without_intent,
        )
        np.testing.assert_array_equal(parts.before_purchase, one.before_purchase)


def test_touches_on_the_day_of_a_purchase_are_counted() -> None:
    touch = [("u", START, "a", "touch", None), ("v", START, "a", "touch", None)]
    day = [
        ("u", START + timedelta(hours=1), None, "conversion", None),
        ("u", START + timedelta(hours=2), "a", "touch", None),
    ]
    mine = found([*touch, *day])
    assert (mine.touches.tolist(), mine.before_purchase.tolist()) == ([3], [1])


def test_rows_alike_are_told_by_their_cells() -> None:
    cells = np.random.default_rng(0).integers(0, 3, (500, 4)).astype(float)
    rows = alike(
        [Rows(cells[:200], None, np.ones(200), np.zeros(200)), Rows(cells[200:], None, np.ones(300), np.ones(300))]
    )
    wanted, often = np.unique(cells, axis=0, return_counts=True)
    order = np.lexsort(rows.remembered.T[::-1])
    np.testing.assert_array_equal(rows.remembered[order], wanted)
    np.testing.assert_array_equal(rows.days[order], often)
    assert rows.bought.sum() == 300


def test_too_many_days_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DAYS_AT_ONCE", 1)
    monkeypatch.setattr(module, "MOST_ROWS", 10)
    with pytest.raises(QueryError, match="more than 10 days of users differ"):
        found(some_rows(1))


GOOD = pd.DataFrame({"user": ["u1", "u2"], "time": ["2025-01-01", "2025-01-02"], "intent": [1.0, 2.0]})


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ([1.0], "a list is no table; give a data frame"),
        (GOOD.drop(columns="intent"), "column 'intent': there is no such column; give columns user, time"),
        (GOOD.head(0), "there are no rows"),
        (GOOD.assign(time="soon"), r"stamps that do not parse \('soon'\), in 2 rows"),
        (GOOD.assign(time=["2025-01-01", "2025-01-01T03:00:00+02:00"]), "stamps with and without an offset"),
        (GOOD.assign(intent=["high", 2.0]), r"values that are no numbers \('high'\), in 1 rows"),
        (GOOD.assign(user=[None, "u2"]), "no user"),
        (pd.concat([GOOD, GOOD]), "two values on a day, as of user 'u1' at 2025-01-01"),
    ],
)
def test_bad_tables_of_intent_are_told(table: object, told: str) -> None:
    with pytest.raises(DataError, match=told):
        intent_table(table, "UTC")  # type: ignore[arg-type]


def test_stamps_of_intent_are_days_of_the_time_zone_and_users_may_be_numbers() -> None:
    stamps = GOOD.assign(time=pd.to_datetime(["2025-01-01T03:00:00Z", "2025-01-02T12:00:00Z"]))
    days = intent_table(stamps, "America/New_York").day
    assert days.astype("datetime64[D]").astype(str).tolist() == ["2024-12-31", "2025-01-02"]
    table = intent_table(GOOD.assign(user=[7, 3]), "UTC")
    for users in (np.array([3, 7]), np.array(["3", "7"], dtype=object)):
        assert [day.tolist() for day in table.of(users, 20089, 20090).days(np.arange(2))][1] == [2.0, 1.0]


def test_intent_of_nobody_is_told() -> None:
    with pytest.raises(QueryError, match="no intent was measured on or before any day"):
        found(some_rows(1), intent=intent_table(GOOD.assign(user=["x", "y"]), "UTC"))
