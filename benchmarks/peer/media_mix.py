"""The equation of benchmarks/media_mix.py in PyMC-Marketing, in a process of its own under .venv-peer.

    python media_mix.py REQUEST CACHE SEED

REQUEST is a JSON file: the table, its spends, the curve, and the priors of bayes_roi in the units of the data. They are
written here in those of PyMC-Marketing, which divides the outcome and each spend by its largest value. CACHE is the
folder of what PyTensor compiled. The last line printed is JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

SECONDS: dict[str, float] = {}


def main(request: dict[str, Any], seed: int) -> dict[str, Any]:
    """Return the ROAS of each channel (5 %, median, 95 %), what the draws are worth, and CPU seconds."""
    import pandas as pd

    table = pd.read_csv(request["table"], parse_dates=["week"])
    controls = controls_of(table)
    mmm = model(table, controls, request)
    watch_the_sampler()
    started = time.process_time()
    mmm.fit(pd.concat([table, controls], axis=1), chains=4, random_seed=seed, progressbar=False)
    SECONDS["fit"] = time.process_time() - started
    posterior = mmm.idata["posterior"].to_dataset()
    earned = posterior["channel_contribution"].sum("date") * table["revenue"].max()
    roas = earned / table[request["spends"]].sum().to_numpy()
    found = roas.quantile([0.05, 0.5, 0.95], dim=("chain", "draw")).transpose("channel", "quantile").values.tolist()
    SECONDS["process"] = time.process_time()
    return {"roas": found, "versions": versions(), **SECONDS, **worth(mmm.idata, mmm.model.free_RVs)}


def controls_of(table: Any) -> Any:
    """Return demand, trend and season, standardised."""
    import numpy as np
    import pandas as pd

    week = np.arange(len(table))
    angles = [2 * np.pi * wave * week / 52.18 for wave in (1, 2)]
    columns = {"demand_standardised": table["demand"], "trend": week}
    columns |= {f"sin_{i}": np.sin(a) for i, a in enumerate(angles, 1)}
    columns |= {f"cos_{i}": np.cos(a) for i, a in enumerate(angles, 1)}
    found = pd.DataFrame(columns)
    return (found - found.mean()) / found.std(ddof=0)


def model(table: Any, controls: Any, request: dict[str, Any]) -> Any:
    """Return the model, not yet fitted."""
    import numpy as np
    import xarray as xr
    from pymc_extras.prior import Prior
    from pymc_marketing.mmm import MMM, GeometricAdstock, HillSaturation, LogisticSaturation

    own, spends, top = request["priors"], request["spends"], table["revenue"].max()
    log_most = np.log(table[spends].max().to_numpy())
    log_half = xr.DataArray(own["half"]["mu"] - log_most, dims="channel", coords={"channel": spends})
    widths = xr.DataArray(
        np.array(request["control_sd"]) / top, dims="control", coords={"control": list(controls.columns)}
    )
    config = {
        "intercept": Prior("Normal", mu=own["level"]["mu"] / top, sigma=own["level"]["sigma"] / top),
        "likelihood": Prior("Normal", sigma=Prior("HalfNormal", sigma=own["sigma"]["sigma"] / top), dims="date"),
        "gamma_control": Prior("Normal", mu=0, sigma=widths, dims="control"),
        "adstock_alpha": Prior("Beta", **own["retention"], dims="channel"),
        "saturation_beta": Prior("HalfNormal", sigma=own["effect"]["sigma"] / top, dims="channel"),
    }
    if request["curve"] == "hill":
        config["saturation_kappa"] = Prior("LogNormal", mu=log_half, sigma=own["half"]["sigma"], dims="channel")
        config["saturation_slope"] = Prior("LogNormal", **own["slope"], dims="channel")
    else:  # lam is 1 / half
        config["saturation_lam"] = Prior("LogNormal", mu=-log_half, sigma=own["half"]["sigma"], dims="channel")
    return MMM(
        date_column="week",
        target_column="revenue",
        channel_columns=spends,
        control_columns=list(controls.columns),
        adstock=GeometricAdstock(l_max=request["max_lag"] + 1, normalize=True),
        saturation={"hill": HillSaturation, "logistic": LogisticSaturation}[request["curve"]](),
        model_config=config,
    )


def watch_the_sampler() -> None:
    """Time the two steps of nutpie, which `MMM.fit` reaches through `pm.sample`."""
    import nutpie

    def timed(name: str, function: Any) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            started = time.process_time()
            found = function(*arguments, **options)
            SECONDS[name] = time.process_time() - started
            return found

        return call

    nutpie.compile_pymc_model = timed("compile", nutpie.compile_pymc_model)
    nutpie.sample = timed("sample", nutpie.sample)


def worth(tree: Any, parameters: list[Any]) -> dict[str, float]:
    """Return the smallest bulk effective size, the largest R-hat and the divergences."""
    from arviz_stats import ess, rhat

    draws = tree["posterior"].to_dataset()[[v.name for v in parameters]]
    sizes, rhats = ess(draws, method="bulk"), rhat(draws)
    return {
        "size": min(float(v.min()) for v in sizes.data_vars.values()),
        "rhat": max(float(v.max()) for v in rhats.data_vars.values()),
        "divergences": int(tree["sample_stats"]["diverging"].sum()),
        "draws": int(draws.sizes["chain"] * draws.sizes["draw"]),
    }


def versions() -> str:
    """Return what was measured."""
    from importlib.metadata import version

    return ", ".join(f"{name} {version(name)}" for name in ("pymc-marketing", "pymc", "pytensor", "nutpie", "numpy"))


if __name__ == "__main__":
    file, cache, seed = sys.argv[1:]
    os.environ["PYTENSOR_FLAGS"] = f"base_compiledir={cache}"
    print("\n" + json.dumps(main(json.loads(Path(file).read_text(encoding="utf-8")), int(seed))))
