"""`bayes-roi --help` imports neither numpy nor pymc, so it must not cost more than numpy alone."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measure import COMMAND, PYTHON, both_bytecodes, medians
from benchmarks.row import Row


def rows() -> Iterator[Row]:
    """Yield CPU of the help against CPU of importing numpy."""
    for bytecode, say in both_bytecodes():
        ours, theirs = medians([COMMAND, "--help"], [PYTHON, "-c", "import numpy"], bytecode=bytecode)
        yield Row("help", f"bayes-roi --help{say}", "import numpy", ours, theirs, "s CPU", limit=1)
