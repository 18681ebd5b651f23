"""Recovery of a known truth with every shipped model.

    python -m tests.recovery.models_study [SEEDS] [MODEL ...]

The truth is the one published beside a model's table, or else the posterior mean of the model's fit to its table. Each
world keeps the table's exogenous columns and history and draws everything that the model explains anew: nodes in causal
order, with noise of their own, what is not observed included. A fit of each world is asked whether its 90 % intervals
hold the true ROAS of each channel and the true parameters.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace

import numpy as np

import bayes_roi as br
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.model.language.names import structural_names
from bayes_roi.model.law.forward import Forward
from bayes_roi.model.rows.layout import layout
from bayes_roi.model.simulation.truth import read_truth

PROB = 0.9
MODELS = br.shipped("models/weekly_funnel.yaml").parent
TABLES = {"robyn": "robyn_weekly"}
"""Tables that are not called as their model is."""


@dataclass(frozen=True)
class Recovered:
    """What the fit of one world says: of each channel's ROAS, and of each parameter, whether its interval holds it."""

    seed: int
    roas: dict[str, bool]
    width: dict[str, float]
    parameters: dict[str, bool]
    ok: bool
    seconds: float
    engines: dict[str, str]


@dataclass(frozen=True, eq=False)
class Case:
    """A shipped model with its table and a truth: name -> value (...) of each parameter."""

    name: str
    model: br.Model
    data: br.Panel
    truth: dict[str, np.ndarray]

    @classmethod
    def of(cls, name: str, units: int | None = None) -> Case:
        """Return the case of a shipped model; of a panel only the first units where a number is given."""
        model = br.read_model(br.shipped(f"models/{name}.yaml"))
        data = br.read_data(br.shipped(f"data/{TABLES.get(name, name)}.csv"), model)
        data = data if units is None else first_units(data, units)
        published = MODELS.parent / "data" / f"{TABLES.get(name, name)}.truth.json"
        if published.is_file():
            values = read_truth(published).parameters
            return cls(name, model, data, {n: np.asarray(v, float) for n, v in values.items()})
        fit = br.fit(model, data, seed=1, progress=False)
        return cls(name, model, data, {n: fit.parameters[n].mean(axis=0) for n in structural_names(model)})

    def world(self, seed: int) -> br.Panel:
        """Return the table with all that the model explains drawn anew."""
        where, rng = layout(self.model, self.data), np.random.default_rng([seed, 5])
        few = {n: x[None] for n, x in self.truth.items()}
        forward = Forward(self.model, fit_of(self.model, self.data, few).design)

        shape = (1, forward.design.length)
        u = {n: np.clip(rng.random(shape), 1e-12, 1 - 1e-12) for n in self.model.computation.order}
        held: dict[str, np.ndarray] = {}
        for node in (n for n in self.model.modelled if n in self.model.spends):  # what follows a budget sees it cut off
            drawn = forward.run(few, held, noise=lambda n, law: law.noise(u[n])).values[node]
            held[node] = np.maximum(drawn, 0.0)
        values = forward.run(few, held, noise=lambda n, law: law.noise(u[n])).values
        columns = {n: x.copy() for n, x in self.data.columns.items()}
        for node in self.model.modelled:
            columns[node][where.rows] = np.broadcast_to(values[node], shape)[0]
        return replace(self.data, columns=columns)

    def known(self, data: br.Panel) -> Fit:
        """Return the fit whose one draw is the truth."""
        return fit_of(self.model, data, {n: x[None] for n, x in self.truth.items()})

    def recovered(self, seed: int) -> Recovered:
        """Return what a fit of one world says of the truth."""
        data = self.world(seed)
        started = time.process_time()
        fit = br.fit(self.model, data, seed=seed, progress=False)
        seconds = time.process_time() - started
        right, ends = br.roas(self.known(data)).mean(), br.roas(fit).interval(PROB)
        inside = (ends.lower <= right) & (right <= ends.upper)
        structural = {n: fit.parameters[n] for n in structural_names(self.model)}
        scalars = {n: x for n, x in structural.items() if x.ndim == 1 and not n.endswith(".intercept")}
        tails = {name: np.quantile(x, [(1 - PROB) / 2, (1 + PROB) / 2]) for name, x in scalars.items()}
        return Recovered(
            seed=seed,
            roas={c: bool(inside.sel(channel=c)) for c in self.model.channels},
            width={c: float(((ends.upper - ends.lower) / abs(right)).sel(channel=c)) for c in self.model.channels},
            parameters={n: bool(low <= self.truth[n] <= high) for n, (low, high) in tails.items()},
            ok=bool(fit.diagnosis),
            seconds=seconds,
            engines={" + ".join(b.nodes): b.engine for b in fit.diagnosis.blocks},
        )


def first_units(panel: br.Panel, count: int) -> br.Panel:
    """Return the rows of the first units of a panel."""
    assert panel.units is not None
    assert panel.periods is not None
    assert panel.clock is not None
    kept = np.isin(panel.units, list(dict.fromkeys(panel.units.tolist()))[:count])
    return replace(
        panel,
        columns={n: x[kept] for n, x in panel.columns.items()},
        periods=panel.periods[kept],
        units=panel.units[kept],
        clock=panel.clock[kept],
    )


def summary(name: str, worlds: list[Recovered]) -> str:
    """Return the coverage of one model over its worlds as text; errors are clustered by world."""

    def pooled(what: str) -> tuple[float, float]:
        each = np.array([np.mean(list(getattr(w, what).values())) for w in worlds])
        return float(each.mean()), float(each.std(ddof=1) / np.sqrt(len(each))) if len(each) > 1 else float("nan")

    (roas, e1), (parameters, e2) = pooled("roas"), pooled("parameters")
    by_channel = ", ".join(f"{c} {sum(w.roas[c] for w in worlds)}/{len(worlds)}" for c in worlds[0].roas)
    width = np.median([list(w.width.values()) for w in worlds])
    return (
        f"{name}: {len(worlds)} worlds; ROAS covered {roas:.3f} (se {e1:.3f}; {by_channel}), median width over truth "
        f"{width:.2f}; {len(worlds[0].parameters)} parameters covered {parameters:.3f} (se {e2:.3f}); diagnosis ok in "
        f"{sum(w.ok for w in worlds)}; median CPU {np.median([w.seconds for w in worlds]):.1f} s; "
        f"{sorted({e for w in worlds for e in w.engines.values()})}"
    )


def names() -> list[str]:
    """Return the shipped models."""
    return sorted(file.stem for file in MODELS.glob("*.yaml"))


def main(count: int = 20, *chosen: str) -> None:
    """Print the coverage of each model."""
    for name in chosen or names():
        case, worlds = Case.of(name), []
        for seed in range(300, 300 + count):
            worlds.append(case.recovered(seed))
            print(f"{name} {seed}: {worlds[-1]}", file=sys.stderr, flush=True)
        print(summary(name, worlds), flush=True)


if __name__ == "__main__":
    main(*(int(a) if a.isdigit() else a for a in sys.argv[1:]))  # type: ignore[arg-type]
