"""A small Bayesian neural network: a line beside one hidden layer, features weighted by how much they tell."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from scipy.special import expit, log_expit

from bayes_roi.prediction.learners import paths
from bayes_roi.prediction.learners.learner import Learned, Learner

if TYPE_CHECKING:
    import pymc as pm

CHAINS = 4


@dataclass(frozen=True)
class Shape:
    """Where the parameters of a network of `columns` inputs and `hidden` units stand in a vector."""

    columns: int
    hidden: int

    @property
    def sizes(self) -> dict[str, tuple[int, ...]]:
        """Name -> shape: all are standard normal before the data."""
        p, h = self.columns, self.hidden
        return {
            "level": (),
            "noise": (),
            "size": (),
            "relevance": (p,),
            "line": (p,),
            "inner": (p, h),
            "shift": (h,),
            "outer": (h,),
        }

    @cached_property
    def places(self) -> list[tuple[str, slice, tuple[int, ...]]]:
        """Name, where it stands in a vector, and its shape."""
        widths = np.cumsum([0, *(math.prod(s) for s in self.sizes.values())]).tolist()
        named = zip(self.sizes.items(), widths, widths[1:], strict=False)
        return [(name, slice(first, last), shape) for (name, shape), first, last in named]

    @property
    def dimension(self) -> int:
        """How many numbers there are."""
        return self.places[-1][1].stop

    def split(self, q: np.ndarray) -> dict[str, np.ndarray]:
        """Return the parameters by name, each (chains, *shape), as views of q (chains, dimension)."""
        return {name: q[:, at].reshape(len(q), *shape) for name, at, shape in self.places}


@dataclass(frozen=True, eq=False)
class Density:
    r"""Log posterior of a network and its gradient, for all chains at once.

    $\mu = \alpha / 2 + \sum_j r_j b_j x_j + u h^{-1/2} \sum_k v_k \tanh(c_k + \sum_j r_j w_{jk} x_j)$: a line beside a
    layer of h units, with relevances $r_j = e^{\rho_j - 1}$ (MacKay 1994; Neal 1996, chapter 4), size
    $u = e^{0.7 \upsilon}$ and noise $\sigma = e^{\varsigma} / 2$. All but r, u and $\sigma$ are standard normal
    before the data. A binary target has the logit $2 \mu$.
    """

    shape: Shape
    x: np.ndarray
    y: np.ndarray
    binary: bool

    def __call__(self, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        with np.errstate(over="ignore", invalid="ignore"):
            return self._found(q)

    def _found(self, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        x, part = self.x, self.shape.split(q)
        gradient = -q.copy()
        slope = self.shape.split(gradient)
        r, u, active = _inside(part, x)
        mu = _mean(part, x, r, u, active)
        off = self.y - mu
        if self.binary:
            fit = (self.y * log_expit(2 * mu) + (1 - self.y) * log_expit(-2 * mu)).sum(1)
            error = 2 * (self.y - expit(2 * mu))
        else:
            variance = 0.25 * np.exp(2 * part["noise"])
            fit = -0.5 * (off**2).sum(1) / variance - len(self.y) * part["noise"]
            error = off / variance[:, None]
            slope["noise"] += (off**2).sum(1) / variance - len(self.y)
        slope["level"] += 0.5 * error.sum(1)
        of_line = error @ x
        of_outer = u[:, None] * np.matmul(error[:, None], active)[:, 0]
        slope["outer"] += of_outer
        slope["size"] += 0.7 * (part["outer"] * of_outer).sum(1)
        back = (error * u[:, None])[..., None] * part["outer"][:, None] * (1 - active**2)
        slope["shift"] += back.sum(1)
        of_inner = np.matmul(x.T, back)
        slope["line"] += r * of_line
        slope["inner"] += r[..., None] * of_inner
        slope["relevance"] += r * (part["line"] * of_line + (part["inner"] * of_inner).sum(-1))
        return fit - 0.5 * (q**2).sum(1), gradient


def _inside(part: dict[str, np.ndarray], x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return relevances (chains, columns), the size of the layer (chains,) and its units (chains, rows, hidden)."""
    r, u = np.exp(part["relevance"] - 1), np.exp(0.7 * part["size"]) / np.sqrt(part["outer"].shape[1])
    return r, u, np.tanh(np.matmul(x, r[..., None] * part["inner"]) + part["shift"][:, None])


