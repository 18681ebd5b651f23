"""What is called identified holds the truth, and what is refused is missed by a fit that ignores the hidden cause.

    python -m tests.recovery.identified_study [SEEDS] [SEEDS WITH A LATENT]

Each kind of world is linear and normal with a known effect of x on y (or of another node), and an unobserved cause
where the kind has one. Three things are told of it: the verdict of `br.identify` on its graph, how often the 90 %
interval of a fit that goes by the graph holds the truth, and how often that of a fit which ignores the hidden cause
does. The front door is fitted by its formula, as an effect along a path, and so is the napkin, of the conditionals that
its formula is made of. Both are also fitted with the hidden cause in the model, by Hamiltonian Monte Carlo, which takes
longest and has seeds of its own. Lines are kept under runs/, so that a study goes on where it was stopped.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import bayes_roi as br
from bayes_roi.panel import Panel
from tests.calibration.kept import ROOT, add_line, digest, read_lines

ROWS, PROB, DRAWS = 200, 0.9, 300
Columns = dict[str, np.ndarray]


@dataclass(frozen=True)
class Kind:
    """A kind of world.

    Parameters
    ----------
    graph
        The equations of the graph that is true, hidden causes in them.
    columns
        Random generator -> the table.
    effect
        The true effect of one unit of x on y.
    fitted
        Equations of the fit that goes by the graph; None where the graph refuses.
    ignoring
        Equations of the fit that ignores the hidden cause, or conditions on what it must not.
    x, y
        The question.
    latent
        Whether the fit has a hidden cause in it.
    path
        The path along which the fit that goes by the graph has the effect; empty where it is the whole.
    formula
        Draws of the effect from the parameters of the fit that goes by the graph; None where `br.ate` has it.
    time
        Whether rows are periods.
    """

    graph: str
    columns: Callable[[np.random.Generator], Columns]
    effect: float
    fitted: str | None
    ignoring: str
    x: str = "x"
    y: str = "y"
    latent: bool = False
    path: str = ""
    formula: Callable[[Columns], np.ndarray] | None = None
    time: bool = False

    def model(self, equations: str) -> br.Model:
        """Return a model of equations with this kind's outcome."""
        return br.Model(name="m", equations=equations, outcome=self.y, time="week" if self.time else None)


def _noise(rng: np.random.Generator, *names: str) -> Columns:
    return {n: rng.normal(size=ROWS) for n in names}


def _linear(
    order: str, arrows: Mapping[str, Mapping[str, float]], kept: str
) -> Callable[[np.random.Generator], Columns]:
    """Return the maker of a table: each node its arrows' sum and standard normal noise."""

    def made(rng: np.random.Generator) -> Columns:
        e = _noise(rng, *order.split())
        values: Columns = {}
        for node in order.split():
            values[node] = e[node] + sum(b * values[p] for p, b in arrows.get(node, {}).items())
        return {n: values[n] for n in kept.split()}

    return made


def _identity(rng: np.random.Generator) -> Columns:
    e = _noise(rng, "u", "visits", "rate", "y")
    visits, rate = 10 + 2 * e["u"] + e["visits"], 2 + 0.2 * e["rate"]
    return {"visits": visits, "rate": rate, "y": 0.5 * visits * rate + 3 * e["u"] + e["y"]}


def _lagged(rng: np.random.Generator) -> Columns:
    e = _noise(rng, "searches", "spend", "y")
    slow = np.convolve(e["searches"], 0.8 ** np.arange(20))[:ROWS]
    before = np.concatenate([[0.0], slow[:-1]])
    spend = 0.8 * before + e["spend"]
    return {"searches": slow, "x": spend, "y": 0.6 * spend + 0.9 * slow + e["y"]}


def _napkin(p: Columns) -> np.ndarray:
    r"""Return the slope of y on x in $\sum_w P(x, y \mid z, w) P(w) / \sum_w P(x \mid z, w) P(w)$.

    Above stands a normal law of x and y at any one z, below that of x: the slope is their covariance over w, with z as
    it is, divided by the variance of x over w.
    """
    shared = p["x.w.effect"] * p["w.sigma"] ** 2
    variance = p["x.sigma"] ** 2 + p["x.w.effect"] * shared
    return p["y.x.effect"] + p["y.w.effect"] * shared / variance


