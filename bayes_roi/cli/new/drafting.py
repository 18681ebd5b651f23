"""A model from tables: what is guessed is said, and what is open is asked where somebody is there to answer."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bayes_roi.plain_text import printable, shown

if TYPE_CHECKING:
    from bayes_roi.panel.guessing.guessed import Asked, Guesses, Unsettled
    from bayes_roi.panel.locale.locales import Locale
    from bayes_roi.panel.shaping.every import Every

MOST_ASKED = 60
"""Columns above which nothing is asked: a list of more is read by nobody."""


@dataclass(frozen=True)
class Drafting:
    """What `new` was told of tables."""

    tables: Sequence[Path]
    file: Path  # of the model
    asked: Asked
    every: Every | None
    clean: Mapping[str, object]
    locale: Locale
    suggest: bool = False

    @property
    def data(self) -> tuple[str, ...]:
        """The tables as the model file names them: not at all where its name finds the table."""
        one = self.tables[0]
        beside = self.file.parent.resolve() == one.parent.resolve() and self.file.stem == one.stem
        if len(self.tables) == 1 and beside:
            return ()
        return tuple(Path(os.path.relpath(table, self.file.parent)).as_posix() for table in self.tables)

    @property
    def rest(self) -> str:
        """What the next command is to be given: the model file, and what cannot be written into it."""
        said = [shlex.quote(str(self.file))]
        said += [] if self.locale.decimal is None else ["--decimal", self.locale.decimal]
        if self.locale.day_first is not None:
            said.append("--day-first" if self.locale.day_first else "--month-first")
        return " ".join(said)


def from_tables(drafting: Drafting) -> str:
    """Return the text of a model of tables, and say what was guessed, each guess with its reason."""
    from bayes_roi.model.file.draft import Written, draft
    from bayes_roi.model.file.offers import offers
    from bayes_roi.panel.audit import audit_lines

    guesses = _guessed(drafting)
    for line in audit_lines(guesses.shaped):
        typer.echo(printable(line), err=True)
    for found in guesses.guesses:
        typer.echo(printable(str(found)), err=True)
    clean, offered = dict(drafting.clean), offers(guesses, drafting.clean)
    if offered and at_terminal() and typer.confirm(printable(f"{offered.what}. {offered.question}"), err=True):
        clean, offered = offered.joined(clean), None
    if offered:
        typer.echo(printable(f"open: {offered.what}; {offered.advice}"), err=True)
    written = Written(drafting.data, drafting.every, clean, offered)
    text = draft(guesses, drafting.tables[0].stem.replace("_", " "), written)
    if not drafting.suggest:
        return text
    from bayes_roi.cli.new.suggesting import hypotheses

    return f"{text}{hypotheses(guesses, drafting.tables, drafting.every, drafting.locale, clean)}\n"


def _guessed(drafting: Drafting) -> Guesses:
    from bayes_roi.panel.guessing.guess import guess
    from bayes_roi.panel.guessing.guessed import Unsettled
    from bayes_roi.panel.table import read_table

    tables = [read_table(table) for table in drafting.tables]
    asked = drafting.asked
    while True:
        try:
            return guess(tables, asked, every=drafting.every, locale=drafting.locale)
        except Unsettled as still:
            if not at_terminal() or not 0 < len(still.columns) <= MOST_ASKED:
                raise
            asked = _answered(asked, still)


def at_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def _answered(asked: Asked, still: Unsettled) -> Asked:
    """Ask which columns are meant, by number or name, and return what is asked for now."""
    typer.echo(printable(f"{still.what}. The columns are:"), err=True)
    for i, name in enumerate(still.columns, 1):
        typer.echo(printable(f"  {i}  {shown(name)}"), err=True)
    several = still.option == "--spend"
    while True:
        words = "Numbers of the spends, with blanks between them" if several else f"Number for {still.option}"
        answer = typer.prompt(words, err=True)
        parts = answer.split() if several else [answer.strip()]
        chosen = [name for part in parts for name in _named(part, still.columns)]
        if len(chosen) == len(parts) and chosen:
            break
        typer.echo(f"write a number from 1 to {len(still.columns)}", err=True)
    if several:
        return replace(asked, spends=tuple(dict.fromkeys(chosen)))
    if still.option == "--outcome":
        return replace(asked, outcome=chosen[0])
    return replace(asked, time=chosen[0]) if still.option == "--time" else replace(asked, unit=chosen[0])


def _named(part: str, columns: Sequence[str]) -> list[str]:
    if part in columns:
        return [part]
    return [columns[int(part) - 1]] if part.isdecimal() and 1 <= int(part) <= len(columns) else []
