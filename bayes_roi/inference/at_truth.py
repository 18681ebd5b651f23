"""A simulated table together with the truth that made it, as a fit of one draw."""

from __future__ import annotations

import numpy as np

from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.model.language.model import Model
from bayes_roi.model.simulation.truth import Truth
from bayes_roi.panel import Panel


def at_truth(model: Model, data: Panel, truth: Truth) -> Fit:
    """Return a fit whose only draw is the truth: every question that is put to it has the true answer.

    Parameters
    ----------
    model
        The model that the truth is of.
    data
        The table that was simulated from it.
    truth
        Its parameters: `br.read_truth(path)`, or what `br.simulate` was given.

    Raises
    ------
    ModelError
        When the truth is not of this model or leaves a parameter open.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
    >>> data = br.read_data(br.shipped("data/weekly_funnel.csv"), model)
    >>> truth = br.read_truth(br.shipped("data/weekly_funnel.truth.json"))
    >>> br.roas(br.at_truth(model, data, truth)).median().round(2).values.tolist()
    [0.45, 1.2, 2.1]
    """
    truth.check(model)
    return fit_of(model, data, {name: np.asarray(value, float)[None] for name, value in truth.parameters.items()})
