"""Families: how a node's value comes from its linear predictor and its noise."""

from __future__ import annotations

import sys

from bayes_roi.mechanisms.families.base import Family
from bayes_roi.mechanisms.registry import discover

FAMILIES: dict[str, type[Family]] = discover(sys.modules[__name__], Family)  # type: ignore[type-abstract]
