"""The array namespace of traced arrays: each function with the pull of its gradient.

What numpy and PyTensor both have of one array's elementary functions stands in `SLOPES`, a line each; what takes more
arguments, or may be had for less, is a method.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bayes_roi.errors import ModelError
from bayes_roi.mechanisms.autodiff.traced import Pull, made, plain, spread

SLOPES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "abs": lambda x, y: np.sign(x),
    "arcsinh": lambda x, y: 1 / np.sqrt(1 + x * x),
    "arctan": lambda x, y: 1 / (1 + x * x),
    "arctanh": lambda x, y: 1 / (1 - x * x),
    "cos": lambda x, y: -np.sin(x),
    "cosh": lambda x, y: np.sinh(x),
    "exp2": lambda x, y: np.log(2) * y,
    "expm1": lambda x, y: y + 1,
    "log10": lambda x, y: 1 / (np.log(10) * x),
    "log2": lambda x, y: 1 / (np.log(2) * x),
    "reciprocal": lambda x, y: -y * y,
    "sin": lambda x, y: np.cos(x),
    "sinh": lambda x, y: np.cosh(x),
    "sqrt": lambda x, y: 0.5 / y,
    "square": lambda x, y: 2 * x,
    "tan": lambda x, y: 1 + y * y,
}
"""Name of an elementary function -> its slope at x, where it is y."""


class NoGradient(ModelError):
    """A mechanism uses a function of its namespace whose gradient is not known."""

    def __init__(self, name: str) -> None:
        known = sorted(SLOPES.keys() | {n for n in vars(_Tape) if not n.startswith("_") and n != "at_once"})
        super().__init__(
            f"a mechanism uses xp.{name}, whose gradient is not known; write it with {', '.join(known)}, "
            "or add its slope to bayes_roi/mechanisms/autodiff/namespace.py"
        )


class _Tape:
    """The array namespace of traced arrays; what is not traced goes to numpy."""

    at_once = True

    def __getattr__(self, name: str) -> Callable[[Any], Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in SLOPES:
            raise NoGradient(name)
        function, slope = getattr(np, name), SLOPES[name]

        def elementary(x: Any) -> Any:
            a = plain(x)
            y = function(a)
            return made(y, (x, lambda g: g * slope(a, y)))

        return elementary

    @staticmethod
    def exp(x: Any) -> Any:
        y = np.exp(plain(x))
        return made(y, (x, lambda g: g * y))

    @staticmethod
    def log(x: Any) -> Any:
        a = plain(x)
        return made(np.log(a), (x, lambda g: g / a))

    @staticmethod
    def tanh(x: Any) -> Any:
        y = np.tanh(plain(x))
        return made(y, (x, lambda g: g * (1 - y * y)))

    @staticmethod
    def where(condition: np.ndarray, a: Any, b: Any) -> Any:
        yes = plain(condition)
        value = np.where(yes, plain(a), plain(b))
        return made(value, (a, lambda g: np.where(yes, g, 0.0)), (b, lambda g: np.where(yes, 0.0, g)))

    @staticmethod
    def maximum(a: Any, b: Any) -> Any:
        return tape.where(plain(a) > plain(b), a, b)

    @staticmethod
    def minimum(a: Any, b: Any) -> Any:
        return tape.where(plain(a) < plain(b), a, b)

    @staticmethod
    def zeros_like(x: Any) -> np.ndarray:
        return np.zeros_like(plain(x))

    @staticmethod
    def concatenate(parts: Sequence[Any], axis: int = 0) -> Any:
        ends = np.cumsum([plain(p).shape[axis] for p in parts])
        value = np.concatenate([plain(p) for p in parts], axis=axis)

        def piece(i: int) -> Pull:
            return lambda g: np.split(g, ends[:-1], axis=axis)[i]

        return made(value, *((p, piece(i)) for i, p in enumerate(parts)))

    @staticmethod
    def stack(parts: Sequence[Any], axis: int = 0) -> Any:
        value = np.stack([plain(p) for p in parts], axis=axis)

        def piece(i: int) -> Pull:
            return lambda g: np.take(g, i, axis=axis)

        return made(value, *((p, piece(i)) for i, p in enumerate(parts)))

    @staticmethod
    def matmul(a: Any, b: Any) -> Any:
        """Return the matrix product; the second factor, where it is traced also the first, has two axes or more."""
        x, y = plain(a), plain(b)
        return made(
            np.matmul(x, y),
            (a, lambda g: np.matmul(g, np.swapaxes(y, -1, -2))),
            (b, lambda g: np.matmul(np.swapaxes(x, -1, -2), g)),
        )

    @staticmethod
    def log1p(x: Any) -> Any:
        a = plain(x)
        return made(np.log1p(a), (x, lambda g: g / (1 + a)))

    @staticmethod
    def softplus(x: Any) -> Any:
        """Return log(1 + e^x)."""
        from scipy.special import expit

        a = plain(x)
        return made(np.logaddexp(0.0, a), (x, lambda g: g * expit(a)))

    @staticmethod
    def gammaln(x: Any) -> Any:
        from scipy.special import gammaln, psi

        a = plain(x)
        return made(gammaln(a), (x, lambda g: g * psi(a)))

    @staticmethod
    def log_ndtr(x: Any) -> Any:
        """Return the log of the standard normal distribution function."""
        from scipy.special import log_ndtr

        a = plain(x)
        y = log_ndtr(a)
        return made(y, (x, lambda g: g * np.exp(-0.5 * a * a - y) / np.sqrt(2 * np.pi)))

    @staticmethod
    def share_at(x: Any) -> Any:
        """Return 1 / (1 + e^-x)."""
        from scipy.special import expit

        y = expit(plain(x))
        return made(y, (x, lambda g: g * (y - y * y)))

    @staticmethod
    def inverse_of_one_plus_exp(x: Any) -> Any:
        y = np.exp(plain(x))
        y += 1
        np.reciprocal(y, out=y)

        def pull(g: np.ndarray) -> np.ndarray:
            slope = y * y
            slope -= y
            slope *= g
            return slope

        return made(y, (x, pull))

    @staticmethod
    def swapaxes(x: Any, a: int, b: int) -> Any:
        return made(np.swapaxes(plain(x), a, b), (x, lambda g: np.swapaxes(g, a, b)))

    @staticmethod
    def mean(x: Any) -> Any:
        """Return the mean over the last axis, which stays as one of length one."""
        a = plain(x)
        return made(a.mean(-1, keepdims=True), (x, lambda g: spread(g / a.shape[-1], a.shape)))

    @staticmethod
    def repeated(x: Any, counts: np.ndarray) -> Any:
        """Return each place of the last axis `counts` times (places,)."""
        some = np.flatnonzero(counts)
        starts = np.cumsum(counts[some]) - counts[some]

        def pull(g: np.ndarray) -> np.ndarray:
            whole = np.zeros((*g.shape[:-1], len(counts)))
            whole[..., some] = np.add.reduceat(g, starts, axis=-1)
            return whole

        return made(np.repeat(plain(x), counts, axis=-1), (x, pull))

    @staticmethod
    def sums_between(x: Any, starts: np.ndarray) -> Any:
        """Return the sums over the last axis from each start, the first of which is zero, to before the next one."""
        a = plain(x)
        counts = np.diff(starts, append=a.shape[-1])
        return made(np.add.reduceat(a, starts, axis=-1), (x, lambda g: np.repeat(g, counts, axis=-1)))

    @staticmethod
    def log_det(a: Any) -> Any:
        """Return the logs of the determinants of symmetric positive definite matrices (..., k, k)."""
        x = plain(a)
        return made(np.linalg.slogdet(x)[1], (a, lambda g: g[..., None, None] * np.linalg.inv(x)))

    @staticmethod
    def quadratic(a: Any, b: Any) -> Any:
        """Return b' a^-1 b for symmetric positive definite matrices a (..., k, k) and vectors b (..., k)."""
        y = plain(b)
        x = np.linalg.solve(plain(a), y[..., None])[..., 0]
        return made(
            (x * y).sum(-1),
            (a, lambda g: -g[..., None, None] * x[..., :, None] * x[..., None, :]),
            (b, lambda g: 2 * g[..., None] * x),
        )

    @staticmethod
    def combined(weights: Any, x: Any) -> Any:
        """Return the sum over the first axis of weights (terms, draws, 1) times x (terms, draws, rows)."""
        w, a = plain(weights), plain(x)
        return made(
            np.einsum("cko,ckt->kt", w, a),
            (weights, lambda g: np.einsum("kt,ckt->ck", g, a)[..., None]),
            (x, lambda g: w * g),
        )


tape = _Tape()
"""The namespace to give to `Forward(model, design, xp=tape)`."""
