"""Observational and interventional data from a model and a truth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bayes_roi.errors import ModelError
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.intervention import Intervention
from bayes_roi.model.simulation.made_up_truth import made_up_truth
from bayes_roi.model.simulation.truth import Truth
from bayes_roi.model.simulation.world import World, true_values
from bayes_roi.panel import Panel

MOST_ROWS = 10_000_000


def simulate(
    model: Model,
    truth: Truth | None = None,
    *,
    do: Intervention | Sequence[Intervention] = (),
    periods: int | None = None,
    seed: int | None = None,
) -> Panel:
    """Return a table drawn from a model.

    The noise depends on the seed alone, so that data under an intervention are what the same periods would have been.
    A term's centring is that of the undisturbed data. Simulated spend is cut off at zero.

    Parameters
    ----------
    model
        The equations.
    truth
        Parameters and laws of the exogenous nodes; made up (see `made_up_truth`) when None.
    do
        Interventions from the first row on, as in `br.do`.
    periods, seed
        Number of rows and seed; the truth's own when None.

    Returns
    -------
    Panel
        Weekly periods from the truth's start, or exchangeable rows. The history rows of a model are simulated with
        their own history.

    Raises
    ------
    ModelError
        When the truth does not cover the model or makes a number that is none, or there are no rows or too many.

    Examples
    --------
    >>> import bayes_roi as br
    >>> from bayes_roi.model.simulation.truth import read_truth
    >>> model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
    >>> truth = read_truth(br.shipped("data/weekly_funnel.truth.json"))
    >>> simulated = br.simulate(model, truth, do=br.turn_off("tv_spend"))
    >>> float(simulated.columns["tv_spend"].sum())
    0.0
    """
    _require_few(periods)
    truth = made_up_truth(model, seed=seed or 0) if truth is None else truth
    truth.check(model)
    _require_few(truth.periods, units=len(truth.units))
    world = World(model, truth, truth.periods if periods is None else periods, truth.seed if seed is None else seed)
    interventions = (do,) if isinstance(do, Intervention) else tuple(do)
    with np.errstate(all="ignore"):  # what overflows is told below
        observed = world.run(lambda node, view: true_values(truth, node))
        panel = world.panel(world.intervened(truth, observed, interventions) if interventions else observed)
    for node, values in panel.columns.items():
        if odd := int(np.count_nonzero(~np.isfinite(values))):
            raise ModelError(f"the truth makes {node!r} infinite in {odd} row{'s' * (odd > 1)}; give smaller numbers")
    return panel


def _require_few(periods: int | None, *, units: int = 0) -> None:
    if periods is not None and periods * max(units, 1) > MOST_ROWS:
        raise ModelError(f"simulated tables have {MOST_ROWS:,} rows at most, asked for {periods * max(units, 1):,}")
