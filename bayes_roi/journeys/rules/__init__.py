"""Rules that hand out a conversion to the touches before it: a rule a file.

A rule is a class with the weights of the touches of each path; it is found here, and the laws of the tests run over it.
"""

from __future__ import annotations

import sys

from bayes_roi.journeys.rules.base import TouchRule
from bayes_roi.mechanisms.registry import discover

TOUCH_RULES: dict[str, type[TouchRule]] = discover(sys.modules[__name__], TouchRule)  # type: ignore[type-abstract]
