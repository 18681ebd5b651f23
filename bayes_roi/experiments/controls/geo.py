"""A test in some regions: regions that moved alike before stand for them, by a line between the two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.experiments.as_draws import check_draws
from bayes_roi.experiments.controls.chosen import Chosen, chosen
from bayes_roi.experiments.effect import WindowEffect
from bayes_roi.experiments.panel_table import first_few
from bayes_roi.experiments.placebos import Placebos
from bayes_roi.experiments.series.held_out import held_out
from bayes_roi.experiments.series.noise import NoiseGrid, check_noise
from bayes_roi.experiments.series.regression import SeriesFit
from bayes_roi.guards import whole_number
from bayes_roi.numbers import number, ratio

if TYPE_CHECKING:
    from bayes_roi.experiments.panel_table import Table

ASSUMPTION = (
    "without treatment the line between the treated regions and those matched with them would have held in the window, "
    "and matched regions are not touched by the treatment"
)
NOISE = (
    "noise about the line is autocorrelated (AR(1) beside an independent part), wider by what untreated regions show "
    "in the window"
)
LEAST_BEFORE = 6


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class MatchedRegions(WindowEffect):
    """Answer of `matched_regions`; `controls` are the matched ones.

    Parameters
    ----------
    correlations
        (controls,) of each with the treated before the window.
    placebos
        The same method tried on each untreated region, with matches of its own.
    autocorrelation
        Posterior mean of the correlation of the noise with that of the period before.
    question, matches
        What was asked, so that it can be put to other periods.
    """

    it: ClassVar[str] = "effect"
    method: ClassVar[str] = "matched regions"

    correlations: np.ndarray
    placebos: Placebos
    autocorrelation: float
    question: Chosen
    matches: int

    def placebo_in_time(self, start: Any, *, draws: int = 1000, seed: int = 0) -> MatchedRegions:
        """Return the answer for a window that begins at `start` and ends before the true one: its effect is none.

        Raises
        ------
        QueryError
            When `start` does not lie before the window with periods enough before it.
        """
        return _answer(self.question.earlier(start, LEAST_BEFORE), self.matches, self.randomised, draws, seed)

    @property
    def beside(self) -> tuple[tuple[str, str], ...]:
        """The matches, the noise and the placebos."""
        named = (f"{name} {number(float(r))}" for name, r in zip(self.controls, self.correlations, strict=True))
        return (
            ("correlation before the window", first_few(named)),
            ("autocorrelation of noise", ratio(self.autocorrelation)),
            ("placebos in space", str(self.placebos)),
        )


def matched_regions(
    table: Table,
    *,
    outcome: str,
    unit: str,
    time: str,
    treated: str | Sequence[str],
    start: Any,
    end: Any = None,
    controls: Sequence[str] | None = None,
    matches: int = 5,
    randomised: bool = False,
    draws: int = 2000,
    seed: int = 0,
) -> MatchedRegions:
    r"""Return the effect of a test in some regions, against the regions that were most correlated with them before.

    $y_t = \alpha + \beta \bar x_t + u_t$ before the window, with $\bar x$ the mean of the matched regions and $u$
    autocorrelated: the regression of Kerman, Wang and Vaver (2017, Estimating ad effectiveness using geo experiments in
    a time-based regression framework), with noise that is not taken for independent.

    Parameters
    ----------
    table
        One row a region and period: a frame, or a mapping from names to columns.
    outcome, unit, time
        Names of its columns.
    treated
        The treated region, or several, which are averaged.
    start, end
        First and last period of the window; to the end of the table when `end` is None.
    controls
        The regions to choose from; all others when None.
    matches
        How many of them stand for the treated.
    randomised
        Whether chance decided which regions were treated.
    draws
        Number of posterior draws.
    seed
        Of the draws.

    Returns
    -------
    MatchedRegions
        `.estimate`, `.average`, `.relative` (in per cent), `.by_period`, `.placebos`.

    Raises
    ------
    QueryError
        When a region is not there, is both treated and a control, no row lies in the window, or too few before it.
    DataError
        When the table lacks rows, columns or numbers.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> weeks, cities = np.arange(40), ["lyon", "nice", "lille", "brest", "metz"]
    >>> sales = 100 + rng.normal(0, 2, (5, 40)) + rng.normal(0, 10, 40)
    >>> sales[0, 30:] += 20
    >>> table = {"city": np.repeat(cities, 40), "week": np.tile(weeks, 5), "sales": sales.ravel()}
    >>> found = matched_regions(table, outcome="sales", unit="city", time="week", treated="lyon", start=30, matches=3)
    >>> bool(found.relative.probability(above=0.1) > 0.9)
    True
    """
    asked = chosen(
        table, outcome=outcome, unit=unit, time=time, treated=treated, start=start, end=end, controls=controls
    )
    if asked.before < LEAST_BEFORE:
        raise QueryError(
            f"{asked.before} periods before the window are too few for a line; give {LEAST_BEFORE} or more"
        )
    return _answer(asked, min(whole_number(matches, "matches", 1), len(asked.controls)), randomised, draws, seed)


def _answer(asked: Chosen, count: int, randomised: bool, draws: int, seed: int) -> MatchedRegions:
    best, correlation = _matches(asked.path, asked.donors, asked.before, count)
    if correlation[best[0]] <= 0:
        raise QueryError("no control moved with the treated before the window; give other controls")
    fit = _line(asked.path, asked.donors, best, NoiseGrid(asked.length, asked.before))
    check_noise(fit.noise, asked.path[: asked.before])
    draws, rng = check_draws(draws), np.random.default_rng(seed)
    tried = _placebos(asked, count, fit)
    return MatchedRegions(
        outcome=asked.data.outcome,
        units=asked.names(asked.treated),
        controls=asked.names(asked.controls[best]),
        times=asked.data.times,
        treated_units=asked.treated_units,
        observed=asked.path,
        gap=tried.widened(fit.gaps(draws, rng), asked.before, rng),
        randomised=randomised,
        assumption=ASSUMPTION,
        noise=NOISE,
        pre_trend=held_out(asked.before, lambda at: _earlier(asked, count, at)),
        correlations=correlation[best],
        placebos=tried,
        autocorrelation=fit.noise.rho,
        question=asked,
        matches=count,
    )


def _matches(y: np.ndarray, donors: np.ndarray, before: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return which regions are most correlated with the treated before the window, and the correlation of each."""
    a, x = y[:before] - y[:before].mean(), donors[:before] - donors[:before].mean(axis=0)
    size = np.sqrt((a @ a) * (x**2).sum(axis=0))
    correlation = np.divide(a @ x, size, out=np.full(donors.shape[1], -1.0), where=size > 0)
    best = np.argsort(-correlation)[:count]
    return best, correlation


def _line(y: np.ndarray, donors: np.ndarray, best: np.ndarray, grid: NoiseGrid) -> SeriesFit:
    x = donors[:, best].mean(axis=1)
    middle = x[: grid.before]
    return SeriesFit(y, np.column_stack([np.ones(len(y)), (x - middle.mean()) / (middle.std() or 1.0)]), grid)


def _placebos(asked: Chosen, count: int, fit: SeriesFit) -> Placebos:
    tried, found = Placebos.tried(len(asked.controls)), []
    for j in tried.tolist():
        others = np.delete(asked.donors, j, axis=1)
        best, _ = _matches(asked.donors[:, j], others, asked.before, min(count, others.shape[1]))
        found.append(_line(asked.donors[:, j], others, best, fit.grid).standardised)
    return Placebos.of(asked.names(asked.controls[tried]), found, fit.standardised)


def _earlier(asked: Chosen, count: int, at: int) -> tuple[float, int]:
    early = asked.until(asked.before, at)
    best, _ = _matches(early.path, early.donors, at, count)
    return _placebos(early, count, _line(early.path, early.donors, best, NoiseGrid(early.length, at))).figures
