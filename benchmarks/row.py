"""A row of the table: what was measured, against what, and whether a stated limit is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Row:
    """One ratio.

    Parameters
    ----------
    name, what
        The benchmark, and what `ours` is.
    peer
        What `theirs` is: a peer measured in the same run, or a limit given in the same unit.
    ours, theirs, unit
        The two figures; `ratio` is ours / theirs.
    limit
        What the ratio is held to, None where it is only told.
    kept
        Whether the ratio must stay at or below the limit (costs) or reach it (rates).
    note
        What a reader needs to know beside the figures.
    """

    name: str
    what: str
    peer: str
    ours: float
    theirs: float
    unit: str
    limit: float | None = None
    kept: Literal["at most", "at least"] = "at most"
    note: str = ""

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs

    @property
    def missed(self) -> bool:
        """Whether there is a limit and the ratio does not keep it (NaN keeps none)."""
        if self.limit is None:
            return False
        return not (self.ratio <= self.limit if self.kept == "at most" else self.ratio >= self.limit)

    @property
    def verdict(self) -> str:
        """What the ratio is held to, and whether it is."""
        if self.limit is None:
            return ""
        return f"{self.kept} {self.limit:g}: {'MISSED' if self.missed else 'kept'}"

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as it is printed, under `HEADER`."""
        figures = (f"{x:,.0f}" if abs(x) >= 1000 else f"{x:.3g}" for x in (self.ours, self.theirs, self.ratio))
        ours, theirs, ratio = figures
        return self.name, self.what, ours, self.peer, theirs, self.unit, ratio, self.verdict


HEADER = ("benchmark", "ours", "", "against", "", "unit", "ratio", "limit of the ratio")


def table(rows: list[Row]) -> str:
    """Return rows as a Markdown table, then their notes."""
    cells = [HEADER, *(row.cells for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(HEADER))]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) + " |" for line in cells]
    lines.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    notes = [f"{row.name}, {row.what}: {row.note}" for row in rows if row.note]
    return "\n".join([*lines, *(["", *notes] if notes else [])])
