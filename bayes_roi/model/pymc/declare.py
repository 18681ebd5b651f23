"""Parameters as variables of the PyMC model that is open."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm

from bayes_roi.mechanisms.prior import Normal, Prior, ShiftedGamma
from bayes_roi.model.pymc.transforms import Standardised


def declare(name: str, prior: Prior, size: int | None = None, dim: str | None = None) -> Any:
    """Declare a parameter in the PyMC model that is open."""
    transform = {"default_transform": Standardised()} if isinstance(prior, Normal) else {}
    return register(
        name, dist(prior, shape=() if size is None else (size,)), dims=None if size is None else (dim,), **transform
    )


def register(name: str, law: Any, **options: Any) -> Any:
    """Add a variable that follows a law to the model that is open."""
    return pm.modelcontext(None).register_rv(law, name=name, **options)


def dist(prior: Prior, shape: tuple[int, ...] = ()) -> Any:
    """Return a prior as PyMC has it."""
    if isinstance(prior, ShiftedGamma):
        return pm.Truncated.dist(dist(prior.gamma), lower=np.float64(prior.lower), shape=shape)
    arguments = {k: np.float64(v) for k, v in vars(prior).items() if k != "support"}
    return getattr(pm, type(prior).__name__).dist(**arguments, shape=shape)
