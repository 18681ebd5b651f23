"""What journeys are counted to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bayes_roi.errors import QueryError
from bayes_roi.journeys.counts.audit import JourneyAudit
from bayes_roi.journeys.counts.path_types import PathTypes
from bayes_roi.numbers import percent, plain


@dataclass(frozen=True, eq=False, repr=False)
class JourneyCounts:
    """Journeys of a log, counted: no user is in it any more.

    Counts of parts that have no user in common (streams, regions, parties) add up: `north + south`.

    Parameters
    ----------
    paths
        Path types. Transitions and exposure sets follow from them (`transitions`, `exposure_sets`).
    audit
        What became of the rows.
    gap, lookback, half_life
        In days: what ends a journey, how far back touches count for a conversion, and after how long a touch
        counts half in time decay.
    first, last
        The first and last instant of the log, UTC; None where it is not known.
    """

    paths: PathTypes
    audit: JourneyAudit
    gap: float
    lookback: float
    half_life: float
    first: datetime | None = None
    last: datetime | None = None

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the channels, sorted."""
        return self.paths.channels

    @property
    def journeys(self) -> int:
        """How many there are."""
        return int(self.paths.journeys.sum())

    @property
    def conversions(self) -> int:
        """How many of them converted."""
        return int(self.paths.conversions.sum())

    @property
    def value(self) -> float:
        """The value of these conversions together."""
        return float(self.paths.value.sum())

    def __add__(self, other: JourneyCounts) -> JourneyCounts:
        for name in ("gap", "lookback", "half_life"):
            if getattr(self, name) != getattr(other, name):
                both = " and ".join(plain(getattr(c, name)) for c in (self, other))
                raise QueryError(f"counts with {name}={both} days do not add up; count both logs with the same")
        known = None not in (self.first, self.last, other.first, other.last)
        return JourneyCounts(
            self.paths + other.paths,
            self.audit + other.audit,
            self.gap,
            self.lookback,
            self.half_life,
            min(self.first, other.first) if known else None,  # type: ignore[type-var]
            max(self.last, other.last) if known else None,  # type: ignore[type-var]
        )

    def __repr__(self) -> str:
        rate = self.conversions / self.journeys if self.journeys else 0.0
        return "\n".join(
            [
                f"JourneyCounts: {self.journeys:,} journeys of {len(self.paths):,} kinds, "
                f"{self.conversions:,} converted ({percent(rate)}), {len(self.channels)} channels; "
                f"gap {plain(self.gap)}, lookback {plain(self.lookback)} days",
                *self.audit.lines()[1:],
            ]
        )
