r"""How well each graph predicts the outcome: widely applicable information criterion, and the weights it gives.

$\text{elpd} = \sum_t \log E[p(y_t \mid \theta)] - \text{Var}[\log p(y_t \mid \theta)]$ of the outcome given its causes
(Watanabe 2010), and weights proportional to $e^{\text{elpd}}$ (pseudo-BMA, Yao et al. 2018). They are shown and never
used: an equation with a mediator or a collider in it predicts better and its effects are wrong.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayes_roi.inference.fit import Fit, thinned

DRAWS = 400


def predictive_weights(fits: Mapping[str, Fit]) -> dict[str, float] | None:
    """Return the weight of each graph by how well it predicts; None where outcomes have different families or series.

    What a density has beside its parameters is left out of it, which only cancels within a family.
    """
    laws = {
        (f.model.family(f.model.outcome).name, f.model.noise_of(f.model.outcome).autoregressive) for f in fits.values()
    }
    if len(laws) > 1 or next(iter(laws))[1] or any(f.model.outcome not in f.model.equation for f in fits.values()):
        return None
    scores = np.array([elpd(f) for f in fits.values()])
    weights = np.exp(scores - scores.max())
    return dict(zip(fits, (weights / weights.sum()).tolist(), strict=True))


def elpd(fit: Fit) -> float:
    """Return the expected log density of new outcomes given their causes, up to what the family fixes."""
    few, node = thinned(fit, DRAWS), fit.model.outcome
    draws = few.parameters
    reads = {n: few.forward.observed(n, draws) for n in (node, *fit.model.computation.parents[node])}
    law = few.forward.conditional(node, reads, draws)
    each = np.atleast_2d(law.family.log_density(np, reads[node], law.eta, law.parameters))
    top = each.max(axis=0)
    return float((top + np.log(np.exp(each - top).mean(axis=0)) - each.var(axis=0)).sum())
