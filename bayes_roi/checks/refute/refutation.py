"""The answer of `refute`: one row a refuter."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from bayes_roi.draws import Evidence
from bayes_roi.numbers import probability, ratio
from bayes_roi.plain_text import aligned

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["placebo spend", "placebo outcome", "random common cause", "without a period", "without a unit"]
LEVEL = 0.01
"""Probability that any row of the table rings where the model is right (Bonferroni over rows)."""
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
        Probability of so much where the model is right.
    """

    kind: Kind
    what: str
    right: str
    shown: float
    chance: float

    def rings(self, tests: int) -> bool:
        """Whether it speaks against the model, of so many rows."""
        moved = self.kind == "random common cause" and abs(self.shown) > MOVED
        return moved or self.chance < LEVEL / max(tests, 1)


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
        return tuple(r for r in self.refuters if r.rings(len(self.refuters)))

    def rows(self) -> list[Mapping[str, Any]]:
        """Return a row for each refuter."""
        return [asdict(r) | {"against": r in self.against} for r in self.refuters]

    def to_frame(self) -> pd.DataFrame:
        """Return the table as a frame."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    @property
    def estimand(self) -> str:
        """What is computed, in words."""
        return "what a refuter finds, and the chance of so much were the model right; no effect"

    @property
    def unit(self) -> str:
        """Unit of its numbers."""
        return "posterior sd, or a rank"

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "estimand": self.estimand,
            "unit": self.unit,
            "evidence": str(Evidence.DESCRIPTIVE),
            "stands": bool(self),
            "refuters": self.rows(),
            "tables": self.tables,
        }

    def __str__(self) -> str:
        head = ("refuter", "of", "were the model right", "shown", "chance", "")
        rows = [
            (
                r.kind,
                r.what,
                r.right,
                ratio(r.shown),
                probability(r.chance),
                "against" if r in self.against else "",
            )
            for r in self.refuters
        ]
        found = f"{len(self.against)} of {len(self.refuters)} refuters speak against the model"
        return "\n".join([found if self.against else "no refuter speaks against the model", *aligned([head, *rows])])

    def __repr__(self) -> str:
        return f"<{self}>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"
