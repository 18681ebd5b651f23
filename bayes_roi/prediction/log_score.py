r"""The log density of what came under a forecast: $\log p(y_{T+h} \mid y_{1:T})$.

A mixture over draws of the law of the node given its parents as they were forecast, noise and all. That of
autocorrelated noise, h periods after the last residual r, is normal around $\rho^h r$ with variance
$\sigma^2 (1 - \rho^{2h}) / (1 - \rho^2)$.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from bayes_roi.model.law.conditional import Conditional
from bayes_roi.model.law.row_density import row_log_density
from bayes_roi.prediction.carried_noise import last_residuals
from bayes_roi.prediction.coming import Coming
from bayes_roi.queries.expect import chunks, in_part
from bayes_roi.queries.seeded_noise import SeededNoise


def log_score(ahead: Coming, node: str, drawn: Mapping[str, np.ndarray], came: np.ndarray, seed: int) -> np.ndarray:
    """Return the log density (rows,) of what came; NaN where nothing did.

    Parameters
    ----------
    ahead
        The periods to come.
    node
        What is forecast.
    drawn
        Parent -> (draws, rows) its forecast, of those that are not held.
    came
        (rows,) what came; NaN where there is no row.
    seed
        Of what units share in the periods to come.
    """
    seen = np.isfinite(came)
    if not seen.any():
        return np.full(came.shape, np.nan)
    y = np.where(seen, came, came[seen][0])
    scene, model = ahead.scene, ahead.scene.model
    parents = {p: drawn[p] if p in drawn else ahead.held[p] for p in model.computation.parents[node]}
    last = last_residuals(scene, node) if model.noise_of(node).autoregressive else None
    source, each = SeededNoise(model, seed, 1), []
    for part, parameters in chunks(scene):
        known = scene.forward.with_later_periods(parameters, source.of_periods)
        law = scene.forward.conditional(node, {n: in_part(x, part) for n, x in parents.items()}, known)
        each.append(row_log_density(law if last is None else _after(law, last[part]), y))
    together = np.concatenate([np.atleast_2d(x) for x in each])
    top = together.max(axis=0)
    return np.where(seen, top + np.log(np.exp(together - top).mean(axis=0)), np.nan)


def _after(law: Conditional, last: np.ndarray) -> Conditional:
    """Return the law of each row alone, after the last standardised residuals (draws, units)."""
    assert law.rho is not None
    rho, sigma = np.asarray(law.rho)[..., None], np.asarray(law.parameters["sigma"])
    ahead = 1 + np.arange(len(law.starts) // last.shape[1])
    flat = (len(last), len(law.starts))
    shift = (rho**ahead * last[..., None]).reshape(flat)
    wider = np.broadcast_to(np.sqrt((1 - rho ** (2 * ahead)) / (1 - rho**2)), (*last.shape, len(ahead))).reshape(flat)
    return replace(law, eta=law.eta + sigma * shift, parameters={**law.parameters, "sigma": sigma * wider}, rho=None)
