"""The published stress worlds of mmm-framework and its own fit of them, in a process of its own under .venv-stress.

    python stress.py SCENARIO [SEED] [--no-fit]

SEED is the scenario's own where none is given. The last line printed is JSON: the table, the true contributions, and
(unless --no-fit) the estimates with their 90 % intervals, by the settings of the published matrix: 4 chains of 600
draws after 600 of tuning, parametric adstock, linear trend.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import version
from typing import Any

DRAWS, TUNE, CHAINS, ACCEPT, PROB = 600, 600, 4, 0.9, 0.9


def main(name: str, seed: int | None, fitted: bool) -> dict[str, Any]:
    """Return a world, and what the fit says of it."""
    from mmm_framework.synth.dgp import build

    world = build(name, seed)
    columns = {"sales": world.y, **dict(world.controls.items()), **dict(world.spend.items())}
    found = {
        "columns": {n: [float(v) for v in x] for n, x in columns.items()},
        "weeks": [str(w.date()) for w in world.weeks],
        "channels": world.channels,
        "controls": list(world.controls.columns),
        "truth": {c: float(v) for c, v in world.true_contribution.items()},
        "version": f"mmm-framework {version('mmm-framework')}",
    }
    return found | (fit(world) if fitted else {})


def fit(world: Any) -> dict[str, Any]:
    """Return the contribution of each channel (lower, estimate, upper), R-hat, and the CPU seconds of the fit."""
    from mmm_framework.config import InferenceMethod, ModelConfig
    from mmm_framework.model import BayesianMMM, TrendConfig, TrendType

    settings = ModelConfig(
        inference_method=InferenceMethod.BAYESIAN_PYMC,
        n_chains=CHAINS,
        n_draws=DRAWS,
        n_tune=TUNE,
        target_accept=ACCEPT,
        use_parametric_adstock=True,
        optim_seed=0,
    )
    mmm = BayesianMMM(world.panel(), settings, TrendConfig(type=TrendType.LINEAR))
    started = cpu()
    result = mmm.fit(random_seed=0)
    seconds = cpu() - started
    said = mmm.compute_counterfactual_contributions(compute_uncertainty=True, hdi_prob=PROB, random_seed=0)
    ends = (said.contribution_hdi_low, said.total_contributions, said.contribution_hdi_high)
    return {
        "said": {c: [float(x[c]) for x in ends] for c in world.channels},
        "rhat": float(result.diagnostics.get("rhat_max", float("nan"))),
        "divergences": int(result.diagnostics.get("divergences", 0)),
        "seconds": seconds,
    }


def cpu() -> float:
    """Return the CPU seconds of this process and of those that it waited for."""
    return sum(os.times()[:4])


if __name__ == "__main__":
    asked = [a for a in sys.argv[1:] if a != "--no-fit"]
    print("\n" + json.dumps(main(asked[0], int(asked[1]) if len(asked) > 1 else None, "--no-fit" not in sys.argv)))
