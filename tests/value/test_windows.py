"""Windows that are what they say: what their spend brings after them and after the last row, and months of them."""

from __future__ import annotations

import datetime
import doctest
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bayes_roi as br
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.model.law.prior_draws import prior_draws
from bayes_roi.model.rows.design import design
from bayes_roi.value.money.money import Money
from bayes_roi.value.money.window import window

LINEAR = "heard ~ adstock(tv, max_lag=3) + price \n sales ~ heard + adstock(radio, max_lag=2) + price"
CURVED = "heard ~ hill(adstock(tv, max_lag=3)) + price \n sales ~ interact(heard, radio) + hill(radio) + heard + price"
CHANNELS = {"tv": "tv", "radio": "radio"}


def as_it_was(spend: str) -> br.Intervention:
    return br.scale_by(spend, 1.0)


def table(rows: int = 60, start: str = "2023-10-02", frequency: str = "7D", seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    labels = pd.date_range(start, periods=rows, freq=frequency).strftime("%Y-%m-%d")
    spends = {s: rng.gamma(2.0, 50.0, rows) * (rng.random(rows) < 0.8) for s in ("tv", "radio")}
    others = {n: rng.normal(200.0, 10.0, rows) for n in ("price", "heard", "sales")}
    return pd.DataFrame({"week": labels, **spends, **others})


def of(equations: str, cells: pd.DataFrame | None = None, *, draws: int = 3, **options: object) -> Fit:
    """Return a fit with draws of the prior."""
    given = {"name": "m", "outcome": "sales", "time": "week", "channels": CHANNELS} | options
    model = br.Model(equations=equations, **given)  # type: ignore[arg-type]
    data = br.read_data(table() if cells is None else cells, model)
    return fit_of(model, data, prior_draws(model, design(model, data), draws, 1))


def regional(equations: str, *, short: int = 60, draws: int = 3) -> Fit:
    """Return a fit of two regions, of which the second may end before the first."""
    first = table().assign(geo="north")
    second = table(seed=4).iloc[:short].assign(geo="south")
    return of(equations, pd.concat([first, second]), panel="geo", draws=draws)


# --- the calendar -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["month", "quarter", "year"])
def test_parts_add_up_to_the_whole_where_the_outcome_is_affine_in_spend(part: str) -> None:
    money = Money(of(LINEAR), by=part)
    whole = Money(money.fit)
    np.testing.assert_allclose(money.contribution.sum(part).values, whole.contribution.values, rtol=1e-9)
    size = np.abs(whole.contribution.values.values).max()
    np.testing.assert_allclose(money.remainder(whole).values, 0.0, atol=1e-9 * size)
    curved = Money(of(CURVED), by=part)
    rest = np.abs(curved.remainder(Money(curved.fit)).values)
    assert (rest.sel(channel="tv") > 1e-6 * size).all()
    np.testing.assert_allclose(rest.sel(channel="radio"), 0.0, atol=1e-9 * size)  # no radio reaches the next month


@pytest.mark.parametrize(
    ("verb", "options"),
    [
        (br.contribution, {}),
        (br.contribution, {"horizon": 0}),
        (br.contribution, {"horizon": 20}),
        (br.roas, {}),
        (br.roi, {"margin": 0.5}),
        (br.cost_per, {}),
        (br.marginal_roas, {}),
        (br.attribution, {}),
        (br.removal_effect, {}),
        (br.roas, {"together": True}),
    ],
)
def test_each_part_is_the_window_of_its_own(verb: Callable[..., br.Draws], options: dict[str, object]) -> None:
    """Months that one pass answers together say what each says alone, by unit too and in either order."""
    for fit, by in (
        (of(CURVED), ("month",)),
        (regional(CURVED), ("geo", "month")),
        (regional(CURVED), ("month", "geo")),
    ):
        found = verb(fit, by=by, during=("2024-01", "2024-11"), **options)
        unit = None if len(by) == 1 else "geo"
        assert found.values.dims == ("chain", "draw", "channel", *by)
        for month in found.values.month.values.tolist():
            alone = verb(fit, by=unit, during=month, **options)
            part = found.sel(month=month).values.transpose(*alone.values.dims)
            np.testing.assert_allclose(part, alone.values, rtol=1e-9, atol=1e-12)


def test_a_month_has_the_rows_whose_date_lies_in_it() -> None:
    fit = of(LINEAR)
    by = br.contribution(fit, by="month", horizon=0)
    labels = [str(x)[:7] for x in fit.design.periods]
    assert by.values.month.values.tolist() == sorted(set(labels))
    quarters = br.contribution(fit, by="quarter").values.quarter.values.tolist()
    assert quarters == ["2023-Q4", "2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4"]


def test_rows_that_have_no_months_say_so() -> None:
    with pytest.raises(QueryError, match="each of these is a quarter"):
        br.roi(of("sales ~ tv + radio", table(20, "2019-01-01", "QS")), by="month")
    assert br.roi(of("sales ~ tv + radio", table(20, "2019-01-01", "QS")), by="quarter").values.shape[-1] == 20
    numbered = table().assign(week=np.arange(60))
    with pytest.raises(QueryError, match="these rows are numbered, not dated"):
        br.roi(of(LINEAR, numbered), by="month")
    rows = of("sales ~ tv + radio", time=None)
    with pytest.raises(QueryError, match=r"have no periods \(the model has no time:\)"):
        br.roi(rows, by="year")
    with pytest.raises(QueryError, match="one part of the calendar, got month, year"):
        br.roi(of(LINEAR), by=("month", "year"))
    with pytest.raises(QueryError, match="got 'mnth', did you mean 'month'"):
        br.roi(of(LINEAR), by="mnth")


# --- beyond the last row ------------------------------------------------------------------------------------------


def test_what_a_row_brings_does_not_hang_on_where_the_table_ends() -> None:
    """The same weeks, asked of a table that ends with them and of one that goes on without spend, add the same."""
    cells = table()
    cells.loc[50:, ["tv", "radio"]] = 0.0
    long = of(LINEAR, cells)
    short = fit_of(long.model, br.read_data(cells.iloc[:50], long.model), long.parameters)
    labels = cells["week"].tolist()
    for first in (49, 47, 30):
        span = (labels[first], labels[49])
        for ask in (br.contribution, br.attribution):
            ours, right = (ask(f, during=span).values.sel(channel=["tv", "radio"]) for f in (short, long))
            np.testing.assert_allclose(ours, right, rtol=1e-9)


@pytest.mark.parametrize("weights", [None, "people"])
def test_so_it_is_in_a_panel_with_sizes(weights: str | None) -> None:
    """Curved, by unit: what the last weeks' television sets off after the table is what the longer table says of it.

    (That of radio hangs on the level of heard, and so on the mean price that it is centred on, which is another there.)
    """
    sizes = {"north": 3.0, "south": 1.0}
    cells = pd.concat([table(seed=i).assign(geo=geo, people=x) for i, (geo, x) in enumerate(sizes.items())])
    cells.loc[cells.index >= 50, ["tv", "radio"]] = 0.0
    long = of(CURVED, cells, panel="geo", weights=weights)
    short = fit_of(long.model, br.read_data(cells[cells.index < 50], long.model), long.parameters)
    span = (cells["week"].iloc[45], cells["week"].iloc[49])
    for by in (None, "geo", ("month", "geo")):
        ours, right, seen = (
            br.contribution(f, during=span, by=by, horizon=h).sel(channel="tv").values
            for f, h in ((short, None), (long, None), (short, 0))
        )
        np.testing.assert_allclose(ours, right, rtol=1e-9)
        assert (ours != seen).all()


@pytest.mark.parametrize("hold_spend", [True, False])
def test_what_responds_goes_on_responding(hold_spend: bool) -> None:
    """y = radio, radio ~ 3 tv of the week before: the last week's television makes radio after the last row.

    In total it earns 3 x 2 and costs 3 more a unit; with radio held it earns nothing.
    """
    cells = table()
    model = br.Model(
        name="m",
        equations="radio ~ lag(tv, 1) \n sales ~ radio",
        outcome="sales",
        time="week",
        channels=CHANNELS,
    )
    values = {"radio.intercept": 90.0, "radio.tv.effect": 3.0, "radio.sigma": 1.0, "sales.intercept": 5.0}
    values |= {"sales.radio.effect": 2.0, "sales.sigma": 1.0}
    fit = fit_of(model, br.read_data(cells, model), {n: np.array([x]) for n, x in values.items()})
    last = cells["week"].iloc[-1]
    tv = float(cells["tv"].iloc[-1])
    money = Money(fit, during=last, hold_spend=hold_spend)
    added, induced = (d.sel(channel="tv").values.item() for d in (money.contribution, money.induced_spend))
    assert added == pytest.approx(0.0 if hold_spend else 6 * tv)
    assert induced == pytest.approx(0.0 if hold_spend else 3 * tv)


def test_where_effects_multiply_other_nodes_are_as_a_year_before_and_the_note_says_so() -> None:
    """Under a log link, by hand: what the last week's television adds in the two weeks after hangs on their price."""
    cells = table(80)
    cells["sales"] = np.round(cells["sales"])
    model = br.Model(
        name="m",
        equations="sales ~ price + adstock(tv, max_lag=2)",
        outcome="sales",
        time="week",
        channels={"tv": "tv"},
        families={"sales": "poisson"},
    )
    values = {"sales.intercept": 4.0, "sales.price.effect": 0.02, "sales.tv.effect": 0.003, "sales.tv.retention": 0.6}
    fit = fit_of(model, br.read_data(cells, model), {n: np.array([x]) for n, x in values.items()})
    tv, price = cells["tv"].to_numpy(), cells["price"].to_numpy()
    weights = np.array([1, 0.6, 0.36]) / 1.96
    before = 4.0 + 0.02 * (price[[79, 28, 29]] - price[2:].mean())  # a year before the two weeks to come: 80 - 52 = 28
    carried = [weights @ [tv[79], tv[78], tv[77]], weights @ [0, tv[79], tv[78]], weights @ [0, 0, tv[79]]]
    own = weights * tv[79]
    right = np.exp(before + 0.003 * np.array(carried)) - np.exp(before + 0.003 * (np.array(carried) - own))
    found = br.contribution(fit, during=cells["week"].iloc[-1])
    assert found.values.item() == pytest.approx(right.sum(), rel=1e-9)
    assert found.note == found.to_frame().attrs["note"] == "after the last row: price as a year before"
    assert br.contribution(fit, during=cells["week"].iloc[-1], horizon=0).values.item() == pytest.approx(right[0])
    assert br.contribution(fit, during=cells["week"].iloc[20]).note == ""
    short = fit_of(model, br.read_data(cells.iloc[:40], model), fit.parameters)
    assert br.contribution(short).note == "after the last row: price as in the last periods"


def test_units_that_end_with_the_table_go_on_and_others_do_not() -> None:
    """Units add up to the total; one that ended long before is where it was with nothing counted after its end."""
    fit = regional(LINEAR, short=40)
    last = max(fit.design.periods.tolist())
    by = br.contribution(fit, by="geo")
    np.testing.assert_allclose(by.sum("geo").values, br.contribution(fit).values, rtol=1e-9)
    seen = br.contribution(fit, by="geo", horizon=0)
    np.testing.assert_allclose(by.sel(geo="south").values, seen.sel(geo="south").values, rtol=1e-12)
    assert (by.sel(geo="north").values != seen.sel(geo="north").values).all()
    assert window(fit, last).stage.design.length == fit.design.length + 3


def test_open_windows_end_with_the_table() -> None:
    fit = of(LINEAR)
    labels = fit.design.periods.tolist()
    ends = [(labels[-5], None), slice(labels[-5], None), (labels[-5], labels[-1]), (labels[-5], "2099")]
    found = [br.contribution(fit, during=w) for w in ends]  # type: ignore[arg-type]
    for other in found[1:]:
        np.testing.assert_array_equal(other.values, found[0].values)


def test_cells_left_to_the_model_are_filled_in_the_longer_rows() -> None:
    """A missing price has draws of its own in both arms; affine effects do not hang on it."""
    cells = table()
    whole = of(LINEAR, cells)
    holes = cells.copy()
    holes.loc[[10, 40], "price"] = np.nan
    data = br.read_data(holes, whole.model, clean={"missing": "model"})
    drawn = whole.parameters | {"price_unobserved": np.array([[150.0, 250.0], [180.0, 220.0], [200.0, 210.0]])}
    fit = fit_of(whole.model, data, drawn)
    span = (cells["week"].iloc[-3], cells["week"].iloc[-1])
    np.testing.assert_allclose(
        br.contribution(fit, during=span).values, br.contribution(whole, during=span).values, rtol=1e-6
    )


def test_a_horizon_that_cannot_be_had_is_told() -> None:
    """A region whose last rows are missing has no past for a lag of heard: what comes after is not counted."""
    late = pd.concat([table().assign(geo="north"), table(seed=4).iloc[:59].assign(geo="south")])
    fit = of("heard ~ tv \n sales ~ lag(heard, 2) + radio", late, panel="geo")
    found = br.contribution(fit)
    np.testing.assert_array_equal(found.values, br.contribution(fit, horizon=0).values)
    assert found.note.startswith(
        "carry-over after the last row is not counted (2 of 2 periods): the model looks back 2"
    )


# --- all channels together ----------------------------------------------------------------------------------------


def test_all_channels_together_add_what_each_does_and_what_they_do_only_together() -> None:
    """By hand: y = 3 + 2 tv + 0.5 tv radio: tv adds 2 sum(tv) + both, radio both, together they add both once."""
    cells = table()
    model = br.Model(
        name="m", equations="sales ~ tv + interact(tv, radio)", outcome="sales", channels=CHANNELS, currency="EUR"
    )
    names = ("sales.intercept", "sales.tv.effect", "sales.tv:radio.effect", "sales.sigma")
    fit = fit_of(
        model, br.read_data(cells, model), dict(zip(names, map(np.atleast_1d, (3.0, 2.0, 0.5, 1.0)), strict=True))
    )
    tv, radio = cells["tv"].to_numpy(), cells["radio"].to_numpy()
    both = 0.5 * (tv * radio).sum()
    money = Money(fit)
    assert money.of_all.contribution.values.item() == pytest.approx(2 * tv.sum() + both)
    assert money.interaction.values.item() == pytest.approx(-both)
    spend = tv.sum() + radio.sum()
    assert br.roas(fit, together=True).values.item() == pytest.approx((2 * tv.sum() + both) / spend)
    assert br.contribution(fit, together=True).values.channel.values.tolist() == ["all channels"]


def test_where_channels_do_not_meet_they_add_up() -> None:
    money = Money(replace(of(LINEAR)))
    size = np.abs(money.of_all.contribution.values).max()
    np.testing.assert_allclose(money.interaction.values, 0.0, atol=1e-9 * float(size))


def test_the_media_share_of_a_window_is_owed_to_spend_of_any_period() -> None:
    """By `do`, of the rows of the window: with earlier spend off too, so that months weigh up to the whole."""
    fit = of(CURVED)
    on, off = (
        br.do(fit, *(how(s) for s in CHANNELS.values()), hold_spend=True)["sales"] for how in (as_it_was, br.turn_off)
    )
    rows, observed = fit.design, fit.design.rows["sales"]
    for during in (None, "2024-03", "last 4 weeks"):
        inside = rows.window(during)
        right = (on.values.values - off.values.values)[..., inside].sum(-1) / observed[inside].sum()
        np.testing.assert_allclose(br.media_share(fit, during=during).values, right, rtol=1e-9)


# --- how windows are written --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("during", "first", "last", "count"),
    [
        ("2024-Q1", "2024-01-01", "2024-03-25", 13),
        ("2024Q1", "2024-01-01", "2024-03-25", 13),
        (("2023-Q4", "2024-Q1"), "2023-10-23", "2024-03-25", 23),
        ("2024", "2024-01-01", "2024-11-18", 47),
        ("2024-10:2024-11", "2024-10-07", "2024-11-18", 7),
        ("2024-10 : ", "2024-10-07", "2024-11-18", 7),
        (":2023-Q4", "2023-10-23", "2023-12-25", 10),
        ("2024-W01", "2024-01-01", "2024-01-01", 1),
        ("2023-W52:2024-W02", "2023-12-25", "2024-01-08", 3),
        (datetime.date(2024, 10, 7), "2024-10-07", "2024-10-07", 1),
        ((pd.Timestamp("2024-10-01"), "2024-10-20"), "2024-10-07", "2024-10-14", 2),
        ("last 8 weeks", "2024-09-30", "2024-11-18", 8),
        ("last 8 periods", "2024-09-30", "2024-11-18", 8),
        ("Last 1 week", "2024-11-18", "2024-11-18", 1),
        ("last 28 days", "2024-10-28", "2024-11-18", 4),
        ("last 2 months", "2024-09-23", "2024-11-18", 9),
        ("last 1 quarter", "2024-08-19", "2024-11-18", 14),
        ("last 99 years", "2023-10-23", "2024-11-18", 57),
    ],
)
def test_windows_are_read_as_they_are_written(during: object, first: str, last: str, count: int) -> None:
    rows = of(LINEAR).design
    assert rows.periods is not None
    found = rows.periods[rows.window(during)].tolist()  # type: ignore[arg-type]
    assert (found[0], found[-1], len(found)) == (first, last, count)


