"""`python -m benchmarks [NAME ...]`: print each ratio against its peer or limit; exit 1 when a limit is missed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

from benchmarks import (
    acquisition,
    bare_import,
    budget,
    budget_peer,
    channels,
    cold_run,
    draws,
    effective_draws,
    forward,
    help,
    influence,
    journeys,
    media_mix,
    nuts_reuse,
    rows,
    targets,
)
from benchmarks.row import Row, table

BENCHMARKS: dict[str, Callable[[], Iterator[Row]]] = {
    "help": help.rows,
    "import": bare_import.rows,
    "cold_run": cold_run.rows,
    "effective_draws": effective_draws.rows,
    "acquisition": acquisition.rows,
    "forward": forward.rows,
    "rows": rows.rows,
    "channels": channels.rows,
    "draws": draws.rows,
    "budget": budget.rows,
    "nuts_reuse": nuts_reuse.rows,
    "targets": targets.rows,
}
BESIDE: dict[str, Callable[[], Iterator[Row]]] = {
    "media_mix": media_mix.rows,
    "budget_peer": budget_peer.rows,
    "influence": influence.rows,
    "journeys": journeys.rows,
}
"""What needs an environment beside ours, or minutes to write its tables; run only when named."""


def main(names: list[str]) -> int:
    """Run the benchmarks named, all of `BENCHMARKS` when there is none; return the exit code."""
    known = BENCHMARKS | BESIDE
    if unknown := [name for name in names if name not in known]:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    found: list[Row] = []
    for name in names or BENCHMARKS:
        print(f"{name} ...", file=sys.stderr)
        found += known[name]()
    print(table(found))
    return int(any(row.missed for row in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
