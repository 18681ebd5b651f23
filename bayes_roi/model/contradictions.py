"""What in a table contradicts the families of a model."""

from __future__ import annotations

import numpy as np

from bayes_roi.errors import Problem
from bayes_roi.model.layout import layout
from bayes_roi.model.model import Model
from bayes_roi.panel import Panel


def contradictions(model: Model, panel: Panel) -> list[Problem]:
    """Return a problem for each modelled node whose observed values its family could not have made."""
    rows = layout(model, panel).rows
    found = []
    for node in model.modelled:
        seen, trials = panel.columns[node][rows], model.trials(node)
        known = ~np.isnan(seen)
        if not known.any():
            continue
        family = model.family(node)
        objection = family.objection(seen[known])
        if objection is None and trials is not None and trials in panel.columns:
            of = panel.columns[trials][rows]
            both = known & ~np.isnan(of)
            objection = family.objection_to_trials(seen[both], of[both])
        if objection is not None:
            found.append(Problem(objection, "mend the data, or choose another family in families:", model.column(node)))
    return found
