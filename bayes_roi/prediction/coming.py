"""The periods after those of a fit, with what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bayes_roi.errors import QueryError, nearest
from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.law.forward import NoiseKind
from bayes_roi.model.rows.design import Design
from bayes_roi.panel.periods import following
from bayes_roi.prediction.carried_noise import asked_on, autocorrelated
from bayes_roi.queries.expect import Scene, expect
from bayes_roi.queries.horizon.future import check_history, future_rows
from bayes_roi.queries.horizon.history import LAST_YEAR, Forecast, History


@dataclass(frozen=True, eq=False)
class Coming:
    """The periods after a fit's last, and what is held in them.

    Parameters
    ----------
    scene
        The fit on these rows, unit by unit.
    held
        Node -> (rows,) what is known of it; the others follow their equations.
    labels
        (periods,).
    assumed
        Nodes of which nothing was said, taken to be what they were in the same periods a year before.
    """

    scene: Scene
    held: Mapping[str, np.ndarray]
    labels: np.ndarray
    assumed: tuple[str, ...]

    @property
    def rows(self) -> Design:
        return self.scene.design

    def asked(self, nodes: tuple[str, ...], *, noise: NoiseKind, seed: int) -> np.ndarray:
        """Return nodes (draws, nodes, rows): their expectation by draw, or what these rows would show."""
        if carried := autocorrelated(self.scene.fit, self.held, nodes):
            return asked_on(self.scene, dict(self.held), nodes, carried, noisy=noise == "predictive", seed=seed)

        def stacked(values: list[dict[str, Array]]) -> Array:
            return np.stack([values[0][n] for n in nodes], axis=1)

        return expect(self.scene, [dict(self.held)], stacked, frozenset(nodes), noise=noise, seed=seed)


def coming(fit: Fit, periods: int, known: Mapping[str, Forecast]) -> Coming:
    """Return the periods after those of a fit.

    Parameters
    ----------
    fit
        A fit whose rows are periods.
    periods
        How many.
    known
        Channel or node -> what it will be, as `outlook` takes it; in a panel also (units, periods).

    Raises
    ------
    QueryError
        When the rows are no periods, a node is not in the model or is the outcome, or values have another length.
    """
    model = fit.model
    if fit.data.clock is None:
        raise QueryError("the rows of this fit are no periods (the model has no time:), so that none come after them")
    past = History(fit, periods, periods)
    check_history(past)
    given = {model.channels.get(name, name): value for name, value in known.items()}
    free = [n for n in model.measured if n != model.outcome]
    for node in given:
        if node not in free:
            why = "is what is predicted" if node == model.outcome else f"is not in the model{nearest(node, free)}"
            raise QueryError(f"{node!r} {why}; what is known can be {', '.join((*model.channels, *free))}")
    for name, value in known.items():
        if np.ndim(value) and (length := np.shape(value)[-1]) != periods:
            raise QueryError(
                f"{name!r} is known for {length} periods, and {periods} are forecast; give a value for each of them, "
                f"one number for all, or ask for periods={length}"
            )
    forecasts = {n: past.forecast(n, given.get(n, LAST_YEAR)) for n in dict.fromkeys([*model.exogenous, *given])}
    labels = following(np.asarray(fit.data.periods), periods)
    rows = future_rows(past, {n: x for n, x in forecasts.items() if n not in model.spends}, labels)
    assumed = tuple(n for n in forecasts if isinstance(x := given.get(n, LAST_YEAR), str) and x == LAST_YEAR)
    return Coming(Scene(fit, rows), {n: np.asarray(x, float).ravel() for n, x in forecasts.items()}, labels, assumed)


def of_table(fit: Fit, table: Mapping[str, npt.ArrayLike], given: tuple[str, ...]) -> tuple[int, dict[str, Forecast]]:
    """Return the number of periods and what a table of a single series says of what has no equation, and of `given`."""
    model = fit.model
    if model.panel is not None:
        raise QueryError("a table of rows is of a single series; of a panel give known= with values (units, periods)")
    wanted = {*model.channels, *model.spends, *model.exogenous, *given} - {model.outcome}
    found: dict[str, Forecast] = {n: np.asarray(table[n]) for n in wanted if n in table}
    lengths = {len(np.asarray(x)) for x in found.values()}
    if len(lengths) != 1:
        names = ", ".join(sorted(wanted))
        raise QueryError(f"the rows have no column that is known beforehand; such are {names}")
    return lengths.pop(), found
