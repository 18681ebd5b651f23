"""A budget over six channels and 52 weeks, every week of every channel free, on draws of a prior."""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks.measure import fresh
from benchmarks.row import Row

CHANNELS, WEEKS, DRAWS, LIMIT = 6, 52, 2000, 30.0


def rows() -> Iterator[Row]:
    """Yield the CPU seconds of a plan by total and of one by week, against half a minute."""
    for flighting in ("pattern", "free"):
        found, _ = fresh(plan, flighting)
        note = f"KKT residual {found['residual']:.0e}, {found['profit']:.2%} of the profit of last year's mix"
        what = f"{CHANNELS} channels x {WEEKS} weeks, {flighting}"
        yield Row("budget", what, "limit", found["seconds"], LIMIT, "s CPU", limit=1.0, note=note)


def plan(flighting: str) -> dict[str, float]:
    """Return what one plan cost and how good it is."""
    import numpy as np

    import bayes_roi as br
    from bayes_roi.inference.fit import fit_of
    from bayes_roi.model.language.model import Model
    from bayes_roi.model.law.prior_draws import prior_draws
    from bayes_roi.model.rows.design import design
    from bayes_roi.panel import Panel

    rng, names = np.random.default_rng(0), [f"c{i}" for i in range(CHANNELS)]
    equation = "y ~ demand + " + " + ".join(f"hill(adstock({c}))" for c in names)
    model = Model("six", equation, "y", time="t", channels={c: c for c in names}, margin=0.4)
    columns = {c: rng.gamma(3, 3000, 160) * (rng.random(160) < 0.8) for c in names}
    columns |= {"demand": rng.normal(size=160), "y": 2e5 + 1e4 * rng.normal(size=160)}
    table = Panel(columns, np.arange(160), "t", "period", "made")
    fit = fit_of(model, table, prior_draws(model, design(model, table), DRAWS, 1))
    budget = float(br.outlook(fit, periods=WEEKS).reference.sum())
    started = time.process_time()
    found = br.optimise(fit, budget=budget, periods=WEEKS, flighting=flighting)  # type: ignore[arg-type]
    seconds = time.process_time() - started
    before = float(found.profit.centre().array) - float(found.mix.centre().array)
    return {"seconds": seconds, "residual": found.kkt.residual, "profit": float(found.profit.centre().array) / before}
