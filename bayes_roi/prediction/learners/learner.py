"""What a learner is: a frozen choice of settings that makes a `Learned` from rows of training."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

import numpy as np


class Learned(ABC):
    """What a learner has learned: a posterior, asked for rows that it has not seen; draws of a chain lie together."""

    chains: ClassVar[int] = 1

    @abstractmethod
    def noise(self) -> np.ndarray:
        """Standard deviations (draws,) of what a row shows about what it is expected to; empty of a binary target."""

    @abstractmethod
    def expected(self, x: np.ndarray) -> np.ndarray:
        """Return draws (draws, rows) of the expectation of rows x (rows, columns); of a binary target, P(1)."""

    def inclusion(self) -> np.ndarray | None:
        """P(a feature is in the model) (features,), of a learner that selects them."""
        return None


@dataclass(frozen=True)
class Learner(ABC):
    """A model of one column given others; it knows no graph, and what it finds is no effect."""

    name: ClassVar[str]

    @abstractmethod
    def learn(self, x: np.ndarray, y: np.ndarray, owner: np.ndarray, *, binary: bool, seed: int) -> Learned:
        """Return what rows of training teach.

        Parameters
        ----------
        x
            (rows, columns) standardised.
        y
            (rows,) standardised, or zeros and ones of a binary target.
        owner
            (columns,) the feature of each column, counted from 0.
        binary
            Whether y are zeros and ones.
        seed
            Of its draws.
        """

    def variants(self) -> tuple[Self, ...]:
        """Return the settings that tuning chooses between, by rows that are held out of the rows of training."""
        return (self,)

    @property
    def settings(self) -> Mapping[str, Any]:
        """The settings by name."""
        return asdict(self)
