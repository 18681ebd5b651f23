r"""Autocorrelated noise of the periods to come, begun from the last residual and not from its stationary law.

With $e_t = \rho e_{t-1} + z_t$ a path drawn from the stationary law is turned into one that follows $e_T$:
$e'_1 = \rho e_T + \sqrt{1 - \rho^2} e_1$, as $\sqrt{1 - \rho^2} e_1$ is a fresh $z_1$, and
$e'_h = e_h + \rho^{h-1} (e'_1 - e_1)$.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.law.conditional import Conditional
from bayes_roi.model.law.exact_means import nonlinear_nodes
from bayes_roi.model.law.forward import Noise
from bayes_roi.queries.expect import Held, Scene, chunks, expect, in_part
from bayes_roi.queries.seeded_noise import SeededNoise


def autocorrelated(fit: Fit, held: Collection[str], nodes: Collection[str]) -> tuple[str, ...]:
    """Return the nodes above some that are not held and whose noise goes on from period to period."""
    cut = fit.model.computation.without_causes_of(frozenset(held))
    above = cut.ancestors(list(nodes)) & set(fit.model.modelled) - set(held)
    return tuple(n for n in fit.model.computation.order if n in above and fit.model.noise_of(n).autoregressive)


def asked_on(
    scene: Scene, held: Held, nodes: tuple[str, ...], carried: tuple[str, ...], *, noisy: bool, seed: int
) -> np.ndarray:
    """Return nodes (draws, nodes, rows) of the rows to come: what they show, or what is expected, given the residuals.

    What is expected carries them where conditional means give it; elsewhere it is that of the stationary law.
    """
    fit, wanted = scene.fit, frozenset(nodes)

    def stacked(values: dict[str, Array], shape: tuple[int, int]) -> np.ndarray:
        return np.stack([np.broadcast_to(values[n], shape) for n in nodes], axis=1)

    linear = all(fit.model.family(n).link_name == "identity" for n in carried)
    if not noisy and (not linear or nonlinear_nodes(fit.model, frozenset(held), wanted)):
        shape = (fit.chains * fit.draws, scene.design.length)
        return expect(scene, [held], lambda v: stacked(v[0], (len(v[0][nodes[0]]), shape[1])), wanted, seed=seed)
    last = {n: last_residuals(scene, n) for n in carried}
    source = SeededNoise(scene.model, seed, 0)
    found = []
    for part, parameters in chunks(scene):
        shape = (part.stop - part.start, scene.design.length)
        drawn = source.of_chunk(shape)
        known = scene.forward.with_later_periods(parameters, source.of_periods) if noisy else parameters

        def noise(node: str, law: Conditional, drawn: Noise = drawn, part: slice = part) -> Array | None:
            z = drawn(node, law) if noisy else None
            return z if node not in last else _carried(z, law, last[node][part])

        own = {n: in_part(v, part) for n, v in held.items()}
        values = scene.forward.run(known, own, noise=noise, targets=wanted).values
        found.append(stacked(values, shape))
    return np.concatenate(found)


def _carried(z: Array | None, law: Conditional, last: np.ndarray) -> np.ndarray:
    """Return noise (draws, rows) that follows the last residuals (draws, units); its expectation where z is None."""
    assert law.rho is not None
    rho = np.asarray(law.rho)[..., None]  # (draws, 1, 1)
    periods = len(law.starts) // last.shape[1]
    powers = rho ** np.arange(periods)
    if z is None:
        path = rho * last[..., None] * powers
    else:
        drawn = np.asarray(z).reshape(len(last), last.shape[1], periods)
        first = rho * last[..., None] + np.sqrt(1 - rho**2) * drawn[..., :1]
        path = drawn + powers * (first - drawn[..., :1])
    return np.asarray(path.reshape(len(last), -1))


def last_residuals(scene: Scene, node: str) -> np.ndarray:
    """Return the standardised residual (draws, units) of each unit in the last period; zero where it has no row."""
    fit, rows = scene.fit, scene.fit.design
    parents = fit.model.computation.parents[node]
    ends = int(rows.index.max())
    codes = np.zeros(rows.length, int) if rows.codes is None else rows.codes
    ahead = np.zeros(scene.design.length, int) if scene.design.codes is None else scene.design.codes
    units = list(dict.fromkeys(ahead.tolist()))
    found = np.zeros((fit.chains * fit.draws, len(units)))
    for part, parameters in chunks(Scene(fit, rows)):
        values = {n: fit.forward.observed(n, parameters) for n in (*parents, node)}
        law = fit.forward.conditional(node, values, parameters)
        left = np.broadcast_to(
            law.abduct(values[node], np.full(rows.length, 0.5)), (part.stop - part.start, rows.length)
        )
        for u, code in enumerate(units):
            at = np.flatnonzero((codes == code) & (rows.index == ends))
            if at.size:
                found[part, u] = left[:, at[0]]
    return found
