"""Which rows are explained, and where their past stands: against a lookup by unit and period."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bayes_roi as br
from bayes_roi.mechanisms.scale import Scale
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.parameters import node_parameters
from bayes_roi.model.rows.design import Design, design
from bayes_roi.model.rows.layout import carry_in_rows, layout
from bayes_roi.model.rows.view import View
from tests.model.made import regions, series, taken, units

presences = st.dictionaries(
    st.sampled_from(["north", "south", "east"]),
    st.lists(st.integers(0, 14), min_size=1, unique=True).map(sorted),
    min_size=1,
)


def explained(model: Model, panel: br.Panel) -> dict[str, list[int]]:
    """Return unit -> the periods that are explained."""
    rows = layout(model, panel).rows
    found: dict[str, list[int]] = {}
    for unit, period in zip(panel.units[rows].tolist(), panel.clock[rows].tolist(), strict=True):  # type: ignore[index]
        found.setdefault(unit, []).append(period)
    return found


def test_each_unit_has_a_carry_in_of_its_own() -> None:
    panel = units({"north": range(8), "south": range(3, 8)})
    assert explained(regions(), panel) == {"north": [2, 3, 4, 5, 6, 7], "south": [5, 6, 7]}


def test_rows_after_a_gap_are_carry_in_again() -> None:
    panel = units({"north": range(8), "south": [0, 1, 2, 3, 5, 6, 7, 8]})
    assert explained(regions(), panel)["south"] == [2, 3, 7, 8]
    where = layout(regions(), panel)
    begins = where.rows[where.starts]
    assert list(zip(panel.units[begins].tolist(), panel.clock[begins].tolist(), strict=True)) == [  # type: ignore[index]
        *(("north", 2), ("south", 2), ("south", 7))
    ]


def test_with_a_carry_in_of_zero_every_row_is_explained() -> None:
    panel = units({"north": range(6), "south": [2, 3, 5]})
    assert explained(regions(carry_in="zero"), panel) == {"north": [0, 1, 2, 3, 4, 5], "south": [2, 3, 5]}


def test_a_lag_of_what_is_no_spend_needs_its_rows_even_then() -> None:
    model = regions("y ~ lag(z, 1) + hill(adstock(x, max_lag=3))", carry_in="zero")
    assert carry_in_rows(model) == 1
    assert explained(model, units({"north": range(4), "south": [2, 3, 5]})) == {"north": [1, 2, 3], "south": [3]}


def test_a_series_that_misses_a_period_begins_again() -> None:
    model = Model(name="m", equations="y ~ z", outcome="y", time="t", noise={"y": "ar(1)"})
    clock = np.array([0, 1, 2, 5, 6])
    panel = br.Panel({"z": 1.0 * clock, "y": 2.0 * clock}, clock, "t", "period", "made", clock=clock)
    assert layout(model, panel).starts.tolist() == [True, False, False, True, False]


@given(presences, st.integers(0, 3), st.sampled_from(["rows", "zero"]), st.booleans())
def test_the_past_is_what_a_lookup_by_unit_and_period_finds(present, lags, carry_in, lagged) -> None:
    terms = f"y ~ z + adstock(x, max_lag={lags})" + " + lag(z, 2, label='before')" * lagged
    model, panel = regions(terms, carry_in=carry_in), units(present)
    where, most, need = layout(model, panel), model.max_lag, carry_in_rows(model)
    at = {key: i for i, key in enumerate(zip(panel.units.tolist(), panel.clock.tolist(), strict=True))}
    keys = list(at)
    whole = [all((u, t - k) in at for k in range(1, need + 1)) for u, t in keys]
    assert where.rows.tolist() == np.flatnonzero(whole).tolist()
    assert sorted([*where.rows, *where.history]) == list(range(panel.rows))
    before = [at.get((u, t - 1), -1) for u, t in keys]
    assert where.starts.tolist() == [before[i] < 0 or not whole[before[i]] for i in where.rows]
    line = [-1, *where.history, *where.rows]
    for k in range(1, most + 1):
        wanted = [at.get((keys[i][0], keys[i][1] - k), -1) for i in where.rows]
        assert [line[place] for place in where.earlier[k - 1]] == wanted


PRESENT = {"north": range(12), "south": range(4, 12), "east": [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]}


@pytest.mark.parametrize("carry_in", ["rows", "zero"])
@pytest.mark.parametrize("draws", [None, 3], ids=["observed", "by draw"])
def test_a_view_reads_the_past_within_each_unit(carry_in: str, draws: int | None) -> None:
    model = regions("y ~ z + hill(adstock(x, max_lag=3))", carry_in=carry_in)
    panel = units(PRESENT)
    rows = design(model, panel)
    x = rows.rows["x"] if draws is None else np.stack([k * rows.rows["x"] for k in range(1, draws + 1)])
    found = View(np, rows, {"x": x}).past("x", range(4))
    at = dict(zip(zip(panel.units, panel.clock, strict=True), panel.columns["x"], strict=True))
    own = {(rows.units[c], i) for c, i in zip(rows.codes, rows.index, strict=True)}
    for k, past in enumerate(found):
        for row, (code, period) in enumerate(zip(rows.codes, rows.index, strict=True)):
            key = rows.units[code], period - k
            times = np.arange(1, (draws or 1) + 1) if key in own else 1.0  # history stays as it was observed
            np.testing.assert_array_equal(past[..., row], np.squeeze(times * at.get(key, 0.0)))


def test_what_happens_in_one_unit_is_not_seen_in_another() -> None:
    model = regions("y ~ lag(z, 1) + hill(adstock(x, max_lag=3))", carry_in="zero")
    rows = design(model, units(PRESENT))
    terms = node_parameters(model, rows, "y").terms
    shape = {name: np.array([t.shape[role].ppf(0.4)]) for t in terms for role, name in t.shape_names.items()}
    for unit in range(len(rows.units)):
        inside = rows.codes == unit
        other = {n: np.where(inside, 7.0 + 3 * v, v) for n, v in rows.rows.items()}
        for term in terms:
            moved = term.curve(View(np, rows, other), shape) - term.curve(View(np, rows, rows.rows), shape)
            assert np.abs(moved[..., inside]).max() > 0
            assert not moved[..., ~inside].any()


@pytest.mark.parametrize("carry_in", ["rows", "zero"])
@pytest.mark.parametrize("unit", PRESENT)
def test_the_rows_of_one_unit_alone_have_the_same_adstock_and_curve(carry_in: str, unit: str) -> None:
    """By another way: one unit without a gap is a single series, whose past is a slice and not a lookup."""
    terms = "hill(adstock(x, max_lag=3)) + adstock(x, max_lag=2, kind='delayed', label='late')"
    panel = units(PRESENT)
    alone = taken(panel, np.flatnonzero(panel.units == unit))
    one = br.Panel(dict(alone.columns), alone.periods, "t", "period", "made", clock=alone.clock)
    models = regions(f"y ~ z + {terms}", carry_in=carry_in), regions(f"y ~ z + {terms}", carry_in=carry_in, panel=None)
    whole, single = (design(m, p) for m, p in zip(models, (panel, one), strict=True))
    assert unit == "east" or single.earlier is None
    here = np.array(whole.units)[whole.codes] == unit
    np.testing.assert_array_equal(whole.index[here], single.index)
    for model, rows in zip(models, (whole, single), strict=True):
        terms_of = node_parameters(model, whole, "y").terms[1:]
        shape = {name: np.array([t.shape[role].ppf(0.4)]) for t in terms_of for role, name in t.shape_names.items()}
        curves = [t.curve(View(np, rows, rows.rows), shape) for t in terms_of]
        if rows is whole:
            wanted = [c[..., here] for c in curves]
    for found, want in zip(curves, wanted, strict=True):
        np.testing.assert_allclose(found, want, rtol=1e-14)


def test_a_shuffled_table_gives_the_same_design() -> None:
    model = regions("y ~ z + factor(kind) + hill(adstock(x, max_lag=2))", weights="people")
    panel = br.simulate(model, periods=12, seed=3)
    table = panel.to_frame().reset_index()
    shuffled = table.sample(frac=1.0, random_state=5)
    heads = ~shuffled["geo"].duplicated()  # units stand in the order in which the table first has them
    heads = shuffled[heads].set_index("geo").loc[table["geo"].unique()].reset_index()
    tables = table, pd.concat([heads, shuffled[shuffled["geo"].duplicated()]])
    one, other = (design(model, br.read_data(t, model)) for t in tables)
    assert one.units == other.units
    for f in fields(Design):
        same(getattr(one, f.name), getattr(other, f.name), f.name)


def same(one: object, other: object, where: str) -> None:
    if isinstance(one, dict):
        assert one.keys() == other.keys(), where  # type: ignore[attr-defined]
        for key, value in one.items():
            same(value, other[key], f"{where}: {key}")  # type: ignore[index]
    elif isinstance(one, np.ndarray):
        np.testing.assert_array_equal(one, other, err_msg=where)  # type: ignore[arg-type]
    elif isinstance(one, Scale):  # sums in another order
        np.testing.assert_allclose(list(vars(one).values()), list(vars(other).values()), rtol=1e-13, err_msg=where)
    else:
        assert one == other, where


def test_a_single_series_keeps_as_much_history_as_it_needs() -> None:
    model = Model(name="m", equations="y ~ adstock(x, max_lag=3)", outcome="y", time="t", channels={"x": "x"})
    x = np.arange(10.0)
    rows = design(model, series({"x": x, "y": x}))
    np.testing.assert_array_equal(rows.rows["x"], x[3:])
    np.testing.assert_array_equal(rows.carry["x"], x[:3])
    zero = design(
        Model(**{**{f.name: getattr(model, f.name) for f in fields(Model)}, "carry_in": "zero"}),
        series({"x": x, "y": x}),
    )
    np.testing.assert_array_equal(zero.rows["x"], x)
    np.testing.assert_array_equal(zero.carry["x"], np.zeros(3))
