"""Nested cross-validation: rows are held out in turn, and what is tuned is tuned within the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayes_roi.prediction.learners.features import Encoding, Features, joined
from bayes_roi.prediction.learners.learner import Learned, Learner

REPEATS = 5
"""How often a feature is put in random order."""
MOST_AT_ONCE = 20_000
"""Rows that a learner is asked for at once."""


@dataclass(frozen=True, eq=False)
class Trained:
    """A learner after its rows of training, with the scaling that these rows gave."""

    learned: Learned
    encoding: Encoding
    centre: float
    scale: float

    def expected(self, features: Features) -> np.ndarray:
        """Return draws (draws, rows) of what rows are expected to be, in units of the target."""
        return self.centre + self.scale * self.learned.expected(self.encoding.matrix(features))

    def shown(self, expected: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return draws (draws, rows) of what the rows would show: zeros and ones of a binary target."""
        noise = self.learned.noise()
        if noise.size:
            return expected + self.scale * noise[:, None] * rng.standard_normal(expected.shape)
        return (rng.random(expected.shape) < expected).astype(float)


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What a learner said of each row when it was held out.

    Parameters
    ----------
    expected
        (rows,) posterior means; of a binary target P(1).
    shown
        (draws, rows) what the rows would show, noise and all.
    added
        (features, rows) squared error that is added where the feature is put in random order among the rows held out.
    settings
        Those that tuning chose, by fold.
    inclusion
        (folds, features) P(a feature is in), of a learner that selects; else None.
    apart
        The largest over folds of the split R-hat that 95 % of the rows' expectations stay below: far above one, the
        draws have not met, and another seed would say something else.
    """

    expected: np.ndarray
    shown: np.ndarray
    added: np.ndarray
    settings: tuple[Mapping[str, Any], ...]
    inclusion: np.ndarray | None
    apart: float


def folds_of(y: np.ndarray, count: int, *, binary: bool, groups: np.ndarray | None, seed: int) -> np.ndarray:
    """Return the fold (rows,) of each row by chance: of equal size, with like shares of ones, a group in one fold."""
    rng = np.random.default_rng(seed)
    if groups is not None:
        labels, place = np.unique(groups, return_inverse=True)
        return np.asarray(rng.permutation(np.arange(len(labels)) % count)[place])
    order = rng.permutation(len(y))
    if binary:
        order = order[np.argsort(y[order], kind="stable")]
    fold = np.empty(len(y), int)
    fold[order] = np.arange(len(y)) % count
    return fold


def train(learner: Learner, features: Features, y: np.ndarray, *, binary: bool, seed: int) -> Trained:
    """Return a learner trained on all of these rows."""
    encoding = Encoding.of(features)
    spread = float(y.std())
    centre, scale = (0.0, 1.0) if binary else (float(y.mean()), spread if spread > 0 else 1.0)
    x = encoding.matrix(features)
    learned = learner.learn(x, (y - centre) / scale, encoding.owner, binary=binary, seed=seed)
    return Trained(learned, encoding, centre, scale)


def tuned[L: Learner](
    learner: L,
    features: Features,
    y: np.ndarray,
    folds: int,
    *,
    binary: bool,
    groups: np.ndarray | None,
    seed: int,
) -> L:
    """Return the variant with the least squared error on rows held out of these; the learner itself of one fold."""
    variants = learner.variants()
    if folds == 1 or len(variants) == 1:
        return learner
    fold = folds_of(y, folds, binary=binary, groups=groups, seed=seed)

    def error(variant: L) -> float:
        off = np.empty(len(y))
        for k in range(folds):
            inside, out = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
            trained = train(variant, features.at(inside), y[inside], binary=binary, seed=seed)
            off[out] = y[out] - trained.expected(features.at(out)).mean(axis=0)
        return float(np.mean(off**2))

    return min(variants, key=error)


def held_out(
    learner: Learner,
    features: Features,
    y: np.ndarray,
    fold: np.ndarray,
    *,
    tune: int,
    binary: bool,
    groups: np.ndarray | None,
    seed: int,
) -> HeldOut:
    """Return what a learner says of each row when the row's fold is held out."""
    expected, shown = np.empty(len(y)), None
    added = np.zeros((len(features.names), len(y)))
    settings, inclusion, apart = [], [], []
    for k in range(int(fold.max()) + 1):
        inside, out = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
        rng, own = np.random.default_rng([seed, k]), None if groups is None else groups[inside]
        rows, targets = features.at(inside), y[inside]
        chosen = tuned(learner, rows, targets, tune, binary=binary, groups=own, seed=seed)
        trained = train(chosen, rows, targets, binary=binary, seed=seed)
        draws = trained.expected(features.at(out))
        expected[out] = draws.mean(axis=0)
        apart.append(_apart(draws, trained.learned.chains))
        values = trained.shown(draws, rng)
        shown = np.empty((len(values), len(y))) if shown is None else shown
        shown[:, out] = values
        added[:, out] = _added(trained, features.at(out), y[out], expected[out], rng)
        settings.append(chosen.settings)
        inclusion.append(trained.learned.inclusion())
    known = None if inclusion[0] is None else np.array(inclusion)
    return HeldOut(expected, np.asarray(shown), added, tuple(settings), known, max(apart))


def _added(
    trained: Trained, features: Features, y: np.ndarray, expected: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return the squared error (features, rows) that features in random order add (Fisher, Rudin and Dominici 2019)."""
    orders = [(i, features.shuffled(name, rng)) for i, name in enumerate(features.names) for _ in range(REPEATS)]
    at_once = max(MOST_AT_ONCE // len(y), 1)
    found = np.zeros((len(features.names), len(y)))
    for first in range(0, len(orders), at_once):
        asked = orders[first : first + at_once]
        means = trained.expected(joined([f for _, f in asked])).mean(axis=0).reshape(len(asked), len(y))
        for (i, _), other in zip(asked, means, strict=True):
            found[i] += ((y - other) ** 2 - (y - expected) ** 2) / REPEATS
    return found


def _apart(draws: np.ndarray, chains: int) -> float:
    """Return the split R-hat of draws (draws, rows) that 95 % of rows stay below (Gelman et al. 2013, section 11.4)."""
    half = len(draws) // (2 * chains)
    parts = draws[: 2 * chains * half].reshape(2 * chains, half, -1)
    within, between = parts.var(axis=1, ddof=1).mean(axis=0), parts.mean(axis=1).var(axis=0, ddof=1)
    ratio = np.divide(between, within, out=np.zeros_like(within), where=within > 0)
    return float(np.quantile(np.sqrt((half - 1) / half + ratio), 0.95))
