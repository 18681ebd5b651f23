"""What is guessed of a table, each guess with its reason, and what was asked for instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bayes_roi.errors import QueryError
from bayes_roi.panel.audit import AuditEntry
from bayes_roi.panel.guessing.shape import Column
from bayes_roi.plain_text import shown

Role = Literal[
    "time", "unit", "outcome", "spend", "value", "population", "price", "promotion", "control", "media", "left out"
]
CALLED: dict[Role, str] = {
    "time": "the period",
    "unit": "the panel unit",
    "outcome": "the outcome",
    "spend": "a spend",
    "value": "money per unit of the outcome",
    "population": "the population",
    "price": "a price, a control",
    "promotion": "a promotion or event, a control",
    "control": "a control",
    "media": "clicks or impressions, left out",
    "left out": "left out",
}
MODELLED: tuple[Role, ...] = ("outcome", "spend", "value", "population", "price", "promotion", "control")
"""Roles of columns that the model reads."""
MOST_NAMED = 30
"""Columns that an error lists."""


@dataclass(frozen=True)
class Guess:
    """The role of a column, and why."""

    column: str
    role: Role
    reason: str

    def __str__(self) -> str:
        return f"{shown(self.column)}: {CALLED[self.role]}; {self.reason}"


@dataclass(frozen=True)
class Asked:
    """Columns that are said to have a role, by their names in the table; None and () where it is to be guessed."""

    outcome: str | None = None
    spends: tuple[str, ...] = ()
    time: str | None = None
    unit: str | None = None

    @property
    def names(self) -> dict[str, str]:
        """Column -> the option that names it."""
        single = {"--outcome": self.outcome, "--time": self.time, "--panel": self.unit}
        named = {name: option for option, name in single.items() if name is not None}
        return {**dict.fromkeys(self.spends, "--spend"), **named}


@dataclass(frozen=True)
class Guesses:
    """All guesses of a table, and how its rows follow one another.

    Parameters
    ----------
    source
        Name of the table's file.
    guesses
        One for each column, in the order of the table.
    frequency
        "day", "week", "month", "quarter" or "year"; "period" where periods are numbered.
    periods
        How many different periods there are.
    units
        How many panel units there are; 1 for a single series.
    money
        Whether the name of the outcome says that it is money; None where it says nothing.
    currency
        Code of the currency that a name tells, or None.
    empty
        Column of the model -> how many of its cells are empty.
    gaps
        Periods without a row.
    shaped
        What was done to rows, such as those of channels that became columns.
    """

    source: str
    guesses: tuple[Guess, ...]
    frequency: str
    periods: int
    units: int
    money: bool | None
    currency: str | None
    empty: Mapping[str, int] = field(default_factory=dict)
    gaps: int = 0
    shaped: tuple[AuditEntry, ...] = ()

    def of(self, role: Role) -> tuple[str, ...]:
        """Return the columns of a role."""
        return tuple(guess.column for guess in self.guesses if guess.role == role)

    def one(self, role: Role) -> str | None:
        """Return the column of a role that one column has at most."""
        return next(iter(self.of(role)), None)

    def reason(self, column: str) -> str:
        """Return why a column has its role."""
        return next(guess.reason for guess in self.guesses if guess.column == column)


def quoted(columns: Iterable[str]) -> str:
    """Return names of columns as a message lists them.

    >>> quoted(["tv", "radio"])
    "'tv', 'radio'"
    """
    names = list(columns)
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(map(shown, names[:MOST_NAMED])) + more


class Unsettled(QueryError):
    """A role that the table does not settle: what is open, the option that settles it, and the columns there are."""

    def __init__(self, source: str, what: str, columns: Iterable[str], option: str) -> None:
        self.what, self.columns, self.option = what, tuple(columns), option.split()[0]
        super().__init__(f"{source}: {what}; name it with {option}. The columns are {quoted(self.columns)}.")


def unsettled(source: str, what: str, columns: Iterable[Column], option: str) -> Unsettled:
    """Return the error of a role that the table does not settle."""
    return Unsettled(source, what, (column.name for column in columns), option)
