"""The command that hands out credit by a touch log: journeys."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayes_roi.atomic import write_whole
from bayes_roi.cli import files, releasing, show
from bayes_roi.cli.app import app
from bayes_roi.cli.effects import read
from bayes_roi.cli.options import AsJson, Prob, Seed
from bayes_roi.draws import check_prob
from bayes_roi.errors import QueryError
from bayes_roi.numbers import level, number, ratio, whole
from bayes_roi.plain_text import aligned, printable
from bayes_roi.spreadsheet import quoted

if TYPE_CHECKING:
    from bayes_roi.draws import Draws
    from bayes_roi.inference.fit import Fit
    from bayes_roi.journeys.counts.journey_counts import JourneyCounts
    from bayes_roi.journeys.log.touch_log import TouchLog
    from bayes_roi.journeys.privacy.private_counts import PrivateCounts
    from bayes_roi.journeys.table import CreditTable
    from bayes_roi.value.attribution.over_credit import OverCredit

KINDS = (".csv", ".json")


@app.command()
def journeys(
    log: Annotated[
        str,
        typer.Argument(metavar="LOG", help="A touch log, CSV or Parquet; the name of a shipped one; a release (JSON)."),
    ],
    rule: Annotated[
        list[str] | None,
        typer.Option(metavar="RULE", help="last, first, linear, markov, markov_2, shapley, ...; again for more."),
    ] = None,
    unit: Annotated[str, typer.Option(metavar="UNIT", help="share, conversions or value.")] = "share",
    column: Annotated[
        list[str] | None, typer.Option(metavar="NAME=COLUMN", help="Own name of a column, e.g. user=client_id.")
    ] = None,
    event: Annotated[
        list[str] | None, typer.Option(metavar="WORD=EVENT", help="Own word for an event, e.g. click=touch.")
    ] = None,
    time_zone: Annotated[str, typer.Option(metavar="ZONE", help="Of stamps without an offset, and of days.")] = "UTC",
    gap: Annotated[float, typer.Option(metavar="DAYS", help="Without a touch for so long a journey ends.")] = 30,
    lookback: Annotated[float, typer.Option(metavar="DAYS", help="How far back touches count.")] = 30,
    half_life: Annotated[float, typer.Option(metavar="DAYS", help="Of the rule time_decay.")] = 7,
    bot_touches: Annotated[int, typer.Option(metavar="N", help="Users with more touches a day are set aside.")] = 200,
    segment: Annotated[str | None, typer.Option(metavar="NAME", help="Rows of this segment alone.")] = None,
    by_segment: Annotated[bool, typer.Option("--by-segment", help="A table for each segment of the log.")] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave out rows that are not whole.")] = False,
    backend: Annotated[str, typer.Option(metavar="NAME", help="What reads the log: duckdb or spark.")] = "duckdb",
    windows: Annotated[
        int | None, typer.Option(metavar="N", help="Windows of time between which rankings are compared; 4.")
    ] = None,
    epsilon: Annotated[
        float | None, typer.Option(metavar="E", help="Release counts with this budget of differential privacy.")
    ] = None,
    channels: Annotated[
        str | None, typer.Option(metavar="NAME,NAME", help="Of a release: names that are known without the log.")
    ] = None,
    journeys_per_user: Annotated[int, typer.Option(metavar="N", help="Of a release: journeys of a user.")] = 2,
    touches_per_journey: Annotated[int, typer.Option(metavar="N", help="Of a release: touches of a journey.")] = 5,
    release: Annotated[
        Path | None, typer.Option("--release", metavar="FILE", help="Write the release there, .json.")
    ] = None,
    run: Annotated[
        Path | None, typer.Option(metavar="RUN", help="A run folder: credit beside what its model says was caused.")
    ] = None,
    channel: Annotated[
        list[str] | None, typer.Option(metavar="CHANNEL=NAME", help="A channel of the run by its name in the log.")
    ] = None,
    seed: Seed = 0,
    prob: Prob = 0.9,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write the numbers there, .csv or .json.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print what rules and Markov chains hand out to channels by a touch log: credit, no effect."""
    from bayes_roi.inference.progress import progress
    from bayes_roi.journeys.counts.count import journey_windows
    from bayes_roi.journeys.counts.segments import segment_counts
    from bayes_roi.journeys.privacy.release import private_counts
    from bayes_roi.journeys.table import credit_table

    check_prob(prob)
    for name, given in (("--segment", segment), ("--run", run), ("--windows", windows)):
        if by_segment and given is not None:
            raise QueryError(f"{name} is of a log as a whole; leave it out, or leave out --by-segment")
    named = dict(files.assignment(text, "--channel", "search=brand_search") for text in channel or ())
    fit = None if run is None else read(run, prob)
    if named and fit is None:
        raise QueryError("--channel names a channel of a run; give --run too")
    target = None if output is None else files.output(output, KINDS)
    releasing.check(log, epsilon, channels, release)
    counts: PrivateCounts | list[JourneyCounts]
    with progress(None, doing="counting") as bar:
        known = None if log.endswith(releasing.KIND) else _log(log, column, event, time_zone, skip_bad, backend)
        if by_segment:
            if known is None or epsilon is not None:
                raise QueryError("--by-segment takes a log, and makes no release")
            parts = segment_counts(
                known, gap=gap, lookback=lookback, half_life=half_life, bot_touches=bot_touches, progress=bar
            )
            segments = _segments(parts, rule, unit, seed)
        elif known is None:
            counts = releasing.read(log)
        elif epsilon is not None and release is not None:
            counts = private_counts(
                known,
                epsilon=epsilon,
                channels=releasing.names(channels),
                journeys_per_user=journeys_per_user,
                touches_per_journey=touches_per_journey,
                gap=gap,
                lookback=lookback,
                bot_touches=bot_touches,
                segment=segment,
                progress=bar,
            )
            releasing.write(counts, release)
        else:
            counts = journey_windows(
                known,
                windows=4 if windows is None else windows,
                gap=gap,
                lookback=lookback,
                half_life=half_life,
                bot_touches=bot_touches,
                segment=segment,
                progress=bar,
            )
        if not by_segment:
            table = credit_table(counts, rule or None, unit=unit, seed=seed)  # type: ignore[arg-type]
            beside = None if fit is None else _beside(fit, table, named, prob)
    if by_segment:
        _show_segments(segments, prob, target, as_json)
        return
    if target is not None:
        found = numbers(table, prob, beside)
        write_whole(target, _csv(table, prob, beside) if target.suffix == ".csv" else _json(found))
    if as_json:
        show.as_json(numbers(table, prob, beside))
    else:
        typer.echo(printable(_text(table, prob)))
        if beside is not None:
            typer.echo(printable(f"\n{beside!r}"))
        for written in (release, target):
            if written is not None:
                typer.echo(written)


