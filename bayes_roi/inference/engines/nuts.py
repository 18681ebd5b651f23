"""The block's own PyMC model, sampled by NUTS: nutpie where it is installed, else PyMC's sampler."""

from __future__ import annotations

import functools
import importlib.util
import logging
import warnings
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_roi.inference.blocks import Block
from bayes_roi.inference.engines.base import Engine, Refusal, Settings, Tick
from bayes_roi.model.language.model import Model
from bayes_roi.model.pymc.marginal import draw_hidden, integrable, upright
from bayes_roi.model.rows.design import Design

if TYPE_CHECKING:
    from bayes_roi.model.pymc.lifted import Lifted

TARGET_ACCEPT = (0.95, 0.99)
"""Acceptance that the step size is tuned for, and with smaller steps where a chain diverged."""
COMPILED_BLOCKS = 16
"""How many compiled blocks a process keeps."""


class Nuts(Engine):
    """The No-U-Turn sampler (Hoffman and Gelman 2014).

    A block is compiled once a process: nutpie's functions of the last `COMPILED_BLOCKS` blocks are kept, each with the
    numbers of one data set, and serve every later block of the same structure (`model/pymc/lifted.py`): other data of
    the same shape, as of another market, a fold of a cross-validation or a simulation. Nothing else is kept, and the
    draws are those of a compilation of their own, bit for bit. PyMC's sampler compiles at each fit. One seed gives one
    posterior also where PyTensor finds some of the machine code on disk (`_as_written`).

    Where a chain diverges all are drawn once more with smaller steps: a funnel whose neck the first steps were too long
    for is then gone through, and what diverges still is counted (Betancourt 2017, section 6.2).

    Unobserved nodes are integrated out where that can be done in closed form, and drawn given the rest
    (`model/pymc/marginal.py`).
    """

    name = "nuts"
    takes_beside = True
    wait = ", being compiled (some twenty seconds)"

    def refuses(self, model: Model, rows: Design, block: Block) -> str | None:
        return None

    def sample(
        self, model: Model, rows: Design, block: Block, settings: Settings, rng: np.random.Generator, tick: Tick
    ) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        from bayes_roi.model.pymc.build import build

        hidden = integrable(model, rows, block.nodes)
        pymc_model = build(model, rows, block.nodes, integrated=hidden, beside=block.beside)
        seed = int(rng.integers(2**31))
        for accept in TARGET_ACCEPT:
            tree = _sampled(pymc_model, settings, seed, accept, tick)
            if not tree["sample_stats"]["diverging"].values.any():
                break
        names = [v.name for v in pymc_model.free_RVs]
        draws = {str(n): tree["posterior"][n].values for n in names}
        if not all(np.isfinite(v).all() for v in draws.values()):
            raise Refusal("the sampler returned values that are not finite")
        if hidden:
            draws = upright(model, rows, hidden, draws)
            flat = {name: values.reshape(-1, *values.shape[2:]) for name, values in draws.items()}
            shape = (settings.chains, settings.draws, rows.length)
            draws |= {n: x.reshape(shape) for n, x in draw_hidden(model, rows, hidden, flat, rng).items()}
        tick(1.0)
        return draws, {name: tree["sample_stats"][name].values for name in ("diverging", "energy")}


def _sampled(pymc_model: Any, settings: Settings, seed: int, accept: float, tick: Tick) -> Any:
    """Return the tree of a sampler's draws, a step size tuned for this acceptance."""
    if importlib.util.find_spec("nutpie") is None:
        return _pymc(pymc_model, settings, seed, accept)
    try:
        return _nutpie(pymc_model, settings, seed, accept, tick)
    except RuntimeError as error:  # nutpie's, with a stack of its own
        raise Refusal(f"the sampler gave up: {str(error).splitlines()[0]}; give tighter priors") from error


def _nutpie(pymc_model: Any, settings: Settings, seed: int, accept: float, tick: Tick) -> Any:
    import nutpie

    from bayes_roi.model.pymc.lifted import lift

    def show(chains: list[Any]) -> None:
        tick(sum(c.finished_draws for c in chains) / max(sum(c.total_draws for c in chains), 1))

    return nutpie.sample(
        _with_numbers(lift(pymc_model)),
        draws=settings.draws,
        tune=settings.tune,
        chains=settings.chains,
        seed=seed,
        target_accept=accept,
        save_warmup=False,
        progress_bar=False,
        progress_callback=show,
    )


def _with_numbers(lifted: Lifted) -> Any:
    """Return nutpie's functions of a block over its own numbers, whichever block they were compiled for."""
    compiled, shared = _compiled(lifted)
    shared.set_value(lifted.numbers)  # with_data replaces the numbers of the density, this those of the initial point
    return compiled.with_data(**{shared.name: lifted.numbers})


@functools.lru_cache(maxsize=COMPILED_BLOCKS)
def _compiled(lifted: Lifted) -> tuple[Any, Any]:
    """Return nutpie's functions of a structure, and the shared vector that its initial point reads."""
    import nutpie

    with _as_written(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numba's, about its own cache
        compiled = nutpie.compile_pymc_model(lifted.model, var_names=[v.name for v in lifted.model.free_RVs])
    return compiled, lifted.shared


def _as_written() -> AbstractContextManager[None]:
    """Return a context in which sums are compiled in the order they are written in.

    PyTensor lets LLVM reorder them (`fastmath`), and what LLVM makes of that depends on which parts of a graph come
    from PyTensor's cache on disk: the first fit of a block on a machine and the second differed in last bits of the
    density, and soon in whole draws. The cache keeps the two kinds of code apart.
    """
    import pytensor

    return pytensor.config.change_flags(numba__fastmath=False)


def _pymc(pymc_model: Any, settings: Settings, seed: int, accept: float) -> Any:
    import pymc as pm

    log = logging.getLogger("pymc")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with _as_written():
            return pm.sample(
                draws=settings.draws,
                tune=settings.tune,
                chains=settings.chains,
                random_seed=seed,
                target_accept=accept,
                nuts_sampler="pymc",
                progressbar=False,
                compute_convergence_checks=False,
                model=pymc_model,
            )
    finally:
        log.setLevel(level)
