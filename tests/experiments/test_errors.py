"""Bad input of estimators of experiments: one error each, which says what, where and how to mend it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import bayes_roi as br
from tests.experiments.tables import SMOKING, smoking
from tests.experiments.worlds import NAMES, rows

BEFORE = 10


def table() -> pd.DataFrame:
    return pd.DataFrame(rows(np.random.default_rng(0).normal(100, 5, (6, 16))))


def synthetic(**changes: object) -> object:
    return br.synthetic_control(**{"table": table(), **NAMES, "treated": "u00", "start": BEFORE, **changes})


def matched(**changes: object) -> object:
    return br.matched_regions(**{"table": table(), **NAMES, "treated": "u00", "start": BEFORE, **changes})


def did(**changes: object) -> object:
    return br.difference_in_differences(**{"table": table(), **NAMES, "adopted": {"u00": BEFORE}, **changes})


def series(**changes: object) -> object:
    one = {"t": np.arange(30), "y": np.random.default_rng(0).normal(size=30)}
    return br.interrupted_time_series(**{"table": one, "outcome": "y", "time": "t", "start": 20, **changes})


CONTROLS = [synthetic, matched]


@pytest.mark.parametrize("ask", [*CONTROLS, series])
def test_a_window_without_rows(ask: Callable[..., object]) -> None:
    with pytest.raises(br.QueryError, match=r"no row lies in the window 99 to the end; the table runs from 0 to"):
        ask(start=99)
    with pytest.raises(br.QueryError, match="no row lies in the window 12 to 11"):
        ask(start=12, end=11)


@pytest.mark.parametrize("ask", [*CONTROLS, series])
def test_no_period_before(ask: Callable[..., object]) -> None:
    with pytest.raises(br.QueryError, match="no period before the window, which begins at 0"):
        ask(start=0)


@pytest.mark.parametrize("ask", CONTROLS)
def test_few_periods_before(ask: Callable[..., object]) -> None:
    with pytest.raises(br.QueryError, match=r"2 periods before the window are too few .*; give 4 or more"):
        ask(start=2)


def test_few_periods_before_for_what_is_carried_on() -> None:
    with pytest.raises(br.QueryError, match=r"4 periods before the window are too few for 4 coefficients; give 7"):
        series(start=4, season=12)


@pytest.mark.parametrize("ask", CONTROLS)
def test_units_that_are_not_there(ask: Callable[..., object]) -> None:
    with pytest.raises(
        br.QueryError, match=r"no unit 'u99' in the table.*; there are u00, u01, u02, u03, u04 and 1 more"
    ):
        ask(treated="u99")
    with pytest.raises(br.QueryError, match="no unit 'mars' in the table; there are"):
        ask(controls=["u01", "mars"])


@pytest.mark.parametrize("ask", CONTROLS)
def test_treated_and_control_overlap(ask: Callable[..., object]) -> None:
    with pytest.raises(br.QueryError, match="u00 cannot be both treated and a control"):
        ask(controls=["u00", "u01", "u02"])


@pytest.mark.parametrize("ask", CONTROLS)
def test_one_control(ask: Callable[..., object]) -> None:
    with pytest.raises(br.QueryError, match="1 controls are too few; give 2 or more"):
        ask(controls=["u01"])


@pytest.mark.parametrize("ask", [*CONTROLS, did])
def test_tables_that_are_not_whole(ask: Callable[..., object]) -> None:
    with pytest.raises(br.DataError, match=r"u02 has 0 rows for 3; give one row a unit and period"):
        ask(table=table().drop(index=2 * 16 + 3))
    with pytest.raises(br.DataError, match="u05 has 2 rows for 15"):
        ask(table=pd.concat([table(), table().tail(1)]))
    with pytest.raises(br.DataError, match=r"row 2, column 'y': 1 values are missing or infinite"):
        ask(table=table().assign(y=lambda t: t["y"].where(t.index > 0)))
    with pytest.raises(br.DataError, match="no column 'z'; there are u, t, y"):
        ask(outcome="z")
    with pytest.raises(br.DataError, match="column 't': '1/6/2025' is no period; give numbers, or dates like"):
        ask(table=table().assign(t="1/6/2025"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"adopted": {}}, "no unit is treated in the table's periods, 0 to 15"),
        ({"adopted": {"u00": 40}}, "no unit is treated"),
        ({"adopted": {"u00": 0}}, "no period before treatment of u00; take out what is treated from the first"),
        ({"adopted": {"u09": 5}}, "no unit 'u09' in the table"),
        (
            {"adopted": {f"u0{k}": 9 for k in range(6)}},
            "every unit is treated, so that nobody is left to compare with$",
        ),
        ({"adopted": {f"u0{k}": 5 + k for k in range(6)}}, "nobody is left to compare with; controls='not yet'"),
        ({"adopted": None}, "say who is treated by treated= .* or by adopted="),
        ({"base": "first"}, "base 'all' or 'last'"),
    ],
)
def test_treatment_that_cannot_be_compared(changes: dict[str, object], said: str) -> None:
    with pytest.raises(br.QueryError, match=said):
        did(**changes)


@pytest.mark.parametrize("ask", [*CONTROLS, did])
def test_a_table_without_rows_and_columns_that_are_not_there(ask: Callable[..., object]) -> None:
    with pytest.raises(br.DataError, match="it has no rows"):
        ask(table=table().iloc[:0])
    with pytest.raises(br.DataError, match="no column 'when'"):
        ask(time="when")
    with pytest.raises(br.DataError, match="no column 'adoption'"):
        did(adopted="adoption")


def test_several_rows_a_period_and_a_covariate_that_is_not_there() -> None:
    with pytest.raises(br.DataError, match="column 't': the series has 6 rows for 0"):
        series(table=table())
    with pytest.raises(br.DataError, match="no column 'price'; there are t, y"):
        series(covariates=["price"])


@pytest.mark.parametrize("ask", [synthetic, matched])
def test_a_copy_of_the_treated_says_nothing_of_the_noise(ask: Callable[..., object]) -> None:
    copied = table().assign(y=lambda t: t["y"].where(t["u"] != "u01", t["y"].shift(16)))
    with pytest.raises(br.QueryError, match="nothing is known of the noise; look for"):
        ask(table=copied, **({"matches": 1} if ask is matched else {}))


def test_copies_among_controls_are_no_placebos() -> None:
    copied = table().assign(y=lambda t: t["y"].where(t["u"] != "u02", t["y"].shift(16)))
    found = br.synthetic_control(copied, **NAMES, treated="u00", start=BEFORE)
    assert found.placebos.units == ("u03", "u04", "u05")


def test_treatment_that_ends_again_or_is_no_zero_or_one() -> None:
    known = {"outcome": "PacksPerCapita", "unit": "State", "time": "Year", "treated": "treated"}
    off = smoking().assign(treated=lambda t: t["treated"].where(t["Year"] < 1995, 0))
    with pytest.raises(br.QueryError, match="treatment of California ends again"):
        br.difference_in_differences(off, **known)
    with pytest.raises(br.QueryError, match="column 'treated' must be 0 or 1"):
        br.difference_in_differences(smoking().assign(treated=2), **known)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (br.Predictors([("treated", 1970, 1980)]), "predictor 'treated' is the same for all units; leave it out"),
        (br.Predictors([("treated", 1870, 1880)]), "predictor 'treated' has no value for California from 1870 to 1880"),
        (br.Predictors([("PacksPerCapita", 1980, 1988)], fitted=(1, 2)), "no row lies in the periods 1 to 2"),
        (br.Predictors([("PacksPerCapita", 1980, 1988)], importance=[1, 2]), "importance must have 1 numbers"),
    ],
)
def test_predictors(wanted: br.Predictors, said: str) -> None:
    with pytest.raises(br.QueryError, match=said):
        br.synthetic_control(smoking(), **SMOKING, treated="California", start=1989, predictors=wanted)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: br.ab_rates(control=(3, 2), treated=(1, 2)), "successes of control .* between 0 and 2, got 3"),
        (lambda: br.ab_rates(control=(0, 0), treated=(1, 2)), "users of control must be a whole number, 1 or more"),
        (lambda: br.ab_rates(control=5, treated=(1, 2)), r"control must be \(successes, users\)"),
        (lambda: br.ab_revenue(control=[0, 0, 1], treated=[1, 2, 3]), "control has 1 users with revenue"),
        (lambda: br.ab_revenue(control=[-1, 2, 1], treated=[1, 2, 3]), "revenue of zero or more"),
        (lambda: br.ab_looks(control=[0, 1], treated=[1, 0]), "looks need 50 users of each group"),
        (lambda: series(season=1), "season must be a number of rows, 2 or more"),
        (lambda: synthetic(noise="white"), "noise must be 'autocorrelated' or 'independent', got 'white'"),
        (lambda: matched(matches=0), "matches must be a whole number, 1 or more"),
        (lambda: synthetic(draws=5), "draws must be a whole number, 100 or more"),
        (lambda: synthetic().placebo_in_time(2), "2 periods before 2 are too few; give a later start"),
    ],
)
def test_options(ask: Callable[[], object], said: str) -> None:
    with pytest.raises(br.QueryError, match=said):
        ask()
