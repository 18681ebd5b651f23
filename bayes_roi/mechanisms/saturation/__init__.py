"""Saturation: how the effect of one more unit falls as spend grows."""

from __future__ import annotations

import sys

from bayes_roi.mechanisms.registry import discover
from bayes_roi.mechanisms.saturation.base import Saturation

SATURATIONS: dict[str, type[Saturation]] = discover(sys.modules[__name__], Saturation)  # type: ignore[type-abstract]