FRONT_DOOR = "z ~ x\ny ~ z\nx ~~ y"
FRONT_DOOR_TABLE = _linear("u x z y", {"x": {"u": 1}, "z": {"x": 0.8}, "y": {"z": 0.7, "u": 1}}, "x z y")
NAPKIN = "z ~ w\nx ~ z\ny ~ x\nw ~~ x\nw ~~ y"
NAPKIN_TABLE = _linear(
    "u v w z x y",
    {"w": {"u": 1, "v": 1}, "z": {"w": 0.8}, "x": {"z": 0.8, "u": 1}, "y": {"x": 0.5, "v": 1}},
    "w z x y",
)
KINDS = {
    "back door": Kind(
        "x ~ z\ny ~ x + z",
        _linear("z x y", {"x": {"z": 0.8}, "y": {"x": 0.5, "z": 1.0}}, "z x y"),
        0.5,
        "x ~ z\ny ~ x + z",
        "y ~ x",
    ),
    "M-bias": Kind(
        "y ~ x\nw ~~ x\nw ~~ y",
        _linear("u v w x y", {"w": {"u": 1, "v": 1}, "x": {"u": 1}, "y": {"x": 0.5, "v": 1.5}}, "w x y"),
        0.5,
        "y ~ x",
        "y ~ x + w",
    ),
    "butterfly": Kind(
        "x ~ a + w\nw ~ a + b\ny ~ b + w + x",
        _linear(
            "a b w x y",
            {"w": {"a": 1, "b": 1}, "x": {"a": 1, "w": 0.6}, "y": {"x": 0.5, "b": 1, "w": 0.6}},
            "a b w x y",
        ),
        0.5,
        "x ~ a + w\nw ~ a + b\ny ~ b + w + x",
        "y ~ x + w",
    ),
    "over-control": Kind(
        "clicks ~ x\ny ~ clicks",
        _linear("x clicks y", {"clicks": {"x": 0.8}, "y": {"clicks": 0.7}}, "x clicks y"),
        0.56,
        "clicks ~ x\ny ~ clicks",
        "y ~ x + clicks",
    ),
    "bow": Kind(
        "y ~ x\nx ~~ y",
        _linear("u x y", {"x": {"u": 1}, "y": {"x": 0.5, "u": 1}}, "x y"),
        0.5,
        None,
        "y ~ x",
    ),
    "front door": Kind(FRONT_DOOR, FRONT_DOOR_TABLE, 0.56, "z ~ x\ny ~ z + x", "z ~ x\ny ~ z", path="x -> z -> y"),
    "front door, hidden cause in the model": Kind(
        FRONT_DOOR, FRONT_DOOR_TABLE, 0.56, FRONT_DOOR, "z ~ x\ny ~ z", latent=True
    ),
    "instrument": Kind(
        "x ~ z\ny ~ x\nx ~~ y",
        _linear("u z x y", {"x": {"z": 1, "u": 1}, "y": {"x": 0.5, "u": 1}}, "z x y"),
        0.5,
        None,
        "x ~ z\ny ~ x",
    ),
    "napkin": Kind(
        NAPKIN, NAPKIN_TABLE, 0.5, "w ~ 1\nx ~ z + w\ny ~ x + z + w", "z ~ w\nx ~ z\ny ~ x", formula=_napkin
    ),
    "napkin, hidden causes in the model": Kind(NAPKIN, NAPKIN_TABLE, 0.5, NAPKIN, "z ~ w\nx ~ z\ny ~ x", latent=True),
    "mediator and outcome, effect of x": Kind(
        "z ~ x\ny ~ z + x\nz ~~ y",
        _linear("u x z y", {"z": {"x": 0.8, "u": 1}, "y": {"z": 0.5, "x": 0.3, "u": 1}}, "x z y"),
        0.7,
        "z ~ x\ny ~ z + x",
        "y ~ x + z",
    ),
    "mediator and outcome, effect of the mediator": Kind(
        "z ~ x\ny ~ z + x\nz ~~ y",
        _linear("u x z y", {"z": {"x": 0.8, "u": 1}, "y": {"z": 0.5, "x": 0.3, "u": 1}}, "x z y"),
        0.5,
        None,
        "z ~ x\ny ~ z + x",
        x="z",
    ),
    "identity": Kind(
        "orders := visits * rate\ny ~ orders\nvisits ~~ y",
        _identity,
        1.0,
        None,
        "orders := visits * rate\ny ~ orders",
        x="visits",
    ),
    "lagged budget rule": Kind(
        "x ~ lag(searches, 1)\ny ~ x + searches",
        _lagged,
        0.6,
        "x ~ lag(searches, 1)\ny ~ x + searches",
        "y ~ x",
        time=True,
    ),
}


