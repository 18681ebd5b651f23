"""Accounting identities: what is computed of others, with nothing to estimate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bayes_roi as br
from bayes_roi.errors import ModelError
from bayes_roi.inference.fit import fit_of
from bayes_roi.model.language.identity import Identity
from bayes_roi.model.language.model import Model
from bayes_roi.model.language.names import parameter_names
from bayes_roi.model.law.exact_means import mean_is_exact
from bayes_roi.model.law.prior_draws import prior_draws
from bayes_roi.model.rows.design import design
from tests.model.strategies import identities

SHOP = Model(
    name="shop",
    equations="""
        orders  ~ tv + demand
        basket  ~ demand
        revenue := orders * basket - 3 * orders
    """,
    outcome="revenue",
    time="week",
    channels={"tv": "tv"},
)


@given(identities("y", ("a", "b", "c")), st.lists(st.floats(0.5, 9.0), min_size=3, max_size=3))
def test_an_identity_is_pythons_arithmetic(identity: Identity, numbers: list[float]) -> None:
    values = dict(zip("abc", numbers, strict=True))
    try:
        wanted = eval(identity.expression, {}, values)
    except ZeroDivisionError:
        return
    with np.errstate(all="ignore"):
        found = identity.value({n: np.array([v]) for n, v in values.items()})
    np.testing.assert_array_equal(np.broadcast_to(found, 1)[0], wanted)
    assert set(identity.parents) <= set(values)


@pytest.mark.parametrize(
    ("text", "random", "affine"),
    [
        ("a + b - 2 * c", "abc", True),
        ("a * b", "a", True),
        ("a * b", "ab", False),
        ("a / b", "a", True),
        ("a / b", "b", False),
        ("a * a", "a", False),
        ("-a * 3 + b * c", "ab", True),
        ("(a + b) * (c + 1)", "abc", False),
    ],
)
def test_whether_a_mean_passes_through(text: str, random: str, affine: bool) -> None:
    identity = Identity("y", text)
    assert all(identity.affine_in(node, random) for node in random if node in identity.parents) == affine


def test_nothing_of_it_is_estimated_and_it_needs_no_column() -> None:
    assert not [n for n in parameter_names(SHOP) if n.startswith("revenue")]
    assert SHOP.measured == ("tv", "demand", "orders", "basket")
    assert SHOP.graph.parents["revenue"] == ("orders", "basket")
    data = br.simulate(SHOP, periods=20, seed=1)
    assert set(data.columns) == {"tv", "demand", "orders", "basket"}
    rows = design(SHOP, data).rows
    np.testing.assert_array_equal(rows["revenue"], rows["orders"] * rows["basket"] - 3 * rows["orders"])


def test_the_money_of_a_spend_goes_through_it() -> None:
    data = br.simulate(SHOP, periods=20, seed=1)
    fit = fit_of(SHOP, data, prior_draws(SHOP, design(SHOP, data), 30, 2))
    assert not mean_is_exact(SHOP, frozenset({"tv"}), frozenset({"revenue"}))  # two noises are multiplied
    sure = replace(SHOP, equations="orders ~ tv + demand\nrevenue := orders * basket - 3 * orders")
    assert mean_is_exact(sure, frozenset({"tv"}), frozenset({"revenue"}))
    tv, basket = data.columns["tv"], data.columns["basket"]
    priced = {n: v for n, v in fit.parameters.items() if not n.startswith("basket")}
    wanted = priced["orders.tv.effect"] * (tv * (basket - 3)).sum()
    found = br.contribution(fit_of(sure, data, priced)).values.values[0, :, 0]
    np.testing.assert_allclose(found, wanted, rtol=1e-9)


def test_it_is_computed_anew_in_every_counterfactual() -> None:
    data = br.simulate(SHOP, periods=20, seed=1)
    fit = fit_of(SHOP, data, prior_draws(SHOP, design(SHOP, data), 30, 2))
    found = br.counterfactual(fit, br.shift_by("tv", 10.0))
    orders = found["orders"].values.values
    np.testing.assert_allclose(
        orders - data.columns["orders"], 10 * fit.parameters["orders.tv.effect"][None, :, None] + 0 * orders
    )
    np.testing.assert_allclose(found["revenue"].values.values, orders * (data.columns["basket"] - 3), rtol=1e-12)


def test_it_can_be_intervened_on_and_cuts_what_it_is_computed_from() -> None:
    equations = "orders ~ tv\ndouble := 2 * orders\nrevenue ~ double"
    model = Model(name="m", equations=equations, outcome="revenue", time="week", channels={"tv": "tv"})
    data = br.simulate(model, periods=12, seed=1)
    fit = fit_of(model, data, prior_draws(model, design(model, data), 3, 2))
    found = br.do(fit, br.set_to("double", 5.0), br.turn_off("tv"))
    p, mean = fit.parameters, fit.design.scales["double"].mean
    wanted = p["revenue.intercept"] + p["revenue.double.effect"] * (5.0 - mean)
    np.testing.assert_allclose(found["revenue"].values.values[0], np.repeat(wanted[:, None], 12, axis=1), rtol=1e-9)
    np.testing.assert_array_equal(found["double"].values.values, 5.0)


def test_it_is_a_deterministic_variable_in_pymc() -> None:
    pytest.importorskip("pymc")
    scm = br.to_pymc(SHOP, br.simulate(SHOP, periods=12, seed=1))
    assert [v.name for v in scm.deterministics] == ["revenue"]
    assert scm.named_vars_to_dims["revenue"] == ("time",)


@pytest.mark.parametrize(
    ("expression", "amounts", "grows"),
    [
        ("a * b", "a", True),
        ("a * b", "", False),
        ("a / b", "ab", False),
        ("a + b", "ab", True),
        ("a - 3", "a", True),
        ("a * b / c", "abc", True),
    ],
)
def test_what_grows_with_the_size_of_a_row(expression: str, amounts: str, grows: bool) -> None:
    assert Identity("y", expression).is_amount(amounts) is grows


@pytest.mark.parametrize(
    ("expression", "amounts", "why"),
    [
        ("a + b", "a", "adds what grows with a row's weight to what does not"),
        (
            "a * b",
            "ab",
            "multiplies or divides what grows with a row's weight into what is neither an amount nor a rate",
        ),
        (
            "b / a",
            "a",
            "multiplies or divides what grows with a row's weight into what is neither an amount nor a rate",
        ),
    ],
)
def test_what_is_neither_an_amount_nor_a_rate_is_refused(expression: str, amounts: str, why: str) -> None:
    with pytest.raises(ModelError) as told:
        Identity("y", expression).is_amount(amounts)
    assert str(told.value) == (
        f"y := {expression}: with weights:, spends and modelled amounts grow with the row, and this {why}"
    )
