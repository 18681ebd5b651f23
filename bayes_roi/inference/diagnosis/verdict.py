"""The verdict on a fit: its blocks and its residuals together."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

from bayes_roi.inference.diagnosis import implication
from bayes_roi.inference.diagnosis.claim import LEVEL
from bayes_roi.inference.diagnosis.convergence import BlockReport, report_block
from bayes_roi.inference.diagnosis.implication import Implication
from bayes_roi.inference.diagnosis.lift_report import LiftReport
from bayes_roi.inference.diagnosis.remedies import problems, warnings
from bayes_roi.inference.diagnosis.residuals import Residuals
from bayes_roi.inference.engines import BlockFit
from bayes_roi.numbers import places, whole


@dataclass(frozen=True)
class Diagnosis:
    """True when all checks of the draws and of the residuals passed; says which did not, and what to try.

    Parameters
    ----------
    blocks
        How each block was fitted.
    residuals
        What is left of each node, and the tests of it.
    implications
        What the graph implies of the data, tested.
    lifts
        Results of lift tests beside what is expected without them.
    """

    blocks: tuple[BlockReport, ...]
    residuals: tuple[Residuals, ...]
    implications: tuple[Implication, ...] = ()
    lifts: tuple[LiftReport, ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        """What makes the intervals untrustworthy, and what to try."""
        found = [p for b in self.blocks for p in b.problems] + list(implication.problems(self.implications))
        found += [lift.problem for lift in self.lifts if lift.conflict]
        return (*found, *(p for r in self.residuals for p in problems(r, self.level)))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a careful reader would want to know, though the intervals can be used."""
        found = [w for b in self.blocks for w in b.warnings] + list(implication.warnings(self.implications))
        return (*found, *(w for r in self.residuals for w in warnings(r, self.level)))

    @property
    def refuted(self) -> tuple[str, ...]:
        """What of the graph the data contradict, where it moves returns, the least likely by chance first."""
        return tuple(i.refuted for i in implication.ringing(self.implications) if i.material)

    @property
    def level(self) -> float:
        """The level a unit of weight of the tests of all nodes, so that together they have `LEVEL`."""
        return LEVEL / max(sum(t.weight for r in self.residuals for t in r.claims), 1.0)

    def __bool__(self) -> bool:
        return not self.problems

    @property
    def max_rhat(self) -> float:
        return max((b.rhat for b in self.blocks), default=1.0)

    @property
    def min_ess_bulk(self) -> float:
        return min((b.ess_bulk for b in self.blocks), default=float("inf"))

    @property
    def min_ess_tail(self) -> float:
        return min((b.ess_tail for b in self.blocks), default=float("inf"))

    @property
    def divergences(self) -> int:
        return sum(b.divergences for b in self.blocks)

    def __str__(self) -> str:
        verdict = "the draws can be used" if self else "do not trust these intervals yet"
        figures = (
            f"max R-hat {places(self.max_rhat, 3)}, min ESS {whole(self.min_ess_bulk)} bulk, "
            f"{whole(self.min_ess_tail)} tail, {self.divergences} divergences"
        )
        lines = [f"{verdict}: {figures}"]
        lines += [f"  problem: {p}" for p in self.problems] + [f"  note: {w}" for w in self.warnings]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return "\n".join([str(self), *(f"  {b}" for b in (*self.blocks, *self.lifts))])

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(repr(self))}</pre>"


def diagnose(
    fits: Sequence[BlockFit], residuals: Sequence[Residuals], implications: Sequence[Implication] = ()
) -> Diagnosis:
    """Return the diagnosis of all blocks, their residuals and what the graph implies."""
    return Diagnosis(tuple(report_block(f) for f in fits), tuple(residuals), tuple(implications))
