"""A whole run of the weekly funnel, from process start to the last file, and a question to it, against bare PyMC."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import COMMAND, PYTHON, both_bytecodes, medians, scratch
from benchmarks.row import Row

ROOT = Path(__file__).parents[1]
FIVE_LINES = """
import bayes_roi as br
model = br.read_model({model!r})
data = br.read_data({table!r}, model)
fit = br.fit(model, data, seed=1)
print(br.roi(fit))
"""


def rows() -> Iterator[Row]:
    """Yield CPU of `bayes-roi run`, without and with the report, and of `bayes-roi roi` afterwards."""
    folder = str(scratch() / "run")
    run = [COMMAND, "run", "weekly_funnel", "--out", folder, "--overwrite"]
    model, table = (str(ROOT / "docs" / "readme" / name) for name in ("shop.yaml", "shop.csv"))
    lines = FIVE_LINES.format(model=model, table=table)
    for bytecode, say in both_bytecodes():
        numbers, whole, question, first, theirs = medians(
            [*run, "--no-report"],
            run,
            [COMMAND, "roi", folder],
            [PYTHON, "-c", lines],
            [PYTHON, "-c", "import pymc"],
            bytecode=bytecode,
            repeats=3,
        )
        yield Row("cold_run", f"run --no-report{say}", "import pymc", numbers, theirs, "s CPU", limit=1)
        yield Row("cold_run", f"run with the report{say}", "import pymc", whole, theirs, "s CPU", limit=2)
        yield Row("cold_run", f"roi of the run{say}", "import pymc", question, theirs, "s CPU")
        what = f"five lines of Python, from the README's table to ROI{say}"
        yield Row("cold_run", what, "import pymc", first, theirs, "s CPU")
