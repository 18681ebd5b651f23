r"""Effects along paths: nested counterfactuals, evaluated equation by equation on the same noise.

With $x'$ the reference and $x$ the new value of the cause, $M$ all nodes between it and the outcome Y:

* total effect $TE = E[Y(x)] - E[Y(x')]$,
* natural direct effect $NDE = E[Y(x, M(x'))] - E[Y(x', M(x'))]$,
* natural indirect effect $NIE = E[Y(x', M(x))] - E[Y(x', M(x'))]$ (Pearl 2001),
* along one path $x \to V_1 \to \dots \to V_k \to Y$: each $V_i$ gets the value that its predecessor has along the path,
  and the values that all its other parents have under $x'$ (Avin, Shpitser and Pearl 2005).

An arrow is an equation's parent, in whatever terms it stands, through trials and identities too; values are series, so
that carry-over is carried. Where conditional means carry the expectation of Y under $x$ and $x'$ they carry these too,
since every equation is then affine in all that varies; elsewhere all values share each node's noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.law.forward import Forward, Noise, Parameters
from bayes_roi.queries.expect import Held, Scene, expect
from bayes_roi.queries.paths.routes import Route


@dataclass(frozen=True, eq=False)
class Parts:
    """An effect and its parts by draw, each (draws, ...) or, along paths, (draws, paths, ...)."""

    total: np.ndarray
    direct: np.ndarray
    indirect: np.ndarray
    paths: np.ndarray


def parts_of_effect(
    stage: Scene,
    reference: Held,
    new: Held,
    cause: str,
    outcome: str,
    routes: Sequence[Route],
    weights: np.ndarray,
    *,
    seed: int,
) -> Parts:
    """Return the total, direct and indirect effect and those along paths, each as weighted sums over rows.

    Parameters
    ----------
    stage
        The rows.
    reference, new
        What the two arms hold; they differ in the cause alone.
    cause, outcome
        The ends of the paths.
    routes
        The paths.
    weights
        (rows, sums): what the outcome of each row counts in each sum.
    seed
        Of the noise, where the conditional means do not carry the answer.
    """
    walk = _Nested(cause, outcome, _mediators(stage, frozenset(new), cause), tuple(routes))

    def differences(values: list[dict[str, Array]]) -> Array:
        base = values[0][outcome]
        return np.stack([(v[outcome] - base) @ weights for v in values[1:]], axis=1)

    found = expect(stage, [reference, new], differences, frozenset({outcome}), seed=seed, walk=walk)
    return Parts(found[:, 0], found[:, 1], found[:, 2], found[:, 3:])


def _mediators(stage: Scene, held: frozenset[str], cause: str) -> frozenset[str]:
    """Return what the cause moves; of the outcome's parents these are the mediators."""
    return stage.model.graph.without_causes_of(held).descendants([cause]) - {cause}


@dataclass(frozen=True)
class _Nested:
    """Values of the outcome: under the reference, the new value, direct, indirect, and along each path."""

    cause: str
    outcome: str
    moved: frozenset[str]
    routes: tuple[Route, ...]

    def __call__(
        self, forward: Forward, parameters: Parameters, arms: list[Held], noise: Noise | None, targets: frozenset[str]
    ) -> list[dict[str, Array]]:
        low = forward.run(parameters, arms[0], noise=noise, targets=targets)
        high = forward.run(parameters, arms[1], noise=noise, start=low, targets=targets)
        parents = forward.model.graph.parents[self.outcome]

        def answer(node: str, to: dict[str, Array]) -> Array:
            return forward.response(node, to, parameters, low, noise=noise) if to else low.values[node]

        direct = answer(self.outcome, {p: high.values[p] for p in parents if p == self.cause})
        indirect = answer(self.outcome, {p: high.values[p] for p in parents if p in self.moved})
        reached: dict[Route, Array] = {(self.cause,): high.values[self.cause]}
        for route in self.routes:
            for k in range(1, len(route)):
                if route[: k + 1] not in reached:
                    reached[route[: k + 1]] = answer(route[k], {route[k - 1]: reached[route[:k]]})
        values = [
            low.values[self.outcome],
            high.values[self.outcome],
            direct,
            indirect,
            *(reached[r] for r in self.routes),
        ]
        return [{self.outcome: v} for v in values]
