"""What scenarios bring, side by side: outcome, profit and ROI, and their differences draw by draw."""

from __future__ import annotations

import html
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from bayes_roi.decisions.answers import Answers, answers
from bayes_roi.decisions.outlook import Outlook
from bayes_roi.decisions.reach import reach, reaches
from bayes_roi.decisions.scenario import Scenario
from bayes_roi.draws import DEFAULT_PROB, WELL_SUPPORTED, Draws, check_prob
from bayes_roi.errors import QueryError, nearest
from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled, along
from bayes_roi.model.forward import NoiseKind
from bayes_roi.panel.periods import following
from bayes_roi.queries.evidence import evidence, unobserved_cause
from bayes_roi.queries.expect import by_chain
from bayes_roi.value.money import outcome_unit

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

What = Literal["profit", "outcome", "roi"]
END_NAMES = ("mean", "lower", "upper")


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """What scenarios would bring over their periods and the carry-out after them, all on the same draws and noise.

    Parameters
    ----------
    fit
        The fit that was asked.
    scenarios
        What is compared; differences are taken against the first.
    outlooks
        The rows each of them is asked on: the same periods, its own nodes.
    noise
        "mean": expectations, whose intervals say what is not known of the parameters. "predictive": what the periods
        themselves would show, noise and all; `predictive` returns this.
    seed
        Of the noise.
    """

    fit: Fit
    scenarios: tuple[Scenario, ...]
    outlooks: tuple[Outlook, ...]
    noise: NoiseKind
    seed: int

    @cached_property
    def predictive(self) -> Comparison:
        """The same with the noise of every node and period: what the books would show, not what is expected."""
        return replace(self, noise="predictive")

    @property
    def names(self) -> tuple[str, ...]:
        """The scenarios' names."""
        return tuple(s.name for s in self.scenarios)

    @property
    def ahead(self) -> Outlook:
        """The periods that are compared."""
        return self.outlooks[0]

    @property
    def spend(self) -> Labelled:
        """Spend by `scenario` and `channel`, in money."""
        totals = np.array([s.money.array.sum(axis=1) for s in self.scenarios])
        return Labelled(totals, ("scenario", "channel"), along(scenario=self.names, channel=self.ahead.channels))

    @cached_property
    def outcome(self) -> Draws:
        r"""The outcome, $\sum_t Y_t$ over the plan and its carry-out; dim `scenario`."""
        return self._draws(self._answers.outcome.sum(axis=-1), outcome_unit(self.fit.model), "sum of Y over the plan")

    @cached_property
    def by_period(self) -> Draws:
        """The outcome of each period of the plan and its carry-out, panel units together; dims `scenario`, `time`."""
        count = self.ahead.periods + self.ahead.horizon
        labels = following(np.asarray(self.fit.data.periods), count)
        return self._draws(self._answers.outcome, outcome_unit(self.fit.model), "Y of each period", time=labels)

    @cached_property
    def profit(self) -> Draws:
        r"""The profit, $m \sum_t v_t Y_t - \sum_{c,t} x_{ct}$; what comes without spend is in it. Dim `scenario`."""
        total = self.spend.array.sum(axis=1)
        values = self.ahead.margin * self._answers.money - total
        return self._draws(values, self.unit, f"profit: {self.ahead.margin:g} x value x outcome - spend")

    @cached_property
    def roi(self) -> Draws:
        r"""The return of the whole plan: $m (V - V_0) / \sum x - 1$, where $V_0$ is the money made without any spend.

        Dim `scenario`, money per unit of money; NaN where nothing is spent.
        """
        total, made = self.spend.array.sum(axis=1), self._answers.money - self._answers.money_without
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.where(total > 0, self.ahead.margin * made / total - 1, np.nan)
        estimand = f"ROI of the plan: {self.ahead.margin:g} x value x (outcome - outcome without spend) / spend - 1"
        return self._draws(values, f"{self.unit} per {self.unit}", estimand, support=self._support_of_all)

    @property
    def difference(self) -> Draws:
        """The profit of each scenario less that of the first, draw by draw; dim `scenario`, without the first."""
        if len(self.names) < 2:
            raise QueryError("a difference needs two scenarios; compare(fit, [today, plan])")
        return self._gain(0, "profit", slice(1, None))

    def against(self, name: str, *, what: What = "profit") -> Draws:
        """Return what each scenario has over another, draw by draw; dim `scenario`.

        Parameters
        ----------
        name
            The other scenario.
        what
            "profit", "outcome" or "roi".

        Raises
        ------
        QueryError
            When there is no scenario of that name, or no such quantity.
        """
        if name not in self.names:
            known = ", ".join(self.names)
            raise QueryError(f"there is no scenario {name!r}{nearest(name, self.names)}; there are {known}")
        if what not in get_args(What):
            raise QueryError(f"what must be 'profit', 'outcome' or 'roi', got {what!r}")
        return self._gain(self.names.index(name), what, slice(None))

    def _gain(self, of: int, what: What, kept: slice) -> Draws:
        own: Draws = getattr(self, what)
        values, _, inside = own.arrays
        assert inside is not None
        gained = (values.array - values.array[..., [of]]).reshape(-1, len(self.names))
        less = np.minimum(inside.array, inside.array[of])
        estimand = f"{own.estimand}; less that of {self.names[of]!r}"
        return self._draws(gained[:, kept], own.unit, estimand, support=less[kept], kept=kept)

    @property
    def better(self) -> Labelled:
        """The probability that a `scenario` makes more profit than `another`; NaN on the diagonal."""
        profit = self.profit.arrays.values.array.reshape(-1, len(self.names))
        wins = (profit[:, :, None] > profit[:, None, :]).mean(axis=0)
        np.fill_diagonal(wins, np.nan)
        return Labelled(wins, ("scenario", "another"), along(scenario=self.names, another=self.names))

    @property
    def probability_better(self) -> xr.DataArray:
        """The probability that a `scenario` makes more profit than `another`, as xarray; NaN on the diagonal."""
        return self.better.xarray

    @cached_property
    def support(self) -> Labelled:
        """Share of the way from last year's spend to a plan's that was observed; dims `scenario`, `channel`."""
        shares = np.array(
            [reach(o, o.today, s.money.array) for o, s in zip(self.outlooks, self.scenarios, strict=True)]
        )
        return Labelled(shares, ("scenario", "channel"), along(scenario=self.names, channel=self.ahead.channels))

    @cached_property
    def reasons(self) -> tuple[str, ...]:
        """Why a scenario's numbers are only assumed; empty for those that are more than that."""
        treated = {*self.fit.model.spends}
        graph = unobserved_cause(self.fit.model, treated, self.fit.model.outcome)
        each = [
            min(reaches(o, o.today, s.money.array), key=lambda x: x.share).reason
            for o, s in zip(self.outlooks, self.scenarios, strict=True)
        ]
        return tuple(graph or reason for reason in each)

    @property
    def unit(self) -> str:
        """Unit of money."""
        return self.fit.model.currency or "money"

    @property
    def note(self) -> str:
        """What must be said beside every number."""
        named = [f"{s.name}: {s.note}" for s in self.scenarios if s.note]
        return "; ".join([*([self.ahead.note] if self.ahead.note else []), *named])

    def summary(self, prob: float = DEFAULT_PROB) -> dict[str, dict[str, Any]]:
        """Return scenario -> its numbers, as plain texts, numbers and lists; None where they are not defined.

        `spend` and `spend_by_channel`; `outcome`, `profit`, `roi` and `gain` (profit over that of the first scenario;
        None for the first), each mean, lower and upper; `better`, the probability that the gain is positive; `evidence`
        and, where that is assumed, its `reason`; and `extrapolated`, the channels of which most of the way from last
        year's spend was never seen.
        """
        check_prob(prob)
        parts = {"outcome": self.outcome, "profit": self.profit, "roi": self.roi, "gain": self.against(self.names[0])}
        told = {key: _estimates(draws, prob) for key, draws in parts.items()}
        return {name: self._numbers(i, {key: of[i] for key, of in told.items()}) for i, name in enumerate(self.names)}

    def _numbers(self, i: int, told: dict[str, Any]) -> dict[str, Any]:
        """Return the numbers of the scenario at a position."""
        totals, inside = self.spend.array[i], self.support.array[i]
        return {
            "spend": float(totals.sum()),
            "spend_by_channel": dict(zip(self.ahead.channels, totals.tolist(), strict=True)),
            **told,
            "gain": told["gain"] if i else None,
            "better": float(self.better.array[i, 0]) if i else None,
            "evidence": str(self.profit.words().array[i]),
            "reason": self.reasons[i],
            "extrapolated": [c for c, s in zip(self.ahead.channels, inside, strict=True) if s < WELL_SUPPORTED],
        }

    def to_frame(self, prob: float = DEFAULT_PROB) -> pd.DataFrame:
        """Return a table, one row a scenario: mean and interval of outcome, profit, ROI and gain over the first."""
        import pandas as pd

        rows = {}
        for name, numbers in self.summary(prob).items():
            row = {"spend": numbers["spend"]}
            for key in ("outcome", "profit", "roi", "gain"):
                of = numbers[key] or dict.fromkeys(END_NAMES)
                row |= {key if k == "mean" else f"{key}_{k}": v for k, v in of.items()}
            rows[name] = row | {"better": numbers["better"], "evidence": numbers["evidence"]}
        table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("scenario")
        return table.astype(dict.fromkeys(table.columns.drop("evidence"), float))

    def __repr__(self) -> str:
        frame = self.to_frame()
        shown = frame.to_string(float_format=lambda v: f"{v:,.4g}" if abs(v) < 1000 else f"{v:,.0f}")
        assumed = "".join(f"\nassumed: {n}: {r}" for n, r in zip(self.names, self.reasons, strict=True) if r)
        return f"{self._title()}\n{shown}{assumed}" + (f"\nnote: {self.note}" if self.note else "")

    def _repr_html_(self) -> str:
        table = self.to_frame().to_html(float_format=lambda v: f"{v:,.4g}" if abs(v) < 1000 else f"{v:,.0f}")
        said = [*(f"assumed: {n}: {r}" for n, r in zip(self.names, self.reasons, strict=True) if r), self.note]
        note = "".join(f"<p>{html.escape(text)}</p>" for text in said if text)
        return f"<p>{html.escape(self._title())}</p>{table}{note}"

    def _title(self) -> str:
        kind = "expected" if self.noise == "mean" else "predictive, with noise"
        span = f"{self.ahead.labels[0]} to {self.ahead.labels[-1]}"
        over = f"{self.ahead.periods} periods, {span}, and {self.ahead.horizon} of carry-out"
        return (
            f"Plans over {over} ({kind}), {DEFAULT_PROB:.0%} credible intervals; gain is profit over {self.names[0]!r}"
        )

    @cached_property
    def _answers(self) -> Answers:
        plans = [s.money.array for s in self.scenarios]
        return answers(self.outlooks, plans, noise=self.noise, seed=self.seed)

    @property
    def _evidence(self) -> int:
        model = self.fit.model
        treated = {*model.spends, *(n for s in self.scenarios for n in s.nodes if n in model.equation)}
        return int(evidence(model, treated, model.outcome))

    @cached_property
    def _least_support(self) -> np.ndarray:
        """The least support of a scenario's channels (scenarios,)."""
        return np.asarray(self.support.array.min(axis=1))

    @cached_property
    def _support_of_all(self) -> np.ndarray:
        """The same of the way from no spend at all, as the ROI has it (scenarios,)."""
        pairs = zip(self.outlooks, self.scenarios, strict=True)
        return np.array([reach(o, 0 * o.today, s.money.array).min() for o, s in pairs])

    def _draws(
        self,
        values: np.ndarray,
        unit: str,
        estimand: str,
        *,
        support: np.ndarray | None = None,
        time: np.ndarray | None = None,
        kept: slice = slice(None),
    ) -> Draws:
        """Return values (draws, scenarios, ...) as draws; a plan's support is the least of its channels'."""
        names = self.names[kept]
        of = along(scenario=names)
        dims, coords = (("time",), along(time=time)) if time is not None else ((), {})
        inside = self._least_support if support is None else support
        return Draws(
            values=Labelled(by_chain(self.fit, values), ("chain", "draw", "scenario", *dims), of | coords),
            unit=unit,
            estimand=estimand if self.noise == "mean" else f"{estimand}, with noise",
            evidence=Labelled(np.full(len(names), self._evidence), ("scenario",), of),
            support=Labelled(inside, ("scenario",), of),
            note=self.note,
            reason="; ".join(f"{n}: {r}" for n, r in zip(self.names, self.reasons, strict=True) if r),
        )


def _estimates(draws: Draws, prob: float) -> list[dict[str, float | None]]:
    """Return mean, lower and upper of each scenario; None where they are not defined."""
    columns = (draws.centre().array, *(end.array for end in draws.ends(prob)))
    return [
        {key: float(x) if np.isfinite(x) else None for key, x in zip(END_NAMES, row, strict=True)}
        for row in zip(*columns, strict=True)
    ]
