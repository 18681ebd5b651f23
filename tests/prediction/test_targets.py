"""A column predicted from others: scikit-learn's scores, rows held out, known worlds, and what it is called."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.calibration import calibration_curve as sklearn_curve

import bayes_roi as br
from bayes_roi.draws import Evidence
from bayes_roi.errors import BayesRoiError
from bayes_roi.prediction.learners.network import Network
from bayes_roi.prediction.learners.selection import Selection
from bayes_roi.prediction.targets.target_scores import TargetScores
from bayes_roi.prediction.targets.weighted import calibration_curve, of_numbers, of_shares
from tests.recovery.target_study import summary, table, worlds

FEATURES = ("spend", "rating", "channel", "nothing")
QUICK = Selection(150, 50)


@pytest.fixture(scope="module")
def scored() -> TargetScores:
    return br.predict_target(table(200, seed=5), target="y", features=FEATURES, learners=[QUICK], folds=4)


@pytest.fixture(scope="module")
def sold() -> TargetScores:
    data = table(200, seed=5).assign(sold=lambda d: (d["y"] > d["y"].median()).astype(int))
    return br.predict_target(data, target="sold", features=FEATURES, learners=[QUICK], folds=4, new=data.head(2))


@pytest.mark.parametrize("weighted", [False, True])
def test_scores_are_those_of_scikit_learn(weighted: bool) -> None:
    rng = np.random.default_rng(1)
    p, w = rng.integers(0, 11, 200) / 10, rng.gamma(1.0, size=200) if weighted else np.ones(200)  # with ties
    came = (rng.random(200) < p).astype(float)
    said = (p >= 0.5).astype(int)
    right = {
        "brier": metrics.brier_score_loss(came, p, sample_weight=w),
        "auc": metrics.roc_auc_score(came, p, sample_weight=w),
        "accuracy": metrics.accuracy_score(came, said, sample_weight=w),
        "precision": metrics.precision_score(came, said, sample_weight=w),
        "recall": metrics.recall_score(came, said, sample_weight=w),
        "f1": metrics.f1_score(came, said, sample_weight=w),
        "r2": metrics.r2_score(came, p, sample_weight=w),
    }
    assert {name: score(w) for name, score in of_shares(p, came, 0.5).items()} == pytest.approx(right)
    y = rng.normal(size=200)
    found = {name: score(w) for name, score in of_numbers(p, y).items()}
    assert found["mse"] == pytest.approx(metrics.mean_squared_error(y, p, sample_weight=w))
    assert found["r2"] == pytest.approx(metrics.r2_score(y, p, sample_weight=w))
    nothing = of_shares(np.zeros(200), came, 0.5)
    assert (nothing["precision"](w), nothing["f1"](w)) == (0, 0)


def test_the_calibration_curve_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(2)
    p = rng.random(500)
    came = (rng.random(500) < p).astype(float)
    found = calibration_curve(p, came)
    share, said = sklearn_curve(came, p, n_bins=10)
    assert [b["came"] for b in found] == pytest.approx(share)
    assert [b["said"] for b in found] == pytest.approx(said)
    assert all(b["lower"] < b["came"] + 1e-9 and b["came"] - 1e-9 < b["upper"] for b in found)


def test_what_a_row_shows_does_not_reach_what_is_said_of_it(scored: TargetScores) -> None:
    """Other targets in a fold change no prediction of that fold, tuning and scaling included."""
    data = table(200, seed=5)
    learners = [QUICK, Network(2, draws=10, warm_up=10)]
    first = scored.fold == 0
    changed = data.assign(y=np.where(first, 10 * data["y"] + 50, data["y"]))
    options: dict[str, Any] = {"target": "y", "features": FEATURES, "learners": learners, "folds": 4, "tune": 2}
    before, after = (br.predict_target(d, **options) for d in (data, changed))
    assert np.array_equal(before.fold, after.fold)
    for name in before.learners:
        one, other = before.learners[name], after.learners[name]
        assert np.array_equal(one.expected[first], other.expected[first])
        assert np.array_equal(one.shown[:, first], other.shown[:, first])
        assert not np.array_equal(one.expected[~first], other.expected[~first])


def test_a_feature_made_from_means_of_the_target_by_fold_does_not_help() -> None:
    """The target is noise. Its mean in a row's own fold has 1 / 40 of its variance, that of the others says less."""
    rng = np.random.default_rng(3)
    data = pd.DataFrame(
        {"y": rng.normal(size=200), "x": rng.normal(size=200), "id": [f"c{i % 50}" for i in range(200)]}
    )
    options: dict[str, Any] = {"target": "y", "learners": [QUICK], "folds": 5, "seed": 3}
    fold = br.predict_target(data, features=["x"], **options).fold
    means = np.array([data["y"][fold == k].mean() for k in range(5)])
    others = np.array([data["y"][fold != k].mean() for k in range(5)])
    for made in (means[fold], others[fold]):
        found = br.predict_target(data.assign(made=made), features=["x", "made", "id"], **options)
        assert found.scores("linear, selected")["r2"]["value"] < 1 / 40 + 0.01
        assert found.importance("linear, selected").mean().sel(feature="made") < 1 / 40 + 0.01


