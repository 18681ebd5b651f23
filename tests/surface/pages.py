"""The code of a page, block by block."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


def blocks(page: str) -> list[tuple[str, str]]:
    """Return (language, text) of each block of a page that names its language."""
    return BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))


def commands(text: str) -> list[list[str]]:
    """Return the arguments of each `bayes-roi` command of a block."""
    return [shlex.split(line, comments=True)[1:] for line in text.splitlines() if line.startswith("bayes-roi ")]


def run_python(text: str, names: dict[str, object], where: str) -> None:
    """Run a block with the names of those before it."""
    exec(compile(text, where, "exec"), names)
