"""Tables of credit by a touch log as the command prints and writes them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from bayes_roi.atomic import write_whole
from bayes_roi.cli import releasing, show
from bayes_roi.numbers import level, number, ratio, whole
from bayes_roi.plain_text import aligned, printable
from bayes_roi.spreadsheet import quoted

if TYPE_CHECKING:
    from bayes_roi.draws import Draws
    from bayes_roi.journeys.counts.journey_counts import JourneyCounts
    from bayes_roi.journeys.privacy.private_counts import PrivateCounts
    from bayes_roi.journeys.table import CreditTable
    from bayes_roi.value.attribution.over_credit import OverCredit


def show_table(
    table: CreditTable,
    prob: float,
    beside: OverCredit | None,
    *,
    target: Path | None,
    written: Path | None,
    as_json: bool,
) -> None:
    """Print a table, and what was caused beside it; write its numbers, and name all files that were written."""
    found = numbers(table, prob, beside)
    if target is not None:
        write_whole(target, csv(table, prob, beside) if target.suffix == ".csv" else as_text(found))
    if as_json:
        show.as_json(found)
        return
    typer.echo(printable(text(table, prob)))
    if beside is not None:
        typer.echo(printable(f"\n{beside!r}"))
    for file in (written, target):
        if file is not None:
            typer.echo(file)


def show_segments(segments: dict[str, CreditTable | None], prob: float, target: Path | None, as_json: bool) -> None:
    """Print the tables of all segments, and write their numbers."""
    import pandas as pd

    tables = {name: table for name, table in segments.items() if table is not None}
    parts = {name: numbers(table, prob) for name, table in tables.items()}
    apart = ("evidence", "note", "interval")
    common = {key: next(iter(parts.values()))[key] for key in apart}
    found = {
        "segments": {name: one["journeys"] for name, one in parts.items()},
        "without_conversion": [name for name in segments if name not in tables],
        **common,
    }
    if target is not None and target.suffix == ".csv":
        frames = [table.to_frame(prob).assign(segment=quoted(name)) for name, table in tables.items()]
        frame = pd.concat(frames)
        frame = frame.assign(channel=frame.channel.map(quoted))
        write_whole(target, str(frame[["segment", *frame.columns[:-1]]].to_csv(index=False)))
    elif target is not None:
        write_whole(target, as_text(found))
    if as_json:
        show.as_json(found)
        return
    for name, table in tables.items():
        typer.echo(printable("\n".join([_heading(name), *_lines(table, prob), ""])))
    for name in found["without_conversion"]:
        typer.echo(printable(f"{_heading(name)}\nno conversion to hand out\n"))
    typer.echo(printable("\n".join(_notes(list(tables.values())))))
    if target is not None:
        typer.echo(target)


def _heading(segment: str) -> str:
    from bayes_roi.journeys.counts.segments import NO_SEGMENT

    return segment if segment == NO_SEGMENT else f"segment {segment}"


def numbers(table: CreditTable, prob: float, beside: OverCredit | None = None) -> dict[str, Any]:
    """Return a table of credit as JSON has it, and what a run says was caused beside it."""
    from bayes_roi.journeys.table import DESCRIPTIVE
    from bayes_roi.run.json_numbers import summary

    found = {}
    for name, draws in table.credit.items():
        each = summary(draws, prob)
        found[name] = {c: {k: v[i] for k, v in each.items()} for i, c in enumerate(table.counts.channels)}
    return {
        "journeys": {
            **_counted(table.counts, prob),
            "credit": found,
            "stability": dict(table.stability),
            "windows": table.windows,
            "left_out": dict(table.left_out),
            "unit": next(iter(table.credit.values())).unit,
        },
        **({} if beside is None else {"over_credit": _over_credit(beside)}),
        "evidence": "descriptive",
        "note": DESCRIPTIVE,
        "interval": show.as_interval(prob),
    }


def _counted(counts: JourneyCounts | PrivateCounts, prob: float) -> dict[str, Any]:
    """Return what credit was handed out by, as JSON has it."""
    from dataclasses import asdict

    from bayes_roi.journeys.counts.journey_counts import JourneyCounts

    if not isinstance(counts, JourneyCounts):
        return {"release": releasing.numbers(counts, prob)}
    return {
        "counts": {"journeys": counts.journeys, "conversions": counts.conversions, "value": counts.value},
        "audit": asdict(counts.audit),
        "days": {"gap": counts.gap, "lookback": counts.lookback, "half_life": counts.half_life},
    }


def _over_credit(found: OverCredit) -> dict[str, Any]:
    from bayes_roi.run.json_numbers import plain

    rows = found.to_frame().to_dict("records")
    numbers = ("credit", "caused", "caused_lower", "caused_upper", "median", "lower", "upper")
    return {
        "window": list(found.window),
        "rows": [{str(k): plain(v) if k in numbers else v for k, v in row.items()} for row in rows],
        "not_in_model": dict(found.not_in_model),
        "notes": list(found.notes),
    }


def as_text(found: dict[str, Any]) -> str:
    """Return numbers as the text of a JSON file."""
    return json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def csv(table: CreditTable, prob: float, beside: OverCredit | None) -> str:
    """Return a row a channel and rule, of a run those of both; names that a spreadsheet would compute are quoted."""
    frame = table.to_frame(prob) if beside is None else beside.to_frame()
    return str(frame.assign(channel=frame.channel.map(quoted)).to_csv(index=False))


def text(table: CreditTable, prob: float) -> str:
    """Return the table, a column a rule, and what must be known beside it."""
    return "\n".join([*_lines(table, prob), *_notes([table])])


def _lines(table: CreditTable, prob: float) -> list[str]:
    from bayes_roi.journeys.counts.journey_counts import JourneyCounts

    counts = table.counts
    told = counts.audit.lines() if isinstance(counts, JourneyCounts) else releasing.lines(counts, prob)
    drawn = list(table.credit.values())
    columns = [_cells(draws, prob) for draws in drawn]
    rows = [[c, *cells] for c, cells in zip(table.counts.channels, zip(*columns, strict=True), strict=True)]
    steady = ["" if x is None else ratio(x) for x in table.stability.values()]
    text = "share of conversions, %" if drawn[0].unit.startswith("share") else drawn[0].unit
    lines = [*told, f"credit ({text}; {level(prob)} interval in brackets)"]
    lines += aligned([["channel", *table.credit], *rows, *([["same ranking", *steady]] if any(steady) else [])])
    if any(steady):
        lines.append(
            f"same ranking: rank correlation of channels between {table.windows} windows of time; 1 is unchanged"
        )
    return [*lines, *(f"left out: {name}: {why}" for name, why in table.left_out.items())]


def _notes(tables: Sequence[CreditTable]) -> list[str]:
    from bayes_roi.journeys.table import DESCRIPTIVE

    own = (d.note.removeprefix("a rule, not a cause: ") for table in tables for d in table.credit.values())
    return [f"note: {n}" for n in (DESCRIPTIVE, *dict.fromkeys(own))]


def _cells(draws: Draws, prob: float) -> list[str]:
    """Return what a rule hands out to each channel, its interval in brackets."""
    (lower, upper), mean = draws.arrays.interval(prob), draws.arrays.mean().array
    each = zip(mean, lower.array, upper.array, strict=True)
    if draws.unit.startswith("share"):
        return [f"{whole(100 * x)} ({whole(100 * low)} to {whole(100 * high)})" for x, low, high in each]
    return ["{} ({} to {})".format(*(number(float(x)) for x in three)) for three in each]
