"""Arrows that a table suggests, as comments of the model that `new TABLE --suggest` writes."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bayes_roi.errors import DataError, QueryError
from bayes_roi.numbers import percent
from bayes_roi.plain_text import printable

if TYPE_CHECKING:
    from bayes_roi.checks.suggest.knowledge import Arrow
    from bayes_roi.checks.suggest.suggestion import Suggestion
    from bayes_roi.model.language.model import Model
    from bayes_roi.panel.guessing.guessed import Guesses
    from bayes_roi.panel.locale.locales import Locale
    from bayes_roi.panel.shaping.every import Every

WIDTH = 114
OPENING = (
    "Arrows that the table suggests: a hypothesis, from correlations alone, and nothing is fitted with it. Write an "
    "arrow into equations: where you know why it is there; leave out what cannot be."
)


def hypotheses(
    guesses: Guesses, tables: Sequence[Path], every: Every | None, locale: Locale, clean: Mapping[str, object]
) -> str:
    """Return the comment lines of what a search for arrows finds; of a table that cannot be searched, why.

    Raises
    ------
    QueryError
        If causal-learn is not there.
    """
    from bayes_roi.checks.suggest.search import library
    from bayes_roi.checks.suggest.suggest_edges import suggest_edges
    from bayes_roi.inference.progress import progress
    from bayes_roi.model.file.draft import carry_over, searched
    from bayes_roi.model.rows.read_data import read_data

    library()
    known = searched(guesses, every=every, clean=clean)
    spends = tuple(known.channels.values())
    try:
        data = read_data(tables, known, decimal=locale.decimal, day_first=locale.day_first)
        with progress(None, doing="searching") as bar:
            found = suggest_edges(
                data, outcome=known.outcome, spends=spends, forbidden=_never(known, spends), progress=bar
            )
    except (DataError, QueryError) as error:
        why = f"no arrows are suggested: {error}"
        typer.echo(printable(why), err=True)
        return "\n".join(_comment(why.splitlines()[0]))
    count = len(found.arrows())
    typer.echo(f"suggested: {count} arrow{'s' * (count != 1)}, written as comments; each is a hypothesis", err=True)
    return "\n".join(_written(found, known, carry_over(guesses)))


def _never(known: Model, spends: tuple[str, ...]) -> list[Arrow]:
    """Return what the draft assumes: within a period nothing moves a control, and the outcome moves no step."""
    steps = [n for n in known.modelled if n != known.outcome]
    controls = [n for n in known.exogenous if n not in spends]
    moved: list[Arrow] = [(a, b, 0) for a in (*spends, *steps, known.outcome) for b in controls]
    return [*moved, *((known.outcome, step, 0) for step in steps)]


def _written(found: Suggestion, known: Model, lag: int) -> list[str]:
    often = ", ".join(f"{c} -> {e} {percent(f)}" for (c, e), f in found.arrows().items())
    lines = [*_comment(OPENING), "# equations: |"]
    lines += [f"#   {printable(line)}" for line in found.equations(carry_over=lag)] or ["#   # none is frequent enough"]
    steps = {n: known.column(n) for n in known.modelled if known.column(n) != n and n != known.outcome}
    if steps:
        lines += ["# columns:  # beside those above", *(f"#   {n}: {_quoted(c)}" for n, c in steps.items())]
    if often:
        lines += _comment(f"How often each was found: {often}; a frequency is no probability.")
    lines += _comment(
        "Told to the search: within a period nothing moves a control, and the outcome moves no spend, clicks or "
        "impressions."
    )
    return [*lines, *(line for text in found.assumes for line in _comment(f"Assumes {text}."))]


def _quoted(column: str) -> str:
    """Return a name as YAML has it between quotes."""
    return json.dumps(printable(column), ensure_ascii=False)


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(printable(text), WIDTH)]
