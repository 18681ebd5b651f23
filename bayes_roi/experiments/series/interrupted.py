"""One series before and after something was done: its level, trend, season and covariates carried on without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.experiments.as_draws import check_draws
from bayes_roi.experiments.effect import WindowEffect
from bayes_roi.experiments.panel_table import column, label, unit_table
from bayes_roi.experiments.placebos import Placebos
from bayes_roi.experiments.series.held_out import held_out
from bayes_roi.experiments.series.noise import NoiseGrid, check_noise
from bayes_roi.experiments.series.regression import SeriesFit
from bayes_roi.guards import is_number, whole_number
from bayes_roi.numbers import ratio

if TYPE_CHECKING:
    from bayes_roi.experiments.panel_table import Table

ASSUMPTION = (
    "level, trend, season and what the covariates explain would have gone on as before, nothing else happened in the "
    "window, and the covariates are not touched by what was done"
)
NOISE = (
    "noise is autocorrelated (AR(1) beside an independent part), its parameters drawn from their posterior, wider by "
    "what earlier windows show"
)
LEAST = 3
"""Degrees of freedom of the noise."""
MOST_WINDOWS = 6
"""Earlier windows that are tried, in the second half of the periods before."""


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class InterruptedTimeSeries(WindowEffect):
    """Answer of `interrupted_time_series`.

    Parameters
    ----------
    regressors
        Names of what the series is a line in.
    autocorrelation
        Posterior mean of the correlation of the noise with that of the period before.
    placebos
        The same method tried in earlier windows of the same length, in which nothing was done.
    """

    it: ClassVar[str] = "effect"
    method: ClassVar[str] = "interrupted time series"

    regressors: tuple[str, ...]
    autocorrelation: float
    placebos: Placebos

    @property
    def estimand(self) -> str:
        """What is estimated, in words."""
        return (
            f"effect on {self.outcome} of what was done from {self.window[0]} to {self.window[1]}, against not doing it"
        )

    @property
    def beside(self) -> tuple[tuple[str, str], ...]:
        """What the series is a line in, how far its noise is autocorrelated, and what earlier windows show."""
        return (
            ("carried on", ", ".join(self.regressors)),
            ("autocorrelation of noise", ratio(self.autocorrelation)),
            ("placebos in time", str(self.placebos)),
        )


def interrupted_time_series(
    table: Table,
    *,
    outcome: str,
    time: str,
    start: Any,
    end: Any = None,
    covariates: Sequence[str] = (),
    trend: bool = True,
    season: float | None = None,
    order: int = 1,
    draws: int = 2000,
    seed: int = 0,
) -> InterruptedTimeSeries:
    r"""Return the effect in a window of what was done to a single series.

    $y_t = \alpha + \beta t + \text{season}_t + \gamma' x_t + u_t$ before the window, $u$ autocorrelated; the effect is
    the observed series less what this predicts, given the periods before.

    Parameters
    ----------
    table
        One row a period: a frame, or a mapping from names to columns.
    outcome, time, covariates
        Names of its columns.
    start, end
        First and last period of the window; to the end of the table when `end` is None.
    trend
        Whether there is a line in time.
    season, order
        Length of the season in rows, and its number of pairs of sine and cosine.
    draws
        Number of posterior draws.
    seed
        Of the draws.

    Raises
    ------
    QueryError
        When no row lies in the window, or too few before it for what is carried on.
    DataError
        When a column is absent or a value missing.

    Examples
    --------
    >>> weeks = np.arange(60)
    >>> noise = np.random.default_rng(1).normal(0, 2.0, 60)
    >>> sales = 100 + 0.5 * weeks + noise + 10 * (weeks >= 50)
    >>> found = interrupted_time_series({"week": weeks, "sales": sales}, outcome="sales", time="week", start=50)
    >>> bool(found.average.probability(above=5) > 0.95)
    True
    """
    known = {name: column(table, name) for name in (outcome, time, *covariates)}
    series = {**known, "": np.full(len(known[outcome]), "the series")}
    data = unit_table(series, outcome=outcome, unit="", time=time)
    window = data.during(start, end)
    columns = {name: unit_table(series, outcome=name, unit="", time=time).values[0] for name in covariates}
    x = _regressors(columns, window.stop, trend, season, order)
    if window.start < len(x) + LEAST:
        raise QueryError(
            f"{window.start} periods before the window are too few for {len(x)} coefficients; give {len(x) + LEAST} or "
            "more, or carry on less (trend=False, fewer covariates, no season)"
        )
    matrix = np.column_stack(list(x.values()))
    y = data.values[0, : window.stop]

    def split(at: int, length: int) -> SeriesFit:
        return SeriesFit(y[:length], matrix[:length], NoiseGrid(length, at))

    def earlier(at: int) -> tuple[float, int]:
        trial = split(at, window.start)
        return trial.standardised, trial.noise.freedom

    fit = split(window.start, window.stop)
    draws, rng = check_draws(draws), np.random.default_rng(seed)
    length = window.stop - window.start
    first = max(len(x) + LEAST, window.start // 2)
    starts = list(range(window.start - length, first - 1, -length))[:MOST_WINDOWS]
    check_noise(fit.noise, y[: window.start])
    found = [split(at, at + length).standardised for at in starts]
    names = [label(data.times[at]) for at in starts]
    tried = Placebos.of(names, found, fit.standardised, what="earlier windows")
    room = window.start - window.start // 3 >= len(x) + LEAST
    return InterruptedTimeSeries(
        outcome=outcome,
        units=(outcome,),
        controls=(),
        times=data.times[: window.stop],
        treated_units=(np.arange(window.stop) >= window.start).astype(float),
        observed=y,
        gap=tried.widened(fit.gaps(draws, rng), window.start, rng),
        randomised=False,
        assumption=ASSUMPTION,
        noise=NOISE,
        pre_trend=held_out(window.start if room else 0, earlier),
        regressors=tuple(x),
        autocorrelation=fit.noise.rho,
        placebos=tried,
    )


def _regressors(
    covariates: dict[str, np.ndarray], length: int, trend: bool, season: float | None, order: int
) -> dict[str, np.ndarray]:
    """Return what the series is a line in, name by name."""
    t = np.arange(length)
    found = {"level": np.ones(length)}
    if trend:
        found["trend"] = t / length
    if season is not None:
        if not is_number(season) or season < 2:
            raise QueryError(f"season must be a number of rows, 2 or more, got {season!r}")
        for k in range(1, whole_number(order, "order", 1, int(season // 2)) + 1):
            angle = 2 * np.pi * k * t / season
            found[f"cos {k}"] = np.cos(angle)
            if 2 * k != season:
                found[f"sin {k}"] = np.sin(angle)
    for name, cells in covariates.items():
        x = cells[:length]
        if x.std() == 0:
            raise QueryError(f"covariate {name!r} is the same in every period; leave it out")
        found[name] = (x - x.mean()) / x.std()
    return found
