r"""What a failed claim about noise would do to returns: their width with intervals as wide as they should be.

A problem of the diagnosis is one of an equation: the interval of what a cause does there is f times too narrow. A
return hangs on several equations, whose parameters are independent given the data (`inference/blocks.py`), and may owe
little of its width to that one. So the draws of what the cause adds in the mean, c, are moved away from their mean,
$c' = \bar c + f (c - \bar c)$, all else as it is, and returns are asked again. It does not say where the middle would
lie: under a known variance rows have other weights, and the difference varies less than the estimate does (Gauss and
Markov).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayes_roi.inference.diagnosis import Claim
from bayes_roi.inference.fit import Fit, fit_of, thinned
from bayes_roi.model.law.parameters import TermParameters
from bayes_roi.model.rows.view import View
from bayes_roi.numbers import ratio
from bayes_roi.plain_text import listed
from bayes_roi.value.money.roas import roas

MOST_DRAWS = 1000
PROB = 0.9
LEAST_RATIO = 1.005
"""A ratio below this is told as none."""


def as_wide(fit: Fit) -> dict[str, float]:
    """Return channel -> by what factor its ROAS would have a wider 90 % interval; empty where no problem narrows one.

    Shocks that go with spend (`driven`) are left out: they move the middle.
    """
    model = fit.model
    few = thinned(fit, MOST_DRAWS)
    moved: dict[str, np.ndarray] = {}
    for r in fit.diagnosis.residuals:
        claims = [t for t in r.ringing(fit.diagnosis.level) if t.material and t.kind != "driven" and not r.budget]
        for term in (t for t in few.forward.nodes[r.node].terms if t.effect is not None and t.width is None):
            factor = max((t.narrow for t in claims if _is_of(t, term)), default=1.0)
            if factor > 1:
                moved |= _moved(few, r.node, term, factor)
    if not moved or not model.channels:
        return {}
    ends = [roas(f).interval(PROB) for f in (few, fit_of(model, few.data, few.parameters | moved, seed=fit.seed))]
    now, then = (np.asarray(e.upper - e.lower, float) for e in ends)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = dict(zip(model.channels, (then / now).tolist(), strict=True))
    return {channel: ratio for channel, ratio in ratios.items() if np.isfinite(ratio)}


def sentence(ratios: Mapping[str, float]) -> str:
    """Return what that means for channels, in words."""
    by = {c: x for c, x in ratios.items() if x >= LEAST_RATIO}
    if not by:
        return "with intervals as wide as they should be there, no ROAS would be wider: its width comes from elsewhere"
    text = listed([f"{c} {ratio(x)}" for c, x in by.items()])
    rest = "" if len(by) == len(ratios) else "; the others would stay as they are"
    return f"with intervals as wide as they should be there, those of ROAS would be wider by a factor of {text}{rest}"


def _is_of(claim: Claim, term: TermParameters) -> bool:
    """Whether a claim is about a term: the one it names, or all of its equation."""
    return claim.of in ("", term.term.label_or_default)


def _moved(fit: Fit, node: str, term: TermParameters, factor: float) -> dict[str, np.ndarray]:
    """Return the effect of a term, and of its units, with what it adds in the mean moved away from its mean."""
    read = (node, *fit.model.computation.parents[node])
    view = View(np, fit.design, {n: fit.forward.observed(n, fit.parameters) for n in read})
    effect, curve = fit.parameters[term.effect_name], np.abs(term.curve(view, fit.parameters)).mean(axis=-1)
    adds = effect * curve
    wanted = adds.mean() + factor * (adds - adds.mean())
    positive = term.effect is not None and term.effect.positive
    found = np.maximum(wanted, 0.0) / curve if positive else wanted / curve
    if term.pooled is None:
        return {term.effect_name: found}
    of_units = fit.parameters[term.pooled.units_name] + (found - effect)[:, None]
    return {term.effect_name: found, term.pooled.units_name: np.maximum(of_units, 0.0) if positive else of_units}
