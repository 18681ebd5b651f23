"""docs/extending.md pasted and run, in a copy of the package: a new curve is one file and nothing else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
CURVE, USE = re.findall(r"```python\n(.*?)```", PAGE, re.S)
PLACE = re.search(r"This is all of .* in `(bayes_roi/\S+\.py)`:", PAGE)[1]
CAPPED = (
    CURVE.replace("Arctan", "Capped")
    .replace('"arctan"', '"capped"')
    .replace('2 / math.pi * xp.arctan(u / parameters["half"])', 'xp.clip(u / parameters["half"], 0.0, 1.0)')
)
ASKED = """
import numpy as np
from bayes_roi.inference.blocks import blocks
from bayes_roi.inference.engines import Refusal, Settings
from bayes_roi.inference.engines.hmc import Hmc

def walk(model):
    rows = fit.design
    (block,) = blocks(model, rows)
    return Hmc().sample(model, rows, block, Settings(100, 2), np.random.default_rng(1), lambda share: None)

assert float(more["revenue"].mean().mean()) > 0
assert sum(plan.totals.values()) > 0
assert walk(model)[0]["revenue.tv_spend.half"].shape == (2, 100)

equations = equations.replace("arctan", "capped")
capped = br.Model(name="shop", equations=equations, outcome="revenue", channels=model.channels, time="week")
for ask, wanted in (
    (lambda: walk(capped), Refusal),
    (lambda: br.optimise(br.fit(capped, fit.data, draws=250), periods=4, budget=40_000), br.ModelError),
):
    try:
        ask()
    except wanted as error:
        assert "a mechanism uses xp.clip, whose gradient is not known; write it with abs, arcsinh" in str(error), error
    else:
        raise AssertionError("xp.clip has no gradient")
"""
LAWS = ("tests/laws/test_saturation.py", "tests/laws/test_autodiff.py")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    there = tmp_path_factory.mktemp("extended")
    for folder in ("bayes_roi", "tests/laws", "tools"):  # with the bytecode, which is good for files of the same age
        shutil.copytree(ROOT / folder, there / folder)
    for name in ("tests/__init__.py", "tests/conftest.py", "tests/long.py", "pyproject.toml"):
        shutil.copy(ROOT / name, there / name)
    (there / PLACE).write_text(CURVE, encoding="utf-8")
    return there


def run(there: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(there), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=there, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_new_curve_goes_through_fit_do_and_optimise_and_one_without_a_gradient_says_so(copy: Path) -> None:
    other = copy / PLACE.replace("arctan", "capped")
    other.write_text(CAPPED, encoding="utf-8")
    try:
        run(copy, "-c", USE + ASKED)
    finally:
        other.unlink()


def test_the_laws_find_the_new_curve(copy: Path) -> None:
    told = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "arctan", *LAWS)
    assert int(re.search(r"(\d+) passed", told)[1]) > 8


def test_the_page_of_the_language_has_the_new_curve(copy: Path) -> None:
    asked = "import model_language as m; print(m.objections(m.TERMS['arctan'])); print(m.page())"
    told = run(copy, "-c", f"import sys; sys.path.insert(0, 'tools'); {asked}")
    assert told.startswith("[]\n# The model language")
    assert "Author 2001. Author, A. The arctangent as a response to advertising." in told
