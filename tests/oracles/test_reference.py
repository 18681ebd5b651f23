"""The annealed reference against brute force over the prior, and what `tests.calibration.gate` says by it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bayes_roi.inference.engines.collapsed.target import CollapsedNode
from bayes_roi.inference.engines.importance import Sample
from tests.calibration import gate
from tests.calibration.compare import width, width_error
from tests.calibration.reference import Effort, reference
from tests.inference.test_collapsed import ERRORS, brute_force, world


@pytest.mark.slow
@pytest.mark.parametrize(
    "options", [{"noise": 8.0, "level": 1.0}, {"effect": -40.0, "level": 90.0}], ids=["cap", "sign"]
)
def test_the_reference_is_what_brute_force_over_the_prior_gives(options: dict[str, float]) -> None:
    model, rows = world(rows=18, **options)  # type: ignore[arg-type]
    target = CollapsedNode.of(model, rows, "y")
    found = reference(target, np.random.default_rng(0), Effort(particles=400))
    draws, weights = brute_force(model, rows)
    size = 1 / (weights**2).sum()
    assert size > 150
    for name, r in found.items():
        mean = float(weights @ draws[name][:, 0])
        assert r.mean == pytest.approx(mean, abs=ERRORS * np.hypot(r.mean_error, r.sd / np.sqrt(size))), name
        assert r.apart < 0.1


def test_the_error_of_a_width_is_that_of_its_quantiles() -> None:
    rng, count = np.random.default_rng(0), 1_000
    samples = rng.standard_normal((2_000, count))
    spread = np.std([width(s) for s in samples])
    assert width_error(rng.standard_normal(200_000), count) == pytest.approx(spread, rel=0.15)


@pytest.fixture(scope="module")
def judged() -> tuple[CollapsedNode, list[Sample], dict]:
    _, target = gate.world(0)
    _, attempts, _ = gate.asked(target, 0)
    return target, attempts[-1], reference(target, np.random.default_rng(0))


def test_the_gate_is_asked_as_in_a_fit_and_its_draws_are_right(judged) -> None:
    target, samples, truth = judged
    assert len(samples) == 4
    assert gate.off(target, samples, truth, 0)[0] < 1


@pytest.mark.parametrize("factor", [0.8, 1.25])
def test_draws_of_another_width_are_called_wrong(judged, factor: float) -> None:
    target, samples, truth = judged

    def stretched(sample: Sample) -> Sample:
        points, extras = (v.mean(axis=0) + factor * (v - v.mean(axis=0)) for v in (sample.points, sample.extras))
        return Sample(points, extras, sample.log_weights, sample.settled)

    assert gate.off(target, [stretched(s) for s in samples], truth, 0)[0] > 1


def test_the_summary_counts_both_errors() -> None:
    traits = gate.Traits(1, 40, 0.1, 0.0, 0)
    right = gate.Verdict(0, traits, True, 1, "", True, 0.2, "mean of y.sigma", 0.1, 1.0)
    found = [
        right,
        replace(right, seed=1, off=2.0),
        replace(right, seed=2, passed=False, attempt=2, reason="Pareto k"),
        replace(right, seed=3, passed=False, attempt=2, reason="settle", off=None),
        replace(right, seed=4, sure=False),
    ]
    text = gate.summary(found)
    assert "5 worlds, 1 undecided" in text
    assert "wrong among those let through 1 of 2: 50.0 %" in text
    assert "right among those refused 1 of 2: 50.0 %" in text
