"""Plan files that say what a price, a promotion or a season will be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.decisions.scenarios.scenario_file import read_plans
from bayes_roi.errors import DataError, QueryError
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.prior_draws import prior_draws
from bayes_roi.model.rows.design import design
from tests.model.made import series

MODEL = Model(
    name="priced",
    equations="sales ~ tv + price + factor(weather)",
    outcome="sales",
    time="t",
    channels={"tv": "tv"},
    columns={"price": "unit price"},
    margin=0.5,
)
CELLS = ("8,tv,10,2.5,rain", "9,tv,10,2.5,sun", "10,tv,10,3,sun")


@pytest.fixture(scope="module")
def fit() -> Fit:
    rng = np.random.default_rng(3)
    weather = np.array([0.0, 1.0] * 4)
    columns = {
        "tv": rng.gamma(2, 5, 8),
        "price": rng.uniform(2, 4, 8),
        "weather": weather,
        "sales": rng.normal(9, 1, 8),
    }
    data = series(columns, levels={"weather": ("rain", "sun")})
    return fit_of(MODEL, data, prior_draws(MODEL, design(MODEL, data), 6, 2))


def table(folder: Path, *rows: str, header: str = "period,channel,spend,price,weather") -> Path:
    path = folder / "plan.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_a_price_in_the_file_is_what_the_plan_assumes(fit: Fit, tmp_path: Path) -> None:
    plan = br.read_plan(table(tmp_path, *CELLS), fit)
    assert plan.nodes["price"].tolist() == [2.5, 2.5, 3.0]  # type: ignore[union-attr]
    assert plan.nodes["weather"].tolist() == ["rain", "sun", "sun"]  # type: ignore[union-attr]
    by_hand = br.scenario(fit, "by hand", spend={"tv": [10.0] * 3}, nodes=dict(plan.nodes))
    found = br.compare(fit, [by_hand, plan])
    np.testing.assert_array_equal(found.outcome.values.values[..., 0], found.outcome.values.values[..., 1])
    named_by_column = table(tmp_path, *CELLS, header="period,channel,spend,unit price,weather")
    assert br.read_plan(named_by_column, fit).nodes["price"].tolist() == [2.5, 2.5, 3.0]  # type: ignore[union-attr]


def test_a_gain_counts_what_the_price_brings_in_the_planned_periods(fit: Fit, tmp_path: Path) -> None:
    cheap = br.read_plan(table(tmp_path, *CELLS), fit)
    dear = br.scenario(fit, "dear", spend={"tv": [10.0] * 3}, nodes={**cheap.nodes, "price": [3.5, 3.5, 4.0]})
    found = br.compare(fit, [dear, cheap])
    gain = found.difference.values.values[0, :, 0]
    np.testing.assert_allclose(gain, 0.5 * -3 * fit.parameters["sales.price.effect"], rtol=1e-9)
    profit = found.profit.values.values[0]
    np.testing.assert_allclose(profit[:, 0], profit[:, 1], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_nodes_are_read_back(fit: Fit, tmp_path: Path, kind: str) -> None:
    plans = [
        br.scenario(fit, "set", periods=3, nodes={"price": 2.25, "weather": ["sun", "rain", "sun"]}),
        br.scenario(fit, "left", periods=3, nodes={"price": "last_year"}),
    ]
    one, other = read_plans(br.write_plan(plans, tmp_path / f"plan.{kind}"), fit)
    assert one.nodes["price"].tolist() == [2.25] * 3  # type: ignore[union-attr]
    assert one.nodes["weather"].tolist() == ["sun", "rain", "sun"]  # type: ignore[union-attr]
    assert dict(other.nodes) == {}
    with pytest.raises(QueryError, match="one value of 'price' a period; give numbers instead"):
        br.write_plan(br.scenario(fit, "mean", periods=3, nodes={"price": "mean"}), tmp_path / "mean.csv")


def test_a_value_may_stand_once_a_period_and_columns_of_the_planners_own_are_passed_over(tmp_path: Path) -> None:
    model = Model("m", "y ~ a + b + price", "y", time="t", channels={"a": "a", "b": "b"})
    x = np.arange(1.0, 9.0)
    data = series({"a": x, "b": x, "price": x, "y": x})
    fit = fit_of(model, data, prior_draws(model, design(model, data), 1, 5))
    rows = ("8,a,1,5,agreed", "8,b,2,,", "9,a,3,,", "9,b,4,6,by phone")
    plan = br.read_plan(table(tmp_path, *rows, header="period,channel,spend,price,how it was agreed"), fit)
    assert plan.nodes["price"].tolist() == [5.0, 6.0]  # type: ignore[union-attr]


CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "two values": (
        {"rows": (*CELLS, "10,tv,10,4,sun")},
        ["row 5, column 'period': tv has 10 twice", "row 5, column 'price': price is 4.0 in 10, and 3.0 in row 4"],
    ),
    "a hole": ({"rows": (*CELLS[:2], "10,tv,10,,sun")}, ["column 'price': price lacks 10; give it a value in each"]),
    "no number": ({"rows": ("8,tv,10,much,sun",)}, ["row 2, column 'price': 'much' is not a number"]),
    "no category": (
        {"rows": ("8,tv,10,2,rian",)},
        ["row 2, column 'weather': weather has no category 'rian', did you mean 'rain'?; write one of rain, sun"],
    ),
    "nearly": ({"header": "period,channel,spend,prise,weather"}, ["column 'prise': there is no node 'prise', did you"]),
    "outcome": ({"header": "period,channel,spend,sales,weather"}, ["column 'sales': sales is the outcome"]),
}


@pytest.mark.parametrize("case", CASES)
def test_each_mistake_is_told(fit: Fit, tmp_path: Path, case: str) -> None:
    given, problems = CASES[case]
    rows, header = given.get("rows", CELLS), {k: v for k, v in given.items() if k != "rows"}
    with pytest.raises(DataError) as caught:
        br.read_plan(table(tmp_path, *rows, **header), fit)
    found = [str(p) for p in caught.value.problems]
    assert len(found) == len(problems), found
    assert all(a.startswith(b) for a, b in zip(found, problems, strict=True)), found


def test_what_the_file_says_is_not_said_again(fit: Fit, tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="says what 'price' will be, and so does nodes="):
        br.read_plan(table(tmp_path, *CELLS), fit, nodes={"price": 3.0})
