"""What it is worth to know more before a decision: everything, one channel, or what a test would show."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_roi.decisions.horizon.outlook import outlook
from bayes_roi.decisions.information.decision import Decision
from bayes_roi.decisions.information.expected_value import ExpectedValue, evpi, evppi, evsi
from bayes_roi.decisions.information.planned_test import PlannedTest, as_lift_test, usual_tests
from bayes_roi.decisions.information.simulated_test import SimulatedTest, simulated_tests
from bayes_roi.draws import Evidence
from bayes_roi.errors import QueryError
from bayes_roi.experiments.lift_test import LiftTest
from bayes_roi.inference.fit import Fit
from bayes_roi.model.law.parameters import TermParameters
from bayes_roi.numbers import amount, number

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class ValueOfTest:
    """What a test is worth to a decision, and what it costs; in money.

    Parameters
    ----------
    simulated
        The test, what it would show, and the profit it forgoes.
    test
        The same as a lift test that waits for its result: `br.write_experiments([...], file)`.
    evsi
        What its result adds to the expected profit of the decision.
    """

    simulated: SimulatedTest
    test: LiftTest
    evsi: ExpectedValue

    @property
    def planned(self) -> PlannedTest:
        return self.simulated.planned

    @property
    def cost(self) -> float:
        """Expected profit forgone, none where the test earns more than last year's spend, and the test's own cost."""
        return max(self._forgone, 0.0) + self.planned.cost

    @property
    def earned(self) -> float:
        """What it earns while it runs over last year's spend, where it does: no merit of it, a plan can do the same."""
        return max(-self._forgone, 0.0)

    @property
    def _forgone(self) -> float:
        return float(self.simulated.lost.mean())

    @property
    def net(self) -> float:
        """What its result is worth less cost."""
        return self.evsi.value - self.cost

    @property
    def gain_per_cost(self) -> float:
        """What its result is worth over cost; infinite where the test costs nothing and is worth something."""
        if self.cost > 0:
            return self.evsi.value / self.cost
        return float("inf") if self.evsi.value > 0 else 0.0

    def __repr__(self) -> str:
        return f"<{self.planned}: worth {amount(self.evsi.value)}, {_costs(self)}>"


