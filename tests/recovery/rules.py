"""The prior of media under which a study fits: the default, keys of the model file, or the rule before.

default                                     what the model says where nothing is written
media_roas: {typical: 2, between: 0.8}      keys of a model file, as YAML; so are media_share: and priors:
tops                                        effect of a spend HalfNormal(mean(y)): what a curve adds at its top
tops / J                                    the same over the number of spends
"""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import yaml

import bayes_roi as br
from bayes_roi.mechanisms.prior import HalfNormal
from bayes_roi.model.law.parameters import node_parameters
from bayes_roi.model.rows.design import design
from bayes_roi.model.rows.view import View

DEFAULT = "default"
TOPS = ("tops", "tops / J")


def ruled(model: br.Model, data: br.Panel, rule: str) -> br.Model:
    """Return the model with the prior of media that a rule says.

    Raises
    ------
    ValueError
        When the rule is none of those above, or has a key that this version's models do not.
    """
    if rule == DEFAULT:
        return model
    if rule in TOPS:
        return replace(model, priors={**model.priors, **_tops(model, data, rule)})
    keys = yaml.safe_load(rule)
    if not isinstance(keys, dict):
        raise ValueError(f"no rule {rule!r}; there are {DEFAULT}, {', '.join(TOPS)}, or keys of a model file as YAML")
    if unknown := set(keys) - {f.name for f in fields(model)}:
        raise ValueError(f"the models of this version have no {', '.join(sorted(unknown))}: rule {rule!r}")
    return replace(model, **keys)


def _tops(model: br.Model, data: br.Panel, rule: str) -> dict[str, HalfNormal]:
    """Return the prior of each spend's effect that makes what its curve adds at its top half-normal."""
    rows, found = design(model, data), {}
    for node in model.equation:
        terms = [t for t in node_parameters(model, rows, node).terms if t.media and t.term.fixed_effect is None]
        scale = rows.outcome_scales[node]
        amount = model.family(node).link_name == "identity" and scale.never_negative and scale.mean > 0
        size = (scale.mean if amount else scale.high - scale.low) / (len(terms) if rule == "tops / J" else 1)
        view = View(np, rows, rows.rows)
        found |= {t.effect_name: HalfNormal(size / t.term.unit(view)) for t in terms}
    return found
