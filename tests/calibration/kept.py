"""Where studies keep what they made: under a digest of the code, so that no result outlives what drew it."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RUNS = ROOT / "runs" / "calibration"
DOCS = ROOT / "docs" / "calibration"


@cache
def digest(*more: Path) -> str:
    """Return a digest of the code that draws depend on, and of more files."""
    rooms = (ROOT / "bayes_roi" / room for room in ("panel", "mechanisms", "graph", "model", "inference", "value"))
    files = [*(f for room in rooms for f in sorted(room.rglob("*.py"))), *more]
    return hashlib.sha256(b"".join(f.read_bytes() for f in files)).hexdigest()[:12]


def read_lines(file: Path) -> list[dict[str, Any]]:
    """Return what is kept in a file, a line each; nothing where there is none."""
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def add_line(file: Path, content: dict[str, Any]) -> None:
    """Keep one more."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as out:
        out.write(json.dumps(content) + "\n")


def each_kept[K, V](
    file: Path,
    keys: Iterable[K],
    make: Callable[[K], V],
    *,
    read: Callable[[dict[str, Any]], V],
    key: Callable[[V], K],
    line: Callable[[V], dict[str, Any]],
) -> list[V]:
    """Return what a study finds at each key: what is kept, and the rest made now, told on stderr and kept."""
    have = {key(found): found for found in map(read, read_lines(file))}
    wanted = list(keys)
    for at in (k for k in wanted if k not in have):
        have[at] = make(at)
        add_line(file, line(have[at]))
        print(have[at], file=sys.stderr, flush=True)
    return [have[at] for at in wanted]


def markdown(header: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """Return a Markdown table."""
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
