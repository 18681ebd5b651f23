"""Strength of the arrows into a node: what its variation would gain if one parent were an independent copy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from bayes_roi.draws import Draws, evidence_array, support_array
from bayes_roi.errors import QueryError, nearest
from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled, along
from bayes_roi.mechanisms.arrays import CELLS, Array
from bayes_roi.model.language.edges import lags_to
from bayes_roi.model.law.conditional import Conditional
from bayes_roi.numbers import number
from bayes_roi.queries.evidence import evidence_in, reasons_of, told_apart, why_assumed
from bayes_roi.queries.expect import by_chain
from bayes_roi.queries.influence.evaluated import Evaluated, carry_of, long_series, taken, time_pieces
from bayes_roi.queries.influence.exact import weighted_variance
from bayes_roi.queries.influence.noise_sources import ObservedNoise, check_target, observed_rows, observed_values
from bayes_roi.queries.influence.sampled import drawn
from bayes_roi.queries.quasi_random import points

ROWS = 2000
"""Most exchangeable rows that have weights of their own in each draw where samples are needed: of more, the sampling
error is left out."""
REPEATS = 8
FIRST_SAMPLES, MOST_SAMPLES = 128, 2048
TOLERANCE = 0.005
"""Monte-Carlo standard error allowed, as a share of the target's variance."""
UNITS = ("variance", "share")


def arrow_strength(
    fit: Fit, *, target: str | None = None, unit: Literal["variance", "share"] = "variance", seed: int | None = None
) -> Draws:
    r"""Return the strength of the direct arrow from each parent to a node.

    The arrow is cut and fed with a copy of the parent that is independent of the other parents (Janzing et al. 2013);
    strength is what the conditional variance gains by it, on average over the rows,

    $$E_{pa}\left[Var(Y \mid pa_{-j}, X_j' \sim P_{X_j})\right] - E_{pa}\left[Var(Y \mid pa)\right],$$

    which is what DoWhy's `arrow_strength` estimates. Where the arrow adds to the others and the noise is additive it is
    the variance of what the parent adds, in the linear case $\beta_j^2 \, Var(X_j)$. Parents have their observed law
    with Bayesian-bootstrap weights in each draw (a series in blocks longer than the carry-over, each period with its
    past), others jointly as they were observed. It is about the direct arrow alone: what reaches the target by other
    ways is not in it, and what the parent takes over from its causes is. Strengths do not sum to anything.

    Parameters
    ----------
    fit
        A fit.
    target
        The node that the arrows enter; the outcome when None.
    unit
        "variance" of the target, in its squared units; "share" of its variance in the rows.
    seed
        Of the weights and samples; the fit's own when None.

    Returns
    -------
    Draws
        Dim `node`, the parents of the target, with the coordinate `mc_error` (0 where the answer is exact).

    Raises
    ------
    QueryError
        When the target is not in the model, has no parents or does not vary, or the rows are a panel's.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/acquisition.yaml"))
    >>> fit = br.fit(model, br.read_data(br.shipped("data/acquisition.csv"), model), seed=7)
    >>> (br.arrow_strength(fit).mean() / 1e8).round().values.tolist()
    [5.0, 11.0]
    """
    node = fit.model.outcome if target is None else target
    check_target(fit.model, node)
    if unit not in UNITS:
        raise QueryError(f"unit must be 'variance' or 'share', got {unit!r}{nearest(str(unit), UNITS)}")
    if fit.model.panel is not None or fit.model.weights is not None:
        raise QueryError("arrow_strength is not defined for rows of a panel or with weights; fit one unit by itself")
    rows = fit.forward.observed(node, fit.parameters)
    variance = float(np.var(rows, axis=-1).mean())
    if not variance > 0:
        raise QueryError(f"{node} does not vary in these rows, so no arrow into it has a strength")
    parents = fit.model.graph.parents[node]
    arrows = Arrows(fit, node, fit.seed if seed is None else seed)
    found = [arrows.strength(p, variance) for p in parents]
    scale = variance if unit == "share" else 1.0
    error = np.array([e for _, e in found]) / scale
    note = "the direct arrow alone, with what the parent takes over from its causes; strengths do not sum to anything"
    if error.max() > 0:
        note += f"; Monte-Carlo standard error of a mean at most {number(error.max())}"
    values = by_chain(fit, np.stack([v for v, _ in found], axis=-1) / scale)
    coords = along(node=list(parents)) | {"mc_error": Labelled(error, ("node",))}
    apart = told_apart(fit, parents)
    return Draws(
        values=Labelled(values, ("chain", "draw", "node"), coords),
        unit=f"{node} squared" if unit == "variance" else f"share of the variance of {node}",
        estimand=f"arrow strength: gain of Var({node}) when the arrow is fed an independent copy",
        evidence=evidence_array(evidence_in(fit, parents, node)),
        support=support_array([s.share for s in apart.values()], along(node=list(parents))),
        reason=why_assumed(fit, parents, node) or reasons_of(apart),
        note=note,
    )


