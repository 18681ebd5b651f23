"""A choice between plans: what could be spent, and what each plan would add under each draw."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_roi.decisions.horizon.outlook import ADDED, Outlook
from bayes_roi.decisions.horizon.plan_support import plan_support, support_of_plan
from bayes_roi.decisions.information.expected_value import best_plan, evpi
from bayes_roi.draws import WELL_SUPPORTED, Draws, Evidence, evidence_array, evidence_label, standing, support_array
from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled, along
from bayes_roi.numbers import amount, number, probability
from bayes_roi.queries.evidence import Support, evidence_in, why_assumed
from bayes_roi.queries.expect import by_chain

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 10


@dataclass(frozen=True, eq=False, repr=False)
class Decision:
    """Plans to choose from, and what each earns.

    Parameters
    ----------
    outlook
        The periods that are planned.
    names
        A name for each plan.
    spends
        (plans, channels, periods) in money.
    earned
        (draws, plans) incremental profit over the periods and the run-off after them, in money.
    left_out
        What was not considered, and why.
    """

    outlook: Outlook
    names: tuple[str, ...]
    spends: np.ndarray
    earned: np.ndarray
    left_out: str = ""

    @property
    def fit(self) -> Fit:
        return self.outlook.fit

    @property
    def unit(self) -> str:
        """Unit of money."""
        return self.fit.model.currency or "money"

    @property
    def best(self) -> str:
        """The plan with the highest expected incremental profit."""
        return self.names[best_plan(self.earned)]

    @cached_property
    def profit(self) -> Draws:
        """Incremental profit of each plan, dim `plan`."""
        model = self.fit.model
        return Draws(
            values=Labelled(by_chain(self.fit, self.earned), ("chain", "draw", "plan"), along(plan=list(self.names))),
            unit=self.unit,
            estimand=f"incremental profit of a plan over {self.outlook.periods} periods: {ADDED}",
            evidence=evidence_array(evidence_in(self.fit, model.spends, model.outcome)),
            support=support_array([s.share for s in self._of_all], along(plan=list(self.names))),
            note=self.outlook.note,
            reason=why_assumed(self.fit, model.spends, model.outcome)
            or "; ".join(f"{name}: {s.reason}" for name, s in zip(self.names, self._of_all, strict=True) if s.reason),
        )

    @cached_property
    def plan_support(self) -> np.ndarray:
        """(plans, channels) share of the range from last year's spend to a plan's covered by data."""
        return np.array([plan_support(self.outlook, self.outlook.reference, spend) for spend in self.spends])

    @cached_property
    def _of_all(self) -> list[Support]:
        """The least support of each plan's way from no spend at all, which is what an incremental profit is of."""
        nothing = 0 * self.outlook.reference
        return [support_of_plan(self.outlook, nothing, spend) for spend in self.spends]

    @cached_property
    def inside(self) -> np.ndarray:
        """(channels,) share of the range from last year's spend to the best plan's covered by data."""
        return plan_support(self.outlook, self.outlook.reference, self.spends[best_plan(self.earned)])

    @property
    def evidence(self) -> Evidence:
        """The evidence of the best plan against last year's."""
        model = self.fit.model
        return standing(evidence_in(self.fit, model.spends, model.outcome), float(self.inside.min()))

    @property
    def words(self) -> str:
        """The evidence of the best plan against last year's, and whether it goes beyond what was observed."""
        return evidence_label(self.evidence, float(self.inside.min()))

    @cached_property
    def note(self) -> str:
        """What must be said beside the numbers: of the outlook, and where the best plan goes beyond what was spent."""
        far = [c for c, share in zip(self.outlook.channels, self.inside, strict=True) if share < WELL_SUPPORTED]
        seldom = f"amounts, or a mix of spends, hardly ever seen: {', '.join(far)}"
        beyond = f"{self.best!r} is extrapolated to {seldom}" if far else ""
        return "; ".join(n for n in (self.outlook.note, beyond, self.left_out) if n)

    def to_frame(self) -> pd.DataFrame:
        """Return a table, best plan first: spend, mean profit, P(best) and expected regret, in money."""
        import pandas as pd

        return pd.DataFrame(self._rows()).set_index("plan")

    def _rows(self) -> list[dict[str, Any]]:
        mean, best = self.earned.mean(axis=0), self.earned.argmax(axis=1)
        regret = (self.earned.max(axis=1, keepdims=True) - self.earned).mean(axis=0)
        return [
            {
                "plan": self.names[i],
                "spend": float(self.spends[i].sum()),
                "profit": float(mean[i]),
                "probability_best": float((best == i).mean()),
                "expected_regret": float(regret[i]),
            }
            for i in np.argsort(-mean, kind="stable")
        ]

    def __repr__(self) -> str:
        perfect = evpi(self.earned)
        head = (
            f"<Decision between {len(self.names)} plans for {self.outlook.periods} periods; best: {self.best}; "
            f"perfect information is worth {amount(perfect.value)} {self.unit}"
        )
        lines = [
            f"  {r['plan']}: profit {amount(r['profit'])}, P(best) {probability(r['probability_best'])}, "
            f"expected regret {amount(r['expected_regret'])}"
            for r in self._rows()[:SHOWN]
        ]
        return "\n".join([head, *lines]) + ">"

    def _repr_html_(self) -> str:
        shown: str = self.to_frame().to_html(max_rows=SHOWN, float_format=number)
        return shown
