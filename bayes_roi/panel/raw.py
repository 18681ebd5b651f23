"""The raw table: what every reader hands on, whatever the file was."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bayes_roi.errors import DataError, Problem, nearest
from bayes_roi.panel.audit import AuditEntry
from bayes_roi.plain_text import shown


@dataclass(frozen=True, eq=False)
class RawTable:
    """A table as it was found: nothing converted, nothing dropped but rows of another width than the header's.

    A column is an array of float, integer, boolean or datetime64 cells, or of Python objects where cells are text or
    mixed; a missing cell is NaN, NaT or None, and masked where cells are boolean.
    """

    source: str
    header: tuple[str, ...]
    column: Callable[[int], np.ndarray]  # position in the header -> cells; read only when asked for
    row_numbers: np.ndarray  # as a spreadsheet counts: the header is row 1
    misshapen: tuple[Problem, ...] = ()  # rows with too few or too many cells; they are not in `column`
    blocked: Callable[[int], Problem | None] = lambda position: None  # why a column cannot be read at all
    typed: bool = False  # the format has column types, so that numbers as text are a mistake
    notes: tuple[AuditEntry, ...] = ()
    by_channel: tuple[str, ...] = ()  # columns that were rows of a channel

    def find(self, name: str) -> int | Problem:
        """Return the position of a column, or why there is not exactly one of that name."""
        found = [i for i, known in enumerate(self.header) if known == name]
        found = found or [i for i, known in enumerate(self.header) if normalised(known) == normalised(name)]
        if not found:
            return self._absent(name)
        if len(found) > 1:
            places = " and ".join(str(i + 1) for i in found)
            return Problem(f"the name is in the header {len(found)} times, at {places}", "rename all but one", name, 1)
        return self.blocked(found[0]) or found[0]

    def _absent(self, name: str) -> Problem:
        known = [shown(known) for known in self.header if known]
        more = f" and {len(known) - 30} more" if len(known) > 30 else ""
        what = f"there is no such column; the table has {', '.join(known[:30])}{more}"
        mend = f"add it, or name the right column under columns in the model{likely(name, self.header)}"
        return Problem(what, mend, column=name)


def normalised(name: str) -> str:
    """Return a name as Python would read it as an identifier: without outer blanks, in NFKC form.

    >>> normalised(" ﬁt ")
    'fit'
    """
    return unicodedata.normalize("NFKC", name.strip())


def likely(name: str, known: Sequence[str]) -> str:
    """Return ", did you mean 'x'?" for a name that differs in case only, else for the nearest spelling.

    >>> likely("TV", ["tv", "radio"])
    ", did you mean 'tv'?"
    """
    same = next((other for other in known if other.casefold() == name.casefold()), None)
    return f", did you mean {shown(same)}?" if same is not None else nearest(name, known)


def header_problems(header: Sequence[str], *, rows: int, source: str) -> None:
    """Raise a DataError if there is no header, or nothing below it."""
    if not any(name.strip() for name in header):
        raise DataError(source, [Problem("there is no header", "write the column names into row 1", row=1)])
    if not rows:
        raise DataError(source, [Problem("there is a header, but no rows", "add one row for each observation")])
