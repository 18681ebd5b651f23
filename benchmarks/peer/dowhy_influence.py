"""Intrinsic causal influence by DoWhy, in a process of its own under .venv-dowhy.

    python dowhy_influence.py REQUEST SEED PREDICTION

REQUEST is a JSON file: the table, the target, and node -> its parents. Nodes without parents have their empirical
distribution, the others a linear regression with additive noise from its residuals, as the case study has it.
PREDICTION is DoWhy's: "approx" (its default: a regression of the target on the noises) or "exact". The last line
printed is JSON.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any


def main(request: dict[str, Any], seed: int, prediction: str) -> dict[str, Any]:
    """Return each node's share of the variance, and CPU seconds."""
    import networkx as nx
    import pandas as pd
    from dowhy import gcm

    gcm.util.general.set_random_seed(seed)
    gcm.config.disable_progress_bars()
    gcm.config.set_default_n_jobs(1)
    table = pd.read_csv(request["table"])
    edges = [(p, child) for child, parents in request["parents"].items() for p in parents]
    model = gcm.StructuralCausalModel(nx.DiGraph(edges))
    for node in model.graph.nodes:
        linear = gcm.AdditiveNoiseModel(gcm.ml.create_linear_regressor())
        model.set_causal_mechanism(node, linear if node in request["parents"] else gcm.EmpiricalDistribution())
    started = time.process_time()
    gcm.fit(model, table)
    fitted = time.process_time()
    parts = gcm.intrinsic_causal_influence(model, request["target"], prediction_model=prediction)
    ended = time.process_time()
    total = float(sum(parts.values()))
    return {
        "shares": {node: float(part) / total for node, part in parts.items()},
        "fit": fitted - started,
        "influence": ended - fitted,
        "versions": ", ".join(f"{name} {version(name)}" for name in ("dowhy", "numpy", "scikit-learn")),
    }


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    file, seed, prediction = sys.argv[1:]
    print("\n" + json.dumps(main(json.loads(Path(file).read_text(encoding="utf-8")), int(seed), prediction)))
