"""What the priors say in money, before any fitting."""

from __future__ import annotations

import numpy as np
import xarray as xr

from bayes_roi.draws import Draws
from bayes_roi.inference.diagnosis import Diagnosis
from bayes_roi.inference.fit import Fit
from bayes_roi.model.design import design
from bayes_roi.model.model import Model
from bayes_roi.model.prior_draws import prior_draws
from bayes_roi.panel import Panel
from bayes_roi.value.money import roas


def prior_check(model: Model, data: Panel, *, draws: int = 1000, seed: int = 0) -> Draws:
    """Return the ROAS of each channel under the prior alone, dim `channel`.

    A prior that puts ROAS where nobody would believe it is seen here; a posterior close to it says that the data had
    little to add.
    """
    drawn = prior_draws(model, design(model, data), draws, seed)
    variables = {
        name: (("chain", "draw", *([f"{name}.size"] if values.ndim == 2 else [])), values[None])
        for name, values in drawn.items()
    }
    tree = xr.DataTree.from_dict({"posterior": xr.Dataset(variables).assign_coords(chain=[0], draw=np.arange(draws))})
    return roas(Fit(model, data, tree, Diagnosis((), ()), seed))
