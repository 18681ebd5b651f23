"""`import bayes_roi` names everything and imports nothing until it is used."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measure import PYTHON, both_bytecodes, medians
from benchmarks.row import Row


def rows() -> Iterator[Row]:
    """Yield the CPU that the import adds to bare Python."""
    for bytecode, say in both_bytecodes():
        bare, ours = medians([PYTHON, "-c", "pass"], [PYTHON, "-c", "import bayes_roi"], bytecode=bytecode, repeats=9)
        yield Row("import", f"import bayes_roi adds{say}", "limit", ours - bare, 0.1, "s CPU", limit=1)
