"""What the priors say in money, before any fitting."""

from __future__ import annotations

from bayes_roi.draws import Draws
from bayes_roi.inference.fit import Fit, fit_of
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
    return roas(prior_fit(model, data, draws=draws, seed=seed))


def prior_fit(model: Model, data: Panel, *, draws: int = 1000, seed: int = 0) -> Fit:
    """Return a fit whose draws are of the prior, one chain; any question can be asked of it."""
    return fit_of(model, data, prior_draws(model, design(model, data), draws, seed), seed=seed)
