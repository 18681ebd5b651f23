"""The next lift test: how long, where and how much, what it can see, what it costs and what it would tell."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from bayes_roi.decisions.horizon.outlook import Outlook, outlook
from bayes_roi.decisions.information.planned_test import PlannedTest, as_lift_test
from bayes_roi.decisions.information.simulated_test import SimulatedTest, simulated_tests
from bayes_roi.errors import QueryError
from bayes_roi.experiments.lift_test import LiftTest
from bayes_roi.guards import is_number, known_channel, whole_number
from bayes_roi.inference.fit import Fit
from bayes_roi.model.language.edges import carry_over
from bayes_roi.numbers import amount, percent, probability, ratio
from bayes_roi.plain_text import aligned
from bayes_roi.value.money.money import Money

if TYPE_CHECKING:
    import pandas as pd

LENGTHS = (4, 8)
SHARES = (0.25, 0.5)
"""Of a panel's units, what is treated where nothing is said."""


@dataclass(frozen=True, eq=False, repr=False)
class TestDesign:
    """A test that could be made next.

    Parameters
    ----------
    test
        The lift test, without a result.
    planned
        The same in planned periods.
    lift, lift_sd
        Mean and standard deviation of the lift that is expected, in units of the outcome.
    se
        Standard error of its estimate: noise of the measured periods, and what is not known of the difference there.
    detectable
        The least lift that is told apart from none with the power asked for.
    power
        The probability that the lift is told apart from none, over what it may be.
    cost
        Expected profit forgone while it runs; negative where it earns more than spend as last year.
    width
        Width of the interval of the channel's ROI with its result over that without, as if both were normal.
    """

    __test__ = False  # no test of ours, though its name begins so

    test: LiftTest
    planned: PlannedTest
    lift: float
    lift_sd: float
    se: float
    detectable: float
    power: float
    cost: float
    width: float

    def row(self) -> dict[str, Any]:
        """Return it as a row of a table."""
        e = self.planned
        return {
            "test": self.test.done,
            "periods": e.periods,
            "watched": e.watched,
            "units": len(self.test.units) if self.test.units is not None else None,
            "factor": e.factor,
            "expected_lift": self.lift,
            "lift_sd": self.lift_sd,
            "se": self.se,
            "detectable": self.detectable,
            "power": self.power,
            "cost": self.cost,
            "roi_width": self.width,
        }


