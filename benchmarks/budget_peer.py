"""One budget over three channels, by br.optimise and by PyMC-Marketing at the same curves (`make bench-peer`).

Both divide it evenly over 13 weeks after the table, on the same 1,000 draws of the same curves (geometric adstock
within a logistic curve), with the carry-over of the weeks after; nothing is carried in, as the last weeks of the table
are made dark. The draws are those of a fit by br.fit; PyMC-Marketing is given them in place of its own. Its first plan
compiles with PyTensor's cache empty, its second finds what the first left.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.measure import fresh, run, scratch
from benchmarks.media_mix import PEER
from benchmarks.row import Row

SCRIPT = Path(__file__).with_name("peer") / "budget.py"
PERIODS, BUDGET, AGREE = 13, 900_000.0, 1e-4


def rows() -> Iterator[Row]:
    """Yield how far the two plans are apart, and the CPU seconds of a first and of a second one.

    Raises
    ------
    RuntimeError
        When the peer's environment is not there.
    """
    if not PEER.exists():
        raise RuntimeError(f"{PEER} is not there; make bench-peer makes it")
    folder = scratch()
    ours, _ = fresh(plans, str(folder / "request.json"))
    ended = run([str(PEER), "-W", "ignore", str(SCRIPT), str(folder / "request.json"), str(folder / "cache")])
    theirs = json.loads(ended.printed.splitlines()[-1])
    apart = max(abs(a - b) for a, b in zip(ours["plan"], theirs["plan"], strict=True)) / BUDGET
    note = ", ".join(f"{a:,.0f} and {b:,.0f}" for a, b in zip(ours["plan"], theirs["plan"], strict=True))
    yield Row("budget_peer", "largest difference of a share", "1e-4", apart, AGREE, "of it", limit=1.0, note=note)
    for which, a, b in zip(("first", "second"), ours["seconds"], theirs["seconds"], strict=True):
        yield Row("budget_peer", f"{which} plan", "PyMC-Marketing", a, b, "s CPU")


def plans(request: str) -> dict[str, Any]:
    """Write the request to the peer; return our plan and the CPU seconds of finding it twice."""
    import numpy as np

    import bayes_roi as br
    from bayes_roi.inference.fit import fit_of
    from bayes_roi.model.language.model import Model

    shipped = br.read_model(br.shipped("models/weekly_funnel.yaml"))
    data = br.read_data(br.shipped("data/weekly_funnel.csv"), shipped)
    spends = list(shipped.channels.values())
    equation = "revenue ~ demand + " + " + ".join(f"logistic(adstock({s}))" for s in spends)
    channels = {s: s for s in spends}
    model = Model("mix", equation, "revenue", time="week", channels=channels, carry_in="zero", margin=1.0)
    columns = {name: np.array(column) for name, column in data.columns.items()}
    for spend in spends:
        columns[spend][-model.max_lag - 1 :] = 0.0
    dark = data.with_columns(columns)
    fit = fit_of(model, dark, br.fit(model, data, seed=7, draws=250, progress=False).parameters)
    draws = {
        s: {r: fit.parameters[f"revenue.{s}.{r}"].tolist() for r in ("retention", "half", "effect")} for s in spends
    }
    table = {"week": [str(p) for p in np.asarray(data.periods)]}
    table |= {name: columns[name].tolist() for name in ("revenue", "demand", *spends)}
    asked = {"table": table, "spends": spends, "draws": draws, "periods": PERIODS, "budget": BUDGET}
    Path(request).write_text(json.dumps(asked | {"max_lag": model.max_lag}), encoding="utf-8")
    seconds = []
    for _ in range(2):
        started = time.process_time()
        plan = br.optimise(fit, budget=BUDGET, periods=PERIODS, flighting="even", extrapolate=True, draws=1000)
        seconds.append(time.process_time() - started)
    return {"plan": list(plan.totals.values()), "seconds": seconds}
