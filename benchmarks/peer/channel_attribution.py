"""What ChannelAttribution hands out by a table of paths: columns path, conversions, value, nothing (CSV in, JSON out).

    python channel_attribution.py TABLE SIMULATIONS ORDER...

TABLE may be a touch log (Parquet): pandas then makes the paths of its journeys, which is what users of it do.

It runs in an environment of its own, with attribution.txt beside this file.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from typing import Any

import pandas as pd

with contextlib.redirect_stdout(sys.stderr):
    from ChannelAttribution import heuristic_models, markov_model

LONGEST = 10_000
"""Steps after which a simulated path is given up; by default the longest path of the table, which shortens others."""


def paths_of(log: pd.DataFrame) -> pd.DataFrame:
    """Return the paths of a log: journeys end with a conversion, or after thirty days without a touch."""
    log = log.sort_values(["user", "time"], kind="stable")
    sold = log.event == "conversion"
    same = log.user.eq(log.user.shift())
    opens = ~same | sold.shift(fill_value=False) | (log.time.diff() > pd.Timedelta(days=30))
    log = log.assign(journey=opens.cumsum(), sold=sold)
    touches = log[~log.sold].groupby("journey", sort=False).channel.agg(">".join).rename("path").to_frame()
    ends = log[log.sold].groupby("journey").value.sum().rename("value")
    whole = touches.join(ends).assign(conversions=lambda t: t.value.notna().astype(int))
    whole = whole.assign(nothing=1 - whole.conversions).fillna({"value": 0.0})
    return whole.groupby("path", as_index=False)[["conversions", "value", "nothing"]].sum()


def main() -> None:
    """Print the heuristic models, the removal effects of each order, and what they took in CPU."""
    file = sys.argv[1]
    table = paths_of(pd.read_parquet(file)) if file.endswith(".parquet") else pd.read_csv(file)
    found: dict[str, Any] = {"order": {}}
    with contextlib.redirect_stdout(sys.stderr):
        models = heuristic_models(table, "path", "conversions", "value", flg_pro=False)
        for order in map(int, sys.argv[3:]):
            start = time.process_time()
            chain = markov_model(
                table,
                "path",
                "conversions",
                var_null="nothing",
                order=order,
                nsim_start=int(sys.argv[2]),
                max_step=LONGEST,
                out_more=True,
                seed=1,
                verbose=False,
                flg_pro=False,
            )
            effects = chain["removal_effects"].set_index("channel_name").iloc[:, 0]
            found["order"][order] = {"removal": effects.to_dict(), "cpu": time.process_time() - start}
    found["rules"] = models.set_index("channel_name").to_dict()
    found["cpu"] = sum(os.times()[:2])
    print(json.dumps(found))


if __name__ == "__main__":
    main()
