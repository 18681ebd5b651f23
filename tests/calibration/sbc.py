"""Simulation-based calibration of the engines (Talts, Betancourt, Simpson, Vehtari and Gelman 2018).

    python -m tests.calibration.sbc [STUDY | STUDY/WORLD ...] [--sims N] [--jobs J] [--keep FOLDER]

A study is an engine: `exact`, `collapsed`, `hmc` are `br.fit` as everybody calls it, so that a world which the engine
refuses goes to the next one as it would for a user, is ranked with the others, and is counted; `nuts` is
`br.fit(engine="nuts")`. Ranks are kept in FOLDER (runs/calibration), a line a simulation, under a digest of the code
that made them, so that a run that was stopped goes on where it was. Each study writes its table and figure into
docs/calibration. Exit code 1 when the smallest p-value of a study, times the number of its quantities (Bonferroni), is
below `ALARM`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

import bayes_roi as br
from bayes_roi.inference.fit import fit_of
from bayes_roi.panel import Panel
from tests.calibration.kept import DOCS, RUNS, add_line, digest, markdown, read_lines
from tests.calibration.ranks import DRAWS, band, counts, p_value, rank
from tests.calibration.worlds import WORLDS, World
from tests.calibration.written import WRITTEN, Written

EVERY: Mapping[str, World | Written] = {**WORLDS, **WRITTEN}
ALARM = 1e-3
"""The probability that a study of right engines ends with 1."""
_WRITTEN = ("one", "one_around_zero", "two", "three", "covariates", "student_t", "lognormal")
_DEFAULTS = ("defaults", "shares", "linear_shares", "money_1", "money_linear_2")
_COLLAPSED = (*_WRITTEN, *_DEFAULTS)
STUDIES = {
    "exact": ("linear", "linear_defaults"),
    "collapsed": _COLLAPSED,
    "hmc": ("money_4", "money_10", *WRITTEN),
    "nuts": ("linear", "linear_defaults", *_COLLAPSED),
}
NUTS_SHARE = 5
"""NUTS makes one simulation where the others make this many."""
MOST_OF_ONE = 12
"""Of a longer vector, as of a hidden series, the first, the middle and the last are ranked."""
Draws = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Simulation:
    """One simulation: who drew, why, whether the diagnosis was true, CPU seconds, and the rank of each quantity."""

    seed: int
    engine: str
    why: str
    ok: bool
    seconds: float
    ranks: dict[str, int]


def simulate(world: World | Written, engine: Literal["auto", "nuts"], seed: int) -> Simulation:
    """Draw a pair, fit its data and rank its truth."""
    truth, panel = world.pair(seed)
    started = time.process_time()
    draws = 1000 if engine == "nuts" else 250
    fit = br.fit(world.model, panel, seed=seed, draws=draws, engine=engine, progress=False)
    seconds = time.process_time() - started
    blocks = fit.diagnosis.blocks
    engines, why = (", ".join(dict.fromkeys(getattr(b, what) for b in blocks)) for what in ("engine", "why"))
    ranks = ranked(world, panel, truth, thinned(fit.parameters), seed)
    return Simulation(seed, engines, why, not any(b.problems for b in blocks), round(seconds, 3), ranks)


def thinned(parameters: Draws) -> dict[str, np.ndarray]:
    """Return `DRAWS` draws (DRAWS, ...) evenly spaced over all chains."""
    total = len(next(iter(parameters.values())))
    chosen = np.linspace(0, total - 1, DRAWS).astype(int)
    return {name: values[chosen] for name, values in parameters.items()}


def ranked(
    world: World | Written, panel: Panel, truth: Draws, draws: Draws, seed: int, *, money: bool = True
) -> dict[str, int]:
    """Return the rank of the truth among draws by each test quantity."""
    rng = np.random.default_rng([seed, 6])
    both = {name: np.concatenate([truth[name], draws[name]]) for name in draws}
    found = quantities(world, panel, both) | (roas(world, panel, both) if money else {})
    return {name: rank(v[0], v[1:], rng) for name, v in found.items()}


def roas(world: World | Written, panel: Panel, parameters: Draws) -> dict[str, np.ndarray]:
    """Return the ROAS of each channel (count,), as everybody asks for it."""
    values = br.roas(fit_of(world.model, panel, parameters)).values
    return {f"ROAS of {c}": values.sel(channel=c).values.ravel() for c in world.model.channels}


def quantities(world: World | Written, panel: Panel, parameters: Draws) -> dict[str, np.ndarray]:
    """Return test quantity -> (count,): parameters, and the log likelihood and prior, which see them all at once.

    A quantity that depends on the data finds what those of parameters alone cannot, such as draws of the prior in place
    of the posterior (Modrak et al. 2023).
    """
    found: dict[str, np.ndarray] = {}
    for name, values in parameters.items():
        columns = values.reshape(len(values), -1).T
        some = range(len(columns)) if len(columns) <= MOST_OF_ONE else (0, len(columns) // 2, len(columns) - 1)
        found |= {name: columns[0]} if values.ndim == 1 else {f"{name}[{i}]": columns[i] for i in some}
    return found | world.densities(panel, parameters)


def p_values(simulations: Iterable[Simulation]) -> dict[str, float]:
    """Return quantity -> probability of ranks as far from uniform as these."""
    by_name = gathered(simulations)
    return {name: p_value(ranks) for name, ranks in by_name.items()}


def gathered(simulations: Iterable[Simulation]) -> dict[str, np.ndarray]:
    """Return quantity -> ranks (simulations,)."""
    every = list(simulations)
    return {name: np.array([s.ranks[name] for s in every]) for name in every[0].ranks}


def made(study: str, world: World | Written, sims: int, jobs: int, folder: Path) -> list[Simulation]:
    """Return the first `sims` simulations of a world: those that are kept, and the others made now and kept."""
    module = "worlds.py" if isinstance(world, World) else "written.py"
    file = folder / digest(Path(__file__).with_name(module)) / study / f"{world.name}.jsonl"
    have = {s.seed: s for s in (Simulation(**line) for line in read_lines(file))}
    missing = [seed for seed in range(sims) if seed not in have]
    for simulation in _each(partial(simulate, world, "nuts" if study == "nuts" else "auto"), missing, jobs):
        add_line(file, asdict(simulation))
        have[simulation.seed] = simulation
    return [have[seed] for seed in range(sims)]


def _each(task: partial[Simulation], seeds: list[int], jobs: int) -> Iterator[Simulation]:
    if jobs == 1 or len(seeds) < 2:
        yield from map(task, seeds)
    else:
        with ProcessPoolExecutor(jobs) as pool:
            yield from pool.map(task, seeds)


def table(study: str, found: Mapping[str, list[Simulation]]) -> tuple[str, float]:
    """Return what a study found as Markdown, and its p-value: the smallest, times the number of quantities."""
    judged = {world: p_values(simulations) for world, simulations in found.items()}
    p, worst, where = min((p, name, world) for world, by_name in judged.items() for name, p in by_name.items())
    size = sum(map(len, judged.values()))
    overall = min(1.0, p * size)
    header = ("world", "simulations", "drawn by", "diagnosis false", "quantities", "smallest p", "of", "CPU s a fit")
    said = (
        f"`{study}`: the smallest p-value of {size} quantities is {p:.2g} ({worst} in {where}); "
        f"{overall:.2g} by Bonferroni."
    )
    rows = [_row(world, simulations, judged[world]) for world, simulations in found.items()]
    return f"{said}\n\n{markdown(header, rows)}", overall


def _row(world: str, simulations: list[Simulation], judged: Mapping[str, float]) -> tuple[object, ...]:
    worst = min(judged, key=judged.__getitem__)
    return (
        world,
        len(simulations),
        ", ".join(f"{n} {engine}" for engine, n in Counter(s.engine for s in simulations).most_common()),
        sum(not s.ok for s in simulations),
        len(judged),
        f"{judged[worst]:.2g}",
        worst,
        f"{np.median([s.seconds for s in simulations]):.2g}",
    )


def figure(study: str, found: Mapping[str, list[Simulation]], file: Path) -> None:
    """Draw the ECDF of the ranks less that of uniform ones, a line a quantity, with the band of one and of all."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    columns = min(len(found), 3)
    rows = -(-len(found) // columns)
    every = sum(len(simulations[0].ranks) for simulations in found.values())
    drawn, axes = plt.subplots(
        rows, columns, figsize=(3.6 * columns, 2.7 * rows), squeeze=False, sharex=True, layout="constrained"
    )
    for ax, (world, simulations) in zip(axes.flat, found.items(), strict=False):
        size = len(simulations)
        for prob, shade in ((1 - 0.05 / every, "0.9"), (0.95, "0.8")):
            edges, low, high = band(prob, size)
            ax.fill_between(edges, low - edges, high - edges, color=shade, lw=0)
        found_p = p_values(simulations)
        worst = min(found_p, key=found_p.__getitem__)
        for name, ranks in gathered(simulations).items():
            colour, width = ("C3", 1.4) if name == worst else ("C0", 0.5)
            ax.plot(edges, counts(ranks) / size - edges, color=colour, lw=width, zorder=2 + (name == worst))
        ax.set_title(f"{world}, {size} simulations", fontsize=9)
        ax.text(0.02, 0.03, f"{worst}: p = {found_p[worst]:.2g}", color="C3", fontsize=7, transform=ax.transAxes)
        ax.tick_params(labelsize=7)
    for ax in list(axes.flat)[len(found) :]:
        ax.set_visible(False)
    drawn.supxlabel("rank / 100", fontsize=8)
    drawn.supylabel("ECDF less uniform", fontsize=8)
    drawn.savefig(file, dpi=110)
    plt.close(drawn)


def main(arguments: list[str] | None = None) -> int:
    """Run the studies asked for, all when none is; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.calibration.sbc", description=__doc__.split("\n")[0])
    parser.add_argument("what", nargs="*", help=f"a study ({', '.join(STUDIES)}), or one world of it, as exact/linear")
    parser.add_argument("--sims", type=int, default=500, help=f"simulations of a world (NUTS: a {NUTS_SHARE}th)")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--keep", type=Path, default=RUNS, help="where ranks are kept")
    asked = parser.parse_args(arguments)
    wanted: dict[str, list[str]] = {}
    for what in asked.what or STUDIES:
        study, _, world = what.partition("/")
        if study not in STUDIES or (world and world not in STUDIES[study]):
            parser.error(f"no study {what!r}; there are {', '.join(f'{s}/{w}' for s in STUDIES for w in STUDIES[s])}")
        wanted.setdefault(study, []).extend([world] if world else STUDIES[study])
    DOCS.mkdir(parents=True, exist_ok=True)
    alarms = 0
    for study, worlds in wanted.items():
        sims = -(-asked.sims // NUTS_SHARE) if study == "nuts" else asked.sims
        found = {w: made(study, EVERY[w], sims, asked.jobs, asked.keep) for w in worlds}
        text, overall = table(study, found)
        print(text, "\n")
        alarms += overall < ALARM
        if set(worlds) == set(STUDIES[study]):
            (DOCS / f"sbc_{study}.md").write_text(text + "\n")
            figure(study, found, DOCS / f"sbc_{study}.png")
    return int(alarms > 0)


if __name__ == "__main__":
    sys.exit(main())
