from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from bayes_roi.inference.diagnosis import BlockReport, Diagnosis
from bayes_roi.inference.fit import Fit, fit
from bayes_roi.inference.residuals import residuals
from bayes_roi.model.model import Model
from bayes_roi.model.read_data import read_data

WEEKS = 104


def weekly_table(seed: int = 1, weeks: int = WEEKS) -> pd.DataFrame:
    """TV is dark for a quarter of the time, search follows demand and is never dark."""
    rng = np.random.default_rng(seed)
    t = np.arange(weeks)
    demand = 100 + 10 * np.sin(2 * np.pi * t / 52.18) + rng.normal(0, 4, weeks)
    tv = rng.gamma(2.0, 6_000, weeks) * (rng.random(weeks) > 0.25)
    search = 200 * demand + rng.normal(0, 1_500, weeks)
    revenue = 120_000 + 900 * demand + 1.6 * tv + 2.9 * search + 150 * t + rng.normal(0, 9_000, weeks)
    week = pd.date_range("2023-01-02", periods=weeks, freq="W-MON").strftime("%Y-%m-%d")
    return pd.DataFrame(
        {"week": week, "demand": demand, "tv_spend": tv, "search_spend": search, "revenue": revenue, "idle": 0.0}
    )


def weekly_model(channels: Mapping[str, str] | None = None, **keys: object) -> Model:
    given: dict[str, object] = {
        "name": "weekly shop",
        "equations": "search_spend ~ demand\n"
        "revenue ~ demand + tv_spend + search_spend + trend() + season(period=52.18, order=2)",
        "outcome": "revenue",
        "time": "week",
        "channels": {"tv": "tv_spend", "search": "search_spend"} if channels is None else channels,
        "currency": "USD",
        "margin": 0.4,
    }
    return Model(**(given | keys))  # type: ignore[arg-type]


def weekly_fit(channels: Mapping[str, str] | None = None, **keys: object) -> Fit:
    model = weekly_model(channels, **keys)
    return fit(model, read_data(weekly_table(), model), seed=7, draws=250, progress=False)


def acquisition_fit(rows: int = 2_000) -> Fit:
    rng = np.random.default_rng(1)
    d = {"demand": rng.normal(1e5, 25_000, rows)}
    d |= {"tv": rng.normal(1e5, 20_000, rows).clip(0), "social": rng.normal(1e5, 25_000, rows).clip(0)}
    d["organic"] = 0.75 * d["demand"] + 0.5 * d["tv"] + 0.25 * d["social"] + rng.normal(0, 2_000, rows)
    d["clicks"] = 0.3 * d["demand"] + 0.5 * d["tv"] + 0.7 * d["social"] + rng.normal(1e5, 25_000, rows)
    d["revenue"] = d["organic"] + d["clicks"] + rng.normal(0, 2_000, rows)
    equations = "organic ~ demand + tv + social\nclicks ~ demand + tv + social\nrevenue ~ organic + clicks"
    model = Model(
        name="acquisition",
        equations=equations,
        outcome="revenue",
        channels={"tv": "tv", "social": "social"},
        margin=0.5,
    )
    return fit(model, read_data(pd.DataFrame(d), model), seed=7, draws=250, progress=False)


FUNNEL = """
search_spend   ~ demand
organic_clicks ~ demand + hill(adstock(tv_spend)) + hill(adstock(social_spend))
social_clicks  ~ demand + hill(adstock(social_spend, max_lag=8))
search_clicks  ~ demand + hill(adstock(search_spend))
revenue        ~ demand + organic_clicks + social_clicks + search_clicks + trend() + season(period=52.18, order=2)
"""


