r"""Credit as a biased measurement of what a channel caused, its bias learned from experiments: `br.credit_bias`.

What channel $c$ caused is $k_c$ times its credit, with $k_c \sim N(m, s^2)$ over channels, $m \sim N(0.5, 0.5^2)$ and
$s$ half-normal with scale 0.5: a rule may give a channel twice what it did, all of it without an effect, or too
little. Experiments tell $k_c$ of their own channels with an error; of a channel without one it is predicted by
theirs. Given $s$ all is normal (Gelman et al. 2013, section 5.4); $s$ is on a grid. With one or two experiments $s$
is nearly its prior, and the credit of another channel says next to nothing, as it should.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayes_roi.draws import Draws, Evidence, evidence_array
from bayes_roi.errors import QueryError
from bayes_roi.experiments.lift_test import LiftTest
from bayes_roi.guards import known_channel, whole_number
from bayes_roi.labelled import Labelled, along
from bayes_roi.numbers import number

MEAN, MEAN_SD, SPREAD = 0.5, 0.5, 0.5
"""Prior of the mean of the factors, and scale of their spread over channels."""
GRID = np.linspace(0.005, 2.5, 500)
CHAINS, DRAWS = 4, 1_000
ASSUMPTION = (
    "credit of this channel is off by a factor like those that experiments found for other channels: a measurement "
    "with a bias that was learned elsewhere, not an experiment"
)


@dataclass(frozen=True, eq=False, repr=False)
class CreditBias:
    """What channels caused for each unit of credit, learned from those that an experiment was made of.

    Parameters
    ----------
    credit
        Credit by a rule, dim `channel`, in the unit of the effects.
    tested
        Channels with an experiment.
    factor
        Caused over credit, dim `channel`: of tested channels with their experiment, of the others predicted.
    mean, spread
        Draws of the mean of factors over channels, and of their standard deviation (draws,).
    """

    credit: Draws
    tested: tuple[str, ...]
    factor: Draws
    mean: np.ndarray
    spread: np.ndarray

    def as_test(self, channel: str, during: Any) -> LiftTest:
        """Return what the credit of a channel says it caused, as a lift test that switched it off; not randomised.

        `br.fit(model, data, experiments=[...])` takes it; nothing does by itself. The log's record of who was touched
        is taken to be other data than the rows of the table.

        Parameters
        ----------
        channel
            A channel without an experiment of its own: with one, give the fit the experiment.
        during
            The window in which the credit was counted.

        Raises
        ------
        QueryError
            When there is no such channel, or it was tested.
        """
        known_channel(channel, self.factor.arrays.values.labels("channel").tolist())
        if channel in self.tested:
            raise QueryError(f"{channel!r} has an experiment, which its credit was held to; give the fit that one")
        caused = (self.factor * self.credit).arrays.values.sel(channel=channel).array.ravel()
        return LiftTest(
            channel,
            during=during,
            design="off",
            draws=-caused,
            rows="elsewhere",
            randomised=False,
            assumption=ASSUMPTION,
            name=f"credit of {channel}",
        )

    def __repr__(self) -> str:
        lower, upper = np.quantile(self.mean, [0.05, 0.95])
        differ = number(float(np.median(self.spread)))
        return (
            f"CreditBias, by {len(self.tested)} experiments: caused is {number(self.mean.mean())} of credit on average "
            f"[{number(lower)}, {number(upper)}], and differs by {differ} between channels\n{self.factor!r}"
        )


def credit_bias(
    credit: Draws, effects: Mapping[str, tuple[float, float]], *, draws: int = DRAWS, seed: int = 0
) -> CreditBias:
    """Return how far credit is from what experiments found, and what that says of channels without an experiment.

    Parameters
    ----------
    credit
        What `credit` returns for a rule, with unit "value" or "conversions", over the window of the experiments.
    effects
        Channel -> what an experiment found that it caused in that window, in the same unit, and its standard error.
    draws
        How many, a hundred or more.
    seed
        The same seed gives the same draws.

    Returns
    -------
    CreditBias
        Its factor is `assumed`; `as_test` makes a measurement of it that a fit takes.

    Raises
    ------
    QueryError
        When there is no experiment, it is of no channel with credit, or credit is in shares.

    Notes
    -----
    Hierarchical normal model, see `value/attribution/credit_bias.py`. Off by default: no fit looks at credit unasked.

    Examples
    --------
    >>> import bayes_roi as br
    >>> counts = br.journey_counts(br.read_log(br.shipped("data/journeys.csv")))
    >>> last = br.credit(counts, "last", unit="conversions")
    >>> found = br.credit_bias(last, {"affiliate": (0.0, 3.0), "display": (9.0, 4.0), "social": (20.0, 5.0)})
    >>> str(found.factor.sel(channel="email").words().array[()])
    'assumed'
    """
    count = -(-whole_number(draws, "draws", 100) // CHAINS) * CHAINS
    channels = credit.arrays.values.labels("channel").tolist()
    if credit.unit.startswith("share"):
        raise QueryError("credit is in shares; ask for it in the unit of the effects: credit(..., unit='value')")
    if not effects:
        raise QueryError("the bias of credit is learned from experiments: give one or more, channel -> (effect, se)")
    for channel, (_, error) in effects.items():
        known_channel(channel, channels)
        if not error > 0:
            raise QueryError(f"the standard error of {channel!r} must be above zero, got {error!r}")
    drawn = credit.arrays.values.array.reshape(-1, len(channels))
    means, at = drawn.mean(axis=0), [channels.index(c) for c in effects]
    if (means[at] <= 0).any():
        lost = next(c for c, i in zip(effects, at, strict=True) if means[i] <= 0)
        raise QueryError(f"{lost!r} has no credit: what it caused is no multiple of that; leave it out")
    found, errors = np.array(list(effects.values()), float).T
    k, se = found / means[at], errors / means[at]
    rng = np.random.default_rng([whole_number(seed, "seed", 0), 32])
    s = rng.choice(GRID, size=count, p=_spread(k, se))
    weight = 1 / (se**2 + s[:, None] ** 2)
    precision = weight.sum(axis=1) + MEAN_SD**-2
    m = rng.normal((weight @ k + MEAN / MEAN_SD**2) / precision, precision**-0.5)
    factor = rng.normal(m[:, None], s[:, None], size=(count, len(channels)))
    own = 1 / (se**-2 + s[:, None] ** -2)
    factor[:, at] = rng.normal(own * (k / se**2 + (m / s**2)[:, None]), np.sqrt(own))
    labels = along(channel=channels)
    values = factor[np.resize(np.arange(count), len(drawn))].reshape(credit.arrays.values.array.shape)
    as_draws = Draws(
        values=Labelled(values, ("chain", "draw", "channel"), labels),
        unit="1",
        estimand="caused over credit",
        evidence=evidence_array(Evidence.ASSUMED),
        reason=ASSUMPTION,
    )
    return CreditBias(credit, tuple(effects), as_draws, m, s)


def _spread(k: np.ndarray, se: np.ndarray) -> np.ndarray:
    """Return the posterior of the spread on `GRID`, factors and their mean integrated out."""
    variance = se**2 + GRID[:, None] ** 2
    precision = (1 / variance).sum(axis=1) + MEAN_SD**-2
    linear = (k / variance).sum(axis=1) + MEAN / MEAN_SD**2
    logs = -0.5 * (np.log(variance) + k**2 / variance).sum(axis=1)
    logs += 0.5 * linear**2 / precision - 0.5 * np.log(precision) - 0.5 * (GRID / SPREAD) ** 2
    chances = np.exp(logs - logs.max())
    return np.asarray(chances / chances.sum())
