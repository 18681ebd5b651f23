"""Does ROAS recover where one equation has many channels? Coverage and width over markets of `mix_markets`.

    python -m tests.recovery.mix_study [--worlds N] [--cells J:SHARE ...] [--jobs J] [--rule RULE ...]

A row of the table is a number of channels or a share of revenue that media make; standard errors are clustered by
market. With several rules their markets are the same, one by one.
"""

from __future__ import annotations

import sys
from functools import partial

from tests.recovery import mix_markets
from tests.recovery.mix_markets import CELLS, Cell
from tests.recovery.scored import Scored, tabled
from tests.recovery.study import Study, parser_of, rules_of, seeds_of

WORLDS = 20


def study(cells: tuple[Cell, ...] = CELLS) -> Study:
    """Return the study of some cells."""
    return Study("mix", {str(cell): partial(mix_markets.market, cell) for cell in cells}, mix_markets)


def grouped(cells: tuple[Cell, ...], found: list[Scored]) -> dict[str, list[Scored]]:
    """Return markets by cell, by number of channels, by share, by curves and by noise, and all."""
    groups = {str(c): [s for s in found if s.cell == str(c)] for c in cells}
    for what, value in (("channels", "J"), ("share", "share")):
        for size in sorted({getattr(c, what) for c in cells}):
            names = {str(c) for c in cells if getattr(c, what) == size}
            groups[f"{value}={size:g}, all"] = [s for s in found if s.cell in names]
    for trait in ("curves", "noise"):
        for kind in sorted({s.traits[trait] for s in found}):
            groups[f"{trait}: {kind}"] = [s for s in found if s.traits[trait] == kind]
    return groups | {"all": found}


def main(arguments: list[str] | None = None) -> None:
    """Print the table of each rule."""
    parser = parser_of("tests.recovery.mix_study", __doc__, worlds=WORLDS)
    parser.add_argument("--cells", nargs="+", type=Cell.of, default=CELLS, metavar="J:SHARE", help="such as 6:0.2")
    asked = parser.parse_args(arguments)
    cells = tuple(asked.cells)
    for rule in rules_of(asked):
        names = [str(c) for c in cells]
        found = study(cells).scored(names, seeds_of(asked), rule=rule, jobs=asked.jobs, keep=asked.keep)
        print(f"{rule}\n\n{tabled(grouped(cells, found))}\n", flush=True)
    print(f"kept in {study(cells).file(asked.keep)}", file=sys.stderr)


if __name__ == "__main__":
    main()
