"""The short form of `make lift` and of `make predict`: some worlds of each."""

from __future__ import annotations

import pytest

from tests.recovery import lift_study, predict_study
from tests.recovery.lift_study import PARTS, TOTAL, WITHOUT


@pytest.fixture(scope="module")
def lifted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lift")
    return [lift_study.run(seed, draws=250) for seed in range(3)], folder


def test_a_test_narrows_the_return_of_a_channel_that_never_pauses(lifted):
    """In each of fifty worlds it did; to a half in the median."""
    worlds, _ = lifted
    for w in worlds:
        assert w.width[TOTAL] < w.width[WITHOUT]
        assert w.width[PARTS] < w.width[WITHOUT]
    assert sum(w.covered[TOTAL] for w in worlds) >= 2


def test_a_result_four_sd_away_is_mostly_called_a_conflict(lifted):
    """P(|N(4, 1)| > 2.576) = .92: over 2,000 results its standard error is .006."""
    worlds, _ = lifted
    assert all(abs(w.flagged - 0.9227) < 4 * 0.006 for w in worlds)
    assert "a result 4 sd away is called a conflict: 0.9" in lift_study.summary(worlds)


def test_predictive_intervals_are_wider_than_those_of_expectations(tmp_path):
    """Of nine intervals of three worlds those without noise hold fewer; what was judged is read and not made again."""
    found = predict_study.worlds(range(3), tmp_path)
    assert sum(map(sum, (w.most for w in found))) > sum(map(sum, (w.expectation for w in found)))
    assert sum(map(sum, (w.most for w in found))) >= 6
    before = next(tmp_path.rglob("worlds.jsonl")).read_text(encoding="utf-8")
    predict_study.worlds(range(3), tmp_path)
    assert next(tmp_path.rglob("worlds.jsonl")).read_text(encoding="utf-8") == before
