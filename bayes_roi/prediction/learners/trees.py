"""Bayesian additive regression trees, by pymc-bart, which is an extra."""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.special import ndtr

from bayes_roi.errors import QueryError
from bayes_roi.prediction.learners.learner import Learned, Learner

MISSING = "trees need pymc-bart, which is not installed: pip install 'bayes_roi[trees]'"


@dataclass(frozen=True, eq=False)
class Forest(Learned):
    """A sampled sum of trees; asked for other rows by dropping them down the trees of each draw."""

    model: Any
    posterior: Any
    sigma: np.ndarray
    seed: int

    def noise(self) -> np.ndarray:
        return self.sigma

    def expected(self, x: np.ndarray) -> np.ndarray:
        import pymc as pm

        with self.model, _quiet():
            pm.set_data({"x": x, "y": np.zeros(len(x))})
            found = pm.sample_posterior_predictive(
                self.posterior,
                sample_vars=["mu"],
                var_names=["mu"],
                predictions=True,
                progressbar=False,
                random_seed=self.seed,
            )
        line = np.asarray(found["predictions"]["mu"]).reshape(-1, len(x))
        return line if self.sigma.size else np.asarray(ndtr(line))


@dataclass(frozen=True)
class Trees(Learner):
    r"""$y \sim N(\sum_m g(x; T_m), \sigma)$, a sum of small trees (Chipman, George and McCulloch 2010).

    Sampled as pymc-bart does: particle Gibbs for the trees (Quiroga et al. 2022), NUTS for the noise. A binary
    target has a probit link.

    Parameters
    ----------
    trees
        How many.
    draws, warm_up
        Of one chain.
    """

    name: ClassVar[str] = "trees"
    trees: int = 50
    draws: int = 300
    warm_up: int = 300

    def __post_init__(self) -> None:
        if importlib.util.find_spec("pymc_bart") is None:
            raise QueryError(MISSING)

    def learn(self, x: np.ndarray, y: np.ndarray, owner: np.ndarray, *, binary: bool, seed: int) -> Forest:
        import pymc as pm
        import pymc_bart as pmb

        with pm.Model() as model, _quiet():
            rows, target = pm.Data("x", x), pm.Data("y", y)
            mu = pmb.BART("mu", rows, 2 * y - 1 if binary else y, m=self.trees)
            if binary:
                pm.Bernoulli("seen", p=pm.math.invprobit(mu), observed=target, shape=mu.shape)
            else:
                pm.Normal("seen", mu, pm.HalfNormal("sigma", 1.0), observed=target, shape=mu.shape)
            found = pm.sample(
                draws=self.draws,
                tune=self.warm_up,
                chains=1,
                cores=1,
                progressbar=False,
                random_seed=seed,
                compute_convergence_checks=False,
            )
        sigma = np.empty(0) if binary else np.asarray(found["posterior"]["sigma"]).ravel()
        return Forest(model, found, sigma, seed)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep PyMC from telling of each of many fits."""
    log = logging.getLogger("pymc")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(before)
