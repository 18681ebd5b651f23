"""Designs of the next lift test, against closed forms and against the test once it is made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit
from bayes_roi.lift.place import place


@pytest.fixture(scope="module")
def designs(funnel_fit: Fit) -> br.TestDesigns:
    return br.design_test(funnel_fit, "search", periods=(4, 8))


def test_the_expected_lift_is_that_of_the_planned_test(funnel_fit: Fit, designs: br.TestDesigns) -> None:
    """The design and the noun that it hands on ask one question: spend as a year before, off in these weeks."""
    for d in designs.designs:
        told = replace(d.test, estimate=d.lift, se=d.se)
        expected = place(told, funnel_fit).expected
        assert d.lift == pytest.approx(expected.mean(), rel=1e-6)
        assert d.lift_sd == pytest.approx(expected.std(), rel=1e-6)


def test_the_interval_narrows_as_was_said(funnel_fit: Fit, designs: br.TestDesigns) -> None:
    """Normal draws would narrow as told; those of a curve do to a tenth or so."""
    d = designs.designs[0]
    test = replace(d.test, estimate=d.lift, se=d.se, rows="elsewhere")
    told = br.fit(funnel_fit.model, funnel_fit.data, tests=[test], seed=7)
    spreads = [float(br.roi(f).sel(channel="search").values.std()) for f in (funnel_fit, told)]
    assert spreads[1] / spreads[0] == pytest.approx(d.width, abs=0.1)


def test_longer_tests_see_more_and_the_least_lift_is_a_multiple_of_the_error(designs: br.TestDesigns) -> None:
    by = {(d.planned.factor, d.planned.periods): d for d in designs.designs}
    assert by[0.0, 8].width < by[0.0, 4].width < by[2.0, 4].width
    for d in designs.designs:
        assert d.detectable == pytest.approx((1.6448536 + 0.8416212) * d.se, rel=1e-6)
        assert 0 < d.power <= 1
    assert designs.best.cost == min(
        d.cost for d in designs.designs if 1 - d.width >= (1 - designs.designs[0].width) / 2
    )


def test_a_later_start_is_a_later_window(funnel_fit: Fit) -> None:
    found = br.design_test(funnel_fit, "search", periods=(4,), designs=("off",), starts=(0, 4), watched=0)
    windows = sorted(str(d.test.during) for d in found.designs)
    first, second = (np.datetime64(w.split(":")[0]) for w in windows)
    assert second - first == np.timedelta64(28, "D")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"channel": "radio"}, "'radio' is not a channel"),
        ({"power": 1.5}, "power is a probability"),
        ({"periods": (0,)}, "periods"),
        ({"units": (2,)}, "no panel"),
    ],
)
def test_what_cannot_be_designed_is_told(funnel_fit: Fit, asked: dict[str, object], said: str) -> None:
    with pytest.raises(QueryError, match=said):
        br.design_test(funnel_fit, **({"channel": "search"} | asked))  # type: ignore[arg-type]
