"""Rows held out: fits that know nothing of them, carry-over that does not leak, units of the population."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

import bayes_roi as br
from bayes_roi.errors import QueryError
from bayes_roi.model.language.model import Model
from bayes_roi.model.rows.layout import layout
from bayes_roi.panel import Panel
from bayes_roi.prediction.held_out.parts import parts

TIME = Model(
    name="m",
    equations="clicks ~ adstock(tv, max_lag=2) + x \n y ~ adstock(clicks, max_lag=3) + x",
    outcome="y",
    time="week",
    channels={"tv": "tv"},
)
PANEL = Model(name="p", equations="y ~ tv + x", outcome="y", time="week", panel="geo", channels={"tv": "tv"})
UNITS, WEEKS = 24, 10


@pytest.fixture(scope="module")
def series() -> Panel:
    return br.simulate(TIME, periods=80, seed=3)


@pytest.fixture(scope="module")
def geos() -> Panel:
    """Intercepts of units with sd 8 around 50, noise of sd 2."""
    rng = np.random.default_rng(6)
    names = [f"g{i}" for i in range(UNITS)]
    level = dict(zip(names, rng.normal(50, 8, UNITS), strict=True))
    frame = pd.DataFrame([{"geo": g, "week": w} for g in names for w in range(WEEKS)])
    frame["tv"], frame["x"] = rng.gamma(2.0, 1.0, len(frame)), rng.standard_normal(len(frame))
    frame["y"] = frame["geo"].map(level) + 3 * frame["tv"] + frame["x"] + rng.normal(0, 2, len(frame))
    return br.read_data(frame, PANEL)


def changed(data: Panel, node: str, rows: np.ndarray, by: float) -> Panel:
    values = data.columns[node].copy()
    values[rows] += by * np.cos(np.arange(len(values)))[rows]
    return data.with_columns({**data.columns, node: values})


def test_what_is_held_out_moves_no_prediction_of_it(series: Panel) -> None:
    """Neither its outcome nor what lies between; spends before it do, as carry-over."""
    held = next(iter(parts(TIME, series, "time", 2, 0)))
    rows = layout(TIME, held.asked).rows
    found = br.cross_validate(TIME, series, folds=2, draws=50, progress=False).parts[0]
    assert len(rows) == len(found.came)
    for node, moves in (("y", False), ("clicks", False), ("tv", True)):
        at = np.arange(rows[0] - 2, rows[0]) if moves else rows
        other = br.cross_validate(TIME, changed(series, node, at, 1e3), folds=2, draws=50, progress=False).parts[0]
        assert np.array_equal(found.draws, other.draws) is not moves, node
    np.testing.assert_array_equal(found.came, series.columns["y"][rows])


def test_rows_are_explained_by_a_fit_or_held_out_or_read_alone(series: Panel) -> None:
    every = set(layout(TIME, series).rows)
    held_out: list[int] = []
    for part in parts(TIME, series, "time", 4, 0):
        known, asked = (set(layout(TIME, p).rows) for p in (part.known, part.asked))
        after = {r for r in every if max(asked) < r <= max(asked) + 3}  # y reads clicks three weeks back
        assert known == every - asked - after
        held_out += sorted(asked)
    assert held_out == sorted(every)


def test_a_new_unit_is_one_of_the_population(geos: Panel) -> None:
    found = br.cross_validate(PANEL, geos, folds=4, draws=250, seed=2, progress=False)
    assert found.by == "unit"
    assert found.scores().count == UNITS * WEEKS
    together = found.parts[0]
    spread = together.draws.std(axis=0)
    assert (spread > 5).all()  # not the noise alone, whose sd is 2
    names = together.name.split(", ")
    assert len(names) == UNITS // 4
    first = together.draws[:, :WEEKS]  # of one unit: its level is the same in all its rows
    assert np.corrcoef(first[:, 0], first[:, 5])[0, 1] > 0.7
    apart = np.corrcoef(together.draws[:, 0], together.draws[:, WEEKS])[0, 1]
    assert abs(apart) < 0.4
    inside = 0
    for part in found.parts:
        means = part.draws.reshape(len(part.draws), -1, WEEKS).mean(axis=2)
        low, high = np.quantile(means, [0.05, 0.95], axis=0)
        inside += int(((low <= part.came.reshape(-1, WEEKS).mean(axis=1)) & (low < high)).sum())
        inside -= int((part.came.reshape(-1, WEEKS).mean(axis=1) > high).sum())
    low, high = binom.ppf([0.0005, 0.9995], UNITS, 0.9)
    assert low <= inside <= high
    other = br.cross_validate(PANEL, changed(geos, "y", np.isin(geos.units, names), 1e3), folds=4, draws=250, seed=2)
    assert np.array_equal(other.parts[0].draws, together.draws)


def test_sizes_of_rows_held_out_are_those_of_the_fit() -> None:
    """A unit ten times as large has ten times the outcome, however small the units of the fit are."""
    model = Model(
        name="w", equations="y ~ tv", outcome="y", time="week", panel="geo", weights="people", channels={"tv": "tv"}
    )
    rng = np.random.default_rng(1)
    frame = pd.DataFrame([{"geo": f"g{i}", "week": w, "people": 10.0**i} for i in range(3) for w in range(20)])
    frame["tv"] = rng.gamma(2.0, 1.0, len(frame)) * frame["people"]
    frame["y"] = frame["people"] * (5 + rng.normal(0, 0.1, len(frame))) + 2 * frame["tv"]
    found = br.cross_validate(model, br.read_data(frame, model), folds=3, draws=100, progress=False)
    for part in found.parts:
        assert np.median(np.median(part.draws, axis=0) / part.came) == pytest.approx(1, abs=0.2), part.name


def test_rows_that_are_no_periods() -> None:
    model = Model(name="r", equations="y ~ tv", outcome="y", channels={"tv": "tv"})
    rng = np.random.default_rng(7)
    frame = pd.DataFrame({"tv": rng.gamma(2.0, 1.0, 60)})
    frame["y"] = 10 + 2 * frame["tv"] + rng.standard_normal(60)
    found = br.cross_validate(model, br.read_data(frame, model), folds=3, draws=250, progress=False)
    assert sorted(np.concatenate([p.came for p in found.parts])) == sorted(frame["y"])
    assert 0.8 < found.scores().rmse < 1.3
    assert [r["part"] for r in found.to_dict()["scores"]] == ["all", "part 1", "part 2", "part 3"]
    assert "rows held out by row" in str(found)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"by": "unit"}, 'by="unit" is of a panel'),
        ({"by": "row"}, 'by="row" is of rows that are no periods'),
        ({"by": "user"}, "by must be one of"),
        ({"folds": 100}, "100 folds need as many periods, and there are 77"),
        ({"folds": 1}, "folds"),
    ],
)
def test_what_cannot_be_held_out_is_told(series: Panel, asked: dict[str, object], said: str) -> None:
    with pytest.raises(QueryError, match=said):
        br.cross_validate(TIME, series, progress=False, **asked)  # type: ignore[arg-type]