class Fed(Evaluated):
    """The target with one parent taken from rows of its own, all else from others: positions (draws or 1, samples)."""

    def __init__(self, arrows: Arrows, part: slice, parent: str, row: Array, at: Array, u: np.ndarray | None) -> None:
        super().__init__(arrows.fit, {n: v[part] for n, v in arrows.fit.parameters.items()}, {})
        self.arrows, self.parent, self.row, self.at, self.u = arrows, parent, row, at, u

    def _value(self, node: str, offset: int, mask: int) -> Array:
        if node == self.arrows.target:
            return super()._value(node, offset, mask)
        return self.observed(node, offset, mask)

    def observed(self, node: str, offset: int, mask: int) -> Array:
        at = self.at if node == self.parent else self.row
        if at.dtype == float:  # values themselves
            return at
        before = len(carry_of(self.fit, node))
        return taken(long_series(self.fit, node, self.parameters), before + at - offset)

    def base(self, node: str, offset: int, mask: int) -> Array:
        timed = time_pieces(self.fit, node, self.parameters)
        return self.intercept(node) if timed is None else self.intercept(node) + taken(timed, self.row)

    def response(self, node: str, offset: int, mask: int, law: Conditional) -> Array:
        return law.mean() if self.u is None else law.respond(self.noise_from(node, 0, self.u[None], law))


@dataclass(frozen=True, eq=False)
class Arrows:
    """The arrows into a node, and the law of the rows that its parents are in.

    Parameters
    ----------
    fit, target, seed
        What is asked.
    """

    fit: Fit
    target: str
    seed: int

    @property
    def _draws(self) -> int:
        return self.fit.chains * self.fit.draws

    @cached_property
    def _law(self) -> ObservedNoise:
        back, count = max(lags_to(self.fit.model, self.target).values()) + 1, self.fit.design.length
        block = 1 if self.fit.model.time is None else max(back, math.ceil(count ** (1 / 3)))
        return observed_rows(np.ones(count, bool), block)

    @cached_property
    def _weights(self) -> np.ndarray:
        """Weights of the rows (draws, rows)."""
        return self._law.weights(self._draws, np.random.default_rng([self.seed, 5]))

    def strength(self, parent: str, variance: float) -> tuple[np.ndarray, float]:
        """Return the strength of one arrow (draws,), and its Monte-Carlo standard error."""
        if self._adds(parent):
            return self._of_what_it_adds(parent), 0.0
        samples = FIRST_SAMPLES
        while True:
            repeats = [self._sampled(parent, samples, r) for r in range(REPEATS)]
            error = float(np.std([r.mean() for r in repeats], ddof=1) / np.sqrt(REPEATS))
            if error <= TOLERANCE * variance or samples >= MOST_SAMPLES:
                return np.mean(repeats, axis=0), error
            samples *= 2

    @property
    def _additive_noise(self) -> bool:
        model = self.fit.model
        family = model.family(self.target) if self.target in model.equation else None
        return family is None or (family.link_name == "identity" and family.link_noise is not None)

    def _adds(self, parent: str) -> bool:
        """Whether what a parent adds does not hang on the others."""
        model = self.fit.model
        if self.target in model.identity:
            return len(model.identity[self.target].parents) == 1
        return self._additive_noise and all(
            t.parents == (parent,) for t in model.terms(self.target) if parent in t.parents
        )

    def _of_what_it_adds(self, parent: str) -> np.ndarray:
        first = np.zeros((1, 1), int)
        at, weights = self._law.rows, None
        assert at is not None
        if self.fit.model.time is None and parent not in self.fit.design.missing and parent in self.fit.design.rows:
            law = observed_values(self.fit.design.rows[parent])
            assert law.values is not None
            at, weights = law.values, law.weights(self._draws, np.random.default_rng([self.seed, 5, len(parent)]))
        weights = self._weights if weights is None else weights
        found = []
        for part in self._parts(len(at)):
            y = self._fed(part, parent, first, at[None], None)
            found.append(weighted_variance(y, weights[part]))
        return np.concatenate(found)

    def _fed(self, part: slice, parent: str, row: Array, at: Array, u: np.ndarray | None) -> Array:
        return Fed(self, part, parent, row, at, u).value(self.target)

    def _sampled(self, parent: str, samples: int, repeat: int) -> np.ndarray:
        """Return half the mean squared difference of two copies of the parent, less that of two noises alone."""
        u = points(samples, 5, np.random.default_rng([self.seed, 6, repeat])).T
        noises = (None, None) if self._additive_noise else (u[3], u[4])
        found = []
        for part in self._parts(samples):
            row, one, two = (self._drawn(part, x) for x in u[:3])
            fed = (self._fed(part, parent, row, at, z) for at, z in zip((one, two), noises, strict=True))
            own = (self._fed(part, parent, row, row, z) for z in noises)
            found.append(_apart(*fed) - _apart(*own))
        return np.concatenate(found)

    def _drawn(self, part: slice, u: np.ndarray) -> np.ndarray:
        """Return rows (draws or 1, samples) drawn by their weights; of very many rows all weigh the same."""
        if self.fit.model.time is None and self.fit.design.length > ROWS:
            return (u * self.fit.design.length).astype(int)[None]
        return drawn(self._weights[part], u[None])

    def _parts(self, cells: int) -> list[slice]:
        step = max(CELLS // cells, 1)
        return [slice(i, min(i + step, self._draws)) for i in range(0, self._draws, step)]


def _apart(a: Array, b: Array) -> np.ndarray:
    return np.asarray(0.5 * ((a - b) ** 2).mean(axis=-1))