def funnel_fit(weeks: int = 150, draws: int = 250, seed: int = 3) -> Fit:
    """Draws scattered about a known truth: what a sampler would give, without one."""
    rng = np.random.default_rng(seed)
    t = np.arange(weeks)
    n = {"demand": 100 + 12 * np.sin(2 * np.pi * t / 52.18) + rng.normal(0, 4, weeks)}
    n["tv_spend"] = rng.gamma(2.0, 8_000, weeks) * (rng.random(weeks) > 0.3)
    n["social_spend"] = rng.gamma(3.0, 2_500, weeks) * (rng.random(weeks) > 0.1)
    n["search_spend"] = 90 * n["demand"] + rng.normal(0, 600, weeks)
    nodes = ("organic_clicks", "social_clicks", "search_clicks", "revenue")
    week = pd.date_range("2022-01-03", periods=weeks, freq="W-MON").strftime("%Y-%m-%d")
    n |= {node: np.abs(rng.normal(4_000, 400, weeks)) * (20 if node == "revenue" else 1) for node in nodes}
    model = Model(
        name="weekly funnel",
        equations=FUNNEL,
        outcome="revenue",
        time="week",
        channels={"tv": "tv_spend", "social": "social_spend", "search": "search_spend"},
        currency="EUR",
        margin=0.4,
    )
    truth = {
        "search_spend.intercept": 9_000.0,
        "search_spend.demand.effect": 90.0,
        "search_spend.sigma": 600.0,
        "revenue.intercept": 86_000.0,
        "revenue.demand.effect": 300.0,
        "revenue.trend.effect": 60.0,
        "revenue.sigma": 3_000.0,
    }
    for node, parent, top, half in (
        ("organic_clicks", "tv_spend", 1_600.0, 16_000.0),
        ("organic_clicks", "social_spend", 500.0, 7_000.0),
        ("social_clicks", "social_spend", 2_000.0, 7_000.0),
        ("search_clicks", "search_spend", 3_000.0, 9_000.0),
    ):
        truth |= {f"{node}.intercept": 2_500.0, f"{node}.demand.effect": 15.0, f"{node}.sigma": 150.0}
        truth |= {
            f"{node}.{parent}.{r}": v for r, v in (("effect", top), ("half", half), ("slope", 1.5), ("retention", 0.5))
        }
    truth |= {f"revenue.{node}.effect": 9.0 for node in nodes[:3]}
    count = 4 * draws
    parameters = {k: v * np.exp(0.12 * rng.normal(size=count)) for k, v in truth.items()}
    parameters |= {k: truth[k] * (1 + 0.01 * rng.normal(size=count)) for k in truth if "intercept" in k}
    parameters["revenue.season.effect"] = rng.normal(0, 300, (count, 4)) + np.array([3_000, 0, 1_000, 0])
    # The outcomes of the table are made by the model's own forward pass at the truth.
    fitted = _as_fit(model, pd.DataFrame({"week": week, **n}), parameters, draws)
    mean = {k: v.mean(axis=0, keepdims=True) for k, v in parameters.items()}
    made = fitted.forward.run(mean, {}, noise=lambda node, own, p: 0.9 * rng.normal(size=(1, fitted.design.length)))
    lags = weeks - fitted.design.length
    for node in nodes:
        n[node] = np.concatenate([n[node][:lags], made[node][0]])
    table = pd.DataFrame({"week": week, **n})
    fitted = _as_fit(model, table, parameters, draws)
    for node in nodes:  # the scales, and so the intercepts, are those of the outcomes just made
        predicted = fitted.forward.predictor(node, fitted.design.rows, fitted.parameters).mean(axis=1)
        off = fitted.design.rows[node].mean() - predicted
        parameters[f"{node}.intercept"] = parameters[f"{node}.intercept"] + off + rng.normal(0, 15, count)
    return _as_fit(model, table, parameters, draws)


def _as_fit(model: Model, table: pd.DataFrame, parameters: Mapping[str, np.ndarray], draws: int) -> Fit:
    variables = {
        k: (("chain", "draw", *([f"{k}.basis"] if v.ndim == 2 else [])), v.reshape(4, draws, *v.shape[1:]))
        for k, v in parameters.items()
    }
    tree = xr.DataTree.from_dict({"posterior": xr.Dataset(variables)})
    found = Fit(model, read_data(table, model), tree, Diagnosis((), ()), 7)
    blocks = tuple(BlockReport((n,), "exact", "made by hand", 0.1, 1.0, 1e3, 1e3, 0, None, "") for n in model.equation)
    checks = tuple(residuals(model, found.design, dict(parameters), n) for n in model.equation)
    return Fit(model, found.data, tree, Diagnosis(blocks, checks), 7)


@pytest.fixture(scope="session")
def weekly() -> Fit:
    return weekly_fit()


@pytest.fixture(scope="session")
def acquisition() -> Fit:
    return acquisition_fit()


@pytest.fixture(scope="session")
def funnel() -> Fit:
    return funnel_fit()