@pytest.mark.parametrize(
    "during", ["last few weeks", "soon", "2024-1", "2024-13", "2024-W60", "2024-Q5", "10/2024", "", ":"]
)
def test_the_error_of_a_wrong_window_names_the_right_forms(during: str) -> None:
    with pytest.raises(QueryError, match="write for example 2024, 2024-10, 2024-Q4, 2024-10:2024-12 or 'last 8 weeks'"):
        of(LINEAR).design.window(during)


def test_a_window_that_ends_before_it_begins_is_turned_round() -> None:
    with pytest.raises(QueryError, match="2024-12 to 2024-10 ends before it begins; write 2024-10:2024-12"):
        of(LINEAR).design.window("2024-12:2024-10")


def test_windows_of_numbered_and_monthly_rows() -> None:
    numbered = of(LINEAR, table().assign(week=np.arange(60))).design
    assert np.flatnonzero(numbered.window("last 3 periods")).tolist() == [54, 55, 56]
    for during in ("5:7", (5, 7), slice("5", 7)):
        assert np.asarray(numbered.periods)[numbered.window(during)].tolist() == [5, 6, 7]
    with pytest.raises(QueryError, match="are numbers, got the window '2024-10'; write for example 7, 3:7 or"):
        numbered.window("2024-10")
    with pytest.raises(QueryError, match="write 'last 3 periods', not weeks"):
        numbered.window("last 3 weeks")
    monthly = of("sales ~ tv + radio", table(14, "2023-01-31", "ME")).design
    assert monthly.periods is not None
    assert monthly.periods[monthly.window("last 2 months")].tolist() == ["2024-01-31", "2024-02-29"]
    assert monthly.window("last 1 year").sum() == 12


def test_the_page_on_windows_runs() -> None:
    page = Path(__file__).parents[2] / "docs" / "windows.md"
    assert doctest.testfile(str(page), module_relative=False).failed == 0
