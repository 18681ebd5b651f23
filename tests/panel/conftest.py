"""Tables to read: small texts with one thing wrong, and the panel or the problems they give."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bayes_roi.errors import DataError
from bayes_roi.panel import Panel, read_panel

COLUMNS = {"tv": "TV", "sales": "Sales"}


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Panel]:
    """Read a text as tv.csv, with column week as the time and TV as a spend."""

    def _read(content: str | bytes, *, name: str = "tv.csv", **options: object) -> Panel:
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        asked = {"columns": COLUMNS, "time": "week", "spends": ["tv"]} | options
        return read_panel(file, **asked)  # type: ignore[arg-type]

    return _read


@pytest.fixture
def problems(read: Callable[..., Panel]) -> Callable[..., list[str]]:
    """Return the problems of a text, as their messages."""

    def _problems(content: str | bytes, **options: object) -> list[str]:
        with pytest.raises(DataError) as caught:
            read(content, **options)
        return [str(problem) for problem in caught.value.problems]

    return _problems


@pytest.fixture
def pandas_free() -> Callable[[str], None]:
    """Run a script in a process of its own, and require that it did not import pandas."""

    def _run(script: str) -> None:
        script = f"{script}\nimport sys\nassert 'pandas' not in sys.modules"
        subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).resolve().parents[2])

    return _run
