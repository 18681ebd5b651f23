"""All commands, joined to the application."""

from __future__ import annotations

from bayes_roi.cli import (
    asking,
    checking,
    doing,
    explaining,
    fitting,
    identifying,
    making,
    plan,
    planning,
    valuing,
    worth,
)
from bayes_roi.cli.app import app

__all__ = [
    "app",
    "asking",
    "checking",
    "doing",
    "explaining",
    "fitting",
    "identifying",
    "making",
    "plan",
    "planning",
    "valuing",
    "worth",
]
