"""Made-up truths whose media make a share of the outcome, however many channels there are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import bayes_roi as br


def of_share(model: br.Model, truth: br.Truth, share: float) -> br.Truth:
    """Return the truth with the effects of spends on the outcome such that they make a share of its mean.

    A truth made up for `br.simulate` has each channel make a tenth, which is more than all with sixteen. What media
    make more or less goes from or to the intercept, so that the outcome keeps its mean.
    """
    import bayes_roi as br
    from bayes_roi.inference.fit import fit_of

    data = br.simulate(model, truth)
    known = fit_of(model, data, {name: np.asarray(v, float)[None] for name, v in truth.parameters.items()})
    rows = known.design.rows[model.outcome]
    made = float(br.contribution(known, horizon=0).sum("channel").mean()) / rows.sum()
    scaled = dict(truth.parameters)
    for term in model.terms(model.outcome):
        if term.is_media(model.spends):
            name = f"{model.outcome}.{term.parents[0]}.effect"
            scaled[name] = float(scaled[name]) * share / made
    intercept = f"{model.outcome}.intercept"
    scaled[intercept] = float(scaled[intercept]) + (made - share) * float(rows.mean())
    return replace(truth, parameters=scaled)
