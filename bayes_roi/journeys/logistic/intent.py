"""Intent that was measured: a value a user and day, each holding until the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from bayes_roi.errors import DataError, Problem
from bayes_roi.plain_text import shown

if TYPE_CHECKING:
    import pandas as pd

SOURCE = "the intent"
NEEDED = ("user", "time", "intent")


@dataclass(frozen=True, eq=False)
class IntentTable:
    """Intent as it was measured.

    Parameters
    ----------
    user
        Whose (values,), as the table has it.
    day
        Of the time zone of the log (values,).
    value
        The intent (values,).
    """

    user: np.ndarray
    day: np.ndarray
    value: np.ndarray

    def of(self, users: np.ndarray, first: int, last: int) -> Measured:
        """Return the values of users, whose numbers are their positions, up to a last day."""
        import pandas as pd

        numbers = np.issubdtype(users.dtype, np.integer) and np.issubdtype(self.user.dtype, np.integer)
        index = pd.Index(users if numbers else users.astype(str))
        at = index.get_indexer(pd.Index(self.user if numbers else self.user.astype(str)))
        some = np.flatnonzero((at >= 0) & (self.day <= last))
        some = some[np.lexsort((self.day[some], at[some]))]
        return Measured(at[some], np.maximum(self.day[some] - first, 0), self.value[some], last - first + 1)


@dataclass(frozen=True, eq=False)
class Measured:
    """Values of the users of a slice of the log.

    Parameters
    ----------
    user, day, value
        Number of the user, day since the first of the log, and the intent (values,), user by user, in order of time.
    length
        Days of the log.
    """

    user: np.ndarray
    day: np.ndarray
    value: np.ndarray
    length: int

    def days(self, users: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the intent of users (users,), whose numbers are ascending, day by day; NaN before the first value."""
        some = slice(*np.searchsorted(self.user, [users[0], users[-1] + 1]))
        at = np.searchsorted(users, self.user[some])
        there = np.flatnonzero(users[at] == self.user[some])
        there = there[np.argsort(self.day[some][there], kind="stable")]  # of several before the log the latest is last
        at, value = at[there], self.value[some][there]
        ends = np.searchsorted(self.day[some][there], np.arange(self.length + 1))
        intent = np.full(len(users), np.nan)
        for a, b in pairwise(ends):
            intent[at[a:b]] = value[a:b]
            yield intent


def intent_table(frame: pd.DataFrame, zone: str) -> IntentTable:
    """Return a table of intent, checked.

    Raises
    ------
    DataError
        When it is no data frame with columns user, time and intent, or has stamps that do not parse, values that are no
        numbers, or two values of a user on a day.
    """
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        raise DataError(SOURCE, [Problem(f"a {type(frame).__name__} is no table", "give a data frame")])
    if lost := [name for name in NEEDED if name not in frame.columns]:
        mend = "give columns user, time (a day, or a stamp) and intent"
        raise DataError(SOURCE, [Problem("there is no such column", mend, column=name) for name in lost])
    if not len(frame):
        raise DataError(SOURCE, [Problem("there are no rows", "give a value a user and day, or leave intent out")])
    stamps = _stamps(frame["time"])
    value = pd.to_numeric(frame["intent"], errors="coerce").to_numpy(float)
    problems = [
        Problem(
            f"{what} ({shown(str(frame[name].iloc[int(np.argmax(odd))]))}), in {int(odd.sum()):,} rows",
            mend,
            column=name,
        )
        for name, odd, what, mend in (
            ("time", stamps.isna().to_numpy(), "stamps that do not parse", "write them as 2025-03-31"),
            ("intent", ~np.isfinite(value), "values that are no numbers", "leave such rows out"),
            ("user", frame["user"].isna().to_numpy(), "no user", "leave such rows out"),
        )
        if odd.any()
    ]
    if problems:
        raise DataError(SOURCE, problems)
    local = stamps if stamps.dt.tz is None else stamps.dt.tz_convert(ZoneInfo(zone)).dt.tz_localize(None)
    day = local.to_numpy().astype("datetime64[D]").astype(np.int64)
    user = frame["user"].to_numpy()
    again = pd.DataFrame({"user": user, "day": day}).duplicated()
    if again.any():
        row = frame.iloc[int(np.argmax(again.to_numpy()))]
        what = f"two values on a day, as of user {shown(str(row['user']))} at {row['time']}"
        raise DataError(SOURCE, [Problem(what, "give one value a user and day, the first of the day")])
    return IntentTable(user, day, value)


def _stamps(column: pd.Series) -> pd.Series:
    import pandas as pd

    try:
        return pd.to_datetime(column, errors="coerce", format="ISO8601")
    except ValueError:  # offsets of several kinds
        mend = "write all of them with the same offset, or days alone"
        raise DataError(SOURCE, [Problem("stamps with and without an offset", mend, column="time")]) from None