def one(name: str, seed: int, *, ignoring: bool) -> dict[str, object]:
    """Return whether the interval of one fit holds the truth."""
    kind = KINDS[name]
    columns = kind.columns(np.random.default_rng([seed, list(KINDS).index(name)]))
    equations = kind.ignoring if ignoring else kind.fitted
    assert equations is not None
    model = kind.model(equations)
    periods = np.arange(ROWS) if kind.time else None
    known = {n: x for n, x in columns.items() if n in model.measured}
    panel = Panel(columns=known, periods=periods, time=model.time, frequency=None, source="made")
    fit = br.fit(model, panel, seed=seed, draws=DRAWS)
    lower, upper = _interval(kind, fit, ignoring=ignoring)
    truth = 0.5 * float(np.mean(columns["rate"])) if name == "identity" else kind.effect
    return {
        "kind": name,
        "seed": seed,
        "ignoring": ignoring,
        "lower": lower,
        "upper": upper,
        "held": lower < truth < upper,
    }


def _interval(kind: Kind, fit: br.Fit, *, ignoring: bool) -> tuple[float, float]:
    """Return the interval of the effect in a fit."""
    if kind.formula is not None and not ignoring:
        drawn = kind.formula({name: np.asarray(draws) for name, draws in fit.parameters.items()})
        lower, upper = np.quantile(drawn, [(1 - PROB) / 2, (1 + PROB) / 2])
        return float(lower), float(upper)
    if kind.path and not ignoring:
        draws = br.effect_paths(fit, kind.x, shift=1.0, path=kind.path).effect.paths
    else:
        draws = br.ate(fit, kind.x, shift=1.0)
    lower, upper = (float(end.array.item()) for end in draws.arrays.interval(PROB))
    return lower, upper


def file() -> Path:
    """Return where the lines are kept."""
    return ROOT / "runs" / "recovery" / digest(Path(__file__)) / "identified.jsonl"


def study(seeds: int, with_latent: int) -> list[dict[str, object]]:
    """Return the lines of all kinds, those that are kept and those that had to be made."""
    lines = list(read_lines(file()))
    done = {(x["kind"], x["seed"], x["ignoring"]) for x in lines}
    plain = [(n, seed, i) for seed in range(seeds) for n, k in KINDS.items() for i in (False, True) if not k.latent]
    slow = [(n, seed, False) for seed in range(with_latent) for n, k in KINDS.items() if k.latent]
    for name, seed, ignoring in (*plain, *slow):
        fits = ignoring or KINDS[name].fitted is not None
        if fits and (name, seed, ignoring) not in done:
            add_line(file(), line := one(name, seed, ignoring=ignoring))
            lines.append(line)
    return lines


def table(lines: list[dict[str, object]]) -> str:
    """Return the counts as rows of a table of the docs."""
    rows = ["| world | `br.identify` | by the graph | ignoring it |", "|---|---|---|---|"]
    for name, kind in KINDS.items():
        found = br.identify(kind.model(kind.graph), kind.x, kind.y)
        counts = []
        for ignoring in (False, True):
            own = [x["held"] for x in lines if x["kind"] == name and x["ignoring"] is ignoring]
            counts.append(f"{sum(map(bool, own))} of {len(own)}" if own else "-")
        verdict = "identified" if found else "not identified"
        rows.append(f"| {name} | {verdict}, {found.by} | {counts[0]} | {counts[1]} |")
    return "\n".join(rows)


def main() -> None:
    seeds, with_latent = (int(a) for a in (*sys.argv[1:], *("100", "10")[len(sys.argv) - 1 :]))
    print(table(study(seeds, with_latent)))


if __name__ == "__main__":
    main()
