"""Rivals of a forecast: what they know, what they must find, and one line where a library is missing."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.errors import QueryError
from bayes_roi.model.language.model import Model
from bayes_roi.panel import Panel
from bayes_roi.prediction.rivals import RIVALS, Past
from bayes_roi.prediction.rivals.boosted_trees import features
from bayes_roi.prediction.scores import scores

HERE = ["seasonal naive", "boosted trees"] + ["AutoETS"] * (importlib.util.find_spec("statsforecast") is not None)
LINE = Model(name="m", equations="y ~ adstock(tv, max_lag=2) + x", outcome="y", time="week", channels={"tv": "tv"})
WEEKS, AHEAD = 160, 4


def past_of(y: np.ndarray, x: np.ndarray) -> Past:
    return Past(series=y[None, :WEEKS], known={"x": x[None, : WEEKS + AHEAD]}, periods=AHEAD, frequency="week")


@pytest.fixture(scope="module")
def series() -> tuple[np.ndarray, np.ndarray]:
    """Two years and more of a season with noise of sd 2, and a column that doubles it now and then."""
    rng, weeks = np.random.default_rng(3), np.arange(WEEKS + AHEAD)
    x = (rng.random(len(weeks)) < 0.3).astype(float)
    x[-AHEAD:] = [1, 0, 1, 0]
    return 100 + 20 * np.sin(2 * np.pi * weeks / 52) + 40 * x + rng.normal(0, 2, len(weeks)), x


@pytest.mark.parametrize("name", HERE)
def test_a_rival_finds_what_it_can_know(name: str, series: tuple[np.ndarray, np.ndarray]) -> None:
    y, x = series
    base = y - 40 * x
    for_name = y if name == "boosted trees" else base
    draws = RIVALS[name](past_of(for_name, x), np.random.default_rng(1))
    assert draws.shape[1:] == (1, AHEAD)
    found = scores(draws[:, 0], for_name[WEEKS:])
    assert found.mae < 10  # half the season, a quarter of what x does
    assert found.covered_90 >= 0.75


@pytest.mark.parametrize("name", HERE)
def test_units_are_forecast_by_their_own_past(name: str, series: tuple[np.ndarray, np.ndarray]) -> None:
    y, x = series
    both = np.stack([y[:WEEKS], 10 * y[:WEEKS]])
    both[0, :30] = np.nan  # a unit that began later
    two = Past(series=both, known={"x": np.stack([x, x])[:, : WEEKS + AHEAD]}, periods=AHEAD, frequency="week")
    middle = np.median(RIVALS[name](two, np.random.default_rng(1)), axis=0)
    assert middle[1].mean() / middle[0].mean() == pytest.approx(10, rel=0.25)


def test_what_a_row_is_learned_from_lies_before_its_origin(series: tuple[np.ndarray, np.ndarray]) -> None:
    y, x = series
    asked = (np.zeros(3, int), np.array([20, 80, 150]), np.array([1, 4, 3]))
    before = features(past_of(y, x), *asked)
    for i, (origin, step) in enumerate(zip(*asked[1:], strict=True)):
        later = y.copy()
        later[origin + 1 :] = -999.0
        causes = x.copy()
        causes[origin + step + 1 :] = -999.0
        known = replace(past_of(later, causes))
        np.testing.assert_array_equal(features(known, *asked)[i], before[i])


def test_rivals_stand_beside_the_model_in_the_order_asked() -> None:
    line = br.simulate(LINE, periods=90, seed=4)
    names = ["boosted trees", "seasonal naive", "boosted trees"]
    found = br.backtest(LINE, line, folds=1, horizon=2, draws=50, rivals=names, progress=False)  # type: ignore[arg-type]
    assert found.forecasters == ("model", "boosted trees", "seasonal naive")
    changed = line.columns["y"].copy()
    changed[-2:] *= 50  # what came in the last fold changes no forecast of it
    other = line.with_columns({**line.columns, "y": changed})
    again = br.backtest(LINE, other, folds=1, horizon=2, draws=50, rivals=names, progress=False)  # type: ignore[arg-type]
    for name in names:
        assert np.array_equal(found.folds[0].draws[name], again.folds[0].draws[name])
    assert br.backtest(LINE, line, folds=1, draws=50, rivals=(), progress=False).forecasters == ("model",)
    with pytest.raises(QueryError, match="there is no rival 'AutoETs', did you mean 'AutoETS'"):
        br.backtest(LINE, line, rivals=("AutoETs",))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "module", "said"),
    [("AutoETS", "statsforecast.models", "statsforecast"), ("boosted trees", "sklearn.ensemble", "scikit-learn")],
)
def test_a_missing_library_is_one_line_that_says_how_to_install(
    name: str, module: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(QueryError, match=rf"needs {said}\. Install it: pip install 'bayes_roi\[forecast\]'"):
        RIVALS[name](past_of(np.ones(WEEKS + AHEAD), np.ones(WEEKS + AHEAD)), np.random.default_rng(1))


@pytest.fixture(scope="module")
def chain() -> tuple[Model, Panel]:
    model = Model(
        name="m", equations="clicks ~ tv + x \n y ~ clicks + x", outcome="y", time="week", channels={"tv": "tv"}
    )
    return model, br.simulate(model, periods=90, seed=5)


def test_what_a_forecast_was_off_by_sums_to_the_whole(chain: tuple[Model, Panel]) -> None:
    """Clicks that come out higher, and an outcome that follows them, are off by clicks and not by the outcome."""
    model, data = chain
    moved = {n: x.copy() for n, x in data.columns.items()}
    jump = 20 * float(np.std(moved["clicks"]))
    at = len(moved["y"]) - 2
    moved["clicks"][at] += jump
    causes = np.stack([data.columns["clicks"], data.columns["x"], np.ones(at + 2)], axis=1)
    per_click = float(np.linalg.lstsq(causes, data.columns["y"], rcond=None)[0][0])
    moved["y"][at] += per_click * jump
    found = br.backtest(model, data.with_columns(moved), folds=1, horizon=4, draws=200, progress=False)
    fold = found.folds[0]
    together = sum(fold.surprise.values())
    expected = fold.came - fold.draws["model"].mean(axis=0)
    spread = fold.draws["model"].std(axis=0) / np.sqrt(len(fold.draws["model"]))
    assert (np.abs(together - expected) < 4.5 * spread).all()
    worst = found.misjudged()[0]
    assert worst["period"] == data.periods[at]  # type: ignore[index]
    assert worst["by"]["clicks"] == pytest.approx(per_click * jump, rel=0.3)
    assert abs(worst["by"]["y"]) < 0.3 * abs(worst["by"]["clicks"])
    assert "by clicks" in str(found)
    nothing = br.backtest(model, data, folds=1, horizon=4, known="nothing", draws=50, progress=False).folds[0]
    assert list(nothing.surprise) == [n for n in model.computation.order if n in {"tv", "x", "clicks", "y"}]
