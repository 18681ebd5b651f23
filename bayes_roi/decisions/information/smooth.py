"""What is expected of quantities given some parameters, by a flexible regression over the draws."""

from __future__ import annotations

import numpy as np

FOLDS = 5
PENALTIES = (1e-6, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)
"""Ridge penalties that are tried, as shares of the number of draws; features have variance one."""
WAVES = 120
"""Random Fourier features, half of them of each bandwidth."""
BANDWIDTHS = (1.0, 3.0)
"""In units of the typical distance of two draws."""
MOST_PAIRED = 12
"""With more parameters than this, products of pairs are left to the waves."""


def cross_fitted(given: np.ndarray, wanted: np.ndarray, *, seed: int) -> np.ndarray:
    r"""Return $\hat E[\text{wanted} \mid \text{given}]$ (draws, quantities), each draw from a fit without its fold.

    A ridge regression on the parameters, their normal scores to the third power, products of pairs and random Fourier
    features (Rahimi & Recht 2007), with the penalty that predicts the left-out folds best.

    Parameters
    ----------
    given
        (draws, parameters) what is known; no assumption about scale.
    wanted
        (draws, quantities) what is to be expected given that.
    seed
        Of the folds and of the waves.
    """
    rng = np.random.default_rng([seed, 41])
    folds = rng.permutation(len(given)) % FOLDS
    seen = features(given, rng)
    centre = wanted.mean(axis=0)
    y = wanted - centre
    whole, cross = seen.T @ seen, seen.T @ y
    fitted = np.empty((len(PENALTIES), *y.shape))
    for fold in range(FOLDS):
        out = folds == fold
        values, vectors = np.linalg.eigh(whole - seen[out].T @ seen[out])
        turned, known = seen[out] @ vectors, vectors.T @ (cross - seen[out].T @ y[out])
        for i, penalty in enumerate(PENALTIES):
            fitted[i, out] = turned @ (known / (np.maximum(values, 0) + penalty * len(given))[:, None])
    errors = ((fitted - y) ** 2).sum(axis=(1, 2))
    best: np.ndarray = fitted[int(np.argmin(errors))] + centre
    return best


def features(given: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return what the regression sees (draws, features) of parameters (draws, parameters), each of mean 0, variance 1.

    Parameters that do not vary add nothing.
    """
    moving = given[:, np.ptp(given, axis=0) > 0]
    if not moving.shape[1]:
        return np.zeros((len(given), 1))
    plain, scores = _standard(moving), normal_scores(moving)
    parts = [plain, scores**2, scores**3]
    count = moving.shape[1]
    if 1 < count <= MOST_PAIRED:
        first, second = np.triu_indices(count, 1)
        parts.append(scores[:, first] * scores[:, second])
    for width in BANDWIDTHS:
        ways = rng.standard_normal((count, WAVES // 4)) / (width * np.sqrt(count))
        parts += [np.cos(scores @ ways), np.sin(scores @ ways)]
    return _standard(np.concatenate(parts, axis=1))


def normal_scores(x: np.ndarray) -> np.ndarray:
    """Return each column of draws (draws, parameters) as quantiles of a normal law by its ranks; ties stay ties."""
    from scipy.special import ndtri

    ranks = np.stack([np.searchsorted(np.sort(c), c, side="left") for c in x.T], axis=1)
    scores: np.ndarray = ndtri((ranks + 0.5) / len(x))
    return scores


def _standard(x: np.ndarray) -> np.ndarray:
    spread = x.std(axis=0)
    return (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
