"""The budget of benchmarks/budget_peer.py in PyMC-Marketing, in a process of its own under .venv-peer.

    python budget.py REQUEST CACHE

REQUEST is a JSON file: the table, the draws of the curves in the units of the data, and the budget. CACHE is the folder
of what PyTensor compiled. The last line printed is JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any


def main(request: dict[str, Any]) -> dict[str, Any]:
    """Return the plan that the peer finds twice, and the CPU seconds of each time."""
    import numpy as np
    import pandas as pd
    import xarray as xr
    from pymc_marketing.mmm import MMM, GeometricAdstock, LogisticSaturation

    table = pd.DataFrame(request["table"]).assign(week=lambda t: pd.to_datetime(t["week"]))
    spends, periods, budget = request["spends"], request["periods"], request["budget"]
    mmm = MMM(
        date_column="week",
        target_column="revenue",
        channel_columns=spends,
        control_columns=["demand"],
        adstock=GeometricAdstock(l_max=request["max_lag"] + 1, normalize=True),
        saturation=LogisticSaturation(),
    )
    mmm.build_model(table.drop(columns="revenue"), table["revenue"])
    most, top = table[spends].max(), table["revenue"].max()
    draws = {
        role: np.array([request["draws"][s][role] for s in spends]).T[None] for role in request["draws"][spends[0]]
    }
    count = draws["half"].shape[1]
    by_channel = ("chain", "draw", "channel")
    posterior = xr.Dataset(
        {
            "adstock_alpha": (by_channel, draws["retention"]),
            "saturation_lam": (by_channel, most.to_numpy() / draws["half"]),
            "saturation_beta": (by_channel, draws["effect"] / top),
            "intercept_contribution": (("chain", "draw"), np.full((1, count), 0.5)),
            "gamma_control": (("chain", "draw", "control"), np.zeros((1, count, 1))),
            "y_sigma": (("chain", "draw"), np.full((1, count), 0.1)),
        },
        coords={"chain": [0], "draw": np.arange(count), "channel": spends, "control": ["demand"]},
    )
    mmm.idata = xr.DataTree.from_dict({"posterior": posterior})
    first = table["week"].iloc[-1] + pd.Timedelta(weeks=1)
    last = table["week"].iloc[-1] + pd.Timedelta(weeks=periods)
    bounds = xr.DataArray(
        [[0.0, budget / periods]] * len(spends),
        dims=("channel", "bound"),
        coords={"channel": spends, "bound": ["lower", "upper"]},
    )
    seconds = []
    for _ in range(2):
        started = time.process_time()
        optimizer = mmm.budget_optimizer(start_date=str(first.date()), end_date=str(last.date()))
        found = optimizer.allocate_budget(total_budget=budget / periods, budget_bounds=bounds)
        seconds.append(time.process_time() - started)
    return {"plan": (periods * found.budgets.sel(channel=spends).to_numpy()).tolist(), "seconds": seconds}


if __name__ == "__main__":
    file, cache = sys.argv[1:]
    os.environ["PYTENSOR_FLAGS"] = f"base_compiledir={cache}"
    print("\n" + json.dumps(main(json.loads(Path(file).read_text(encoding="utf-8")))))
