"""Worlds that are hard on an engine, and what long runs of NUTS say of each.

    python -m tests.calibration.adversity [CASE ...]

draws anew, with NUTS on the PyMC model, the numbers in tests/inference/adversity.json that
tests/inference/test_adversity.py holds the other engines to: four chains of 5,000 draws, or of 20,000 where that
leaves an effective size under `LEAST`. Beside them stands what the annealed populations of `reference` say, which
share neither code nor method with NUTS.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from bayes_roi.inference.blocks import Block
from bayes_roi.inference.engines import Settings
from bayes_roi.inference.engines.collapsed.target import CollapsedNode
from bayes_roi.inference.engines.nuts import Nuts
from bayes_roi.mechanisms.prior import Prior
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.parameters import default_effect
from bayes_roi.model.rows.design import design
from bayes_roi.model.rows.view import View
from bayes_roi.panel import Panel
from tests.calibration.compare import PROB, chain_sizes, components
from tests.calibration.reference import reference

FILE = Path(__file__).resolve().parents[1] / "inference" / "adversity.json"
LEAST, SEED = 4_000, 3
Columns = dict[str, np.ndarray]
World = tuple[Model, Panel]


def _curve(x: np.ndarray, half: float, slope: float = 1.3, retention: float = 0.4) -> np.ndarray:
    """Return the Hill curve of a geometric adstock over three rows."""
    weights = retention ** np.arange(3.0)
    carried = np.convolve(x, weights / weights.sum())[: len(x)]
    powered = carried**slope
    return powered / (powered + half**slope)


def _world(name: str, equation: str, columns: Columns, spends: tuple[str, ...]) -> World:
    model = Model(name=name, equations=equation, outcome="y", time="week", channels={s: s for s in spends})
    panel = Panel({n: columns[n] for n in model.nodes}, np.arange(len(columns["y"])), "week", "week", "made")
    return replace(model, priors=_tops(model, panel)), panel


def _tops(model: Model, panel: Panel) -> dict[str, Prior]:
    """Return priors of each spend's effect by itself, up to the mean of y: hard worlds are those of weak priors."""
    rows = design(model, panel)
    view, scale = View(np, rows, rows.rows), rows.outcome_scales["y"]
    terms = [t for t in model.terms("y") if t.is_media(model.spends)]
    return {f"{t.prefix('y')}.effect": default_effect(model, t, "y", view, scale) for t in terms}


_TV, _RADIO = "hill(adstock(tv, max_lag=2))", "hill(adstock(radio, max_lag=2))"


def _spend(rng: np.random.Generator, rows: int, dark: float = 0.2) -> np.ndarray:
    return rng.gamma(2.0, 25.0, rows) * (rng.random(rows) >= dark)


def collinear() -> World:
    """Two channels whose spends are correlated at .98."""
    rng = np.random.default_rng(1)
    plan = _spend(rng, 110)
    tv, radio = plan, 0.8 * plan * (1 + 0.15 * rng.standard_normal(110))
    demand = rng.standard_normal(110)
    y = 60 + 40 * _curve(tv, 50) + 20 * _curve(radio, 40) + 5 * demand + 6 * rng.standard_normal(110)
    columns = {"tv": tv, "radio": np.maximum(radio, 0), "demand": demand, "y": y}
    return _world("collinear", f"y ~ demand + {_TV} + {_RADIO}", columns, ("tv", "radio"))


def collinear_lines() -> World:
    """Two channels that enter linearly, correlated at .98, one without any effect: the sign cuts a long ridge."""
    rng = np.random.default_rng(2)
    plan = _spend(rng, 80)
    tv, radio = plan, np.maximum(0.8 * plan * (1 + 0.15 * rng.standard_normal(80)), 0)
    y = 60 + 0.4 * tv + 8 * rng.standard_normal(80)
    return _world("collinear_lines", "y ~ tv + radio", {"tv": tv, "radio": radio, "y": y}, ("tv", "radio"))


def dark_but_three_weeks() -> World:
    """A channel that was on for three weeks of two years."""
    rng = np.random.default_rng(3)
    tv, radio = np.zeros(104), _spend(rng, 104)
    tv[[20, 55, 56]] = [60.0, 45.0, 90.0]
    y = 60 + 40 * _curve(tv, 50) + 20 * _curve(radio, 40) + 6 * rng.standard_normal(104)
    return _world("dark", f"y ~ {_TV} + {_RADIO}", {"tv": tv, "radio": radio, "y": y}, ("tv", "radio"))


