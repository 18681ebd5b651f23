"""What clipping cut, by a release: kept and cut journeys, conversions and touches, the noise in their intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_roi.draws import DEFAULT_PROB, check_prob
from bayes_roi.journeys.privacy.geometric import drawn
from bayes_roi.journeys.privacy.learned import transition_draws
from bayes_roi.journeys.privacy.mechanism import CUTS
from bayes_roi.journeys.privacy.private_counts import PrivateCounts
from bayes_roi.journeys.privacy.rates import set_draws

DRAWS = 1_000
FLAT = -1e-9
"""The logarithm of the ratio of a prior that is flat as far as counts go."""


@dataclass(frozen=True)
class CutShare:
    """How much of something clipping cut.

    Parameters
    ----------
    kept
        The mean number that is left; None where the table that tells it was not released.
    cut
        The mean number that was cut, of each user at most as much as may be kept.
    share
        The mean of cut over all.
    lower, upper
        Interval of that share.
    """

    kept: float | None
    cut: float
    share: float | None
    lower: float | None
    upper: float | None


def clipping_share(private: PrivateCounts, prob: float = DEFAULT_PROB, *, seed: int = 0) -> dict[str, CutShare]:
    """Return what clipping cut of journeys, of conversions, and of the touches of journeys that were kept.

    This is how far a release may be from a log whose users count in full: no share of conversions by last touches is
    further from it than the share of conversions that was cut.

    Parameters
    ----------
    private
        What `private_counts` or `read_private` returns.
    prob
        Probability inside the intervals, which have the noise in them.
    seed
        The same seed gives the same numbers.

    Returns
    -------
    dict
        "journeys", "conversions", "touches" -> kept, cut, and the share that was cut with its interval.

    Raises
    ------
    QueryError
        When `prob` is no probability.

    Notes
    -----
    Of each user no more is counted as cut than may count of him: where some have far more, the share is too small.

    Examples
    --------
    >>> import bayes_roi as br
    >>> log = br.read_log(br.shipped("data/journeys.csv"))
    >>> private = br.private_counts(log, epsilon=2, channels=["display", "email"])
    >>> found = br.clipping_share(private)["journeys"]
    >>> found.lower <= found.share <= found.upper
    True
    """
    check_prob(prob)
    rng = np.random.default_rng([seed, 3])
    kept = _kept(private, rng)
    return {name.removesuffix("_cut"): _share(private, name, kept.get(name), prob, rng) for name in CUTS}


def _share(
    private: PrivateCounts, name: str, kept: np.ndarray | None, prob: float, rng: np.random.Generator
) -> CutShare:
    table = private.part(name)
    cut = drawn(np.full(DRAWS, table.values[0]), np.full(DRAWS, FLAT), table.scale, rng)
    if kept is None:
        return CutShare(None, float(cut.mean()), None, None, None)
    share = cut / np.maximum(cut + kept, 1)
    lower, upper = np.quantile(share, [(1 - prob) / 2, (1 + prob) / 2])
    return CutShare(float(kept.mean()), float(cut.mean()), float(share.mean()), float(lower), float(upper))


def _kept(private: PrivateCounts, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return draws (draws,) of journeys, conversions and touches that were kept."""
    known, k = private.domain, len(private.channels)
    if "transitions" in private.parts:
        counts = transition_draws(known, private.part("transitions"), DRAWS, rng)
        sums = counts[:, k, :k], counts[:, :k, k], counts[:, :, :k].reshape(DRAWS, -1)
        return {name: some.sum(axis=1) for name, some in zip(CUTS, sums, strict=True)}
    found = set_draws(private.part("exposures"), known.members, DRAWS, rng)
    return {"journeys_cut": found.journeys.sum(axis=1), "conversions_cut": found.conversions.sum(axis=1)}
