"""Releases of counts, for the command journeys: what it takes to make one, and what is said of one."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayes_roi.cli import files
from bayes_roi.errors import QueryError
from bayes_roi.numbers import level, percent, percent_span, whole

if TYPE_CHECKING:
    from bayes_roi.journeys.privacy.private_counts import PrivateCounts

KIND = ".json"


def check(log: str, epsilon: float | None, channels: str | None, release: Path | None) -> None:
    """Raise unless all that a release takes is there, before any budget is spent."""
    asked = {"--epsilon": epsilon, "--channels": channels, "--release": release}
    given = [name for name, value in asked.items() if value is not None]
    if given and log.endswith(KIND):
        raise QueryError(f"{log} is a release already; leave out {given[0]}")
    if given and len(given) < len(asked):
        lost = next(name for name, value in asked.items() if value is None)
        how = {
            "--epsilon": "give its budget, e.g. --epsilon 1",
            "--channels": "name those that are known without the log, e.g. --channels search,social: which a log has "
            "is private",
            "--release": "give the file to write, e.g. --release release.json",
        }
        raise QueryError(f"a release needs {lost} beside {given[0]}; {how[lost]}")
    if release is not None:
        files.output(release, (KIND,), option="--release")


def names(channels: str | None) -> list[str]:
    """Return the names of `--channels a,b`."""
    return [name.strip() for name in (channels or "").split(",") if name.strip()]


def read(log: str) -> PrivateCounts:
    """Return the release of a file."""
    from bayes_roi.journeys.privacy.file import read_private

    return read_private(log)


def write(counts: PrivateCounts, release: Path) -> None:
    """Write a release, before anything else is done with it."""
    from bayes_roi.journeys.privacy.file import write_private

    write_private(counts, release)


def lines(counts: PrivateCounts, prob: float) -> list[str]:
    """Return what a release is, what was spent on what, and what clipping cut."""
    from bayes_roi.journeys.privacy.cut import clipping_share

    cut = [
        f"{name} {whole(x.cut)}"
        + ("" if x.share is None else f", {percent(x.share)} ({percent_span(x.lower, x.upper)})")
        for name, x in clipping_share(counts, prob).items()
    ]
    return [*counts.lines(), f"cut by clipping ({level(prob)} interval in brackets): {'; '.join(cut)}"]


def numbers(counts: PrivateCounts, prob: float) -> dict[str, Any]:
    """Return what a release is, as JSON has it."""
    from bayes_roi.journeys.privacy.cut import clipping_share

    known = counts.domain
    parts = {
        name: {"epsilon": t.epsilon, "sensitivity": t.sensitivity, "scale": t.scale} for name, t in counts.parts.items()
    }
    return {
        "epsilon": counts.epsilon,
        "delta": 0.0,
        "mechanism": counts.mechanism,
        "journeys_per_user": known.journeys_per_user,
        "touches_per_journey": known.touches_per_journey,
        "days": {"gap": counts.gap, "lookback": counts.lookback},
        "parts": parts,
        "clipping": {name: asdict(x) for name, x in clipping_share(counts, prob).items()},
    }