def thirty_rows() -> World:
    """Thirty rows of likelihood for two curves, a covariate and a trend."""
    rng = np.random.default_rng(4)
    tv, radio, demand = _spend(rng, 32), _spend(rng, 32), rng.standard_normal(32)
    y = 60 + 30 * _curve(tv, 50) + 20 * _curve(radio, 40) + 8 * demand + 8 * rng.standard_normal(32)
    columns = {"tv": tv, "radio": radio, "demand": demand, "y": y}
    return _world("thirty", f"y ~ demand + trend() + {_TV} + {_RADIO}", columns, ("tv", "radio"))


def _one_curve(seed: int, share: float, effect: float) -> World:
    rng = np.random.default_rng(seed)
    tv, demand = _spend(rng, 104), rng.standard_normal(104)
    y = 60 + effect * _curve(tv, share * tv[tv > 0].mean()) + 5 * demand + 4 * rng.standard_normal(104)
    return _world("half", f"y ~ demand + {_TV}", {"tv": tv, "demand": demand, "y": y}, ("tv",))


def half_far_above() -> World:
    """A half-saturation of twenty times the spend: the data see a line."""
    return _one_curve(5, 20.0, 600.0)


def half_far_below() -> World:
    """A half-saturation of 3 % of the spend: the data see a switch."""
    return _one_curve(6, 0.03, 20.0)


def heavy_tails() -> World:
    """Noise of a Student t with three degrees of freedom, under a normal family."""
    rng = np.random.default_rng(7)
    tv, demand = _spend(rng, 104), rng.standard_normal(104)
    y = 60 + 30 * _curve(tv, 50) + 5 * demand + 4 * rng.standard_t(3, 104)
    return _world("tails", f"y ~ demand + {_TV}", {"tv": tv, "demand": demand, "y": y}, ("tv",))


def many_covariates() -> World:
    """A curve among thirty covariates, each of which explains a little, over 104 rows."""
    rng = np.random.default_rng(8)
    tv, others = _spend(rng, 104), rng.standard_normal((30, 104))
    y = 60 + 30 * _curve(tv, 50) + 1.5 * others.sum(axis=0) + 6 * rng.standard_normal(104)
    columns = {"tv": tv, "y": y} | {f"x{i}": x for i, x in enumerate(others)}
    return _world("many", f"y ~ {_TV} + {' + '.join(f'x{i}' for i in range(30))}", columns, ("tv",))


CASES: dict[str, Callable[[], World]] = {
    case.__name__: case
    for case in (
        collinear,
        collinear_lines,
        dark_but_three_weeks,
        thirty_rows,
        half_far_above,
        half_far_below,
        heavy_tails,
        many_covariates,
    )
}


def drawn(name: str) -> dict[str, object]:
    """Return what a long run of NUTS says of a case."""
    model, panel = CASES[name]()
    rows, ends = design(model, panel), [(1 - PROB) / 2, (1 + PROB) / 2]
    for count in (5_000, 20_000):
        settings, rng = Settings(draws=count, tune=5_000), np.random.default_rng(SEED)
        draws, stats = Nuts().sample(model, rows, Block(("y",)), settings, rng, lambda share: None)
        by_name = components(draws)
        sizes = chain_sizes(by_name)
        if min(sizes.values()) > LEAST:
            break
    target = CollapsedNode.of(model, rows, "y")
    annealed = reference(target, np.random.default_rng(SEED))
    return {
        "command": f"python -m tests.calibration.adversity {name}",
        "data": checksum(panel),
        "divergences": int(stats["diverging"].sum()),
        "draws": int(stats["diverging"].size),
        "parameters": {
            n: {
                "mean": float(v.mean()),
                "sd": float(v.std()),
                "ends": [float(q) for q in np.quantile(v, ends)],
                "size": round(sizes[n]),
                "annealed": asdict(annealed[n]),
            }
            for n, v in by_name.items()
        },
    }


def checksum(panel: Panel) -> float:
    """Return a number that tells whether the data are those that the reference was drawn from."""
    return float(sum(np.sum(np.sin(c)) for c in panel.columns.values()))


def main(names: list[str]) -> int:
    """Draw the cases that are named, all when none is, and write what they say."""
    if unknown := [n for n in names if n not in CASES]:
        print(f"no case {', '.join(unknown)}; there are {', '.join(CASES)}", file=sys.stderr)
        return 2
    known = json.loads(FILE.read_text()) if FILE.exists() else {}
    for name in names or CASES:
        known[name] = drawn(name)
        least = min(p["size"] for p in known[name]["parameters"].values())
        print(f"{name}: least effective size {least:,}, {known[name]['divergences']} divergences")
        FILE.write_text(json.dumps({n: known[n] for n in CASES if n in known}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
