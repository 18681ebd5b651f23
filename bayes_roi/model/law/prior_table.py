"""Every parameter with its prior, as a table shows it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayes_roi.mechanisms.media import Joint
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.parameters import each_prior, node_parameters
from bayes_roi.model.law.prior_draws import prior_draws
from bayes_roi.model.rows.design import design
from bayes_roi.panel import Panel

if TYPE_CHECKING:
    import pandas as pd

PROBS = (0.05, 0.5, 0.95)
DRAWS = 2000
"""Draws of a joint prior from which quantiles are taken."""


def priors(model: Model, data: Panel) -> pd.DataFrame:
    """Return every parameter with its prior in the data's units.

    Returns
    -------
    pandas.DataFrame
        Index `parameter`; columns `prior` (text), `source` ("default" or "model file"), `q05`, `median`, `q95`, `note`.
    """
    import pandas as pd

    return pd.DataFrame([asdict(row) for row in listed_priors(model, data)]).set_index("parameter")


@dataclass(frozen=True)
class ListedPrior:
    """A prior as a table shows it: its text, who said so, its quantiles, and what must be said beside it."""

    parameter: str
    prior: str
    source: str
    q05: float
    median: float
    q95: float
    note: str


def listed_priors(model: Model, data: Panel) -> list[ListedPrior]:
    """Return the rows of `priors` one by one, for those who can do without pandas.

    Quantiles of an effect under the joint prior of media are those of draws of it.
    """
    rows, found = design(model, data), []
    nodes = [node_parameters(model, rows, node) for node in model.equation]
    drawn = prior_draws(model, rows, DRAWS, 0) if any(n.media_terms for n in nodes) else {}
    for node in nodes:
        for name, prior, note in each_prior(node, rows):
            joint = isinstance(prior, Joint)
            quantiles = np.quantile(drawn[name], PROBS) if joint else prior.ppf(np.array(PROBS))
            low, median, high = quantiles.tolist()
            source = "model file" if name in model.priors else "default"
            found.append(ListedPrior(name, prior.text(digits=4), source, low, median, high, note))
    return found
