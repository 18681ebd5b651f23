"""The command line: `bayes-roi` and `python -m bayes_roi`.

Importing it costs next to nothing. The first question anyone asks, `--help`, is answered from a page that a test holds
to the commands; the commands themselves are imported when one is called, and import what they need when they run.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bayes_roi.errors import INTERRUPTED

HELP = Path(__file__).with_name("help.txt")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; end the process with its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        if given == ["--help"]:
            print(HELP.read_text(encoding="utf-8"), end="", flush=True)
            sys.exit(0)
        from bayes_roi.cli.commands import app

        app(given, prog_name="bayes-roi")
    except KeyboardInterrupt:  # while the commands are imported; later ones are told by the application
        print("interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except OSError as error:  # of the page of help
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # Python would tell of it once more at exit
        if not isinstance(error, BrokenPipeError):
            print(f"error: {error.strerror}", file=sys.stderr)
        sys.exit(0 if isinstance(error, BrokenPipeError) else 2)
