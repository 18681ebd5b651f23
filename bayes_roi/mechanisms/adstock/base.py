"""What a kind of adstock is: a shape of weights over lags."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.prior import Prior


class AdstockKind(ABC):
    """A family of weights over lags 0..max_lag; a subclass in a file of this folder is known to the grammar."""

    name: ClassVar[str]

    @staticmethod
    @abstractmethod
    def priors(max_lag: int) -> dict[str, Prior]:
        """Return role -> default prior of its parameters."""

    @staticmethod
    @abstractmethod
    def shape(xp: Namespace, lags: np.ndarray, parameters: Mapping[str, Array]) -> Array:
        """Return positive weights (..., max_lag + 1) up to a factor; `parameters` have a trailing axis of one."""

    @classmethod
    def weights(cls, xp: Namespace, max_lag: int, parameters: Mapping[str, Array]) -> Array:
        """Return the weights (..., max_lag + 1), which sum to one."""
        weights = cls.shape(xp, np.arange(max_lag + 1.0), parameters)
        return weights / weights.sum(-1)[..., None]
