"""What estimates.json says of lift tests."""

from __future__ import annotations

from typing import Any

from bayes_roi.experiments.lift_test import LiftTest
from bayes_roi.inference.diagnosis import LiftReport
from bayes_roi.inference.fit import Fit
from bayes_roi.run.json_numbers import plain


def lift_numbers(fit: Fit) -> list[dict[str, Any]]:
    """Return each lift test of a fit beside what is expected without it."""
    return [_test(*report) for report in zip(fit.experiments, fit.diagnosis.lifts, strict=True)]


def _test(test: LiftTest, report: LiftReport) -> dict[str, Any]:
    return {
        "test": report.test,
        "channels": list(test.channels),
        "randomised": test.randomised,
        "estimate": plain(report.estimate),
        "se": plain(report.se),
        "expected": plain(report.expected),
        "sd": plain(report.sd),
        "tension": plain(report.tension),
        "discount": plain(report.discount),
        "unit": test.unit,
    }
