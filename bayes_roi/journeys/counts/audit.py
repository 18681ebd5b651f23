"""What became of the rows of a log when its journeys were counted."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class JourneyAudit:
    """What became of the rows of a log; audits of parts without a common user add up.

    Parameters
    ----------
    rows
        Of the log.
    skipped
        Rows that were not whole.
    duplicates
        Rows that repeat another in every column; one of each was kept.
    bot_users, bot_rows
        Users with more touches in a day than a person has, set aside, and their rows.
    conversions
        Of the users that are left.
    untouched
        Conversions without a touch before them, within gap and lookback: no rule has anybody to credit.
    journeys
        That were counted: those that converted and those that did not.
    open
        Among those that did not, the ones whose last touch lies within the gap before the log ends: they may yet
        convert.

    Examples
    --------
    >>> once = JourneyAudit(
    ...     rows=10, skipped=0, duplicates=1, bot_users=0, bot_rows=0, conversions=2, untouched=1, journeys=4, open=1
    ... )
    >>> (once + once).journeys
    8
    """

    rows: int
    skipped: int
    duplicates: int
    bot_users: int
    bot_rows: int
    conversions: int
    untouched: int
    journeys: int
    open: int

    def __add__(self, other: JourneyAudit) -> JourneyAudit:
        return JourneyAudit(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})

    def lines(self) -> list[str]:
        """Return it in lines, without what did not happen."""
        lines = [f"{self.rows:,} rows, {self.journeys:,} journeys, {self.conversions - self.untouched:,} conversions"]
        lines += [f"left out: {_many(self.skipped, 'row')} not whole"] if self.skipped else []
        lines += [f"dropped: {_many(self.duplicates, 'exact duplicate')}"] if self.duplicates else []
        if self.bot_users:
            users = _many(self.bot_users, "user")
            lines.append(
                f"set aside: {users} with more touches in a day than a person has ({_many(self.bot_rows, 'row')})"
            )
        if self.untouched:
            lines.append(f"not credited: {_many(self.untouched, 'conversion')} without a touch before them")
        if self.open:
            lines.append(f"open: {_many(self.open, 'journey')} without a conversion may yet convert after the log ends")
        return lines


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"
