"""Every error a user can meet, on one screen.

    BayesRoiError
    ├── ModelError    the model: its file, its equations, its priors
    ├── DataError     the table; carries every `Problem` found, not only the first
    ├── QueryError    a question that the fit cannot answer as it was put
    ├── FitError      inference could not be carried out
    └── RunError      a run folder: damaged, being written, or in the way

A message says what was wrong, where, what would be right and what to do. The command line prints it and exits with
`AT_FAULT`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from bayes_roi.plain_text import shown

UNTRUSTED, AT_FAULT, OUR_FAULT, INTERRUPTED = 1, 2, 70, 130
"""Exit codes of the command line beside 0: a failed diagnosis, the user's input, a fault of ours; SIGINT is 128 + 2."""


class BayesRoiError(Exception):
    """Base of all errors that are the user's to mend; `str(error)` is the whole message."""


class ModelError(BayesRoiError):
    """The model file, an equation or a prior is not as the model language has it.

    Parameters
    ----------
    message
        What is wrong, what would be right and what to do.
    where
        The keys of the model file that lead to it, e.g. ("channels", "tv"); the node's after "equations".
    line, column
        Its place within the text of the equations, counted from 1.
    """

    def __init__(
        self, message: str, *, where: tuple[str, ...] = (), line: int | None = None, column: int | None = None
    ) -> None:
        self.message, self.where, self.line, self.column = message, where, line, column
        super().__init__(message if line is None else f"equations line {line}, column {column}: {message}")


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a table: what, where, and how to mend it."""

    what: str
    mend: str
    column: str | None = None
    row: int | None = None  # as a spreadsheet counts: the header is row 1

    def __str__(self) -> str:
        place = [f"row {self.row}"] if self.row is not None else []
        place += [f"column {shown(self.column)}"] if self.column is not None else []
        return f"{', '.join(place) or 'table'}: {self.what}; {self.mend}"


class DataError(BayesRoiError):
    """The table cannot be used as it is; `problems` lists all that was found."""

    def __init__(self, source: str, problems: Iterable[Problem]) -> None:
        self.source, self.problems = source, tuple(problems)
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        super().__init__("\n".join([f"{source}: {count}", *(f"  - {p}" for p in self.problems)]))


class QueryError(BayesRoiError):
    """The question cannot be answered from this fit as it was put."""


class FitError(BayesRoiError):
    """Inference could not be carried out."""


class RunError(BayesRoiError):
    """A run folder is damaged, in the way, or being written by another process."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ", did you mean 'x'?" for the closest known spelling, or an empty string.

    >>> nearest("hil", ["hill", "tanh"])
    ", did you mean 'hill'?"
    """
    match = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f", did you mean {shown(match[0])}?" if match else ""
