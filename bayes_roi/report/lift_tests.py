"""The section of the report on lift tests: each beside what is expected without it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bayes_roi.experiments.lift_test import MEASURED_IN, LiftTest
from bayes_roi.inference.diagnosis import LiftReport
from bayes_roi.inference.fit import Fit
from bayes_roi.numbers import amount, places, plain
from bayes_roi.report.tables import Table

HEAD = ("test", "result", "standard error", "expected without it", "sd", "tension", "chance decided")


def lift_tests(fit: Fit) -> Mapping[str, Any] | None:
    """Return the table and the lines below it; None where the fit knows no test."""
    tested = list(zip(fit.experiments, fit.diagnosis.lifts, strict=True))
    if not tested:
        return None
    return {
        "table": Table(HEAD, tuple(_row(test, report) for test, report in tested), words=(0, 6)),
        "lines": [line for test, report in tested for line in _lines(test, report)],
    }


def _row(test: LiftTest, report: LiftReport) -> tuple[str, ...]:
    unit = MEASURED_IN[test.unit]
    return (
        report.test,
        f"{amount(report.estimate)}{unit}",
        amount(report.se),
        f"{amount(report.expected)}{unit}",
        amount(report.sd),
        places(report.tension, 1),
        "yes" if test.randomised else "no",
    )


def _lines(test: LiftTest, report: LiftReport) -> list[str]:
    said = [report.note, f"assumes {test.assumption}" if test.assumption else ""]
    said += [f"counted to the power {plain(test.discount)}"] if test.discount != 1 else []
    said += [report.problem.partition(": ")[2]] if report.conflict else []
    return [f"{report.test}: {text}" for text in said if text]
