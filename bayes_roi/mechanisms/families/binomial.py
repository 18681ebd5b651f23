"""Binomial family."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace, share_at
from bayes_roi.mechanisms.families.counts import objection_to_counts
from bayes_roi.mechanisms.families.discrete import DiscreteFamily
from bayes_roi.mechanisms.families.quantile import Law
from bayes_roi.mechanisms.prior import Prior
from bayes_roi.numbers import plain


class Binomial(DiscreteFamily):
    r"""$P(y) = \binom{n}{y} p^y (1 - p)^{n - y}$ with $p = 1 / (1 + e^{-\eta})$: clicks out of $n$ impressions.

    The mean is $n p$, the variance $n p (1 - p)$ (Johnson, Kemp and Kotz 2005, chapter 3). The trials $n$ are another
    node, whose values stand in `parameters["trials"]`; where an intervention makes them no whole number, a value is
    drawn from the nearest one, while the mean is that of $n$ as it is.
    """

    name = "binomial"
    pymc_name = "Binomial"
    link_name = "logit"
    amount = False
    takes_trials = True
    wider = "beta_binomial"

    @staticmethod
    def priors(sd: float) -> dict[str, Prior]:
        return {}

    @classmethod
    def link(cls, y: np.ndarray) -> np.ndarray:
        raise TypeError(f"the {cls.name} family needs trials to be on the scale of its linear predictor: use link_of")

    @classmethod
    def link_of(cls, y: np.ndarray, trials: np.ndarray | None = None) -> np.ndarray:
        """Return the empirical logit (Cox and Snell 1989, section 2.1.6)."""
        return cls.link(y) if trials is None else np.log((y + 0.5) / (trials - y + 0.5))

    @classmethod
    def objection(cls, y: np.ndarray) -> str | None:
        return objection_to_counts(cls.name, y)

    @classmethod
    def objection_to_trials(cls, y: np.ndarray, trials: np.ndarray) -> str | None:
        if objection := objection_to_counts(cls.name, trials):
            return f"of its trials, {objection}"
        over = np.flatnonzero(y > trials)
        if not over.size:
            return None
        most = f"{plain(y[over[0]])} of {plain(trials[over[0]])}"
        return f"the {cls.name} family needs at most as many successes as trials; one is {most}"

    @staticmethod
    def mean(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> Array:
        return parameters["trials"] * share_at(xp, eta)

    @classmethod
    def law(cls, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> Law:
        from scipy.special import expit

        return np.rint(np.maximum(parameters["trials"], 0.0)), expit(eta), expit(-np.asarray(eta))

    @staticmethod
    def centre(*law: np.ndarray) -> np.ndarray:
        return law[0] * law[1]

    @staticmethod
    def shape(*law: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        n, p, q = law
        variance = n * p * q
        return variance, (q - p) / np.sqrt(variance), (1 - 6 * p * q) / variance

    @classmethod
    def guess(cls, tail: np.ndarray, upper: np.ndarray, *law: np.ndarray) -> np.ndarray:
        return np.minimum(super().guess(tail, upper, *law), law[0])

    @classmethod
    def chance(cls, y: np.ndarray, upper: np.ndarray, *law: np.ndarray) -> np.ndarray:
        from scipy.special import betainc

        n, p, q = law
        more, rest = y + 1, np.maximum(n - y, 1.0)
        inside = betainc(np.where(upper, more, rest), np.where(upper, rest, more), np.where(upper, p, q))
        return np.where(y < n, inside, ~upper)

    @classmethod
    def highest(cls, *law: np.ndarray) -> np.ndarray | float:
        return law[0]

    @classmethod
    def log_density(cls, xp: Namespace, y: np.ndarray, eta: Array, parameters: Mapping[str, Array]) -> Array:
        return y * eta - parameters["trials"] * xp.softplus(eta)

    @classmethod
    def log_base(cls, y: np.ndarray, parameters: Mapping[str, Array]) -> Array:
        from scipy.special import gammaln

        n = parameters["trials"]
        return gammaln(n + 1.0) - gammaln(y + 1.0) - gammaln(n - y + 1.0)

    @staticmethod
    def pymc_args(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> dict[str, Array]:
        return {"n": parameters["trials"], "logit_p": eta}