def _log(
    log: str, column: Sequence[str] | None, event: Sequence[str] | None, time_zone: str, skip_bad: bool, backend: str
) -> TouchLog:
    from bayes_roi.journeys.log.read_log import read_log

    own = dict(files.assignment(text, "--column", "user=client_id") for text in column or ())
    words = dict(files.assignment(text, "--event", "click=touch") for text in event or ())
    return read_log(
        files.log_file(log),
        columns=own,
        events=words,
        time_zone=time_zone,
        skip_bad=skip_bad,
        backend=backend,  # type: ignore[arg-type]
    )


def _segments(
    parts: dict[str, JourneyCounts], rule: list[str] | None, unit: str, seed: int
) -> dict[str, CreditTable | None]:
    """Return a table of credit for each segment; None where there is nothing to hand out."""
    from bayes_roi.journeys.by_segment import seeds
    from bayes_roi.journeys.counts.segments import NO_SEGMENT
    from bayes_roi.journeys.table import credit_table

    found: dict[str, CreditTable | None] = {}
    for (name, counts), own in zip(parts.items(), seeds(seed, len(parts)), strict=True):
        if name == NO_SEGMENT and not counts.journeys:
            continue  # rows whose journeys have a segment by others
        nothing = not counts.conversions or (unit == "value" and not counts.value > 0)
        found[name] = None if nothing else credit_table(counts, rule or None, unit=unit, seed=own)  # type: ignore[arg-type]
    if not any(found.values()):
        raise QueryError("no segment has a conversion" + (" with a value" if unit == "value" else ""))
    return found


def _show_segments(segments: dict[str, CreditTable | None], prob: float, target: Path | None, as_json: bool) -> None:
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
        write_whole(target, _json(found))
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


def _beside(fit: Fit, table: CreditTable, named: dict[str, str], prob: float) -> OverCredit:
    from bayes_roi.value.attribution.over_credit import over_credit

    return over_credit(fit, table, named=named, prob=prob)


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


def _json(found: dict[str, Any]) -> str:
    return json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _csv(table: CreditTable, prob: float, beside: OverCredit | None) -> str:
    """Return a row a channel and rule, of a run those of both; names that a spreadsheet would compute are quoted."""
    frame = table.to_frame(prob) if beside is None else beside.to_frame()
    return str(frame.assign(channel=frame.channel.map(quoted)).to_csv(index=False))


def _text(table: CreditTable, prob: float) -> str:
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
