"""The table of scores says of kept periods what the scores of their draws say."""

from __future__ import annotations

import numpy as np
import pytest

from bayes_roi.prediction.scores import scores
from tests.prediction.scores_study import Forecasts, here, read, rows_of, table


def test_the_table_is_of_all_periods_together() -> None:
    from dataclasses import asdict

    rng = np.random.default_rng(1)
    came = rng.normal(100, 10, (2, 4))
    draws = {"model": rng.normal(100, 5, (2, 400, 4)), "seasonal naive": rng.normal(90, 20, (2, 400, 4))}
    found = [Forecasts("m", i, {who: rows_of(x[i], came[i]) for who, x in draws.items()}) for i in range(2)]
    assert [read(asdict(f)) for f in found] == found
    right = {who: scores(np.concatenate(x, axis=1), came.ravel()) for who, x in draws.items()}
    for line, (who, score) in zip(table(found).splitlines()[2:], right.items(), strict=True):
        cells = [c.strip() for c in line.strip("|").split("|")]
        assert cells[:3] == ["m", who, "8"]
        assert float(cells[3].replace(",", "")) == pytest.approx(score.rmse, abs=0.5)
        assert float(cells[6]) == pytest.approx(score.r2, abs=0.005)
        assert float(cells[7].replace(",", "")) == pytest.approx(score.crps, abs=0.5)
        assert cells[9:] == [f"{score.covered_50:.0%}", f"{score.covered_90:.0%}"]
    assert "seasonal naive" in here()
