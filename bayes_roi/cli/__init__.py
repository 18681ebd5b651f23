"""The command line: `bayes-roi` and `python -m bayes_roi`.

Importing it costs no numpy: commands import what they need when they run.
"""

from bayes_roi.cli import asking, checking, fitting, making
from bayes_roi.cli.app import app, main

__all__ = ["app", "asking", "checking", "fitting", "main", "making"]
