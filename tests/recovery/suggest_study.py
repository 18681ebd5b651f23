"""How many arrows of random graphs `br.suggest_edges` finds, and how many that are not there, beside time order alone.

    python -m tests.recovery.suggest_study [WORLDS] [--table]

Graphs of five to eight nodes with lags, carry-over, curves, trend, season and autocorrelated noise; 150 to 200 weeks.
Beside what is found stands the orientation by time order alone: the same pairs, from earlier to later, and within a
period from controls to spends to clicks to the outcome. Lines are kept under runs/recovery, so that a study goes on
where it was stopped; `--table` prints what is there.
"""

from __future__ import annotations

import argparse
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import bayes_roi as br
from bayes_roi.checks.suggest.suggestion import FOUND, Suggestion
from bayes_roi.model.simulation.made_up_truth import made_up_truth
from tests.calibration.kept import ROOT, digest, each_kept, read_lines
from tests.recovery.study import RUNS

Pair = tuple[str, str]
RESAMPLES = 30
METHODS = {
    "directed": "`suggest_edges` told outcome and spends",
    "told": "`suggest_edges` told all roles by `forbidden=`",
    "ordered": "the same pairs by time order and roles alone",
    "joined": "pairs, whatever their direction",
}


@dataclass(frozen=True)
class World:
    """A table and the graph that made it."""

    model: br.Model
    data: br.Panel
    layers: tuple[tuple[str, ...], ...]  # controls, spends, clicks, the outcome

    @property
    def arrows(self) -> frozenset[Pair]:
        """The true arrows between two nodes, at any lag."""
        return frozenset((e.parent, e.child) for e in self.model.edges if e.parent != e.child)


def world(seed: int) -> World:
    """Return the world of a seed."""
    rng = np.random.default_rng([seed, 19])
    controls = tuple(f"control_{i}" for i in range(rng.integers(1, 3)))
    spends = tuple(f"spend_{i}" for i in range(rng.integers(2, 4)))
    clicks = tuple(f"clicks_{i}" for i in range(rng.integers(1, 3)))
    layers = (controls, spends, clicks, ("sales",))
    causes = {n: [c for c in _before(layers, n) if rng.random() < 0.4] for layer in layers[1:] for n in layer}
    for node in (n for n in (*controls, *spends, *clicks) if not any(n in found for found in causes.values())):
        later = [n for n in causes if node in _before(layers, n)]
        causes[str(rng.choice(later))].append(node)
    lines = [f"{n} ~ {' + '.join(_term(c, n, spends, rng) for c in found)}" for n, found in causes.items() if found]
    lines = [f"{x} + trend() + season(period=52.18, order=2)" if x.startswith("sales ~") else x for x in lines]
    model = br.Model(
        name="random",
        equations="\n".join(lines),
        outcome="sales",
        channels={n: n for n in spends if any(n in line.split("~")[1] for line in lines)},
        time="week",
        noise={"sales": "ar(1)"} if rng.random() < 0.5 else {},
    )
    truth = made_up_truth(model, seed=seed, periods=int(rng.integers(150, 201)))
    return World(model, br.simulate(model, truth, seed=seed), layers)


def _before(layers: Sequence[Sequence[str]], node: str) -> list[str]:
    nodes = [n for layer in layers for n in layer]
    return nodes[: nodes.index(node)]


def _term(cause: str, effect: str, spends: Collection[str], rng: np.random.Generator) -> str:
    """Return a term: a spend mostly with carry-over and a curve, anything else now or a week later."""
    if cause in spends and effect not in spends and rng.random() < 0.7:
        return f"hill(adstock({cause}, max_lag=4))"
    return f"lag({cause}, 1)" if rng.random() < 0.3 else cause


def ordered(found: Suggestion, layers: Sequence[Sequence[str]]) -> set[Pair]:
    """Return the pairs that are joined as time order and roles direct them; of one role and period none is directed."""
    layer = {n: i for i, names in enumerate(layers) for n in names}
    arrows = set()
    for lag, c, e in np.argwhere(found.adjacent >= FOUND).tolist():
        cause, effect = found.names[c], found.names[e]
        if cause != effect and (lag or layer[cause] < layer[effect]):
            arrows.add((cause, effect))
    return arrows


def against(layers: Sequence[Sequence[str]]) -> list[tuple[str, str, int]]:
    """Return the arrows within a period from later roles to earlier ones."""
    return [(a, b, 0) for i, later in enumerate(layers) for a in later for earlier in layers[:i] for b in earlier]


def counts(found: Collection[Pair], true: Collection[Pair]) -> tuple[int, int, int]:
    """Return how many arrows are found and there, found and not there, and there and not found."""
    hits = len(set(found) & set(true))
    return hits, len(set(found)) - hits, len(set(true)) - hits


def one(seed: int, *, resamples: int) -> dict[str, Any]:
    """Return what is found in a world."""
    made = world(seed)
    found = br.suggest_edges(made.data, outcome="sales", spends=tuple(made.model.channels), resamples=resamples)
    told = br.suggest_edges(made.data, forbidden=against(made.layers), resamples=resamples)
    either = {*found.arrows(), *found.undirected()}
    return {
        "seed": seed,
        "nodes": len(found.names),
        "arrows": len(made.arrows),
        "directed": counts(found.arrows(), made.arrows),
        "told": counts(told.arrows(), made.arrows),
        "ordered": counts(ordered(found, made.layers), made.arrows),
        "joined": counts({tuple(sorted(p)) for p in either}, {tuple(sorted(p)) for p in made.arrows}),
    }


def scores(lines: Sequence[dict[str, Any]], method: str) -> tuple[float, float, float]:
    """Return precision, recall and F1 over all arrows of all worlds."""
    hits, wrong, missed = np.sum([line[method] for line in lines], axis=0).tolist()
    precision, recall = hits / max(hits + wrong, 1), hits / max(hits + missed, 1)
    return precision, recall, 2 * hits / max(2 * hits + wrong + missed, 1)


def file(keep: Path = RUNS) -> Path:
    """Return where the lines are kept."""
    code = sorted((ROOT / "bayes_roi" / "checks" / "suggest").glob("*.py"))
    return keep / digest(*code, Path(__file__)) / "suggest.jsonl"


def study(seeds: Sequence[int], keep: Path = RUNS, *, resamples: int = RESAMPLES) -> list[dict[str, Any]]:
    """Return the lines of the seeds: what is kept, and the rest searched now and kept."""
    made = partial(one, resamples=resamples)
    return each_kept(file(keep), seeds, made, read=dict, key=lambda x: x["seed"], line=dict)


def table(lines: Sequence[dict[str, Any]]) -> str:
    """Return precision, recall and F1 as a table in Markdown."""
    rows = [f"| {len(lines)} worlds, {sum(x['arrows'] for x in lines)} arrows | precision | recall | F1 |"]
    rows += ["| --- " * 4 + "|"]
    for method, called in METHODS.items():
        rows.append(f"| {called} | {' | '.join(f'{x:.2f}' for x in scores(lines, method))} |")
    return "\n".join(rows)


def main() -> None:
    """Run what is asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("worlds", type=int, nargs="?", default=40, help="worlds (40)")
    parser.add_argument("--table", action="store_true", help="print what is kept, and search nothing")
    asked = parser.parse_args()
    print(table(read_lines(file()) if asked.table else study(range(asked.worlds))))


if __name__ == "__main__":
    main()
