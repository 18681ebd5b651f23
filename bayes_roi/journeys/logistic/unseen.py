r"""An intent that was not measured: how strong it may be, as priors.

With an unseen $u$, one standard deviation of which adds $\gamma$ to the log-odds of buying, and which is by
$\delta_c$ standard deviations higher for each remembered touch of channel c, a regression without it finds
$\beta_c + \gamma\delta_c$ instead of $\beta_c$: exact where u is normal with the same spread whatever the touches, and
purchases of a day are rare, so that the logit is a logarithm (Lin, Psaty and Kronmal 1998). Neither number is in the
data. Both are drawn from priors, anew for each draw of the posterior, so that intervals hold what is not known of them
(Greenland 2005; McCandless, Gustafson and Levy 2007).

Where the intent is not linear in the touches, the right $\delta$ is that of days weighed by how likely they end in a
purchase: what buyers would say of themselves, and not all who were touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.guards import is_number, known_channel
from bayes_roi.numbers import plain

Normal = tuple[float, float]


@dataclass(frozen=True)
class UnseenIntent:
    """What is thought of an intent that was not measured; each a mean and a standard deviation of a normal prior.

    Parameters
    ----------
    log_odds
        What one standard deviation of intent adds to the log-odds of buying on a day.
    per_touch
        Channel -> by how many standard deviations intent is higher for each touch that is remembered; (0, 0) for
        channels that are not named: they are taken as shown by chance.

    Raises
    ------
    QueryError
        When something is no pair of a number and a standard deviation, 0 or more.

    Examples
    --------
    >>> UnseenIntent(log_odds=(1.0, 0.3), per_touch={"search": (1.2, 0.4)}).told
    'one sd of intent adds 1 (sd 0.3) to the log-odds of buying; per touch it is higher by 1.2 (sd 0.4) sd of search'
    """

    log_odds: Normal
    per_touch: Mapping[str, Normal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, given in {"log_odds": self.log_odds, **self.per_touch}.items():
            pair = isinstance(given, (tuple, list)) and len(given) == 2 and all(is_number(x) for x in given)
            if not pair or given[1] < 0:
                raise QueryError(f"{name} of an unseen intent must be (mean, sd), e.g. (1.0, 0.3), got {given!r}")

    def drawn(self, channels: tuple[str, ...], draws: int, rng: np.random.Generator) -> np.ndarray:
        """Return what the intent adds to the coefficient of each channel (draws, channels).

        Raises
        ------
        QueryError
            When a channel is not there.
        """
        for name in self.per_touch:
            known_channel(name, channels, "per_touch: ")
        strength = rng.normal(*self.log_odds, size=draws)
        means, sds = np.array([self.per_touch.get(c, (0.0, 0.0)) for c in channels]).T
        return strength[:, None] * (means + sds * rng.normal(size=(draws, len(channels))))

    @property
    def told(self) -> str:
        """The priors in words."""
        each = [f"{_told(x)} sd of {channel}" for channel, x in self.per_touch.items()]
        higher = f"per touch it is higher by {', '.join(each)}" if each else "it is the same with all touches"
        return f"one sd of intent adds {_told(self.log_odds)} to the log-odds of buying; {higher}"


def _told(given: Normal) -> str:
    return f"{plain(given[0])} (sd {plain(given[1])})"
