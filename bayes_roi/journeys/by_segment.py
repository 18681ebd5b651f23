"""What a rule hands out in each segment: `br.credit_by_segment`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayes_roi.draws import Draws
from bayes_roi.errors import QueryError
from bayes_roi.guards import whole_number
from bayes_roi.journeys.counts.journey_counts import JourneyCounts
from bayes_roi.journeys.credit import DRAWS, Rule, Unit, credit
from bayes_roi.labelled import Labelled, along
from bayes_roi.plain_text import listed


def credit_by_segment(
    counts_by_segment: Mapping[str, JourneyCounts],
    rule: Rule = "markov",
    *,
    unit: Unit = "share",
    draws: int = DRAWS,
    seed: int = 0,
) -> Draws:
    """Return what a rule hands out to each channel in each segment. Descriptive, as `credit`.

    Each segment is handed out by its own journeys alone, with draws of its own: the interval of a small segment is
    wide, and so is that of a difference between two.

    Parameters
    ----------
    counts_by_segment
        What `segment_counts` returns.
    rule, unit, draws
        As in `credit`.
    seed
        The same seed gives the same draws; each segment has others.

    Returns
    -------
    Draws
        Dims `segment`, `channel`; undefined in a segment without a conversion (or, in value, without one that has
        any), which the note names. Evidence descriptive.

    Raises
    ------
    QueryError
        As in `credit`; or when there is no segment, or segments have not the channels of one log.

    Examples
    --------
    >>> import pandas as pd
    >>> import bayes_roi as br
    >>> log = pd.read_csv(br.shipped("data/journeys.csv"))
    >>> log["segment"] = log["user"].map(lambda user: "new" if user % 3 else "known")
    >>> last = br.credit_by_segment(br.segment_counts(br.read_log(log)), "last")
    >>> last.mean().sum("channel").values.round(6).tolist()
    [1.0, 1.0]
    """
    channels = _channels(counts_by_segment)
    empty = [s for s, c in counts_by_segment.items() if not c.conversions or (unit == "value" and not c.value > 0)]
    if len(empty) == len(counts_by_segment):
        raise QueryError("no segment has a conversion" + (" with a value" if unit == "value" else ""))
    found: dict[str, Draws] = {}
    for (name, counts), own in zip(counts_by_segment.items(), seeds(seed, len(counts_by_segment)), strict=True):
        if name in empty:
            continue
        try:
            found[name] = credit(counts, rule, unit=unit, draws=draws, seed=own)
        except QueryError as error:
            raise QueryError(f"segment {name}: {error}") from None
    one = next(iter(found.values()))
    nothing = np.full(one.arrays.values.array.shape, np.nan)
    values = [found[s].arrays.values.array if s in found else nothing for s in counts_by_segment]
    labels = along(segment=list(counts_by_segment), channel=list(channels))
    told = [f"no conversion to hand out in {listed(empty)}"] if empty else []
    return Draws(
        values=Labelled(np.stack(values, axis=2), ("chain", "draw", "segment", "channel"), labels),
        unit=one.unit,
        estimand=one.estimand,
        evidence=one.arrays.evidence,
        note="; ".join([one.note, *told]),
    )


def seeds(seed: int, segments: int) -> list[int]:
    """Return a seed for each segment."""
    return np.random.default_rng([whole_number(seed, "seed", 0), 41]).integers(2**31, size=segments).tolist()


def _channels(counts_by_segment: Mapping[str, JourneyCounts]) -> tuple[str, ...]:
    if not isinstance(counts_by_segment, Mapping) or not counts_by_segment:
        raise QueryError("give what br.segment_counts returns: segment -> counts")
    if len({c.channels for c in counts_by_segment.values()}) > 1:
        raise QueryError("segments must be of one log; count them with segment_counts")
    return next(iter(counts_by_segment.values())).channels
