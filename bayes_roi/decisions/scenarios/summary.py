"""The numbers of a comparison as plain values: what tables, JSON and the command line show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_roi.decisions.scenarios.compared import ComparedPlans
from bayes_roi.draws import WELL_SUPPORTED, Draws, check_prob

if TYPE_CHECKING:
    import pandas as pd

END_NAMES = ("mean", "lower", "upper")
MEASURES = ("outcome", "incremental_outcome", "profit", "roi")


def summary(plans: ComparedPlans, prob: float) -> dict[str, dict[str, Any]]:
    """Return scenario -> its numbers, see `Comparison.summary`."""
    check_prob(prob)
    parts = {key: getattr(plans, key) for key in MEASURES} | {"gain": plans.against(plans.names[0])}
    by_part = {key: _estimates(draws, prob) for key, draws in parts.items()}
    behind = [str(word) for word in parts["gain"].words().over({"scenario": len(plans.names)})]
    return {
        name: _numbers(plans, i, {key: of[i] for key, of in by_part.items()}, behind[i])
        for i, name in enumerate(plans.names)
    }


def frame(numbers: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Return the numbers of scenarios as a table, one row a scenario."""
    import pandas as pd

    rows = {}
    for name, own in numbers.items():
        row = {"spend": own["spend"]}
        for key in (*MEASURES, "gain"):
            of = own[key] or dict.fromkeys(END_NAMES)
            row |= {key if k == "mean" else f"{key}_{k}": v for k, v in of.items()}
        rows[name] = row | {"better": own["better"], "evidence": own["evidence"]}
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("scenario")
    return table.astype(dict.fromkeys(table.columns.drop("evidence"), float))


def _numbers(plans: ComparedPlans, i: int, estimates: dict[str, Any], behind_gain: str) -> dict[str, Any]:
    """Return the numbers of the scenario at a position."""
    totals, inside = plans.spend.array[i], plans.support.array[i]
    return {
        "spend": float(totals.sum()),
        "spend_by_channel": dict(zip(plans.ahead.channels, totals.tolist(), strict=True)),
        **estimates,
        "gain": estimates["gain"] if i else None,
        "better": float(plans.better.array[i, 0]) if i else None,
        "evidence": str(plans.profit.words().array[i]),
        "gain_evidence": behind_gain if i else None,
        "reason": plans.reasons[i],
        "extrapolated": [c for c, s in zip(plans.ahead.channels, inside, strict=True) if s < WELL_SUPPORTED],
    }


def _estimates(draws: Draws, prob: float) -> list[dict[str, float | None]]:
    """Return mean, lower and upper of each scenario; None where they are not defined."""
    columns = (draws.centre().array, *(end.array for end in draws.arrays.interval(prob)))
    return [
        {key: float(x) if np.isfinite(x) else None for key, x in zip(END_NAMES, row, strict=True)}
        for row in zip(*columns, strict=True)
    ]
