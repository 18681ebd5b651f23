"""Forecasts from earlier origins: each by a fit that knows the rows up to it alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bayes_roi.inference.blocks import blocks
from bayes_roi.inference.engines import Engine, remembering
from bayes_roi.inference.fit import Fit, fit_of, sampled, settings_of
from bayes_roi.model.language.model import Model
from bayes_roi.model.rows.design import design
from bayes_roi.panel import Panel
from bayes_roi.prediction.coming import coming
from bayes_roi.prediction.later import Later
from bayes_roi.prediction.log_score import log_score
from bayes_roi.prediction.rivals import RIVALS, Past
from bayes_roi.prediction.surprises import surprises

Known = Literal["spend and causes", "spend", "nothing"]
"""What of the weeks ahead a forecast is given: spends and all without an equation, spends alone, or none of it."""
MODEL = "model"
CHAINS = 2


@dataclass(frozen=True, eq=False)
class Fold:
    """Forecasts from one origin.

    Parameters
    ----------
    origin
        The last period that the fit knows.
    labels
        (periods,) the periods after it.
    units
        The panel's units; one empty name for a single series.
    came
        (units, periods) what came; NaN where there is no row.
    draws
        Forecaster -> (draws, units, periods) what the periods would show.
    tails
        Node -> (units, periods) P(node below what came), of the outcome and of what it is made of.
    surprise
        Node -> (units, periods) what it adds to what came less the mean forecast: what its own equation did not say, or
        of a node taken as a year before how far it was off, as it moves the outcome. They sum to the whole.
    log_score
        (units, periods) log density of the outcome that came under the model's forecast; NaN where there is none.
    """

    origin: str
    labels: np.ndarray
    units: tuple[str, ...]
    came: np.ndarray
    draws: Mapping[str, np.ndarray]
    tails: Mapping[str, np.ndarray]
    surprise: Mapping[str, np.ndarray]
    log_score: np.ndarray


def folds_of(
    model: Model,
    data: Panel,
    origins: list[int],
    horizon: int,
    known: Known,
    rivals: tuple[str, ...],
    draws: int,
    seed: int,
    report: Callable[[str, float], None],
) -> Iterator[Fold]:
    """Yield the forecasts from each origin."""
    assert data.clock is not None
    engines = remembering()
    for i, origin in enumerate(origins):
        report(f"fold {i + 1} of {len(origins)}", i / len(origins))
        past = data.kept(data.clock <= origin)
        later = Later(parameters_fitted(model, past, draws, seed + i, engines), data, origin, horizon)
        yield _fold(later, known, rivals, seed + i)


def parameters_fitted(model: Model, past: Panel, draws: int, seed: int, engines: tuple[Engine, ...]) -> Fit:
    """Return draws of the parameters alone: what a forecast reads of a fit."""
    rows = design(model, past)
    settings = settings_of(draws, CHAINS, 1000, seed)
    fits = sampled(model, rows, blocks(model, rows), engines, settings, seed, False)
    return fit_of(model, past, {n: x.reshape(-1, *x.shape[2:]) for f in fits for n, x in f.draws.items()}, seed=seed)


def _fold(later: Later, known: Known, rivals: tuple[str, ...], seed: int) -> Fold:
    fit, model, horizon = later.fit, later.fit.model, later.horizon
    given = {
        "spend and causes": [n for n in model.measured if n in {*model.exogenous, *model.spends} - {model.outcome}],
        "spend": [n for n in model.measured if n in model.spends],
        "nothing": [],
    }[known]
    ahead = coming(fit, horizon, {n: later.labelled(n) for n in given})
    causes = model.computation.ancestors([model.outcome])
    nodes = tuple(n for n in model.computation.order if n in model.modelled and n in causes and n not in ahead.held)
    reads = (p for p in model.computation.parents[model.outcome] if p not in ahead.held)
    asked = tuple(dict.fromkeys([*nodes, *reads]))
    shown = dict(zip(asked, np.moveaxis(ahead.asked(asked, noise="predictive", seed=seed), 1, 0), strict=True))
    shape = (-1, len(later.units), horizon)
    by_node = {n: shown[n].reshape(shape) for n in nodes}
    came = {n: later.grid(n, filled=False) for n in nodes}
    past = Past(
        series=later.series(model.outcome),
        known={n: later.series(n, ahead=horizon) for n in given},
        periods=horizon,
        frequency=later.data.frequency,
    )
    return Fold(
        origin=str(later.labels_before[-1]),
        labels=ahead.labels,
        units=later.units,
        came=came[model.outcome],
        draws={
            MODEL: by_node[model.outcome],
            **{name: RIVALS[name](past, np.random.default_rng([seed, 71])) for name in rivals},
        },
        surprise=surprises(ahead, later, nodes, seed),
        log_score=log_score(ahead, model.outcome, shown, came[model.outcome].ravel(), seed).reshape(shape[1:]),
        tails={n: np.where(np.isnan(came[n]), 0.5, (by_node[n] <= came[n]).mean(axis=0)) for n in nodes},
    )
