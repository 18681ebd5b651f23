"""Families: how a node's value comes from its linear predictor and its noise."""

from __future__ import annotations

import sys

from bayes_roi.mechanisms.families.base import Family
from bayes_roi.mechanisms.families.latent import Latent
from bayes_roi.mechanisms.registry import discover

FAMILIES: dict[str, type[Family]] = {
    name: family
    for name, family in discover(sys.modules[__name__], Family).items()  # type: ignore[type-abstract]
    if family is not Latent
}
"""Families by the names that a model file knows them by."""

__all__ = ["FAMILIES", "Family", "Latent"]
