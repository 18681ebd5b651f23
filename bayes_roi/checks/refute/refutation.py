"""The answer of `refute`: one row a refuter."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from bayes_roi.numbers import probability

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["placebo spend", "placebo outcome", "random common cause", "without a period", "without a unit"]
LEVEL = 0.01
"""Probability that any row of the table rings where the model is right (Bonferroni over rows with a chance)."""
MOVED = 0.5
"""Posterior sd that a random column may move a return."""


@dataclass(frozen=True)
class Refuter:
    """What one refuter shows.

    Parameters
    ----------
    kind, what
        The refuter, and what it was tried on.
    right
        What it would show were the model right, in words.
    shown
        What it shows: a share, a correlation, a move in posterior sd.
    chance
        Probability of so much where the model is right; NaN where that was not told.
    """

    kind: Kind
    what: str
    right: str
    shown: float
    chance: float = math.nan

    def rings(self, tests: int) -> bool:
        """Whether it speaks against the model, of so many rows with a chance."""
        if math.isnan(self.chance):
            return abs(self.shown) > MOVED
        return self.chance < LEVEL / max(tests, 1)


@dataclass(frozen=True, repr=False)
class Refutation:
    """What refuters show of a fit. Its truth value is whether none speaks against the model."""

    refuters: tuple[Refuter, ...]
    tables: int

    def __bool__(self) -> bool:
        return not self.against

    @property
    def against(self) -> tuple[Refuter, ...]:
        """The rows that speak against the model."""
        tests = sum(not math.isnan(r.chance) for r in self.refuters)
        return tuple(r for r in self.refuters if r.rings(tests))

    def rows(self) -> list[Mapping[str, Any]]:
        """Return a row for each refuter."""
        return [
            asdict(r) | {"chance": None if math.isnan(r.chance) else r.chance, "against": r in self.against}
            for r in self.refuters
        ]

    def to_frame(self) -> pd.DataFrame:
        """Return the table as a frame."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {"stands": bool(self), "refuters": self.rows(), "tables": self.tables}

    def __str__(self) -> str:
        head = ("refuter", "of", "were the model right", "shown", "chance", "")
        rows = [
            (
                r.kind,
                r.what,
                r.right,
                f"{r.shown:.2f}",
                "-" if math.isnan(r.chance) else probability(r.chance),
                "against" if r in self.against else "",
            )
            for r in self.refuters
        ]
        width = [max(len(r[at]) for r in (head, *rows)) for at in range(len(head))]
        drawn = ["  ".join(c.ljust(w) for c, w in zip(r, width, strict=True)).rstrip() for r in (head, *rows)]
        found = f"{len(self.against)} of {len(self.refuters)} refuters speak against the model"
        return "\n".join([found if self.against else "no refuter speaks against the model", *drawn])

    def __repr__(self) -> str:
        return f"<{self}>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"
