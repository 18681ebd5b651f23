"""Prior distributions, by the names and parameters of PyMC and PreliZ, in the units of the data.

Each is one frozen dataclass: its fields are PyMC's arguments, `str(prior)` is the text of the model file, and `logpdf`
and `ppf` are numpy functions that draw nothing themselves. `scipy.special` is imported where it is used: a prior can be
read and written without it.
"""

from __future__ import annotations

import ast
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import ClassVar

import numpy as np

from bayes_roi.errors import ModelError, nearest
from bayes_roi.guards import is_number
from bayes_roi.numbers import written

LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)


class Prior(ABC):
    """A distribution of one parameter."""

    support: ClassVar[tuple[float, float]] = (-math.inf, math.inf)
    above_zero: ClassVar[frozenset[str]] = frozenset()  # the arguments that must be positive

    @abstractmethod
    def logpdf(self, x: np.ndarray) -> np.ndarray:
        """Return the log density at `x`; -inf outside the support."""

    @abstractmethod
    def ppf(self, q: np.ndarray) -> np.ndarray:
        """Return the quantiles at the probabilities `q`."""

    def __post_init__(self) -> None:
        for field in fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            if field.name == "gamma" and isinstance(value, Gamma):
                continue
            if not is_number(value):
                raise ModelError(f"{field.name} must be a finite number, got {value}")
            if field.name in self.above_zero and not 0 < value < math.inf:
                raise ModelError(f"{field.name} must be above zero, got {value}")

    @property
    def positive(self) -> bool:
        """Whether the parameter cannot be negative."""
        return self.support[0] >= 0

    def text(self, digits: int | None = None) -> str:
        """Return the prior as a model file has it; with `digits`, rounded to that many for reading."""
        values = ((f.name, getattr(self, f.name)) for f in fields(self))  # type: ignore[arg-type]
        inside = ", ".join(f"{name}={value if digits is None else written(value, digits)}" for name, value in values)
        return f"{type(self).__name__}({inside})"

    def __str__(self) -> str:
        return self.text()


@dataclass(frozen=True)
class Normal(Prior):
    """Normal with mean `mu` and standard deviation `sigma`."""

    mu: float = 0.0
    sigma: float = 1.0
    above_zero = frozenset({"sigma"})

    def logpdf(self, x: np.ndarray) -> np.ndarray:
        return -0.5 * ((x - self.mu) / self.sigma) ** 2 - math.log(self.sigma) - LOG_SQRT_2PI

    def ppf(self, q: np.ndarray) -> np.ndarray:
        from scipy.special import ndtri

        return self.mu + self.sigma * ndtri(q)


@dataclass(frozen=True)
class HalfNormal(Prior):
    """The absolute value of a Normal(0, sigma)."""

    sigma: float = 1.0
    support = (0.0, math.inf)
    above_zero = frozenset({"sigma"})

    def logpdf(self, x: np.ndarray) -> np.ndarray:
        inside = -0.5 * (x / self.sigma) ** 2 - math.log(self.sigma) - LOG_SQRT_2PI + math.log(2)
        return np.where(np.asarray(x) < 0, -np.inf, inside)

    def ppf(self, q: np.ndarray) -> np.ndarray:
        from scipy.special import ndtri

        return self.sigma * ndtri(0.5 + 0.5 * np.asarray(q))


@dataclass(frozen=True)
class LogNormal(Prior):
    """The exponential of a Normal(mu, sigma)."""

    mu: float = 0.0
    sigma: float = 1.0
    support = (0.0, math.inf)
    above_zero = frozenset({"sigma"})

    def logpdf(self, x: np.ndarray) -> np.ndarray:
        log_x = np.log(np.where(np.asarray(x) > 0, x, 1.0))
        inside = -0.5 * ((log_x - self.mu) / self.sigma) ** 2 - math.log(self.sigma) - LOG_SQRT_2PI - log_x
        return np.where(np.asarray(x) > 0, inside, -np.inf)

    def ppf(self, q: np.ndarray) -> np.ndarray:
        from scipy.special import ndtri

        return np.exp(self.mu + self.sigma * ndtri(q))


@dataclass(frozen=True)
class Beta(Prior):
    """Beta on (0, 1)."""

    alpha: float = 1.0
    beta: float = 1.0
    support = (0.0, 1.0)
    above_zero = frozenset({"alpha", "beta"})

    def logpdf(self, x: np.ndarray) -> np.ndarray:
        from scipy.special import betaln, xlog1py, xlogy

        x = np.asarray(x, float)
        inside = (x >= 0) & (x <= 1)
        x = np.where(inside, x, 0.5)
        density = xlogy(self.alpha - 1, x) + xlog1py(self.beta - 1, -x) - betaln(self.alpha, self.beta)
        return np.where(inside, density, -np.inf)

    def ppf(self, q: np.ndarray) -> np.ndarray:
        from scipy.special import betaincinv

        return betaincinv(self.alpha, self.beta, q)


