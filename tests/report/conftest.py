from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

import bayes_roi as br
from bayes_roi.inference.fit import Fit
from bayes_roi.lift.fit import fit
from bayes_roi.model.language.model import Model
from bayes_roi.model.rows.read_data import read_data

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
    idle = 1_000.0 * (t < 3)
    return pd.DataFrame(
        {"week": week, "demand": demand, "tv_spend": tv, "search_spend": search, "revenue": revenue, "idle": idle}
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


def funnel_fit() -> Fit:
    model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
    data = br.read_data(br.shipped("data/weekly_funnel.csv"), model)
    return br.fit(model, data, seed=7, draws=250, progress=False)


@pytest.fixture(scope="session")
def weekly() -> Fit:
    return weekly_fit()


@pytest.fixture(scope="session")
def acquisition() -> Fit:
    return acquisition_fit()


@pytest.fixture(scope="session")
def funnel() -> Fit:
    return funnel_fit()
