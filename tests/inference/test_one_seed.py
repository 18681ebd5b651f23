"""One seed is one posterior, whatever else differs between two processes on a machine."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import bayes_roi as br
from bayes_roi.inference.engines.nuts import _compiled
from tests.inference.test_nuts import linear

HERE = Path(__file__).parents[2]
FIT = """
from tests.inference.test_one_seed import digest
print(digest(50))
"""


def digest(rows: int) -> str:
    """Return what the draws of the effect in the first rows of a small linear node hash to."""
    model, data = linear()
    some = replace(data, columns={name: values[:rows] for name, values in data.columns.items()})
    fit = br.fit(model, some, seed=1, engine="nuts", draws=100, tune=200, chains=2, progress=False)
    return hashlib.sha256(fit.parameters["y.x.effect"].tobytes()).hexdigest()


def elsewhere(cache: Path) -> str:
    """Return the digest of a process whose PyTensor cache is empty, with two threads and hashes of its own."""
    env = os.environ | {
        "PYTENSOR_FLAGS": f"base_compiledir={cache}",
        "PYTHONHASHSEED": "1",
        "OMP_NUM_THREADS": "2",
    }
    done = subprocess.run([sys.executable, "-c", FIT], env=env, cwd=HERE, capture_output=True, text=True, check=True)
    return done.stdout.split()[-1]


@pytest.mark.slow
def test_neither_the_cache_nor_an_earlier_block_nor_threads_nor_hashes_move_a_bit(tmp_path: Path) -> None:
    first = elsewhere(tmp_path)
    assert digest(40) != first  # other rows, whose machine code the next fit finds
    _compiled.cache_clear()
    assert digest(50) == first
