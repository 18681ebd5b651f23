"""Real fits of what a model file can say beside curves: counts in panels with holes, identities, shared parameters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms.families import FAMILIES
from bayes_roi.model.language.model import Model
from bayes_roi.model.simulation.made_up_truth import made_up_truth
from bayes_roi.model.simulation.simulate import simulate
from bayes_roi.model.simulation.truth import Truth
from bayes_roi.panel import Panel
from tests.conftest import hardly_diverged, known, trusted

SHOPS = Model(
    name="shops",
    time="week",
    panel="shop",
    weights="people",
    outcome="revenue",
    currency="EUR",
    channels={"tv": "tv_spend"},
    families={"orders": "negative_binomial", "returns": "binomial(orders)"},
    equations="""
        orders   ~ tv_spend + factor(promo)
        returns  ~ 1
        revenue := (orders - returns) * basket
    """,
)
TWINS = Model(
    name="twins",
    time="week",
    outcome="b",
    channels={"tv": "tv_spend", "radio": "radio_spend"},
    equations="""
        a ~ hill(tv_spend, share="media")
        b ~ hill(radio_spend, share="media") + demand
        a ~~ b
    """,
)


def holes(panel: Panel, gone: np.ndarray) -> Panel:
    """Return a panel without some rows."""
    assert panel.periods is not None
    assert panel.units is not None
    assert panel.clock is not None
    return replace(
        panel,
        columns={n: x[~gone] for n, x in panel.columns.items()},
        periods=panel.periods[~gone],
        units=panel.units[~gone],
        clock=panel.clock[~gone],
    )


@pytest.fixture(scope="module")
def shops() -> tuple[Fit, Fit, Truth]:
    """A panel whose third shop opens late and whose second misses some weeks: its fit, and its truth as a fit."""
    made = made_up_truth(SHOPS, seed=5, periods=60)
    units = dict(list(made.units.items())[:4])
    cut = {n: v[:4] if n.endswith(".by_unit") else v for n, v in made.parameters.items()}  # type: ignore[index]
    truth = replace(made, units=units, parameters=cut)
    whole = simulate(SHOPS, truth, seed=5)
    assert whole.units is not None
    assert whole.clock is not None
    names = list(units)
    late = (whole.units == names[2]) & (whole.clock < 25)
    missed = (whole.units == names[1]) & np.isin(whole.clock, [10, 11, 30])
    data = holes(whole, late | missed)
    return br.fit(SHOPS, data, seed=5, draws=1000, progress=False), known(SHOPS, data, truth), truth


def test_counts_in_a_panel_with_holes_are_recovered(shops):
    fit, _, truth = shops
    assert fit.diagnosis.max_rhat < 1.03  # short chains of four shops: enough to compare with the truth
    assert hardly_diverged(fit)
    for name, value in truth.parameters.items():
        draws = fit.parameters[name]
        assert (np.abs(draws.mean(axis=0) - value) < 4 * draws.std(axis=0)).all(), name


def test_money_by_shop_adds_up_and_holds_the_truth(shops):
    fit, right, _ = shops
    total, by = br.contribution(fit), br.contribution(fit, by="shop")
    np.testing.assert_allclose(by.values.sum("shop").values, total.values.values, rtol=1e-9)
    ends, wanted = br.roas(fit, by="shop").interval(0.999), br.roas(right, by="shop").mean()
    assert bool(((ends.lower <= wanted) & (wanted <= ends.upper)).all())


def test_nothing_changed_gives_the_data_back_row_by_row(shops):
    fit, _, _ = shops
    same = br.counterfactual(fit, br.scale_by("tv_spend", 1.0))
    for node in ("orders", "returns"):
        there = same[node].values.values
        assert np.isnan(there).any()  # weeks that a shop has not
        values, rows = there[..., fit.design.codes, fit.design.index], fit.design.rows[node]
        np.testing.assert_allclose(values, np.broadcast_to(rows, values.shape), rtol=1e-9)


@pytest.fixture(scope="module")
def twins() -> tuple[Panel, Truth]:
    truth = made_up_truth(TWINS, seed=3, periods=120)
    loadings = {"a.~~b.effect": 1500.0, "b.~~a.effect": -2000.0, "a.sigma": 500.0, "b.sigma": 800.0}
    truth = replace(truth, parameters={**truth.parameters, **loadings})
    return simulate(TWINS, truth, seed=3), truth


def test_shared_parameters_and_a_common_cause_are_recovered(twins):
    data, truth = twins
    fit = br.fit(TWINS, data, seed=3, draws=2000, progress=False)
    (block,) = fit.diagnosis.blocks
    assert set(block.nodes) == {"a", "b", "a ~~ b"}
    assert trusted(fit), fit.diagnosis
    for name, value in truth.parameters.items():
        draws = fit.parameters[name]
        assert abs(draws.mean() - value) < 4 * draws.std(), name


def test_a_common_cause_of_what_follows_is_no_confounder(twins):
    """It moves a and b, but neither budget: what the budgets do to b is identified, what a does to b is not asked."""
    assert {str(w) for w in br.roi(known(TWINS, *twins)).words().array.ravel()} == {"identified"}


LINES = {
    **{name: {"families": {"y": name}} for name, family in FAMILIES.items() if not family.takes_trials},
    "binomial": {"families": {"y": "binomial(n)"}},
    "ar(1)": {"noise": {"y": "ar(1)"}},
    "lognormal ar(1)": {"noise": {"y": "ar(1)"}, "families": {"y": "lognormal"}},
    "sigma by unit": {"panel": "geo", "noise": {"y": "by(geo)"}},
    "series of units": {"panel": "geo", "noise": {"y": "ar(1) + by(geo)"}, "weights": "people"},
    "effects of units": {"panel": "geo", "equations": "y ~ (z | geo)", "families": {"y": "gamma"}},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LINES)
def test_parameters_of_every_family_and_noise_are_recovered(name: str) -> None:
    """By whichever engine takes it, over 200 rows; a new family is among them unasked."""
    model = Model(**{"name": name, "equations": "y ~ z", "outcome": "y", "time": "week"} | LINES[name])  # type: ignore[arg-type]
    truth = made_up_truth(model, seed=2, periods=200 if model.panel is None else 40)
    fit = br.fit(model, simulate(model, truth, seed=4), seed=4, draws=1000, progress=False)
    assert fit.diagnosis.max_rhat < 1.03
    for parameter, value in truth.parameters.items():
        draws = fit.parameters[parameter]
        assert (np.abs(draws.mean(axis=0) - value) < 4.5 * draws.std(axis=0)).all(), parameter
