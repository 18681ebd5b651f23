"""Baseline terms: what moves an outcome through time without any parent."""

from __future__ import annotations

import sys

from bayes_roi.mechanisms.registry import discover
from bayes_roi.mechanisms.term import Term

BASELINES: dict[str, type[Term]] = discover(sys.modules[__name__], Term)  # type: ignore[type-abstract]
