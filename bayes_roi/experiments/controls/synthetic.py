"""Synthetic control: the treated unit against a weighted mean of units that were left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from bayes_roi.draws import Draws
from bayes_roi.errors import QueryError
from bayes_roi.experiments.as_draws import check_draws
from bayes_roi.experiments.controls.chosen import LEAST_BEFORE, LEAST_CONTROLS, Chosen, chosen
from bayes_roi.experiments.controls.donors import DonorFit
from bayes_roi.experiments.controls.predictors import Matching, Predictors, matching
from bayes_roi.experiments.controls.sdid import sdid_point
from bayes_roi.experiments.effect import WindowEffect
from bayes_roi.experiments.placebos import Placebos
from bayes_roi.experiments.series.held_out import held_out
from bayes_roi.experiments.series.noise import Noise, NoiseGrid, check_noise
from bayes_roi.numbers import number, places, ratio

if TYPE_CHECKING:
    from bayes_roi.experiments.panel_table import Table

ASSUMPTION = (
    "without treatment the treated would have gone on as the weighted mean of the controls that matched them before "
    "the window, and controls are not touched by it"
)
NOISE = {
    "autocorrelated": (
        "noise of the gap is autocorrelated (AR(1) beside an independent part), wider by what untreated units show in "
        "the window"
    ),
    "independent": "noise of the gap is taken as independent from period to period, which is mostly too narrow",
}
SHOWN = 0.005
"""Weights that are named."""


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class SyntheticControl(WindowEffect):
    """Answer of `synthetic_control`.

    Parameters
    ----------
    point
        Mean gap in the window, by least squares on the simplex.
    weights
        (controls,) the weights behind it.
    weight_draws
        (draws, controls) their posterior draws.
    sdid
        The point of synthetic difference in differences (Arkhangelsky et al. 2021) beside it.
    placebos
        The same method tried on each control in the window, the treated left out.
    autocorrelation
        Posterior mean of the correlation of the gap's noise with that of the period before.
    importance
        (predictors,) how much each predictor counts; empty where the weights match the outcome in every period.
    question, intercept, kind
        What was asked, so that it can be put to other periods.
    """

    it: ClassVar[str] = "effect"
    method: ClassVar[str] = "synthetic control"

    point: float
    weights: np.ndarray
    weight_draws: np.ndarray = field(repr=False)
    sdid: float
    placebos: Placebos
    autocorrelation: float
    importance: np.ndarray
    question: Chosen
    intercept: bool
    kind: Noise

    @cached_property
    def weight(self) -> Draws:
        """Posterior of the weights, dim `unit`."""
        labels = {"unit": np.array(self.controls)}
        return self._draws(self.weight_draws, "weight in the synthetic control", labels, unit="share")

    def placebo_in_time(self, start: Any, *, draws: int = 1000, seed: int = 0) -> SyntheticControl:
        """Return the answer for a window that begins at `start` and ends before the true one: its effect is none.

        Raises
        ------
        QueryError
            When `start` does not lie before the window with periods enough before it, or the weights match predictors,
            which are of the true window.
        """
        if len(self.importance):
            raise QueryError("the weights match predictors of the true window; ask without predictors=")
        asked = self.question.earlier(start, LEAST_BEFORE)
        return _answer(asked, self.intercept, self.kind, self.randomised, draws, seed)

    @property
    def beside(self) -> tuple[tuple[str, str], ...]:
        """The points of the two formulas, the weights, the noise and the placebos."""
        order = np.argsort(-self.weights)
        named = [f"{self.controls[k]} {places(self.weights[k], 3)}" for k in order if self.weights[k] > SHOWN]
        return (
            ("mean gap of least squares, a unit and period", number(self.point)),
            ("synthetic difference in differences", number(self.sdid)),
            ("weights", ", ".join(named)),
            ("autocorrelation of noise", ratio(self.autocorrelation)),
            ("placebos in space", str(self.placebos)),
        )


def synthetic_control(
    table: Table,
    *,
    outcome: str,
    unit: str,
    time: str,
    treated: str | Sequence[str],
    start: Any,
    end: Any = None,
    controls: Sequence[str] | None = None,
    predictors: Predictors | None = None,
    intercept: bool = False,
    noise: Noise = "autocorrelated",
    randomised: bool = False,
    draws: int = 1000,
    seed: int = 0,
) -> SyntheticControl:
    r"""Return the effect on treated units against a weighted mean of controls, by period and in total.

    The weights are not negative, sum to one and minimise $\sum_{t < start} (y_t - \sum_j w_j y_{jt})^2$ (Abadie,
    Diamond and Hainmueller 2010, matched on the outcome in every period before). Several treated units are averaged.

    Parameters
    ----------
    table
        One row a unit and period: a frame, or a mapping from names to columns.
    outcome, unit, time
        Names of its columns.
    treated
        The treated unit, or several.
    start, end
        First and last period of the window; to the end of the table when `end` is None.
    controls
        The units to choose from; all others when None.
    predictors
        What the weights match instead of the outcome in every period before; the interval then takes them as given.
    intercept
        Whether the treated may differ from their controls by a constant (Doudchenko and Imbens 2016): for units of
        unlike size, such as cities.
    noise
        "autocorrelated", or "independent" to see how much narrower the textbook's interval is.
    randomised
        Whether chance decided which units were treated.
    draws
        Number of posterior draws.
    seed
        Of the draws.

    Returns
    -------
    SyntheticControl
        `.estimate`, `.average`, `.relative`, `.by_period`, `.weight`, `.placebos`, `.placebo_in_time(start)`, `.sdid`.

    Raises
    ------
    QueryError
        When a unit is not there, is both treated and a control, no row lies in the window, or too few before it.
    DataError
        When the table lacks rows, columns or numbers.

    Notes
    -----
    A draw is the gap of least squares and an error: a path of noise over all periods, drawn with its autocorrelation
    from the posterior of the noise, moves the weights by its part before the window, and the gap by both (Sen, Patra
    and Dunson 2018). Where untreated units stray further in the window than their own noise says, intervals in it are
    wider by that factor.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> weeks, cities = np.arange(40), ["lyon", "nice", "lille", "brest", "metz"]
    >>> sales = 100 + rng.normal(0, 2, (5, 40)) + rng.normal(0, 10, 40)
    >>> sales[0, 30:] += 20
    >>> table = {"city": np.repeat(cities, 40), "week": np.tile(weeks, 5), "sales": sales.ravel()}
    >>> found = synthetic_control(table, outcome="sales", unit="city", time="week", treated="lyon", start=30)
    >>> bool(found.average.probability(above=15) > 0.9)
    True
    """
    if noise not in NOISE:
        raise QueryError(f"noise must be 'autocorrelated' or 'independent', got {noise!r}")
    asked = chosen(
        table, outcome=outcome, unit=unit, time=time, treated=treated, start=start, end=end, controls=controls
    )
    found = None if predictors is None else matching(table, asked, predictors, unit=unit, time=time)
    return _answer(asked, intercept, noise, randomised, draws, seed, found)


def _answer(
    asked: Chosen,
    intercept: bool,
    noise: Noise,
    randomised: bool,
    draws: int,
    seed: int,
    match: Matching | None = None,
) -> SyntheticControl:
    draws, rng = check_draws(draws), np.random.default_rng(seed)
    grid = NoiseGrid(asked.length, asked.before, noise)
    fit = DonorFit(asked.path, asked.donors, grid, intercept, None if match is None else match.weights)
    check_noise(fit.noise, asked.path[: asked.before])
    errors, weights = fit.errors(draws, rng)
    names = asked.names(asked.controls)
    tried = placebos_in_space(fit, names, match)
    if noise == "autocorrelated":
        errors = tried.widened(errors, asked.before, rng)
    errors = errors - errors.mean(axis=0)  # centred on least squares: weights at zero can only move one way

    def earlier(at: int) -> tuple[float, int]:
        early = asked.until(asked.before, at)
        trial = DonorFit(early.path, early.donors, NoiseGrid(early.length, at, noise), intercept)
        return placebos_in_space(trial, names).figures

    return SyntheticControl(
        outcome=asked.data.outcome,
        units=asked.names(asked.treated),
        controls=names,
        times=asked.data.times,
        treated_units=asked.treated_units,
        observed=asked.path,
        gap=fit.gap + errors,
        randomised=randomised,
        assumption=ASSUMPTION,
        noise=NOISE[noise],
        pre_trend=held_out(asked.before if match is None else 0, earlier),
        point=float(fit.gap[asked.before :].mean()),
        weights=fit.weights,
        weight_draws=weights,
        sdid=sdid_point(asked.path, asked.donors, asked.before, len(asked.treated)),
        placebos=tried,
        autocorrelation=fit.noise.rho,
        importance=np.zeros(0) if match is None else match.importance,
        question=asked,
        intercept=intercept,
        kind=noise,
    )


def placebos_in_space(fit: DonorFit, names: tuple[str, ...], match: Matching | None = None) -> Placebos:
    """Return the method tried on controls with the other controls as their own; on none where there are two."""
    tried = Placebos.tried(len(names)) if len(names) > LEAST_CONTROLS else np.zeros(0, int)
    found = []
    for j in tried.tolist():
        given = None if match is None else match.weights_of(j)
        others = np.delete(fit.donors, j, axis=1)
        found.append(DonorFit(fit.donors[:, j], others, fit.grid, fit.intercept, given).standardised)
    return Placebos.of([names[j] for j in tried], found, fit.standardised)
