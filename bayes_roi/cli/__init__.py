"""The command line: `bayes-roi` and `python -m bayes_roi`.

Importing it costs next to nothing. The first question anyone asks, `--help`, is answered from a page that a test holds
to the commands; the commands themselves are imported when one is called, and import what they need when they run.
"""

from __future__ import annotations

import sys
from pathlib import Path

HELP = Path(__file__).with_name("help.txt")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; end the process with its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    if given == ["--help"]:
        print(HELP.read_text(encoding="utf-8"), end="")
        sys.exit(0)
    from bayes_roi.cli.commands import app

    app(given, prog_name="bayes-roi")
