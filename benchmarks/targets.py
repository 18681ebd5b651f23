"""Whole commands from process start to the last file, each against what it should take, in times of importing PyMC.

`bayes-roi run` writes the report unless the row says otherwise. The rows of many channels are one revenue equation of
Hill curves over adstock, media a third of revenue, with ten covariates where there are twenty channels, to the table of
ROAS; the note has the worst effective size over all parameters, bulk and tail.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import COMMAND, PYTHON, fresh, run, scratch
from benchmarks.row import Row

MEDIA = 1 / 3
"""Share of revenue that media make."""
PYMC = 1.4
"""Seconds of `import pymc` where the targets in seconds were set."""
SHIPPED = {"hidden_demand": 15.0, "geo_funnel": 20.0, "robyn": 8.0}
"""Model -> seconds to reach; `cold_run` has the weekly funnel."""
MANY = {12: (156, 0, 12.0), 20: (208, 10, 30.0)}
"""Channels -> weeks, covariates, seconds to reach."""


def rows() -> Iterator[Row]:
    """Yield CPU seconds of each command against its limit."""
    run([PYTHON, "-c", "import pymc"])  # fills the cache of bytecode
    pymc = run([PYTHON, "-c", "import pymc"]).cpu
    run([COMMAND, "check", "weekly_funnel"])
    yield _row("check, weekly_funnel", run([COMMAND, "check", "weekly_funnel"]).cpu, pymc, 0.6)
    for name, seconds in SHIPPED.items():
        command = [COMMAND, "run", name, "--out", str(scratch() / "targets" / name), "--overwrite"]
        yield _row(f"run with the report, {name}", run(command).cpu, pymc, seconds)
    for count, (weeks, covariates, seconds) in MANY.items():
        folder = scratch() / "targets" / f"channels_{count}"
        fresh(prepare, str(folder), count, weeks, covariates)
        out = str(folder / "run")
        model, table = (str(folder / n) for n in ("model.yaml", "table.csv"))
        used = run([COMMAND, "run", model, "--data", table, "--out", out, "--no-report", "--overwrite"]).cpu
        yield _row(f"run --no-report, {count} Hill channels, {weeks} weeks", used, pymc, seconds, _worst(out))


def _row(what: str, ours: float, pymc: float, seconds: float, note: str = "") -> Row:
    return Row("targets", what, "import pymc", ours, pymc, "s CPU", limit=seconds / PYMC, note=note)


def _worst(folder: str) -> str:
    blocks = json.loads((Path(folder) / "manifest.json").read_text(encoding="utf-8"))["diagnosis"]["blocks"]
    engines = ", ".join(dict.fromkeys(b["engine"] for b in blocks))
    bulk, tail = (min(b[f"ess_{what}"] for b in blocks) for what in ("bulk", "tail"))
    return f"{engines}; worst effective size {bulk:,.0f} in the bulk, {tail:,.0f} in the tails"


def prepare(folder: str, count: int, weeks: int, covariates: int) -> dict[str, Any]:
    """Write model.yaml and table.csv of one revenue equation."""
    import pandas as pd

    import bayes_roi as br
    from bayes_roi.model.simulation.made_up_truth import made_up_truth
    from benchmarks.made_up import of_share

    spends = [f"spend_{i}" for i in range(1, count + 1)]
    right = [f"hill(adstock({s}))" for s in spends] + [f"covariate_{i}" for i in range(1, covariates + 1)]
    model = br.Model(
        name=f"{count} channels",
        equations=f"revenue ~ {' + '.join(right)} + trend() + season(period=52.18, order=2)",
        outcome="revenue",
        time="week",
        channels={f"channel_{i}": s for i, s in enumerate(spends, 1)},
        currency="USD",
    )
    truth = of_share(model, made_up_truth(model, seed=1, periods=weeks + model.max_lag), MEDIA)
    panel = br.simulate(model, truth)
    where = Path(folder)
    where.mkdir(parents=True, exist_ok=True)
    br.write_model(model, where / "model.yaml")
    table: dict[str, Sequence[Any]] = {"week": panel.periods, **panel.columns}  # type: ignore[dict-item]
    pd.DataFrame(table).to_csv(where / "table.csv", index=False)
    return {"rows": panel.rows}
