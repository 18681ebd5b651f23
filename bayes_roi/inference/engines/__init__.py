"""Engines, cheapest first; the last one takes every block."""

from __future__ import annotations

from bayes_roi.inference.engines.base import SIGNS, BlockFit, Engine, Refusal, Settings, Tick
from bayes_roi.inference.engines.collapsed import Collapsed
from bayes_roi.inference.engines.exact import Exact
from bayes_roi.inference.engines.hmc import Hmc
from bayes_roi.inference.engines.nuts import Nuts

ENGINES: tuple[Engine, ...] = (Exact(), Collapsed(), Hmc(), Nuts())
FAST = ENGINES[:-1]
"""Those that compile nothing."""


def remembering() -> tuple[Engine, ...]:
    """Return the engines for fits of one model to growing tables: importance sampling goes on from the fit before."""
    return tuple(Collapsed({}) if isinstance(e, Collapsed) else e for e in ENGINES)


__all__ = ["ENGINES", "FAST", "SIGNS", "BlockFit", "Engine", "Refusal", "Settings", "Tick", "remembering"]
