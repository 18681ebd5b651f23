"""The engine: which blocks it takes, how long it draws, and what it hands back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayes_roi.inference.blocks import Block
from bayes_roi.inference.engines.base import Engine, Refusal, Settings, Tick
from bayes_roi.inference.engines.hmc.blocks import objections
from bayes_roi.inference.engines.hmc.density import Density
from bayes_roi.inference.engines.hmc.gate import MOST_DIVERGENT, Figures, figures
from bayes_roi.inference.engines.hmc.sampler import Sampler, Step
from bayes_roi.mechanisms.autodiff import NoGradient
from bayes_roi.model.language.model import Model
from bayes_roi.model.pymc.marginal import draw_hidden
from bayes_roi.model.rows.design import Design

SHORT = 16
"""Chains at the least."""
MOST = 32_000
"""Draws of all chains together after which it gives up."""
LOOK = 8_000
"""Draws after which it gives up where, at this pace, those would not do either."""
BLOCK = 2_000
"""Draws of all chains together between two looks."""
ATTEMPTS = 3
"""Step sizes that are tried where paths diverge."""
PATIENCE = 5
"""Rejections in a row, which one chain in a hundred thousand has where nine paths of ten are accepted."""
MOST_STUCK = 5e-3
"""Share of paths rejected oftener than that in a row, beyond which steps are too long for some place."""
RESERVE = 3_000_000
"""Floats, 24 MB: more than any array of a path."""
SMALLER = 0.6
"""Of a step size, the next one."""


class Hmc(Engine):
    """Hamiltonian Monte Carlo over the block's own density, many short chains at once, without compiling anything.

    Each chain that is handed back is several short ones, one after the other: `walk` says which draw is of which, and
    convergence is judged by those.
    """

    name = "hmc"
    takes_beside = True

    def refuses(self, model: Model, rows: Design, block: Block) -> str | None:
        return next(objections(model, rows, block.nodes), None)

    def sample(
        self, model: Model, rows: Design, block: Block, settings: Settings, rng: np.random.Generator, tick: Tick
    ) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        density = Density(model, rows, block.nodes, beside=block.beside)
        per_chain = math.ceil(SHORT / settings.chains)
        with np.errstate(all="ignore"):
            try:
                found = walks(density, per_chain * settings.chains, settings, rng, tick)
            except NoGradient as error:
                raise Refusal(str(error)) from error
            if reason := found.figures.objection:
                raise Refusal(reason)
            draws, stats = handed_back(density, found, settings, rng)
        if density.hidden:
            flat = {name: x.reshape(-1, *x.shape[2:]) for name, x in draws.items()}
            shape = (settings.chains, settings.draws, rows.length)
            hidden = draw_hidden(model, rows, density.hidden, flat, rng)
            draws |= {name: x.reshape(shape) for name, x in hidden.items()}
        return draws, stats


@dataclass(frozen=True, eq=False)
class Walks:
    """Draws of short chains (chains, draws, dimension), energies and divergences (chains, draws), and their figures."""

    q: np.ndarray
    energy: np.ndarray
    diverging: np.ndarray
    figures: Figures

    @classmethod
    def of(cls, steps: Sequence[Step]) -> Walks:
        """Return what all steps so far came to."""
        q = np.stack([s.places.q for s in steps], 1)
        energy, diverging = (np.stack([getattr(s, what) for s in steps], 1) for what in ("energy", "diverging"))
        return cls(q, energy, diverging, figures(q, energy, diverging))


class Trouble:
    """Counts paths that say that steps are too long for some place, which is narrower than the mean of the posterior.

    Parameters
    ----------
    chains
        Number of chains.
    """

    def __init__(self, chains: int) -> None:
        self.drawn = self.diverged = self.stuck = 0
        self._rejected = np.zeros(chains)  # paths in a row

    def see(self, step: Step) -> None:
        """Count what one path of all chains came to."""
        self._rejected = np.where(step.moved, 0, self._rejected + 1)
        self.drawn += len(step.moved)
        self.diverged += int(step.diverging.sum())
        self.stuck += int((self._rejected > PATIENCE).sum())

    @property
    def too_much(self) -> bool:
        """Whether so many draws may not have had so many."""
        often = max(self.drawn, LOOK)
        return self.diverged > MOST_DIVERGENT * often or self.stuck > MOST_STUCK * often


def walks(density: Density, chains: int, settings: Settings, rng: np.random.Generator, tick: Tick) -> Walks:
    """Return draws of so many short chains, as many as it takes.

    Where more paths diverged than may, or chains stay where they are, all are drawn anew in smaller steps (Betancourt
    2017, section 6.2).
    """
    np.empty(RESERVE)  # freed at once: the C library then keeps what smaller arrays free, and pages are not mapped anew
    sampler = Sampler(density, rng, fold=density.fold)
    sampler.warm(density.start(chains, rng), lambda share: tick(0.4 * share))
    least, block = math.ceil(settings.chains * settings.draws / chains), math.ceil(BLOCK / chains)
    for attempt in range(ATTEMPTS):
        steps: list[Step] = []
        trouble = Trouble(chains)
        for step in sampler.draw():
            steps.append(step)
            trouble.see(step)
            tick(min(0.4 + 0.2 * (attempt + trouble.drawn / LOOK), 0.99))
            if trouble.too_much and attempt < ATTEMPTS - 1:
                break
            if len(steps) % block == 0 and len(steps) >= least:
                found = Walks.of(steps)
                if found.figures.enough or ended(found.figures):
                    return found
        sampler.log_step += math.log(SMALLER)
    raise AssertionError("the last attempt returns")


def ended(figures: Figures) -> bool:
    """Whether no more is drawn: what there is will do, or more would not."""
    late = figures.draws >= LOOK and (figures.objection is None or not figures.promising(MOST / LOOK))
    return late or figures.draws >= MOST


def handed_back(
    density: Density, found: Walks, settings: Settings, rng: np.random.Generator
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return draws by name (chain, draw, ...) in the shape that was asked for, evenly thinned, and statistics."""
    short, length, size = found.q.shape
    each = short // settings.chains
    kept = math.ceil(settings.draws / each)
    at = np.floor(np.linspace(0, length, kept, endpoint=False)).astype(int)
    ends = np.append(at[1:], length)
    shape = (settings.chains, each * kept)

    def regrouped(x: np.ndarray) -> np.ndarray:
        return x.reshape(*shape, *x.shape[2:])[:, : settings.draws]

    q = regrouped(found.q[:, at])
    named = density.named(q.reshape(-1, size), rng)
    draws = {name: x.reshape(*q.shape[:2], *x.shape[1:]) for name, x in named.items()}
    diverging = np.stack([found.diverging[:, a:b].any(1) for a, b in zip(at, ends, strict=True)], 1)
    walk = np.broadcast_to(np.arange(short)[:, None], (short, kept))
    return draws, {
        "diverging": regrouped(diverging),
        "walk": regrouped(walk),
        "ebfmi": np.array(found.figures.ebfmi),
    }
