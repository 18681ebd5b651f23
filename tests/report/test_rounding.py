from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayes_roi.report.rounding import (
    DASH,
    Estimate,
    decimals,
    magnitude,
    number,
    percent,
    percent_span,
    plain,
    probability,
    scale,
    share,
    span,
)

finite = st.floats(-1e12, 1e12, allow_nan=False)


@given(st.floats(1e-4, 1e9))
def test_the_decimals_show_two_significant_digits_of_the_width(width: float) -> None:
    step = 10.0 ** -decimals(width)
    assert width / step >= 9.999 or step == 1.0
    assert width / step < 100.001 or step == 1.0


@given(finite, st.integers(0, 4))
def test_a_number_reads_back_within_half_its_last_digit(x: float, places: int) -> None:
    back = float(number(x, places).replace(",", "").replace("\N{MINUS SIGN}", "-"))
    assert abs(back - x) <= 0.5 * 10.0**-places * (1 + 1e-9) + 1e-9 * abs(x)


@given(finite)
def test_no_number_has_a_hyphen_for_a_minus_or_a_negative_zero(x: float) -> None:
    for text in (number(x), number(x, 2), percent(x), plain(x)):
        assert "-" not in text
    assert number(-0.001, 1) == "0.0"


@given(st.lists(finite, min_size=1))
def test_a_scale_leaves_at_most_three_digits_before_the_point(values: list[float]) -> None:
    s = scale(values)
    assert max(map(abs, values)) / s.size < 1000 or s.word == "trillion"


@given(st.floats(1e-3, 1e8))
def test_plain_keeps_three_significant_digits(x: float) -> None:
    assert float(plain(x).replace(",", "")) == pytest.approx(x, rel=0.0051)


def test_what_is_undefined_is_a_dash() -> None:
    nothing = Estimate(math.nan, math.nan, math.nan)
    assert (
        number(math.nan) == percent(math.nan) == probability(math.nan) == span(nothing) == percent_span(nothing) == DASH
    )


def test_probabilities_never_claim_certainty() -> None:
    assert probability(0.0) == "<1\xa0%"
    assert probability(1.0) == ">99\xa0%"
    assert probability(0.034) == "3\xa0%"


def test_words_for_sizes_and_shares() -> None:
    assert magnitude(12_345_678.0, "USD") == "12.3 million USD"
    assert magnitude(950.0, "USD") == "950 USD"
    assert share(0.4) == "40\xa0%"
    assert share(0.375) == "37.5\xa0%"
    assert percent_span(Estimate(-0.2, -0.52, 0.04)) == "−52 to 4\xa0%"
