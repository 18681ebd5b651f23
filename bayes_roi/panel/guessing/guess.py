"""Guessing what the columns of a table are, by their names and by their shape."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np

from bayes_roi.errors import DataError, Problem, QueryError
from bayes_roi.numbers import plain
from bayes_roi.panel.guessing.currency import currency_in_cells
from bayes_roi.panel.guessing.found import Found, find, frequency_of, one_place_each
from bayes_roi.panel.guessing.guess_rows import WIDE
from bayes_roi.panel.guessing.guessed import MODELLED, Asked, Guess, Guesses, Role, unsettled
from bayes_roi.panel.guessing.shape import Column
from bayes_roi.panel.guessing.totals_of_spends import totals_of_spends
from bayes_roi.panel.locale.locales import Locale
from bayes_roi.panel.locale.role_words import currency_of, is_ratio, tokens, without, word_of
from bayes_roi.panel.problems import flaw_problems
from bayes_roi.panel.raw import RawTable, likely
from bayes_roi.panel.shaping.every import Every
from bayes_roi.plain_text import shown

FLIGHTS = 0.05
"""Share of zeros from which numbers that are not negative look like spends in flights."""
UNTOLD = "numbers of which the name says nothing"
SHAPING = ("pivoted", "summed", "left out")
"""Entries of the audit that tell what rows became."""
OUTCOMES = ("money", "count", "target")
"""What names say of outcomes, what is asked about first first."""
BY_NAME: tuple[tuple[str, Role], ...] = (
    ("rival", "control"),
    ("spend", "spend"),
    ("media", "media"),
    ("population", "population"),
    ("price", "price"),
    ("promotion", "promotion"),
    ("control", "control"),
    *((words, "outcome") for words in OUTCOMES),
    ("channel", "spend"),
)
"""Words -> role; the first that a name has counts: a sales price is a price, clicks of a channel are clicks."""


def guess(
    tables: RawTable | Sequence[RawTable],
    asked: Asked | None = None,
    *,
    every: Every | None = None,
    locale: Locale | None = None,
) -> Guesses:
    """Return what each column of a table seems to be, or of several that are joined.

    Parameters
    ----------
    tables
        A table, or several.
    asked
        Columns that are said to have a role.
    every
        "week", "month" or "week from Sunday", where rows of days are to be put together.
    locale
        What is told of the writing of numbers and dates.

    Raises
    ------
    QueryError
        If the period, the unit, the outcome or the spends are not settled by the table; it names the option that does.
    DataError
        If the column of the period cannot be read, or a column is in two tables.

    Examples
    --------
    >>> import bayes_roi as br
    >>> from bayes_roi.panel.table import read_table
    >>> found = guess(read_table(br.shipped("data/robyn_weekly.csv")))
    >>> found.one("time"), found.one("outcome"), found.of("spend")[0], found.of("media")[0]
    ('DATE', 'revenue', 'tv_S', 'facebook_I')
    """
    asked = asked or Asked()
    files = [tables] if isinstance(tables, RawTable) else list(tables)
    if len(files) == 1:
        _require_there(files, asked, every_column=False)
    found = [find(table, asked, locale) for table in files]
    one_place_each(found)
    _ask_how_written(found)
    frequency, periods = frequency_of(found, every)
    _require_there([f.table for f in found], asked)
    source = " + ".join(f.table.source for f in found)
    rest = [column for f in found for column in f.columns]
    by_channel = {name for f in found for name in f.table.by_channel}
    panel = any(f.unit is not None for f in found)
    common = {c.name for f in found if panel and f.unit is None for c in f.columns}
    roles = _roles(source, rest, asked, panel=panel, by_channel=by_channel, common=common)
    guesses = {g.column: g for g in (*(g for f in found for g in f.guesses), *roles)}
    place = {name: i for i, name in enumerate(dict.fromkeys(n for f in found for n in f.table.header))}
    ordered = tuple(sorted(guesses.values(), key=lambda guess: place[guess.column]))
    outcome = next(g.column for g in ordered if g.role == "outcome")
    for f in found:
        if f.unit is not None and outcome in (named := {c.name: c for c in f.columns}):
            _require_own_outcomes(f, f.unit, named[outcome])
    spends = [g.column for g in ordered if g.role == "spend"]
    return Guesses(
        source=source,
        guesses=ordered,
        frequency=frequency,
        periods=periods,
        units=max(1 if f.unit is None else np.unique(f.unit.labels).size for f in found),
        money=_is_money(outcome),
        currency=next((code for name in (outcome, *spends) if (code := currency_of(name))), None)
        or currency_in_cells(files, outcome),
        empty={c.name: c.missing for c in rest if c.missing and guesses[c.name].role in MODELLED},
        gaps=sum(f.calendar.size - f.periods.size for f in found),
        shaped=tuple(note for f in found for note in f.table.notes if note.action in SHAPING),
    )


def _require_there(tables: Sequence[RawTable], asked: Asked, *, every_column: bool = True) -> None:
    """Raise unless options name columns of a table, each one role; of rows of channels those that they become."""
    for name, option in asked.names.items():
        positions = [table.find(name) for table in tables]
        table = next((t for t, at in zip(tables, positions, strict=True) if isinstance(at, int)), None)
        if table is None and every_column:
            problem = next(at for at in positions if isinstance(at, Problem))
            raise DataError(" + ".join(t.source for t in tables), [problem])
        if table is not None and name not in table.header:
            raise QueryError(f"{option}: there is no column {name!r}{likely(name, table.header)}")
    named = [name for name in (asked.outcome, *asked.spends, asked.time, asked.unit) if name is not None]
    twice = next((name for name in named if named.count(name) > 1), None)
    if twice is not None:
        raise QueryError(f"{twice!r} is named twice by options; a column has one role. Take one of them away.")


def _ask_how_written(found: Sequence[Found]) -> None:
    """Raise where spends or outcomes are written in a way that reads in two: the question is one for all columns."""
    for f in found:
        for position, name in enumerate(f.table.header):
            question = f.table.blocked(position)
            if question is not None and any(word_of(name, words) for words in ("spend", "channel", *OUTCOMES)):
                raise DataError(f.table.source, [question])


def _roles(
    source: str,
    columns: Sequence[Column],
    asked: Asked,
    *,
    panel: bool,
    by_channel: Collection[str],
    common: Collection[str],
) -> list[Guess]:
    """Return the guess of each column that is neither the period nor the unit; `common` are of all units together."""
    guesses = {c.name: _single(c) for c in columns if c.name not in asked.names}
    sized = any(g.role == "population" and g.column not in common for g in guesses.values())
    for column in (c for c in columns if c.name in common and c.name in guesses):
        role = guesses[column.name].role
        if role in ("outcome", "population") or (role == "spend" and not sized):
            by = ", and no population says by what it is divided" if role == "spend" else ""
            guesses[column.name] = _left(column, f"of all units together: its file has none{by}")
    for column in columns:
        if column.name in by_channel and column.name in guesses and guesses[column.name].role == "outcome":
            guesses[column.name] = _left(column, "what is credited to a channel, not the outcome of all")
    _settle_outcome(source, columns, guesses, asked)
    _settle_spends(source, columns, guesses, asked)
    if not asked.spends:
        guesses |= totals_of_spends([c for c in columns if _is(guesses, c, "spend")])
    count = not _is_money(next(g.column for g in guesses.values() if g.role == "outcome"))
    for column in columns:
        role = guesses[column.name].role
        if role == "value" and not (count and _positive(column)):
            guesses[column.name] = _left(column, "a ratio, of which nothing is made here")
        if role == "population" and not (panel and _positive(column)):
            why = "a population, but not above zero in units of a panel"
            guesses[column.name] = _left(column, why) if column.constant else Guess(column.name, "control", why)
    return list(guesses.values())


def _single(column: Column) -> Guess:
    """Return what a column is, taken by itself; "control" stands for what nothing tells."""
    reason = next((why for unfit, why in UNFIT if unfit(column)), None)
    if reason is not None:
        return _left(column, reason)
    if not column.numeric:
        flaw = column.flaws[0][1] if column.flaws else None
        return _left(column, f"{flaw.what}; {flaw.mend}" if flaw else "its cells are labels, not numbers")
    if word := word_of(column.name, "consequence"):
        return _left(column, f"a part of sales or what comes of them, not a cause ({word})")
    if is_ratio(column.name):
        money = word_of(column.name, "money") and word_of(column.name, "count")
        return Guess(column.name, "value" if money else "left out", "its name says a ratio")
    for words, role in BY_NAME:
        if (word := word_of(column.name, words)) and not (words == "channel" and (column.flag or column.negative)):
            return _named(column, role, word)
    if column.constant:
        return _left(column, f"it is {plain(column.known[0])} in every row")
    if word := word_of(column.name, "time"):
        return _left(column, f"its name says a period ({word}); trend and season stand for it")
    if column.flag:
        return Guess(column.name, "promotion", "0 and 1 only")
    if column.missing:
        return _left(column, f"{column.missing} cells are empty; fill them in to use it")
    return Guess(column.name, "control", UNTOLD)


def _named(column: Column, role: Role, word: str) -> Guess:
    if role == "spend" and not np.any(column.known):
        return _left(column, "a spend that is zero in every row, of which the table can say nothing")
    if column.constant and role != "population":
        return _left(column, f"it is {plain(column.known[0])} in every row")
    if role == "media":
        why = "a step between spend and outcome, which would hide what spend brings"
        return Guess(column.name, role, f"its name says so ({word}): {why}")
    gaps = f"; {column.missing} cells are empty, see --clean" if column.missing else ""
    if gaps and role not in ("spend", "outcome"):
        return _left(column, f"{column.missing} cells are empty; fill them in to use it ({word})")
    zeros = f"; {_zeros(column)}" if role == "spend" and column.pauses else ""
    return Guess(column.name, role, f"its name says so ({word}){zeros}{gaps}")


def _settle_outcome(source: str, columns: Sequence[Column], guesses: dict[str, Guess], asked: Asked) -> None:
    """Leave one outcome: the one asked for, else money before counts, the shortest name first."""
    candidates = [c.name for c in columns if c.name in guesses and guesses[c.name].role == "outcome"]
    if asked.outcome is not None:
        guesses[asked.outcome] = Guess(asked.outcome, "outcome", "named with --outcome")
    elif not candidates:
        _tell_unreadable(source, columns, OUTCOMES)
        what = "no column is called an outcome, such as revenue or orders"
        raise unsettled(source, what, columns, "--outcome NAME")
    chosen = asked.outcome or min(candidates, key=lambda name: (_tier(name), len(tokens(name))))
    for name in candidates:
        if name != chosen:
            why = f"another outcome beside {shown(chosen)}, not a cause of it (--outcome takes it instead)"
            guesses[name] = Guess(name, "left out", why)


def _settle_spends(source: str, columns: Sequence[Column], guesses: dict[str, Guess], asked: Asked) -> None:
    """Leave the spends asked for, else those that names tell, else those whose shape does."""
    if asked.spends:
        for name in [g.column for g in guesses.values() if g.role == "spend"]:
            guesses[name] = Guess(name, "left out", "a spend by its name, which no --spend names")
        guesses |= {name: Guess(name, "spend", "named with --spend") for name in asked.spends}
        return
    _tell_unreadable(source, columns, ("spend",))
    paid = {without(c.name, "spend") for c in columns if _is(guesses, c, "spend") and word_of(c.name, "spend")}
    for column in columns:
        again = _is(guesses, column, "spend") and not word_of(column.name, "spend")
        if again and without(column.name, "spend") in paid:
            guesses[column.name] = Guess(
                column.name, "media", "what a spend of that name bought, a step to the outcome"
            )
    if any(g.role == "spend" for g in guesses.values()):
        return
    for column in columns:
        flights = column.numeric and not column.negative and column.pauses >= FLIGHTS
        if guesses[column.name].reason == UNTOLD and flights:
            why = f"numbers not below zero; {_zeros(column)}, as spends in flights are"
            guesses[column.name] = Guess(column.name, "spend", why)
    if not any(g.role == "spend" for g in guesses.values()):
        _tell_unreadable(source, columns, ("channel",))
        raise unsettled(
            source, f"no column looks like a spend{_zero_spends(guesses)}", columns, "--spend NAME, once for each"
        )


def _tell_unreadable(source: str, columns: Sequence[Column], words: Sequence[str]) -> None:
    """Raise for the columns whose names would do and whose numbers cannot be read, if there are any."""
    would = [c for c in columns if not c.numeric and any(word_of(c.name, w) for w in words)]
    problems = [p for c in would for p in _flaws(c)]
    if problems:
        raise DataError(source, problems)


def _zero_spends(guesses: dict[str, Guess]) -> str:
    """Return why columns that are called spends are none."""
    left = [g for g in guesses.values() if g.role == "left out" and word_of(g.column, "spend")]
    return f" ({'; '.join(f'{shown(g.column)}: {g.reason}' for g in left[:3])})" if left else ""


def _flaws(column: Column) -> list[Problem]:
    numbers = np.arange(2, column.cells.size + 2) if column.row_numbers is None else column.row_numbers
    return flaw_problems(column.flaws, column.name, numbers)


def _require_own_outcomes(found: Found, unit: Column, outcome: Column) -> None:
    """Raise where all units of a period have one outcome: then it is that of all together, written several times."""
    _, first, period = np.unique(found.time.periods.ordinals, return_index=True, return_inverse=True)
    if np.array_equal(outcome.numbers, outcome.numbers[first][period]):
        what = f"{outcome.name!r} is the same in all rows of a period, so that {unit.name!r} is no unit of its own"
        raise QueryError(f"{found.table.source}: {what}; {WIDE}")


def _is(guesses: dict[str, Guess], column: Column, role: Role) -> bool:
    return guesses[column.name].role == role


def _zeros(column: Column) -> str:
    return f"zero in {np.sum(column.known == 0):,} of {column.cells.size:,} rows"


def _left(column: Column, reason: str) -> Guess:
    return Guess(column.name, "left out", reason)


def _positive(column: Column) -> bool:
    return not column.missing and bool(np.all(column.known > 0))


def _tier(name: str) -> int:
    return next((i for i, words in enumerate(OUTCOMES) if word_of(name, words)), len(OUTCOMES))


def _is_money(name: str) -> bool | None:
    """Whether a name says money, a count or nothing."""
    if currency_of(name) or word_of(name, "money"):
        return True
    return False if word_of(name, "count") else None


UNFIT: tuple[tuple[Callable[[Column], bool], str], ...] = (
    (lambda column: not column.filled, "its cells are empty"),
    (lambda column: column.dated, "a second column of dates"),
    (lambda column: column.counts_rows, "it counts the rows; trend() stands for it"),
)
"""What rules out a column of any name, and why."""
