"""All commands, joined to the application."""

from __future__ import annotations

from bayes_roi.cli import asking, checking, fitting, making, plan, planning
from bayes_roi.cli.app import app

__all__ = ["app", "asking", "checking", "fitting", "making", "plan", "planning"]
