"""The command that hands out credit by a touch log: journeys."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayes_roi.cli import credit_shown, files, releasing
from bayes_roi.cli.app import app
from bayes_roi.cli.effects import read
from bayes_roi.cli.options import AsJson, Prob, Seed
from bayes_roi.draws import check_prob
from bayes_roi.errors import QueryError

if TYPE_CHECKING:
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
        credit_shown.show_segments(segments, prob, target, as_json)
    else:
        credit_shown.show_table(table, prob, beside, target=target, written=release, as_json=as_json)


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


def _beside(fit: Fit, table: CreditTable, named: dict[str, str], prob: float) -> OverCredit:
    from bayes_roi.value.attribution.over_credit import over_credit

    return over_credit(fit, table, named=named, prob=prob)
