"""A table of many channels in PyMC-Marketing with its own defaults, in a process of its own under .venv-peer.

    python mix.py REQUEST CURVE

REQUEST is a JSON file: columns by name, weeks, outcome, spends, controls, the first row of the window, the carry-over
in weeks, and a seed. CURVE is hill or logistic. Priors, scaling, yearly season and sampler are PyMC-Marketing's
defaults; controls are standardised and a line is added to them, as its examples do. The last line printed is JSON.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

DRAWS = 1000
"""Of which contributions are computed."""
QUANTILES = (0.05, 0.5, 0.95)


def main(request: dict[str, Any], curve: str) -> dict[str, Any]:
    """Return the contribution of each channel in the window and of all (5 %, median, 95 %, mean), R-hat and CPU."""
    import numpy as np
    import pandas as pd
    from pymc_marketing.mmm import MMM, GeometricAdstock, HillSaturation, LogisticSaturation

    table = pd.DataFrame({"week": pd.to_datetime(request["weeks"]), **request["columns"]})
    table["line"] = np.arange(len(table))
    controls = [*request["controls"], "line"]
    table[controls] = (table[controls] - table[controls].mean()) / table[controls].std(ddof=0)
    mmm = MMM(
        date_column="week",
        target_column=request["outcome"],
        channel_columns=request["spends"],
        control_columns=controls,
        yearly_seasonality=2,
        adstock=GeometricAdstock(l_max=request["max_lag"] + 1),
        saturation={"hill": HillSaturation, "logistic": LogisticSaturation}[curve](),
    )
    started = cpu()
    mmm.fit(table, random_seed=request["seed"], progressbar=False)
    seconds = cpu() - started
    posterior = mmm.idata["posterior"].to_dataset().stack(sample=("chain", "draw"))
    few = posterior.isel(sample=np.linspace(0, posterior.sizes["sample"] - 1, DRAWS).astype(int))
    spends, top = table[request["spends"]].to_numpy().T, float(table[request["outcome"]].max())
    lost = contributions(few, spends, curve, request["max_lag"], request["window"]) * top
    check(few, spends, curve, request["max_lag"])
    total = lost.sum(axis=1)
    return {
        "channels": {s: said(lost[:, j]) for j, s in enumerate(request["spends"])},
        "total": said(total),
        "seconds": seconds,
        "versions": f"PyMC-Marketing {version('pymc-marketing')}, PyMC {version('pymc')}",
        **worth(mmm),
    }


def curves(draws: Any, spends: Any, curve: str, max_lag: int) -> Any:
    """Return what spends (channels, weeks) add (draws, channels, weeks), over the largest outcome."""
    import numpy as np

    def role(name: str) -> Any:
        return draws[name].transpose("sample", "channel").values[..., None]

    lags = np.arange(max_lag + 1)
    weights = role("adstock_alpha") ** lags
    weights = weights / weights.sum(axis=-1, keepdims=True)
    length = spends.shape[1]
    padded = np.pad(spends, ((0, 0), (max_lag, 0)))
    lagged = np.stack([padded[:, max_lag - k : max_lag - k + length] for k in lags], axis=1)
    carried = np.einsum("dcl,clt->dct", weights, lagged)
    if curve == "logistic":
        decayed = np.exp(-role("saturation_lam") * carried)
        return role("saturation_beta") * (1 - decayed) / (1 + decayed)
    slope = role("saturation_slope")
    return role("saturation_beta") * carried**slope / (role("saturation_kappa") ** slope + carried**slope)


def contributions(draws: Any, spends: Any, curve: str, max_lag: int, window: int) -> Any:
    """Return what the spend from a row on adds from there on (draws, channels): what came before is left as it was."""
    scaled = spends / spends.max(axis=1, keepdims=True)
    dark = scaled.copy()
    dark[:, window:] = 0.0
    with_and_without = (curves(draws, x, curve, max_lag)[..., window:] for x in (scaled, dark))
    first, second = with_and_without
    return (first - second).sum(axis=-1)


def check(draws: Any, spends: Any, curve: str, max_lag: int) -> None:
    """Raise unless the curves are those that PyMC-Marketing itself has in its posterior."""
    import numpy as np

    own = draws["channel_contribution"].transpose("sample", "channel", "date").values
    ours = curves(draws, spends / spends.max(axis=1, keepdims=True), curve, max_lag)
    np.testing.assert_allclose(ours, own, rtol=1e-4, atol=1e-7)


def said(draws: Any) -> list[float]:
    """Return the quantiles and the mean."""
    import numpy as np

    return [*np.quantile(draws, QUANTILES).tolist(), float(draws.mean())]


def worth(mmm: Any) -> dict[str, float]:
    """Return the largest R-hat, the smallest bulk effective size and the divergences."""
    from arviz_stats import ess, rhat

    draws = mmm.idata["posterior"].to_dataset()[[v.name for v in mmm.model.free_RVs]]
    return {
        "rhat": max(float(v.max()) for v in rhat(draws).data_vars.values()),
        "size": min(float(v.min()) for v in ess(draws, method="bulk").data_vars.values()),
        "divergences": int(mmm.idata["sample_stats"]["diverging"].sum()),
    }


def cpu() -> float:
    """Return the CPU seconds of this process and of those that it waited for."""
    return sum(os.times()[:4])


if __name__ == "__main__":
    file, kind = sys.argv[1:]
    print("\n" + json.dumps(main(json.loads(Path(file).read_text(encoding="utf-8")), kind)))
