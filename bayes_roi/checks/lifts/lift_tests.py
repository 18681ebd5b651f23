"""ROI with and without each lift test: `br.lift_tests`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bayes_roi.draws import DEFAULT_PROB, Draws, as_interval, check_prob
from bayes_roi.errors import QueryError
from bayes_roi.experiments.lift_test import LiftTest
from bayes_roi.inference.diagnosis import LiftReport
from bayes_roi.inference.fit import Fit
from bayes_roi.lift.fit import fit as fit_with
from bayes_roi.numbers import level, percent, percent_span, probability
from bayes_roi.plain_text import aligned
from bayes_roi.value.money.money import Money

if TYPE_CHECKING:
    import pandas as pd

ALL, NONE = "all tests", "no test"


@dataclass(frozen=True, repr=False)
class LiftTests:
    """Lift tests of a fit, and what each did to the returns.

    Parameters
    ----------
    reports
        Each test beside what the table and the other tests expect of it.
    roi
        "all tests", "no test", and with more than one "without" each -> ROI, dim `channel`.
    prob
        Probability inside the intervals.
    """

    reports: tuple[LiftReport, ...]
    roi: Mapping[str, Draws]
    prob: float = DEFAULT_PROB

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each set of tests and channel."""
        found = []
        for which, draws in self.roi.items():
            (lower, upper), middle, positive = (
                draws.arrays.interval(self.prob),
                draws.arrays.median(),
                draws.arrays.probability(above=0),
            )
            words = draws.words().array.ravel()
            for at, channel in enumerate(draws.arrays.values.labels("channel")):
                found.append(
                    {
                        "tests": which,
                        "channel": str(channel),
                        "median": float(middle.array[at]),
                        "lower": float(lower.array[at]),
                        "upper": float(upper.array[at]),
                        "probability_positive": float(positive.array[at]),
                        "evidence": str(words[at]),
                    }
                )
        return found

    def to_frame(self) -> pd.DataFrame:
        """Return the table as a frame."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    @property
    def estimand(self) -> str:
        """What is computed, in words."""
        return f"{self.roi[ALL].estimand}, with all tests, without any and without each"

    @property
    def unit(self) -> str:
        """Unit of its numbers."""
        return self.roi[ALL].unit

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "estimand": self.estimand,
            "unit": self.unit,
            "tests": [
                {
                    "test": r.test,
                    "estimate": r.estimate,
                    "se": r.se,
                    "expected": r.expected,
                    "sd": r.sd,
                    "tension": r.tension,
                    "conflict": r.conflict,
                    "discount": r.discount,
                    "by": r.by,
                    "note": r.note,
                }
                for r in self.reports
            ],
            "roi": self.rows(),
            "interval": as_interval(self.prob),
        }

    def __str__(self) -> str:
        head = ["tests", "channel", "ROI", f"{level(self.prob)} interval", "P(ROI>0)", "evidence"]
        rows = [
            [
                r["tests"],
                r["channel"],
                percent(r["median"]),
                percent_span(r["lower"], r["upper"]),
                probability(r["probability_positive"]),
                r["evidence"],
            ]
            for r in self.rows()
        ]
        return "\n".join([*map(str, self.reports), "", *aligned([head, *rows])])

    __repr__ = __str__


def lift_tests(fit: Fit, *, prob: float = DEFAULT_PROB) -> LiftTests:
    """Return each lift test of a fit beside what is expected without it, and ROI with and without each.

    The model is fitted anew without each test and without any: seconds each with the fast engines.

    Parameters
    ----------
    fit
        A fit with `experiments`.
    prob
        Probability inside the intervals.

    Raises
    ------
    QueryError
        When the fit knows no test, or `prob` is not a probability.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
    >>> data = br.read_data(br.shipped("data/weekly_funnel.csv"), model)
    >>> test = br.LiftTest("search", during="2024-03", estimate=-11_000, se=2_000, share=0.1, randomised=True)
    >>> found = br.lift_tests(br.fit(model, data, experiments=[test], draws=500))
    >>> list(found.roi)
    ['all tests', 'no test']
    """
    check_prob(prob)
    if not fit.experiments:
        raise QueryError("this fit knows no lift test; give br.fit(model, data, experiments=[br.LiftTest(...)])")
    sets: dict[str, Sequence[LiftTest]] = {NONE: ()}
    if len(fit.experiments) > 1:
        for i, test in enumerate(fit.experiments):
            sets[_free(f"without {test.label}", sets)] = [t for t in fit.experiments if t is not fit.experiments[i]]
    roi = {ALL: Money(fit).roi} | {name: Money(_refitted(fit, tests)).roi for name, tests in sets.items()}
    return LiftTests(fit.diagnosis.lifts, roi, prob)


def _refitted(fit: Fit, tests: Sequence[LiftTest]) -> Fit:
    """Return the model fitted to the table with some of its tests, rows set aside for the others counted again."""
    s = fit.settings
    data = replace(fit.data, set_aside=None)
    return fit_with(
        fit.model, data, experiments=tests, seed=fit.seed, draws=s.draws, chains=s.chains, tune=s.tune, progress=False
    )


def _free(name: str, taken: Mapping[str, object]) -> str:
    return name if name not in taken else _free(f"{name} again", taken)