def _mean(part: dict[str, np.ndarray], x: np.ndarray, r: np.ndarray, u: np.ndarray, active: np.ndarray) -> np.ndarray:
    layer = u[:, None] * np.matmul(active, part["outer"][..., None])[..., 0]
    return np.asarray(0.5 * part["level"][:, None] + (r * part["line"]) @ x.T + layer)


@dataclass(frozen=True, eq=False)
class Net(Learned):
    """Draws (draws, dimension) of a network's parameters."""

    chains: ClassVar[int] = CHAINS
    shape: Shape
    draws: np.ndarray
    binary: bool

    def noise(self) -> np.ndarray:
        return np.empty(0) if self.binary else 0.5 * np.exp(self.shape.split(self.draws)["noise"])

    def expected(self, x: np.ndarray) -> np.ndarray:
        part = self.shape.split(self.draws)
        mu = _mean(part, x, *_inside(part, x))
        return np.asarray(expit(2 * mu)) if self.binary else mu


@dataclass(frozen=True)
class Network(Learner):
    """One hidden layer beside a line, sampled by Hamiltonian Monte Carlo.

    `network_model` is the same in PyMC and the definition; its NUTS would take longer to compile than all folds
    take here, and mean-field ADVI has intervals that are too narrow (docs/prediction.md has the measurements).

    Parameters
    ----------
    hidden
        Units of the hidden layer.
    draws, warm_up
        Of each of four chains.
    """

    name: ClassVar[str] = "network"
    hidden: int = 8
    draws: int = 100
    warm_up: int = 200

    def learn(self, x: np.ndarray, y: np.ndarray, owner: np.ndarray, *, binary: bool, seed: int) -> Net:
        rng, shape = np.random.default_rng([seed, self.hidden]), Shape(x.shape[1], self.hidden)
        start = 0.5 * rng.standard_normal((CHAINS, shape.dimension))
        density = Density(shape, x, y, binary)
        found = paths.sample(density, start, warm_up=self.warm_up, draws=self.draws, rng=rng)
        return Net(shape, found.reshape(-1, shape.dimension), binary)

    def variants(self) -> tuple[Self, ...]:
        return (replace(self, hidden=4), replace(self, hidden=8))


def network_model(x: np.ndarray, y: np.ndarray, *, hidden: int, binary: bool = False) -> pm.Model:
    """Return the network as a PyMC model: the definition that the sampled density is held to.

    Examples
    --------
    >>> sorted(v.name for v in network_model(np.ones((3, 2)), np.zeros(3), hidden=2).free_RVs)[:3]
    ['inner', 'level', 'line']
    """
    import pymc as pm

    with pm.Model() as model:
        part = {name: pm.Normal(name, shape=shape) for name, shape in Shape(x.shape[1], hidden).sizes.items()}
        r = pm.math.exp(part["relevance"] - 1)
        units = pm.math.tanh(pm.math.dot(x, r[:, None] * part["inner"]) + part["shift"])
        layer = pm.math.exp(0.7 * part["size"]) / np.sqrt(hidden) * pm.math.dot(units, part["outer"])
        mu = 0.5 * part["level"] + pm.math.dot(x, r * part["line"]) + layer
        if binary:
            pm.Bernoulli("y", logit_p=2 * mu, observed=y)
        else:
            pm.Normal("y", mu, 0.5 * pm.math.exp(part["noise"]), observed=y)
    return model
