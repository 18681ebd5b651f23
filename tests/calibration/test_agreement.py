"""The fast engines agree with NUTS (`make agreement` does every block of every shipped model)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.calibration.agreement import Agreement, agreement, every_block
from tests.calibration.compare import chain_sizes, compare, weighted_size, width


def test_the_cheapest_block_agrees_with_nuts() -> None:
    (found,) = (agreement(*where) for where in every_block("acquisition", "revenue"))
    assert found is not None
    assert not found.missed, found


GOOD = Agreement("m", "b", "exact", 0.02, "b.sigma", 0.97, 1.03, 8e3, 5e3, 0.1, 20.0, 0)


@pytest.mark.parametrize("change", [{"mean": -0.11}, {"narrowest": 0.89}, {"widest": 1.11}, {"nuts_size": 3_000.0}])
def test_what_is_off_or_drawn_too_little_is_a_miss(change: dict[str, float]) -> None:
    assert not GOOD.missed
    assert replace(GOOD, **change).missed  # type: ignore[arg-type]


def test_means_are_compared_in_sd_and_widths_as_a_ratio() -> None:
    reference = np.linspace(-1, 1, 10_001)[None]
    (found,) = compare({"a": 0.5 + 2 * reference}, {"a": reference})
    assert found.mean == pytest.approx(0.5 / reference.std())
    assert found.width == pytest.approx(2)
    assert width(reference) == pytest.approx(1.8)


def test_sizes_of_independent_draws_are_their_number() -> None:
    rng = np.random.default_rng(0)
    assert chain_sizes({"a": rng.standard_normal((4, 5_000))})["a"] == pytest.approx(20_000, rel=0.1)
    assert weighted_size(np.array([1_000.0, 3_000.0]), 3_000) == pytest.approx(750 + 1_500)
