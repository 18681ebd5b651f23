"""PyMC-Marketing with its own defaults on the markets of `mix_study`, beside ours: coverage, width, error, CPU.

    python -m tests.recovery.peer_study [--worlds N] [--cells J:SHARE ...] [--curve hill|logistic ...] [--rule RULE ...]

`make bench-peer` makes its environment, .venv-peer. Contributions are those of the spend in the window that our model
explains, computed from its draws; what it makes of a market is kept under runs/peer_mix and does not depend on our
code but for what makes the markets.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from tests.calibration.kept import ROOT, add_line, read_lines
from tests.recovery import markets, mix_markets
from tests.recovery.markets import WARM_UP, Market
from tests.recovery.mix_markets import Cell
from tests.recovery.mix_study import study
from tests.recovery.scored import Said, Scored, tabled
from tests.recovery.study import ONE_THREAD, parser_of, rules_of, seeds_of

PEER = ROOT / ".venv-peer" / "bin" / "python"
SCRIPT = ROOT / "benchmarks" / "peer" / "mix.py"
KEPT = ROOT / "runs" / "peer_mix"
CELLS = (Cell(3, 0.2), Cell(6, 0.2), Cell(10, 0.2))
CURVES = ("hill", "logistic")
GOOD_RHAT = 1.01


def request(market: Market, seed: int) -> dict[str, Any]:
    """Return what the other process needs to know."""
    model, data = market.model, market.data
    spends = list(model.channels.values())
    assert data.periods is not None
    return {
        "columns": {n: x.tolist() for n, x in data.columns.items()},
        "weeks": data.periods.tolist(),
        "outcome": model.outcome,
        "spends": spends,
        "controls": [n for n in data.columns if n not in (*spends, model.outcome)],
        "window": market.window.start - WARM_UP,
        "max_lag": model.max_lag,
        "seed": seed,
    }


def fitted(market: Market, curve: str, seed: int) -> dict[str, Any]:
    """Return what PyMC-Marketing makes of a market.

    Raises
    ------
    SystemExit
        When its environment is not there.
    """
    if not PEER.exists():
        raise SystemExit("PyMC-Marketing has an environment of its own, which is not there: make bench-peer makes it")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "request.json"
        file.write_text(json.dumps(request(market, seed)), encoding="utf-8")
        command = [str(PEER), "-W", "ignore", str(SCRIPT), str(file), curve]
        ended = subprocess.run(
            command, capture_output=True, text=True, check=True, env=os.environ | dict.fromkeys(ONE_THREAD, "1")
        )
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return found


def scored(market: Market, found: dict[str, Any], cell: Cell, curve: str, seed: int) -> Scored:
    """Return what was found as a study keeps it."""
    true, spent = market.contributions, market.spent
    spends = market.model.channels

    def of(truth: float, said: list[float], money: float) -> Said:
        lower, median, upper, mean = (x / money for x in said)
        return Said(truth / money, lower, median, upper, mean)

    good = found["rhat"] < GOOD_RHAT and not found["divergences"]
    return Scored(
        cell=str(cell),
        seed=seed,
        rule=name(curve),
        channels={c: of(true[c], found["channels"][spends[c]], spent[c]) for c in spends},
        total=of(sum(true.values()), found["total"], 1.0),
        spent=spent,
        engines={f"R-hat {found['rhat']:.2f}": 1},
        seconds=round(found["seconds"], 1),
        ok=good,
        problems=[] if good else [f"R-hat {found['rhat']:.3f}, {found['divergences']} divergences"],
        traits=market.traits,
    )


def name(curve: str) -> str:
    """Return what the rows of a curve are called."""
    return f"PyMC-Marketing, {curve}"


@cache
def file() -> Path:
    """Return where fits are kept: under a digest of what makes the markets and of how they are fitted."""
    made_by = (Path(str(m.__file__)) for m in (markets, mix_markets))
    code = b"".join(f.read_bytes() for f in (*made_by, SCRIPT))
    return KEPT / f"{hashlib.sha256(code).hexdigest()[:12]}.jsonl"


def theirs(cells: list[Cell], curve: str, seeds: range) -> list[Scored]:
    """Return what PyMC-Marketing says of some markets: what is kept, and the rest fitted now and kept."""
    have = {(s.cell, s.seed, s.rule): s for s in map(Scored.of, read_lines(file()))}
    wanted = [(cell, seed) for seed in seeds for cell in cells]
    for cell, seed in wanted:
        key = str(cell), seed, name(curve)
        if key not in have:
            market = mix_markets.market(cell, seed)
            have[key] = scored(market, fitted(market, curve, seed), cell, curve, seed)
            add_line(file(), have[key].line())
            print(f"{cell}, seed {seed}, {curve}: {have[key].covered:.2f} covered", file=sys.stderr, flush=True)
    return [have[str(cell), seed, name(curve)] for cell, seed in wanted]


def main(arguments: list[str] | None = None) -> None:
    """Print both, cell by cell."""
    parser = parser_of("tests.recovery.peer_study", __doc__, worlds=4)
    parser.add_argument("--cells", nargs="+", type=Cell.of, default=CELLS, metavar="J:SHARE", help="such as 6:0.2")
    parser.add_argument("--curve", nargs="+", choices=CURVES, default=CURVES, help="saturation of PyMC-Marketing")
    parser.add_argument("--theirs", action="store_true", help="only PyMC-Marketing")
    asked = parser.parse_args(arguments)
    cells, seeds = list(asked.cells), seeds_of(asked)
    found = {name(curve): theirs(cells, curve, seeds) for curve in asked.curve}
    for rule in [] if asked.theirs else rules_of(asked):
        names = [str(c) for c in cells]
        found[f"bayes_roi, {rule}"] = study(tuple(cells)).scored(
            names, seeds, rule=rule, jobs=asked.jobs, keep=asked.keep
        )
    groups = {f"{c}: {who}": [s for s in each if s.cell == str(c)] for c in cells for who, each in found.items()}
    print(tabled(groups | {f"all: {who}": each for who, each in found.items()}))


if __name__ == "__main__":
    main()
