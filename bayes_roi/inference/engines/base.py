"""What an engine is: something that draws from the posterior of one block."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from bayes_roi.inference.blocks import Block
from bayes_roi.model.language.model import Model
from bayes_roi.model.rows.design import Design

SIGNS = "signs:"
"""Statistics of this prefix and an effect's name: the probability of its assumed sign."""
Tick = Callable[[float], None]
"""Told the share of the work done, from 0 to 1."""


class Refusal(Exception):
    """An engine cannot draw from this block exactly enough; the next one is asked. `str` says why."""


@dataclass(frozen=True)
class Settings:
    """How much to draw.

    Parameters
    ----------
    draws
        Draws a chain.
    chains
        Number of chains.
    tune
        Tuning steps a chain, for engines that tune.
    """

    draws: int = 1000
    chains: int = 4
    tune: int = 1000


@dataclass(frozen=True, eq=False)
class BlockFit:
    """Posterior draws of one block.

    Parameters
    ----------
    block, engine, why
        What was fitted, by which engine, and why that one.
    draws
        Parameter -> (chain, draw) or (chain, draw, size).
    seconds
        CPU seconds.
    stats
        Statistics by name, where the engine has them: `diverging`, `energy` (chain, draw) of a sampler; `walk` (chain,
        draw), which of the sampler's own chains a draw is of, where a chain is several of them one after the other, and
        then `ebfmi` (); `kish` (chain,) and `khat` () of weights; the probabilities of assumed signs ().
    independent
        Whether the draws are independent by construction, so that chains need no diagnosis.
    """

    block: Block
    engine: str
    why: str
    draws: Mapping[str, np.ndarray]
    seconds: float
    stats: Mapping[str, np.ndarray] = field(default_factory=dict)
    independent: bool = False


class Engine(ABC):
    """Draws from the posterior of a block, or refuses."""

    name: ClassVar[str]
    independent: ClassVar[bool] = False
    takes_beside: ClassVar[bool] = False
    """Whether it takes what is known of a block's parameters beside its rows."""
    wait: ClassVar[str] = ""
    """What is waited for before it tells of progress."""

    @abstractmethod
    def refuses(self, model: Model, rows: Design, block: Block) -> str | None:
        """Return why this engine is not for this block, or None; cheap."""

    @abstractmethod
    def sample(
        self, model: Model, rows: Design, block: Block, settings: Settings, rng: np.random.Generator, tick: Tick
    ) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Return draws by parameter (chain, draw, ...) and sampler statistics; raise `Refusal` when it went wrong."""
