"""What more data would do to the width of each channel's ROI interval."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayes_roi.draws import check_prob
from bayes_roi.errors import QueryError
from bayes_roi.guards import whole_number
from bayes_roi.inference.fit import Fit
from bayes_roi.inference.progress import progress as progress_bar
from bayes_roi.lift.fit import fitted_again
from bayes_roi.model.rows.during import During
from bayes_roi.numbers import level, number
from bayes_roi.value.money.question import channels_of
from bayes_roi.value.money.roi import roi
from bayes_roi.value.uncertainty.longer import check_continuable, continued

if TYPE_CHECKING:
    import pandas as pd

LEAST_DRAWS = 200


@dataclass(frozen=True, eq=False, repr=False)
class MoreData:
    """Widths of the ROI intervals now, and in worlds in which the model has seen more.

    Parameters
    ----------
    channels
        Labels of the last axis.
    periods
        How many further periods (or rows) each world has.
    prob
        Posterior probability inside the intervals.
    before
        (channels,) width now.
    after
        (worlds, channels) width after a refit in each world.
    note
        What must be said beside the numbers.
    """

    channels: tuple[str, ...]
    periods: int
    prob: float
    before: np.ndarray
    after: np.ndarray
    note: str = ""

    @property
    def ratio(self) -> np.ndarray:
        """Width after over width now, (worlds, channels)."""
        return self.after / self.before

    def to_frame(self) -> pd.DataFrame:
        """Return a table, one row a channel: width now and then, their ratio on average, its least and its most."""
        import pandas as pd

        columns = {
            "now": self.before,
            "then": self.after.mean(axis=0),
            "ratio": self.ratio.mean(axis=0),
            "lowest": self.ratio.min(axis=0),
            "highest": self.ratio.max(axis=0),
        }
        return pd.DataFrame(columns, index=pd.Index(self.channels, name="channel"))

    @property
    def _head(self) -> str:
        return (
            f"width of the {level(self.prob)} credible interval of ROI, now and with {self.periods} more periods "
            f"({len(self.after)} simulated worlds)"
        )

    def __repr__(self) -> str:
        table = self.to_frame().to_string(float_format=number)
        return "\n".join(t for t in (self._head, table, self.note) if t)

    def _repr_html_(self) -> str:
        table = self.to_frame().to_html(float_format=number)
        return f"<p>{html.escape(self._head)}</p>{table}<p>{html.escape(self.note)}</p>"


def more_data(
    fit: Fit,
    *,
    periods: int = 52,
    worlds: int = 8,
    prob: float = 0.9,
    seed: int | None = None,
    progress: bool | None = None,
) -> MoreData:
    r"""Return how wide the interval of each channel's ROI would be with more data of the same kind.

    In each world a posterior draw $\theta_k$ makes further periods, $y^* \sim p(y^* \mid \theta_k)$, and the model is
    fitted to the table and them; the widths of $p(\text{ROI} \mid y, y^*)$ are those that the posterior now expects
    (preposterior analysis, Raiffa and Schlaifer 1961). Exogenous columns and budgets repeat their last `periods` rows,
    so that what is told is worth waiting, not an experiment.

    Parameters
    ----------
    fit
        A fit.
    periods
        Further periods of each series, or further exchangeable rows.
    worlds
        Simulated worlds, each with a fit of its own: as many times the fitting time.
    prob
        Posterior probability inside the intervals.
    seed
        Of the worlds and their fits; the fit's own when None.
    progress
        False shows no progress; else there is a bar on a terminal and elsewhere a line every 20 seconds, on stderr.

    Returns
    -------
    MoreData
        Widths by channel. For periods, the ROI is that of the periods fitted so far, in both fits; for
        exchangeable rows it is that of all rows.

    Raises
    ------
    QueryError
        When an option is out of range, the fit has under 200 draws, or the table cannot be continued: unobserved
        causes, missing cells.
    """
    channels = tuple(channels_of(fit.model))
    _check(fit, periods, worlds, prob)
    first, window, horizon = fit.seed if seed is None else seed, _window(fit), _horizon(fit)
    chosen = np.random.default_rng([first, 23]).choice(fit.chains * fit.draws, size=worlds, replace=False)
    before = _width(fit, window, horizon, prob)
    if not (before > 0).all():
        text = ", ".join(c for c, w in zip(channels, before, strict=True) if not w > 0)
        raise QueryError(f"the ROI of {text} has no width to narrow: no spend, or nothing varies")
    after, failed = [], 0
    with progress_bar(progress) as report:
        for world, k in enumerate(chosen):
            report(f"world {world + 1} of {worlds}", world / worlds)
            one = {n: x[k : k + 1] for n, x in fit.parameters.items()}
            data = continued(fit, one, periods, np.random.default_rng([first, world, 29]))
            again = fitted_again(
                fit, fit.model, data, seed=first + world + 1, draws=fit.draws, chains=fit.chains, tune=fit.settings.tune
            )
            failed += not again.diagnosis
            after.append(_width(again, window, horizon, prob))
    note = f"{failed} of {worlds} fits did not pass their diagnosis" if failed else ""
    return MoreData(channels, periods, prob, before, np.array(after), note)


def _check(fit: Fit, periods: int, worlds: int, prob: float) -> None:
    for name, value in (("periods", periods), ("worlds", worlds)):
        whole_number(value, name, 1)
    check_prob(prob)
    count = fit.chains * fit.draws
    if count < max(LEAST_DRAWS, worlds):
        raise QueryError(f"widths of intervals need at least {max(LEAST_DRAWS, worlds)} draws, this fit has {count}")
    check_continuable(fit)


def _window(fit: Fit) -> During:
    """Return the periods fitted so far."""
    labels = fit.design.periods
    return None if labels is None else (min(labels.tolist()), max(labels.tolist()))


def _horizon(fit: Fit) -> int | None:
    """Return 0 for periods: the fit so far could not see its carry-over after the last row, so the others must not."""
    return None if fit.design.periods is None else 0


def _width(fit: Fit, window: During, horizon: int | None, prob: float) -> np.ndarray:
    low, high = roi(fit, during=window, horizon=horizon).arrays.interval(prob)
    return high.array - low.array
