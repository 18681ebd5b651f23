"""One seed is one posterior, whatever else differs between two processes on a machine."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import bayes_roi as br
from tests.inference.test_nuts import linear

HERE = Path(__file__).parents[2]
FIT = """
import hashlib, sys
from tests.inference.test_one_seed import fitted
for rows in sys.argv[1:]:
    digest = hashlib.sha256(fitted(int(rows)).tobytes()).hexdigest()
print(digest)
"""


def fitted(rows: int) -> np.ndarray:
    """Return the draws of the effect in the first rows of a small linear node."""
    model, data = linear()
    some = replace(data, columns={name: values[:rows] for name, values in data.columns.items()})
    fit = br.fit(model, some, seed=1, engine="nuts", draws=100, tune=200, chains=2, progress=False)
    return fit.parameters["y.x.effect"]


def digest(cache: Path, *rows: int, hash_seed: int, threads: int) -> str:
    """Return what draws hash to in a process of its own that fitted these rows, one after the other."""
    env = os.environ | {
        "PYTENSOR_FLAGS": f"base_compiledir={cache}",
        "PYTHONHASHSEED": str(hash_seed),
        "OMP_NUM_THREADS": str(threads),
    }
    done = subprocess.run(
        [sys.executable, "-c", FIT, *map(str, rows)], env=env, cwd=HERE, capture_output=True, text=True, check=True
    )
    return done.stdout.split()[-1]


@pytest.mark.slow
def test_neither_the_cache_nor_an_earlier_block_nor_threads_nor_hashes_move_a_bit(tmp_path: Path) -> None:
    first = digest(tmp_path, 50, hash_seed=1, threads=1)  # PyTensor's cache is empty
    again = digest(tmp_path, 40, 50, hash_seed=2, threads=2)  # and holds all of it
    assert first == again