@dataclass(frozen=True)
class Gamma(Prior):
    """Gamma with shape `alpha` and rate `beta`."""

    alpha: float = 1.0
    beta: float = 1.0
    support = (0.0, math.inf)
    above_zero = frozenset({"alpha", "beta"})

    def logpdf(self, x: np.ndarray) -> np.ndarray:
        from scipy.special import gammaln, xlogy

        safe = np.where(np.asarray(x) >= 0, x, 1.0)
        inside = self.alpha * math.log(self.beta) - gammaln(self.alpha) + xlogy(self.alpha - 1, safe) - self.beta * safe
        return np.where(np.asarray(x) >= 0, inside, -np.inf)

    def ppf(self, q: np.ndarray) -> np.ndarray:
        from scipy.special import gammaincinv

        return gammaincinv(self.alpha, q) / self.beta

    def cdf(self, x: float) -> float:
        """Return P(parameter <= x)."""
        from scipy.special import gammainc

        return float(gammainc(self.alpha, self.beta * max(x, 0.0)))


@dataclass(frozen=True)
class Exponential(Prior):
    """Exponential with rate `lam`."""

    lam: float = 1.0
    support = (0.0, math.inf)
    above_zero = frozenset({"lam"})

    def logpdf(self, x: np.ndarray) -> np.ndarray:
        return np.where(np.asarray(x) < 0, -np.inf, math.log(self.lam) - self.lam * np.asarray(x, float))

    def ppf(self, q: np.ndarray) -> np.ndarray:
        return -np.log1p(-np.asarray(q)) / self.lam


@dataclass(frozen=True)
class Uniform(Prior):
    """Uniform between `lower` and `upper`."""

    lower: float = 0.0
    upper: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not -math.inf < self.lower < self.upper < math.inf:
            raise ModelError(f"lower must be below upper and both finite, got {self.lower} and {self.upper}")
        object.__setattr__(self, "support", (self.lower, self.upper))

    def logpdf(self, x: np.ndarray) -> np.ndarray:
        x = np.asarray(x, float)
        return np.where((x < self.lower) | (x > self.upper), -np.inf, -math.log(self.upper - self.lower))

    def ppf(self, q: np.ndarray) -> np.ndarray:
        return self.lower + (self.upper - self.lower) * np.asarray(q)


@dataclass(frozen=True)
class ShiftedGamma(Prior):
    """Gamma(alpha, beta) cut off below `lower`; written `Truncated(Gamma(alpha=, beta=), lower=)` as in PreliZ."""

    gamma: Gamma
    lower: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "support", (max(self.lower, 0.0), math.inf))

    def logpdf(self, x: np.ndarray) -> np.ndarray:
        inside = self.gamma.logpdf(x) - math.log1p(-self.gamma.cdf(self.lower))
        return np.where(np.asarray(x) < self.lower, -np.inf, inside)

    def ppf(self, q: np.ndarray) -> np.ndarray:
        below = self.gamma.cdf(self.lower)
        return self.gamma.ppf(below + (1 - below) * np.asarray(q))

    def text(self, digits: int | None = None) -> str:
        lower = self.lower if digits is None else written(self.lower, digits)
        return f"Truncated({self.gamma.text(digits)}, lower={lower})"


DISTRIBUTIONS: dict[str, type[Prior]] = {
    cls.__name__: cls for cls in (Beta, Exponential, Gamma, HalfNormal, LogNormal, Normal, Uniform)
} | {"Truncated": ShiftedGamma}


def parse_prior(text: str) -> Prior:
    """Read a prior from its text.

    Raises
    ------
    ModelError
        When the text is not one of the known distributions with the arguments PyMC gives it.

    Examples
    --------
    >>> parse_prior("HalfNormal(sigma=3)")
    HalfNormal(sigma=3)
    """
    try:
        return _read(ast.parse(text.strip(), mode="eval").body, text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ModelError(f"{text!r} is not a prior; write for example HalfNormal(sigma=3)") from None


def _read(node: ast.expr, text: str) -> Prior:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        raise ModelError(f"{text!r} is not a prior; write for example HalfNormal(sigma=3)")
    name = node.func.id
    if name not in DISTRIBUTIONS:
        known = ", ".join(sorted(DISTRIBUTIONS))
        raise ModelError(f"unknown prior {name!r}{nearest(name, DISTRIBUTIONS)}; known are {known}")
    cls = DISTRIBUTIONS[name]
    names = [f.name for f in fields(cls)]  # type: ignore[arg-type]
    unknown = [k.arg or "**" for k in node.keywords if k.arg not in names]
    if unknown or len(node.args) > len(names):
        got = unknown[0] if unknown else ast.unparse(node.args[len(names)])
        raise ModelError(f"{name} takes {', '.join(names)}, got {got!r}")
    given = [*names[: len(node.args)], *(str(k.arg) for k in node.keywords)]
    twice = next((n for n in names if given.count(n) > 1), None)
    if twice:
        raise ModelError(f"{name} is given {twice} twice: {text!r}")
    values = dict(zip(names, map(_argument, node.args), strict=False)) | {
        str(k.arg): _argument(k.value) for k in node.keywords
    }
    missing = [f.name for f in fields(cls) if f.name not in values and f.name == "gamma"]  # type: ignore[arg-type]
    if missing or (name == "Truncated" and not isinstance(values["gamma"], Gamma)):
        raise ModelError(f"Truncated takes a Gamma first, as in Truncated(Gamma(alpha=2, beta=0.1), lower=2): {text!r}")
    try:
        return cls(**values)
    except ModelError as error:
        raise ModelError(f"{name}: {error}") from None


def _argument(node: ast.expr) -> float | Prior:
    if isinstance(node, ast.Call):
        return _read(node, ast.unparse(node))
    return ast.literal_eval(node)
