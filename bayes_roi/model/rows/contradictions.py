"""What in a table contradicts the families of a model."""

from __future__ import annotations

import numpy as np

from bayes_roi.errors import Problem
from bayes_roi.model.language.model import Model
from bayes_roi.model.rows.design import computed
from bayes_roi.model.rows.layout import layout
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
    return [*found, *_not_finite(model, panel, rows)]


def _not_finite(model: Model, panel: Panel, rows: np.ndarray) -> list[Problem]:
    """Return a problem for each accounting identity that divides by zero or overflows in a row."""
    table = computed(model, {n: panel.columns[n] for n in model.measured})
    found = []
    for node, identity in model.identity.items():
        known = np.all([~np.isnan(table[p][rows]) for p in identity.parents], axis=0)
        odd = int(np.count_nonzero(known & ~np.isfinite(table[node][rows])))
        if odd:
            what = f"{identity} is no finite number in {odd} row{'s' * (odd != 1)}"
            mend = "mend the zeros that it divides by, or take these rows out"
            found.append(Problem(what, mend, model.column(identity.parents[-1])))
    return found
