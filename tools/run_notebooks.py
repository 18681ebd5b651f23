"""Run every notebook from its .py and hold the .ipynb beside it to the same cells.

    python tools/run_notebooks.py [--write] [NAME ...]

A notebook is written as `notebooks/NAME.py` (jupytext's percent format) and shipped with its outputs as
`notebooks/NAME.ipynb`. Each runs in a scratch copy of models/ and data/, with that copy as working folder, so that
running a notebook leaves nothing behind. `--write` makes the .ipynb anew from the .py and this run's outputs.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
SECONDS_PER_CELL = 900
AT_ONCE = 2
"""Notebooks that run beside one another, of one thread each."""
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def main() -> int:
    """Run the notebooks named on the command line, or all; return the exit status."""
    parser = argparse.ArgumentParser(description="Run the notebooks and hold each .ipynb to its .py.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="file names without suffix; all by default")
    parser.add_argument("--write", action="store_true", help="make each .ipynb anew, with the outputs of this run")
    options = parser.parse_args()

    known = sorted({path.stem for suffix in ("*.py", "*.ipynb") for path in NOTEBOOKS.glob(suffix)})
    if unknown := sorted(set(options.names) - set(known)):
        parser.error(f"no notebook {', '.join(unknown)}; there are {', '.join(known) or 'none'}")

    names = options.names or known[::-1]  # the later ones ask more: what takes longest is begun first
    os.environ |= dict.fromkeys(ONE_THREAD, "1")
    with ProcessPoolExecutor(AT_ONCE) as pool:
        passed = pool.map(partial(check, write=options.write), names)
        failed = [name for name, well in zip(names, passed, strict=True) if not well]
    if failed:
        print(f"notebooks that failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def check(name: str, *, write: bool) -> bool:
    """Run one notebook, print how it went and return whether it ran and, unless written anew, matched its pair."""
    source, pair = NOTEBOOKS / f"{name}.py", NOTEBOOKS / f"{name}.ipynb"
    if not source.exists():
        print(f"notebooks/{pair.name}: has no {source.name}; write one or delete the .ipynb", file=sys.stderr)
        return False
    notebook = jupytext.read(source)
    if not write and (difference := out_of_step(notebook, pair)):
        print(f"notebooks/{pair.name}: {difference}; run tools/run_notebooks.py --write {name}", file=sys.stderr)
        return False

    start = time.perf_counter()
    try:
        executed = run(notebook)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        print(f"notebooks/{source.name}: {error}", file=sys.stderr)
        return False
    if write:
        pair.write_text(executed, encoding="utf-8")
    print(f"notebooks/{source.name}: ran in {time.perf_counter() - start:.1f} s", flush=True)
    return True


def out_of_step(notebook: NotebookNode, pair: Path) -> str | None:
    """Return how the cells of the .ipynb differ from those of the .py, or None when they are the same."""
    if not pair.exists():
        return "is missing"
    wanted = [(cell.cell_type, cell.source.strip()) for cell in notebook.cells]
    found = [(cell.cell_type, cell.source.strip()) for cell in nbformat.read(pair, as_version=4).cells]
    for number, (want, have) in enumerate(zip(wanted, found, strict=False), start=1):
        if want != have:
            return f"cell {number} is not the one in the .py"
    return None if len(wanted) == len(found) else f"has {len(found)} cells, the .py has {len(wanted)}"


def run(notebook: NotebookNode) -> str:
    """Return the notebook as .ipynb text after running it in a scratch copy of models/ and data/."""
    with tempfile.TemporaryDirectory(prefix="notebook-") as folder:
        scratch = Path(folder).resolve()
        for name in ("models", "data"):
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, scratch / name)
        NotebookClient(
            notebook,
            timeout=SECONDS_PER_CELL,
            kernel_name="python3",
            record_timing=False,
            startup_timeout=180,
            extra_arguments=["--log-level=40"],  # errors only
            resources={"metadata": {"path": str(scratch)}},
        ).execute()
        return without_places(nbformat.writes(tidy(notebook)), scratch)


def tidy(notebook: NotebookNode) -> NotebookNode:
    """Return the notebook with what changes from run to run, but is not a result, taken out."""
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number:02d}"
    notebook.metadata = nbformat.from_dict(
        {
            "jupytext": {"formats": "ipynb,py:percent"},
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    return notebook


def without_places(text: str, scratch: Path) -> str:
    """Return the text with the folders of the machine it ran on cut from its paths."""
    pictures = re.compile(r'^\s*"image/')  # one long line each, in which no path stands and the search below is slow
    cut = [s if pictures.match(s) else re.sub(r"[^\s\"']*/ipykernel_\d+/\d+\.py", "cell", s) for s in text.split("\n")]
    text = "\n".join(cut)
    for place in (scratch, Path(sys.prefix), ROOT, Path.home()):
        text = text.replace(f"{place}/", "").replace(str(place), ".")
    return text + "\n" * (not text.endswith("\n"))


if __name__ == "__main__":
    sys.exit(main())
