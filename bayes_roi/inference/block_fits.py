"""One block, fitted by the first engine that does not refuse it."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from bayes_roi.errors import FitError
from bayes_roi.inference.blocks import Block
from bayes_roi.inference.engines import BlockFit, Engine, Refusal, Settings, Tick
from bayes_roi.inference.progress import Report
from bayes_roi.model.language.model import Model
from bayes_roi.model.rows.design import Design

BESIDE = "an experiment tells of its parameters"


def fit_block(
    model: Model,
    rows: Design,
    block: Block,
    engines: Sequence[Engine],
    settings: Settings,
    seed: tuple[int, ...],
    tell: Report,
) -> BlockFit:
    """Ask the engines in turn; what each refused for is kept as the reason for the one that was taken.

    Raises
    ------
    FitError
        When none can fit it.
    """
    reasons: list[str] = []
    for number, engine in enumerate(engines):
        reason = engine.refuses(model, rows, block) if block.beside is None or engine.takes_beside else BESIDE
        if reason is None:
            tick: Tick = lambda share, engine=engine: tell(f"{block} by {engine.name}", share)  # type: ignore[misc]  # noqa: E731
            tell(f"{block} by {engine.name}{engine.wait}", 0.0)
            started = time.process_time()
            try:
                rng = np.random.default_rng([*seed, number])
                draws, stats = engine.sample(model, rows, block, settings, rng, tick)
            except Refusal as refusal:
                reason = str(refusal)
            else:
                why = "; ".join(reasons) or block.why
                seconds = time.process_time() - started
                return BlockFit(block, engine.name, why, draws, seconds, stats, engine.independent)
        reasons.append(f"not {engine.name}: {reason}")
    raise FitError(f"{block}: no engine can fit it ({'; '.join(reasons)})")
