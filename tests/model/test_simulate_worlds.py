"""Every combination of what a model can have is simulated: same seed, same table; nothing upstream ever moves."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.errors import ModelError
from bayes_roi.inference.blocks import blocks
from bayes_roi.model.language.model import Model
from bayes_roi.model.language.names import structural_names
from bayes_roi.model.pymc.build import build
from bayes_roi.model.pymc.marginal import integrable
from bayes_roi.model.rows.design import design
from bayes_roi.model.simulation.exogenous import Categories, ExogenousLaw
from bayes_roi.model.simulation.made_up_truth import made_up_truth
from bayes_roi.model.simulation.truth import read_truth, write_truth
from bayes_roi.model.simulation.write_table import write_table
from bayes_roi.value.priors.prior_check import prior_fit
from tests.conftest import known

FLAGS = ("panel", "weights", "latent", "pair", "ar", "factor", "share", "binomial", "identity", "value")


def world(*flags: str) -> Model:
    """Return a small funnel with what the flags say."""
    on = set(flags)
    tv = "michaelis_menten(adstock(tv, max_lag=2){})".format(", share='reach'" if "share" in on else "")
    radio = tv.replace("tv", "radio")
    varying = f"({tv} | geo)" if {"panel"} <= on and "share" not in on else tv
    visits = ["demand", varying, *(["mood"] if "latent" in on else [])]
    sales = ["visits", radio, *(["mood"] if "latent" in on else []), *(["factor(weather)"] if "factor" in on else [])]
    lines = [f"visits ~ {' + '.join(visits)}", f"sales ~ {' + '.join(sales)}"]
    lines += ["visits ~~ sales"] if "pair" in on else []
    lines += ["turnover := sales * price"] if "identity" in on else []
    families = {"buyers": "binomial(leads)"} if "binomial" in on else {}
    lines += ["buyers ~ visits"] if "binomial" in on else []
    noise = "ar(1)" + " + by(geo)" * ("panel" in on)
    return Model(
        name=" ".join(flags) or "plain",
        equations="\n".join(lines),
        outcome="turnover" if "identity" in on else "sales",
        time="week",
        channels={"tv": "tv", "radio": "radio"},
        panel="geo" if "panel" in on else None,
        weights="people" if "weights" in on else None,
        unobserved=("mood",) if "latent" in on else (),
        noise={"visits": noise} if "ar" in on else {},
        families=families,
        value="worth" if "value" in on else 1.0,
    )


PAIRS = [c for count in (0, 1, 2, len(FLAGS)) for c in itertools.combinations(FLAGS, count)]
ALL = [c for count in range(len(FLAGS) + 1) for c in itertools.combinations(FLAGS, count)]


@pytest.mark.parametrize("flags", [PAIRS, ALL], ids=["pairs", "all"])
def test_every_combination_runs_and_is_its_seeds(flags: list[tuple[str, ...]]) -> None:
    for on in flags:
        model = world(*on)
        truth = made_up_truth(model, seed=1, periods=20)
        seen, again = (br.simulate(model, truth, seed=5, periods=12) for _ in range(2))
        wanted = {*model.measured, *(c for c in (model.weights, model.value) if isinstance(c, str))}
        assert set(seen.columns) == wanted, model.name
        other = br.simulate(model, truth, seed=6, periods=12)
        done = br.simulate(model, truth, seed=5, periods=12, do=br.scale_by("radio", 0.5))
        for node, column in seen.columns.items():
            assert np.isfinite(column).all(), f"{node} of {model.name}"
            np.testing.assert_array_equal(column, again.columns[node], err_msg=f"{node} of {model.name}")
            if node not in model.graph.descendants(["radio"]):
                np.testing.assert_array_equal(column, done.columns[node], err_msg=f"{node} of {model.name}")
        assert not np.array_equal(seen.columns["sales"], other.columns["sales"])
        assert (done.columns["sales"] < seen.columns["sales"]).any()


def test_every_pair_of_features_is_a_pymc_model_whole_and_block_by_block() -> None:
    for on in PAIRS:
        model = world(*on)
        rows = design(model, br.simulate(model, made_up_truth(model, seed=1, periods=24)))
        whole = build(model, rows)
        for block in blocks(model, rows):
            part = build(model, rows, block.nodes, integrated=integrable(model, rows, block.nodes))
            names = {v.name for v in part.free_RVs}
            assert names <= {v.name for v in whole.free_RVs}, f"{block} of {model.name}"
            assert {n for n in names if n.rpartition(".")[0] in block.nodes}, f"{block} of {model.name}"


def test_every_pair_of_features_can_be_asked_for_money_and_effects() -> None:
    for on in PAIRS:
        model = world(*on)
        fit = prior_fit(model, br.simulate(model, made_up_truth(model, seed=1, periods=24)), draws=4)
        target = fit.design.rows[model.outcome]
        total = br.contribution(fit).values
        assert np.isfinite(total).all(), model.name
        assert np.isfinite(br.marginal_roas(fit).values).all(), model.name
        if model.panel is not None:
            by = br.contribution(fit, by=model.panel).values
            np.testing.assert_allclose(by.sum(model.panel), total, rtol=1e-9, atol=1e-9 * np.abs(target).max())
        done = br.do(fit, br.turn_off("radio"))
        assert set(done) == model.graph.descendants(["radio"]), model.name
        same = br.counterfactual(fit, br.scale_by("tv", 1.0))[model.outcome].values.values
        seen = same[~np.isnan(same)].reshape(*same.shape[:2], -1)
        np.testing.assert_allclose(seen, np.broadcast_to(target, seen.shape), rtol=1e-9, err_msg=model.name)


@pytest.mark.parametrize(
    "flags", [FLAGS, ("panel",), ("panel", "weights", "factor"), ("latent", "binomial", "identity")]
)
def test_what_is_simulated_is_read_back_by_its_model(flags: tuple[str, ...], tmp_path) -> None:
    model = world(*flags)
    panel = br.simulate(model, periods=40, seed=3)
    write_table(panel, tmp_path / "table.csv")
    read = br.read_data(tmp_path / "table.csv", model)
    assert read.rows == panel.rows
    assert read.levels == panel.levels
    assert (read.unit, read.time) == (panel.unit, panel.time)
    for node, column in panel.columns.items():
        np.testing.assert_allclose(read.columns[node], column, rtol=1e-5, err_msg=node)
    if model.panel is not None:
        np.testing.assert_array_equal(read.units, panel.units)
        np.testing.assert_array_equal(read.clock, panel.clock)


def test_a_whole_truth_to_file_to_truth_is_the_identity(tmp_path) -> None:
    model = world(*FLAGS)
    truth = made_up_truth(model, seed=2)
    assert truth.units
    assert isinstance(truth.exogenous["weather"], Categories)
    write_truth(truth, tmp_path / "truth.json")
    read = read_truth(tmp_path / "truth.json")
    assert read == truth
    one, other = (br.simulate(model, t, periods=12) for t in (truth, read))
    for node, column in one.columns.items():
        np.testing.assert_array_equal(column, other.columns[node])


def test_a_made_up_truth_names_every_parameter_and_no_other() -> None:
    model = world(*FLAGS)
    assert set(made_up_truth(model).parameters) == set(structural_names(model))


def test_spend_and_modelled_amounts_are_in_proportion_to_the_size_of_a_unit() -> None:
    model = world("panel", "weights")
    truth = made_up_truth(model, seed=2)
    p = dict(truth.parameters)
    p |= {n: [float(np.mean(v))] * len(v) for n, v in p.items() if n.endswith(".by_unit")}  # type: ignore[arg-type]
    p |= {n: 1e-9 for n in p if n.endswith(".sigma")}
    still = {n: replace(law, sd=0.0, season=0.0, dark=0.0) for n, law in truth.exogenous.items()}  # type: ignore[type-var]
    panel = br.simulate(model, replace(truth, parameters=p, exogenous=still), periods=8)
    sizes = np.array([truth.units[u] for u in panel.units])
    for node in ("tv", "radio", "visits", "sales"):
        per_size = panel.columns[node] / sizes
        np.testing.assert_allclose(per_size, per_size[0], rtol=1e-6, err_msg=node)
    assert (panel.columns["demand"] == panel.columns["demand"][0]).all()
    np.testing.assert_array_equal(panel.columns["people"], sizes)


def test_a_counterfactual_by_the_truth_is_the_simulated_intervention() -> None:
    """The latent of the pair and the noise are held by both: simulated twins are the counterfactual."""
    model = world("panel", "weights", "ar", "factor", "identity")
    truth = made_up_truth(model, seed=2)
    seen = br.simulate(model, truth, periods=20)
    fit = known(model, seen, truth)
    done = br.simulate(model, truth, periods=20, do=br.scale_by("tv", 0.5, during=str(seen.periods[6])))
    found = br.counterfactual(fit, br.scale_by("tv", 0.5, during=str(seen.periods[6])))
    for node in ("visits", "sales"):
        rows = fit.design
        wanted = done.columns[node].reshape(len(rows.units), 20)[:, 2:]
        np.testing.assert_allclose(found[node].values.values[0, 0], wanted, rtol=1e-9, err_msg=node)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Categories(("b", "a"), (0.5, 0.5)),
            "labels must be two or more in alphabetical order, a share each, got ('b', 'a')",
        ),
        (
            lambda: Categories(("a",), (1.0,)),
            "labels must be two or more in alphabetical order, a share each, got ('a',)",
        ),
        (lambda: Categories(("a", "b"), (0.7, 0.7)), "shares must be above zero and sum to one, got (0.7, 0.7)"),
        (
            lambda: ExogenousLaw(1.0, 1.0, autocorrelation=1.0),
            "autocorrelation of an exogenous node's law must be in [0, 1), got 1.0",
        ),
        (
            lambda: made("panel", units={"north": 1.0}),
            "the truth needs the units of 'geo', two or more, with their sizes",
        ),
        (
            lambda: made("panel", units={"north": 1.0, "south": 0.0}),
            "the sizes of units must be above zero, got 0.0 for 'south'",
        ),
        (
            lambda: made("factor", law={"weather": ExogenousLaw(1.0, 1.0)}),
            "the truth has a law of numbers for 'weather', which is read as categories; write its labels and "
            "their shares",
        ),
        (
            lambda: made(law={"demand": Categories(("a", "b"), (0.5, 0.5))}),
            "the truth has labels for 'demand', which is read as numbers; write its mean and sd",
        ),
        (
            lambda: made("panel", parameter={"visits.intercept.by_unit": [1.0]}),
            "the truth has 1 value for 'visits.intercept.by_unit', and there are 8 units",
        ),
        (
            lambda: made("factor", parameter={"sales.weather.effect": 1.0}),
            "the truth has 1 value for 'sales.weather.effect', and there are 2 effects",
        ),
    ],
)
def test_what_cannot_be_simulated_says_why(make, message: str) -> None:
    with pytest.raises(ModelError) as told:
        make()
    assert str(told.value) == message


def made(*flags: str, law: dict | None = None, parameter: dict | None = None, **fields: object) -> br.Panel:
    """Return data simulated from a made-up truth with something of it changed."""
    model = world(*flags)
    truth = made_up_truth(model)
    exogenous, parameters = dict(truth.exogenous) | (law or {}), dict(truth.parameters) | (parameter or {})
    return br.simulate(model, replace(truth, exogenous=exogenous, parameters=parameters, **fields))  # type: ignore[arg-type]


def test_a_draw_that_is_the_truth_has_its_shapes() -> None:
    model = world("panel", "factor")
    truth = made_up_truth(model)
    fit = known(model, br.simulate(model, truth, periods=12), truth)
    assert fit.parameters["visits.tv.by_unit"].shape == (1, 8)
    assert fit.posterior["posterior"]["visits.tv.by_unit"].dims == ("chain", "draw", "geo")
