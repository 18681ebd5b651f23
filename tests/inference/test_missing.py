"""Missing cells left to the model: imputed within the posterior, and carried through every question."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bayes_roi as br
from bayes_roi.errors import Problem
from bayes_roi.inference.fit import Fit
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.forward import linear_predictor
from bayes_roi.model.law.parameters import node_parameters
from bayes_roi.model.pymc.build import build
from bayes_roi.model.rows.design import Design, design
from bayes_roi.model.rows.view import View
from bayes_roi.panel import Panel
from tests.conftest import trusted

GAPS = {"tv": [15, 40, 41], "clicks": [10, 30, 50, 70], "revenue": [33]}
ROWS = 80
MODEL = Model(
    name="gaps",
    equations="clicks ~ demand + tanh(tv)\nrevenue ~ clicks",
    outcome="revenue",
    time="week",
    channels={"tv": "tv"},
)
ADSTOCKED = Model(
    name="history",
    equations='clicks ~ demand + hill(adstock(tv, max_lag=3)) + lag(demand, 1, label="before")\nrevenue ~ clicks',
    outcome="revenue",
    time="week",
    channels={"tv": "tv"},
)


def whole() -> pd.DataFrame:
    """Return the table before anything went missing; tv is on in the weeks that `GAPS` empties.

    A missing spend is taken to come from a law without a lump at zero.
    """
    rng = np.random.default_rng(4)
    tv, demand = (
        rng.gamma(1.2, 50.0, ROWS) * ((rng.random(ROWS) < 0.7) | np.isin(np.arange(ROWS), GAPS["tv"])),
        rng.standard_normal(ROWS),
    )
    clicks = 60 + 8 * demand + 40 * np.tanh(tv / 60) + 4 * rng.standard_normal(ROWS)
    revenue = 100 + 2 * clicks + 5 * rng.standard_normal(ROWS)
    week = pd.date_range("2023-01-02", periods=ROWS, freq="7D").strftime("%Y-%m-%d")
    return pd.DataFrame({"week": week, "tv": tv, "demand": demand, "clicks": clicks, "revenue": revenue})


def with_gaps(**gaps: list[int]) -> pd.DataFrame:
    table = whole()
    for column, rows in gaps.items():
        table.loc[rows, column] = np.nan
    return table


@pytest.fixture(scope="module")
def data() -> Panel:
    return br.read_data(with_gaps(**GAPS), MODEL, clean={"missing": "model"})


@pytest.fixture(scope="module")
def fit(data: Panel) -> Fit:
    return br.fit(MODEL, data, seed=2)


def mean_over_draws(draws: br.Draws) -> np.ndarray:
    return draws.mean().values


@pytest.mark.slow
def test_the_nodes_are_fitted_together_and_the_draws_can_be_trusted(fit: Fit) -> None:
    (block,) = fit.diagnosis.blocks
    assert set(block.nodes) == {"tv", "clicks", "revenue"}
    assert block.engine == "nuts"
    assert "missing cells are left to the model" in block.why
    assert trusted(fit), fit.diagnosis


@pytest.mark.slow
def test_every_missing_cell_has_draws(fit: Fit) -> None:
    posterior = fit.posterior["posterior"]
    for node, rows in GAPS.items():
        cells = posterior[f"{node}_unobserved"]
        assert cells.dims == ("chain", "draw", f"{node}.missing")
        assert cells.shape == (4, 1000, len(rows))
    assert (posterior["tv_unobserved"] >= 0).all()


@pytest.mark.slow
def test_imputed_values_hold_the_truth_and_know_more_than_the_column(fit: Fit) -> None:
    truth = whole()
    for node, rows in GAPS.items():
        cells = fit.parameters[f"{node}_unobserved"]
        low, high = np.quantile(cells, [0.0005, 0.9995], axis=0)
        assert ((low <= truth.loc[rows, node]) & (truth.loc[rows, node] <= high)).all(), node
    for node in ("clicks", "revenue"):  # their causes and what they cause are seen
        assert (fit.parameters[f"{node}_unobserved"].std(axis=0) < 0.5 * truth[node].std()).all()


@pytest.mark.slow
def test_parameters_recover_the_truth(fit: Fit) -> None:
    truth = {"clicks.tv.effect": 40.0, "clicks.tv.half": 60.0, "clicks.sigma": 4.0, "revenue.clicks.effect": 2.0}
    for name, value in truth.items():
        draws = fit.parameters[name]
        assert abs(draws.mean() - value) < 4 * draws.std(), name


@pytest.mark.slow
def test_the_return_on_spend_is_that_of_the_truth(fit: Fit) -> None:
    tv = whole()["tv"].to_numpy()
    roas = 2 * 40 * np.tanh(tv / 60).sum() / tv.sum()
    draws = br.roas(fit).values.values
    assert abs(draws.mean() - roas) < 4 * draws.std()
    assert np.allclose(br.roi(fit).values.values, draws - 1)


@pytest.mark.slow
def test_turning_off_leaves_what_does_not_depend_on_the_gaps(fit: Fit) -> None:
    off = br.do(fit, br.turn_off("tv"))
    demand = fit.data.columns["demand"]
    p = {n: v[:, None] for n, v in fit.parameters.items() if v.ndim == 1}
    centre = fit.design.scales["demand"].mean
    by_hand = p["clicks.intercept"] + p["clicks.demand.effect"] * (demand - centre)
    np.testing.assert_allclose(mean_over_draws(off["clicks"]), by_hand.mean(axis=0), rtol=1e-9)
    assert all(np.isfinite(draws.values.values).all() for draws in off.values())


@pytest.mark.slow
def test_a_window_of_an_imputed_node_keeps_its_imputed_values_outside(fit: Fit) -> None:
    week = str(fit.data.periods[10])  # type: ignore[index]
    held = br.do(fit, br.set_to("clicks", 70, during=week))
    imputed = fit.parameters["clicks_unobserved"].mean(axis=0)
    expected = np.asarray(fit.data.columns["clicks"]).copy()
    expected[GAPS["clicks"]] = imputed
    expected[10] = 70
    np.testing.assert_allclose(mean_over_draws(held["clicks"]), expected, rtol=1e-9)


@pytest.mark.slow
def test_a_counterfactual_with_nothing_changed_returns_the_data(fit: Fit) -> None:
    same = br.counterfactual(fit, br.scale_by("tv", 1.0))
    for node, draws in same.items():
        observed = fit.data.columns[node]
        seen = np.isfinite(observed)
        values = draws.values.values.reshape(-1, ROWS)
        np.testing.assert_allclose(values[:, seen], np.broadcast_to(observed[seen], values[:, seen].shape), rtol=1e-9)
        np.testing.assert_allclose(values[:, ~seen], fit.parameters[f"{node}_unobserved"], rtol=1e-9)


@pytest.mark.slow
def test_residuals_are_taken_at_the_imputed_values(fit: Fit) -> None:
    assert [r.node for r in fit.diagnosis.residuals] == ["clicks", "revenue"]
    assert all(np.isfinite([r.autocorrelation, r.excess_kurtosis]).all() for r in fit.diagnosis.residuals)


@pytest.mark.slow
def test_a_run_folder_gives_the_fit_back(fit: Fit, tmp_path: Path) -> None:
    folder = br.write_run(fit, tmp_path / "run")
    again = br.read_run(folder)
    assert again.posterior.identical(fit.posterior)
    np.testing.assert_array_equal(br.roi(again).values.values, br.roi(fit).values.values)
    assert "left to the model" in (folder / "report.html").read_text()


@pytest.mark.slow
def test_pymc_intervenes_on_the_model_with_gaps_as_we_do(fit: Fit) -> None:
    import pymc as pm

    scm = br.to_pymc(MODEL, fit.data)
    few = fit.posterior["posterior"].to_dataset().isel(draw=slice(0, 100))
    with pm.do(scm, {"tv": np.zeros(ROWS)}):
        sampled = pm.sample_posterior_predictive(
            few,
            var_names=["clicks"],
            sample_vars=["clicks_unobserved"],
            random_seed=1,
            progressbar=False,
            compile_kwargs={"mode": "FAST_COMPILE"},
        )
    theirs = sampled["posterior_predictive"]["clicks"].mean(("chain", "draw")).values
    ours = br.do(fit, br.turn_off("tv"))["clicks"].values.isel(draw=slice(0, 100)).mean(("chain", "draw")).values
    error = np.sqrt(np.mean(few["clicks.sigma"].values ** 2) / 400)
    assert np.abs((theirs - ours) / error).max() < 4.5  # the largest of 80 standard normals: once in 2,000 times


def test_missing_causes_and_outcomes_are_drawn_without_compiling() -> None:
    """Five intervals of 99.9 %: all of them hold the truth but once in 200 times."""
    gaps = {"tv": [15, 40], "demand": [20], "revenue": [33, 50]}
    panel = br.read_data(with_gaps(**gaps), MODEL, clean={"missing": "model"})
    fit = br.fit(MODEL, panel, seed=2, draws=500)
    engines = {frozenset(b.nodes): b.engine for b in fit.diagnosis.blocks}
    assert engines == {frozenset({"tv", "demand", "clicks"}): "hmc", frozenset({"revenue"}): "hmc"}
    assert fit.diagnosis, fit.diagnosis
    truth = whole()
    for node, rows in gaps.items():
        cells = fit.parameters[f"{node}_unobserved"]
        low, high = np.quantile(cells, [0.0005, 0.9995], axis=0)
        assert ((low <= truth.loc[rows, node]) & (truth.loc[rows, node] <= high)).all(), node
    assert (fit.parameters["tv_unobserved"] >= 0).all()
    assert (fit.parameters["demand_unobserved"].std(axis=0) < truth["demand"].std()).all()
    assert np.isfinite(br.roas(fit).values.values).all()


def hand_written(model: Model, rows: Design, values: dict[str, np.ndarray]) -> float:
    """Return the log density of the nodes with missing cells, as far as it depends on these cells."""
    from scipy import stats

    filled = {n: rows.observed(np, n, values.get(f"{n}_unobserved")) for n in rows.rows}
    found = 0.0
    for node in model.equation:
        eta = linear_predictor(np, node_parameters(model, rows, node), View(np, rows, filled), values)
        found += stats.norm.logpdf(filled[node], eta, values[f"{node}.sigma"]).sum()
    scale = rows.scales["tv"]
    law = stats.truncnorm(-scale.mean / scale.sd, np.inf, scale.mean, scale.sd)
    return float(found + law.logpdf(values["tv_unobserved"]).sum())


def test_the_density_of_missing_cells_is_the_one_written_by_hand() -> None:
    panel = br.read_data(with_gaps(tv=[15, 40], clicks=[10, 41]), ADSTOCKED, clean={"missing": "model"})
    rows = design(ADSTOCKED, panel)
    pymc_model = build(ADSTOCKED, rows)
    density = pymc_model.compile_logp(mode="FAST_COMPILE")
    natural = pymc_model.compile_fn(
        pymc_model.replace_rvs_by_values(pymc_model.free_RVs), mode="FAST_COMPILE", on_unused_input="ignore"
    )
    values = {v.name: pymc_model.rvs_to_values[v].name for v in pymc_model.free_RVs}
    left = []
    for tv, clicks in (([20.0, 35.0], [70.0, 80.0]), ([90.0, 5.0], [55.0, 95.0])):
        log_tv = np.log(tv)  # a spend is sampled on the log scale, which adds its Jacobian
        cells = {values["tv_unobserved"]: log_tv, values["clicks_unobserved"]: np.array(clicks)}
        point = pymc_model.initial_point() | cells
        parameters = dict(zip(values, natural(point), strict=True))
        np.testing.assert_allclose(parameters["tv_unobserved"], tv)
        left.append(float(density(point)) - log_tv.sum() - hand_written(ADSTOCKED, rows, parameters))
    assert left[1] == pytest.approx(left[0], rel=1e-9)  # what does not depend on the cells


def test_priors_can_be_checked_in_money_with_cells_missing(data: Panel) -> None:
    draws = br.prior_check(MODEL, data, draws=200)
    assert np.isfinite(draws.values.values).all()


def test_building_the_model_warns_of_nothing(data: Panel, recwarn: pytest.WarningsRecorder) -> None:
    br.to_pymc(MODEL, data)
    assert [str(w.message) for w in recwarn] == []


def test_a_gap_in_the_history_is_told_with_its_row_and_what_to_do() -> None:
    with pytest.raises(br.DataError) as error:
        br.read_data(with_gaps(tv=[1]), ADSTOCKED, clean={"missing": "model"})
    what = "the value is missing, and the first 3 rows are used only for carry-over: the model cannot fill it in"
    mend = "fill it in, give earlier rows, or choose clean={'missing': 'interpolate'}"
    assert error.value.problems == (Problem(what, mend, "tv", 3),)  # the header is row 1


def test_a_gap_in_the_history_that_nothing_reads_is_no_matter() -> None:
    # demand is read one week back, so of the three rows of history only the last; clicks and revenue not at all
    table = with_gaps(demand=[0, 1], clicks=[0, 2], revenue=[1])
    panel = br.read_data(table, ADSTOCKED, clean={"missing": "model"})
    assert design(ADSTOCKED, panel).missing == {}
    with pytest.raises(br.DataError, match="row 4, column 'demand'"):
        br.read_data(with_gaps(demand=[2]), ADSTOCKED, clean={"missing": "model"})


def test_rows_whose_value_is_missing_do_not_count_as_rows_enough() -> None:
    table = with_gaps(revenue=list(range(3, ROWS)))
    with pytest.raises(br.DataError, match="too few rows: 0 are left after 3 of history, and revenue has 3 parameters"):
        br.read_data(table, ADSTOCKED, clean={"missing": "model"})


def test_missing_counts_are_refused_before_anything_is_fitted() -> None:
    model = replace(MODEL, families={"revenue": "poisson"})
    table = with_gaps(revenue=[33]).round()
    with pytest.raises(br.DataError, match="1 value is missing, and counts are no part of what the model fills in"):
        br.read_data(table, model, clean={"missing": "model"})
