"""All commands, joined to the application."""

from __future__ import annotations

from bayes_roi.cli import (
    against_data,
    channels,
    checking,
    decompose,
    do,
    effects,
    exporting,
    fitting,
    identifying,
    information,
    journeys,
    optimise,
    predicting,
    scenarios,
)
from bayes_roi.cli.app import app
from bayes_roi.cli.new import making

__all__ = [
    "against_data",
    "app",
    "channels",
    "checking",
    "decompose",
    "do",
    "effects",
    "exporting",
    "fitting",
    "identifying",
    "information",
    "journeys",
    "making",
    "optimise",
    "predicting",
    "scenarios",
]
