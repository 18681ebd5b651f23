"""Check every shipped model against its data, in one process; what is said of a model is printed where it fails.

python tools/check_models.py
"""

from __future__ import annotations

import contextlib
import io
import sys
from pathlib import Path

from bayes_roi.cli import main as bayes_roi

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Check the models one after the other and return the exit code of the first that fails, or 0."""
    for path in sorted((ROOT / "models").glob("*.yaml")):
        print(f"bayes-roi check {path.relative_to(ROOT)}", flush=True)
        code, said = check(path)
        if code:
            print(said, end="", file=sys.stderr)
            return code
    return 0


def check(path: Path) -> tuple[int, str]:
    """Return the exit code of `bayes-roi check`, and what it prints."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            bayes_roi(["check", str(path)])
        except SystemExit as ended:
            return int(ended.code or 0), said.getvalue()
    return 0, said.getvalue()


if __name__ == "__main__":
    sys.exit(main())