@dataclass(frozen=True, eq=False, repr=False)
class TestDesigns:
    """Tests of one channel that could be made next, those that narrow its ROI most first.

    Parameters
    ----------
    channel
        The channel.
    designs
        The tests.
    power, level
        What `detectable` and `power` are at: probability of finding a lift that is there, and one that is not.
    """

    __test__ = False

    channel: str
    designs: tuple[TestDesign, ...]
    power: float
    level: float

    @property
    def best(self) -> TestDesign:
        """The cheapest test of those that narrow the ROI at least half as much as the best does."""
        most = 1 - self.designs[0].width
        return min((d for d in self.designs if 1 - d.width >= most / 2), key=lambda d: d.cost)

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each test."""
        import pandas as pd

        return pd.DataFrame([d.row() for d in self.designs])

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "channel": self.channel,
            "power": self.power,
            "level": self.level,
            "designs": [d.row() for d in self.designs],
            "best": self.best.test.done,
        }

    def __str__(self) -> str:
        head = ["test", "expected lift", "se", f"found at {percent(self.power)}", "power", "cost", "ROI interval"]
        rows = [
            [
                d.test.done,
                f"{amount(d.lift)} +- {amount(d.lift_sd)}",
                amount(d.se),
                amount(d.detectable),
                probability(d.power),
                amount(d.cost),
                f"x {ratio(d.width)}",
            ]
            for d in self.designs
        ]
        last = f"{self.best.test.done}: the cheapest that does at least half of what the best does to the interval"
        return "\n".join([*aligned([head, *rows]), last])

    def __repr__(self) -> str:
        return f"<{self}>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def design_test(
    fit: Fit,
    channel: str,
    *,
    periods: Sequence[int] = LENGTHS,
    designs: Sequence[Literal["off", "double"] | float] = ("off", "double"),
    units: Sequence[int | tuple[str, ...]] | None = None,
    starts: Sequence[int] = (0,),
    watched: int | None = None,
    power: float = 0.8,
    level: float = 0.1,
    seed: int | None = None,
) -> TestDesigns:
    r"""Return tests of a channel's spend that could be made next, and what each would see, cost and do to its ROI.

    The estimate is the outcome in the treated units less what it would have been: the other units scaled to their size,
    or, where all are treated, what the model expects. Its standard error is that of the noise of the measured periods
    and of what is not known of this difference without a test. The least lift that is found is
    $(z_{1 - \text{level}/2} + z_{\text{power}}) \, \text{se}$; the width of ROI with the result is
    $\sqrt{1 - \rho^2 s^2 / (s^2 + \text{se}^2)}$ of that without it, with the lift's sd s and its
    correlation $\rho$ with ROI over the draws: what normal draws would have.

    Parameters
    ----------
    fit
        A fit.
    channel
        The channel to test.
    periods
        Lengths of the test.
    designs
        What is done to its spend: "off", "double" or a factor.
    units
        Of a panel, how many of its units, chosen to be like the rest in size, or which; a quarter and a half of them
        when None. A single series is treated as a whole.
    starts
        In which of the coming periods it begins, from 0: a pause costs least where little would be earned.
    watched
        Periods after it in which the outcome is measured too; all of the carry-over when None.
    power, level
        Probability of finding a lift of the least size, and of finding one that is not there.
    seed
        Of simulated noise; the fit's own when None.

    Returns
    -------
    TestDesigns
        Those that narrow ROI most first; `best.test` is a `LiftTest` that waits for its result.

    Raises
    ------
    QueryError
        When the channel or units are not there, or a length is none.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
    >>> fit = br.fit(model, br.read_data(br.shipped("data/weekly_funnel.csv"), model), seed=7, draws=100)
    >>> found = br.design_test(fit, "search", periods=(4,))
    >>> found.designs[0].width < 1
    True
    """
    _check(fit, channel, power, level)
    longest = max(whole_number(p, "periods", 1) for p in periods)
    after = carry_over(fit.model) if watched is None else whole_number(watched, "watched", 0)
    ahead = outlook(fit, periods=max(starts) + longest + after, horizon=0)
    where = _units(ahead, units)
    asked = [
        PlannedTest(channel, how, p, u, 0.0, s, after)
        for how in designs
        for p in periods
        for u in where
        for s in starts
    ]
    money = Money(fit).roi.sel(channel=channel).arrays.values.array.ravel()
    found = [
        _design(ahead, t, money, power, level)
        for t in simulated_tests(ahead, asked, seed=fit.seed if seed is None else seed)
    ]
    return TestDesigns(channel, tuple(sorted(found, key=lambda d: d.width)), power, level)


def _check(fit: Fit, channel: str, power: float, level: float) -> None:
    known_channel(channel, fit.model.channels)
    for name, value in (("power", power), ("level", level)):
        if not is_number(value) or not 0 < value < 1:
            raise QueryError(f"{name} is a probability between 0 and 1, got {value!r}")


def _units(ahead: Outlook, units: Sequence[int | tuple[str, ...]] | None) -> Sequence[int | tuple[str, ...] | None]:
    if units is not None:
        return units
    return [None] if ahead.units == 1 else sorted({max(round(s * ahead.units), 1) for s in SHARES})


def _design(ahead: Outlook, simulated: SimulatedTest, roi: np.ndarray, power: float, level: float) -> TestDesign:
    """Return what a test would see of the outcome summed over the measured periods."""
    nodes = len(simulated.nodes)
    at = np.arange(simulated.signal.shape[1]) % nodes == simulated.nodes.index(ahead.fit.model.outcome)
    lift = simulated.signal[:, at].sum(axis=1)
    se = float(np.sqrt(simulated.noise[np.ix_(at, at)].sum()))
    normal = NormalDist()
    two_sided = normal.inv_cdf(1 - level / 2)
    found = [normal.cdf(abs(x) / se - two_sided) + normal.cdf(-abs(x) / se - two_sided) for x in lift.tolist()]
    known = lift.var() / (lift.var() + se**2)
    together = float(np.corrcoef(lift, roi)[0, 1]) if lift.std() > 0 and roi.std() > 0 else 0.0
    return TestDesign(
        test=as_lift_test(ahead, simulated.planned),
        planned=simulated.planned,
        lift=float(lift.mean()),
        lift_sd=float(lift.std()),
        se=se,
        detectable=(two_sided + normal.inv_cdf(power)) * se,
        power=float(np.mean(found)),
        cost=simulated.cost,
        width=float(np.sqrt(1 - together**2 * known)),
    )