def test_features_that_tell_are_told_from_those_that_do_not(scored: TargetScores) -> None:
    told = {row["feature"]: row for row in scored.feature_rows()}
    assert scored.best == "linear, selected"
    assert min(told[n]["lower"] for n in ("spend", "rating", "channel")) > 0
    assert told["nothing"]["lower"] <= 0.01
    assert told["spend"]["selected"] > 0.99
    assert told["nothing"]["selected"] < 0.5
    found = scored.scores()
    assert found["r2"]["lower"] < found["r2"]["value"] < found["r2"]["upper"]
    assert scored.scores("no features")["r2"]["value"] < 0
    assert len(scored.by_fold()) == 4


def test_all_of_it_is_called_predictive(scored: TargetScores, sold: TargetScores) -> None:
    for found in (scored, sold):
        assert "predictive" in str(found)
        assert "not what changing it would do" in repr(found)
        assert found.to_dict()["evidence"] == "predictive"
        json.dumps(found.to_dict(), allow_nan=False)
        draws = found.importance()
        assert draws.evidence.item() == Evidence.PREDICTIVE
        assert "no effect" in draws.estimand
        for kind in ("importance", *(["calibration"] if found.binary else [])):
            axes = br.plot(found, kind)
            assert "predictive" in axes.get_title(loc="left")


def test_a_binary_target_has_its_own_scores(sold: TargetScores) -> None:
    found = sold.scores()
    assert set(found) == {"brier", "r2", "auc", "accuracy", "precision", "recall", "f1"}
    assert found["auc"]["lower"] > 0.5
    assert sum(b["rows"] for b in sold.calibration()) == 200
    assert [0 <= row["lower"] <= row["expected"] <= row["upper"] <= 1 for row in sold.new] == [True, True]
    assert "of new rows by linear, selected" in str(sold)
    assert sorted(np.bincount(sold.fold[sold.came > 0])) == [25] * 4  # like shares of ones in each


def test_groups_are_held_out_together() -> None:
    data = table(120, seed=1).assign(customer=[f"c{i // 4}" for i in range(120)])
    found = br.predict_target(data, target="y", features=FEATURES, learners=[QUICK], folds=3, groups="customer")
    assert all(len(set(found.fold[data["customer"] == c])) == 1 for c in data["customer"].unique())


def test_intervals_of_what_rows_show_cover_them() -> None:
    """The short form of `make targets`: 90 % intervals of held-out rows over simulated tables."""
    found = worlds(range(2), keep=None)
    for name in ("linear, selected", "network"):
        assert 0.85 < np.mean([w.covered[name] for w in found]) < 0.95
    assert "2 tables" in summary(found)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"target": "z"}, "no column 'z'"),
        ({"features": ["spend", "y"]}, "other than the target"),
        ({"features": ["spend", "other"]}, "column 'other': is not in the table"),
        ({"target": "channel", "features": ["spend"]}, "must be a number"),
        ({"learners": ["forest"]}, "no learner 'forest'"),
        ({"learners": ["linear", Selection(10)]}, "asked once"),
        ({"folds": 30}, "ask for fewer folds"),
        ({"features": ["spend", "gap"]}, "column 'gap': has no value in 1 rows"),
        ({"features": ["same"]}, "is the same in every row"),
        ({"groups": "nobody"}, "groups must be a column"),
        ({"threshold": 2}, "threshold must be in"),
        ({"features": ["label"]}, "has 100 labels|has 101 labels|labels in 100 rows"),
        ({"new": {"spend": [1.0], "rating": [4.0], "channel": ["radio"], "nothing": [0.0]}}, "'radio' was in no row"),
    ],
)
def test_what_cannot_be_predicted_is_told(asked: dict[str, Any], said: str) -> None:
    data = table(101, seed=1).assign(same=1.0, label=[f"l{i}" for i in range(101)])
    data["gap"] = data["spend"].where(data.index != 3)
    options: dict[str, Any] = {"target": "y", "features": FEATURES, "learners": [QUICK], "folds": 2}
    with pytest.raises(BayesRoiError, match=said):
        br.predict_target(data, **options | asked)


def test_a_feature_that_is_the_target_in_other_units_is_noted(scored: TargetScores) -> None:
    data = table(100, seed=1).assign(cents=lambda d: 100 * d["y"])
    found = br.predict_target(data, target="y", features=["cents", "spend"], learners=[QUICK], folds=2)
    assert "cents is all but y itself" in str(found)
    assert not scored.notes