@dataclass(frozen=True, eq=False, repr=False)
class ValueOfInformation:
    """What knowledge is worth to one decision, in money; each `ExpectedValue` with its Monte-Carlo error.

    Parameters
    ----------
    decision
        The plans to choose from.
    total
        The expected value of perfect information (EVPI): of knowing everything.
    channels
        Channel -> the expected value of knowing its own parameters (EVPPI): of terms that its money alone reaches.
    tests
        Experiments, the highest value less cost first (EVSI).
    evidence
        What stands behind the effects of spend on the outcome: these numbers can be no better.
    """

    decision: Decision
    total: ExpectedValue
    channels: Mapping[str, ExpectedValue]
    tests: tuple[ValueOfTest, ...]
    evidence: Evidence

    @property
    def unit(self) -> str:
        """Unit of money."""
        return self.decision.unit

    @property
    def best(self) -> ValueOfTest | None:
        """The test with the highest value less cost; None where no test is worth more than it costs."""
        paying = [t for t in self.tests if t.net > 0 and t.evsi.value > 0]
        return paying[0] if paying else None

    @property
    def advice(self) -> str:
        """What to test next, in a sentence."""
        if len(self.decision.names) < 2:
            return "There is one plan, so nothing that could be learned would change what is done."
        if self.total.value == 0:
            return f"Nothing needs to be tested: {self.decision.best!r} is the best plan whatever the truth."
        if not self.tests:
            return f"Knowing everything would be worth {amount(self.total.value)} {self.unit}; no test was asked for."
        if (test := self.best) is not None:
            return (
                f"Run the test on {test.planned.channel} next ({test.planned}): it is worth "
                f"{amount(test.evsi.value)} {self.unit} and {_costs(test)}."
            )
        top = max(self.tests, key=lambda t: t.evsi.value)
        return (
            f"No test pays: the most informative, {top.planned}, is worth {amount(top.evsi.value)} {self.unit} and "
            f"{_costs(top)}. Choose {self.decision.best!r}."
        )

    def to_frame(self) -> pd.DataFrame:
        """Return a table, one row a piece of knowledge: value, its Monte-Carlo error, cost, net (value less cost).

        Beside them, of tests: what they earn while they run, which is not in the net, and gain per cost.
        """
        import pandas as pd

        return pd.DataFrame(self.rows()).set_index("knowing")

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows of `to_frame` one by one, for those who can do without pandas."""
        none = {"cost": None, "net": None, "earned": None, "gain_per_cost": None}
        found: list[dict[str, Any]] = [
            {"knowing": name, "kind": kind, "value": w.value, "error": w.error} | none
            for name, kind, w in (
                ("everything", "EVPI", self.total),
                *((c, "EVPPI", w) for c, w in self.channels.items()),
            )
        ]
        for t in self.tests:
            found.append(
                {"knowing": str(t.planned), "kind": "EVSI", "value": t.evsi.value, "error": t.evsi.error}
                | {"cost": t.cost, "net": t.net, "earned": t.earned, "gain_per_cost": t.gain_per_cost}
            )
        return found

    def __repr__(self) -> str:
        tests = [""] * (1 + len(self.channels)) + [f", {_costs(t)}" for t in self.tests]
        lines = [
            f"  {r['kind']:5} {r['knowing']}: {amount(r['value'])} +- {amount(r['error'])}{test}"
            for r, test in zip(self.rows(), tests, strict=True)
        ]
        plans = len(self.decision.names)
        head = f"<Value of knowing more before a choice between {plans} plans, in {self.unit} ({self.decision.words})"
        note = [f"  note: {self.decision.note}"] if self.decision.note else []
        return "\n".join([head, *lines, *note, f"  {self.advice}>"])

    def _repr_html_(self) -> str:
        table: str = self.to_frame().to_html(float_format=number, na_rep="")
        note = f"<p>{html.escape(self.decision.note)}</p>" if self.decision.note else ""
        return f"<p>{html.escape(self.advice)} [{html.escape(self.unit)}, {self.decision.words}]</p>{table}{note}"


def value_of_information(
    fit: Fit, decision: Decision, *, tests: Sequence[PlannedTest] | None = None, seed: int | None = None
) -> ValueOfInformation:
    r"""Return what it is worth to know more before a decision: everything, each channel, the result of a test.

    EVPI is $E[\max_d \pi_d] - \max_d E[\pi_d]$; EVPPI of a channel's parameters $\phi$ is
    $E_\phi[\max_d E[\pi_d \mid \phi]] - \max_d E[\pi_d]$ by regression over the draws (Strong, Oakley & Brennan 2014);
    EVSI of a test's result y is $E_y[\max_d E[\pi_d \mid y]] - \max_d E[\pi_d]$ by simulation and reweighting of draws.
    All is worth what it changes in this decision, over its periods: a result that would not change the plan is worth
    nothing. A test is held in the first periods, with all else as last year, and the decision is taken after it, for as
    many periods as it was made for.

    Parameters
    ----------
    fit
        The fit that the decision was made from.
    decision
        Plans and what they earn: `br.decision(fit, ...)`.
    tests
        Tests to judge; each channel off and doubled for 4 to 8 periods, in a panel in half of its units, when None.
    seed
        Of simulated results; the fit's own when None.

    Returns
    -------
    ValueOfInformation
        In money, with Monte-Carlo errors; tests ranked by value less cost.

    Raises
    ------
    QueryError
        When the decision is of another fit, or a test names a channel, units or periods that there are not.
    """
    if decision.fit is not fit:
        raise QueryError("this decision was made from another fit; make it anew: br.decision(fit, ...)")
    first = fit.seed if seed is None else seed
    earned = decision.earned
    asked = usual_tests(decision.outlook) if tests is None else tuple(tests)
    for e in asked:
        if not isinstance(e, PlannedTest):
            raise QueryError(f"{e!r} is not a test; write br.PlannedTest('tv', 'off', periods=4)")
    longest = max((e.last for e in asked), default=0)
    ahead = decision.outlook
    if longest > ahead.periods:
        ahead = outlook(fit, periods=longest, horizon=ahead.horizon)
    found = [
        ValueOfTest(t, as_lift_test(ahead, t.planned), evsi(earned, t.signal, t.noise, seed=first))
        for t in (simulated_tests(ahead, asked, seed=first) if asked else ())
    ]
    return ValueOfInformation(
        decision=decision,
        total=evpi(earned),
        channels={c: evppi(earned, parameters_of(fit, own_names(fit, c)), seed=first) for c in ahead.channels},
        tests=tuple(sorted(found, key=lambda t: (-t.net, -t.evsi.value))),
        evidence=decision.evidence,
    )


def own_names(fit: Fit, channel: str) -> tuple[str, ...]:
    """Return the parameters of a channel's own: of terms, on its way to the outcome, that no other spend reaches."""
    model, spend = fit.model, fit.model.channels[channel]
    graph = model.computation.without_causes_of(frozenset(model.spends))
    above = graph.ancestors([model.outcome])
    names: dict[str, None] = {}
    for node in (n for n in model.equation if n in above and n not in model.spends):
        for t in fit.forward.nodes[node].terms:
            upstream = graph.ancestors(t.term.parents) & frozenset(model.spends)
            if upstream == {spend}:
                names |= dict.fromkeys(_names(t))
    return tuple(names)


def _names(term: TermParameters) -> list[str]:
    names = list(term.shape_names.values())
    names += [term.effect_name] if term.effect is not None else []
    return names + ([term.pooled.spread_name, term.pooled.units_name] if term.pooled is not None else [])


def parameters_of(fit: Fit, names: Sequence[str]) -> np.ndarray:
    """Return the draws (draws, parameters) of some parameters, vectors of them one after the other."""
    columns = [fit.parameters[n].reshape(len(fit.parameters[n]), -1) for n in names]
    return np.concatenate(columns, axis=1) if columns else np.zeros((fit.chains * fit.draws, 1))


def _costs(test: ValueOfTest) -> str:
    lines = [f"costs {amount(test.cost)}"] if test.cost > 0 or not test.earned else []
    return ", ".join([*lines, *([f"earns {amount(test.earned)} while it runs"] if test.earned else [])])
