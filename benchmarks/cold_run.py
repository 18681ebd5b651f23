"""A whole run of the weekly funnel, from process start to the last file, and a question to it, against bare PyMC."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measure import COMMAND, PYTHON, both_bytecodes, medians, scratch
from benchmarks.row import Row


def rows() -> Iterator[Row]:
    """Yield CPU of `bayes-roi run`, without and with the report, and of `bayes-roi roi` afterwards."""
    folder = str(scratch() / "run")
    run = [COMMAND, "run", "weekly_funnel", "--out", folder, "--overwrite"]
    for bytecode, say in both_bytecodes():
        numbers, whole, question, theirs = medians(
            [*run, "--no-report"],
            run,
            [COMMAND, "roi", folder],
            [PYTHON, "-c", "import pymc"],
            bytecode=bytecode,
            repeats=3,
        )
        yield Row("cold_run", f"run --no-report{say}", "import pymc", numbers, theirs, "s CPU", limit=1)
        yield Row("cold_run", f"run with the report{say}", "import pymc", whole, theirs, "s CPU", limit=2)
        yield Row("cold_run", f"roi of the run{say}", "import pymc", question, theirs, "s CPU")
