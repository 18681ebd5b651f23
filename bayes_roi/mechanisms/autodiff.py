"""The gradient of whatever is written over an array namespace, by reverse accumulation (Griewank and Walther 2008).

Mechanisms use few functions of their namespace (`mechanisms/arrays.py` lists them). Given `tape` as that namespace and
a `Traced` array among the values, the forward pass writes down what it did, and `gradient` goes back over it. Numbers
that do not depend on a traced array stay plain numpy and cost nothing.

Densities use a few functions more, each with a pull of one line. `value_and_gradient` is for those who ask for the
gradient of one function many thousand times: results are noted in the order in which they were made, so that going back
needs no search for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from typing import Any

import numpy as np

from bayes_roi.mechanisms.arrays import Array

Pull = Callable[[np.ndarray], np.ndarray]
"""From the gradient with respect to a result to that with respect to what it was made of."""


class Traced:
    """A numpy array that knows what it was made of.

    Parameters
    ----------
    value
        The array.
    made_of
        Traced arrays, each with the pull that leads back to it.
    """

    __array_ufunc__ = None  # so that numpy leaves `array + traced` to us
    __slots__ = ("gradient", "made_of", "value")

    def __init__(self, value: np.ndarray, made_of: Sequence[tuple[Traced, Pull]] = ()) -> None:
        self.value, self.made_of = value, made_of
        self.gradient: np.ndarray | None = None  # while it is added up

    @property
    def ndim(self) -> int:
        return self.value.ndim

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    def __add__(self, other: Any) -> Traced:
        return _made(plain(self) + plain(other), (self, lambda g: g), (other, lambda g: g))

    def __sub__(self, other: Any) -> Traced:
        return _made(plain(self) - plain(other), (self, lambda g: g), (other, np.negative))

    def __rsub__(self, other: Any) -> Traced:
        return _made(plain(other) - self.value, (self, np.negative))

    def __mul__(self, other: Any) -> Traced:
        a, b = self.value, plain(other)
        return _made(a * b, (self, lambda g: g * b), (other, lambda g: g * a))

    def __truediv__(self, other: Any) -> Traced:
        a, b = self.value, plain(other)
        return _made(a / b, (self, lambda g: g / b), (other, lambda g: -g * a / b**2))

    def __rtruediv__(self, other: Any) -> Traced:
        a, b = plain(other), self.value
        return _made(a / b, (self, lambda g: -g * a / b**2))

    def __pow__(self, power: Any) -> Traced:
        a, b = self.value, plain(power)
        y = a**b

        def pull(g: np.ndarray) -> np.ndarray:
            return g * b * (a ** (b - 1) if np.ndim(b) == 0 else y / a)

        return _made(y, (self, pull), (power, lambda g: g * y * np.log(a)))

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Traced:
        return _made(-self.value, (self, np.negative))

    def __abs__(self) -> Traced:
        a = self.value
        return _made(np.abs(a), (self, lambda g: g * np.sign(a)))

    def __gt__(self, other: Any) -> np.ndarray:
        return self.value > plain(other)

    def __lt__(self, other: Any) -> np.ndarray:
        return self.value < plain(other)

    def __ge__(self, other: Any) -> np.ndarray:
        return self.value >= plain(other)

    def __le__(self, other: Any) -> np.ndarray:
        return self.value <= plain(other)

    def __getitem__(self, at: Any) -> Traced:
        shape = self.shape

        def pull(g: np.ndarray) -> np.ndarray:
            repeats = _positions(at)
            if repeats and _few_places(at, shape):  # np.add.at is many times slower
                return g @ np.eye(shape[-1])[at[1]]
            whole = np.zeros(shape)
            if repeats:
                np.add.at(whole, at, g)
            else:
                whole[at] = g
            return whole

        return _made(self.value[at], (self, pull))

    def reshape(self, shape: tuple[int, ...]) -> Traced:
        before = self.shape
        return _made(self.value.reshape(shape), (self, lambda g: g.reshape(before)))

    def sum(self, axis: int) -> Traced:
        shape = self.shape
        at = (..., None) if axis == -1 else (*[slice(None)] * (axis % len(shape)), None)
        return _made(self.value.sum(axis), (self, lambda g: _spread(g[at], shape)))


def plain(x: Any) -> Any:
    """Return the numbers of a traced array; anything else as it is."""
    return x.value if isinstance(x, Traced) else x


def gradient(result: Traced, seed: np.ndarray, leaves: Sequence[Traced]) -> list[np.ndarray]:
    r"""Return $\sum_i \text{seed}_i\, \partial \text{result}_i / \partial x$ for each leaf x, in the leaf's shape."""
    return _accumulated(result, np.asarray(seed, float), leaves, reversed(_in_order(result)))


def value_and_gradient(f: Callable[[Array], Array], x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r"""Return f(x) and the gradient of $\sum_i f_i$: of each row of x its own, where f takes the rows one by one."""
    written: list[Traced] = []
    token = _WRITTEN.set(written)
    try:
        leaf = Traced(x)
        result = f(leaf)
    finally:
        _WRITTEN.reset(token)
    if not isinstance(result, Traced):
        return result, np.zeros_like(x)
    return result.value, _accumulated(result, np.ones_like(result.value), [leaf], reversed(written))[0]


def _accumulated(
    result: Traced, seed: np.ndarray, leaves: Sequence[Traced], order: Iterable[Traced]
) -> list[np.ndarray]:
    """Return the gradients of the leaves; each node comes in `order` before what it was made of."""
    result.gradient = seed
    for node in order:
        g = node.gradient
        if g is None:
            continue
        if node not in leaves:
            node.gradient = None
        for parent, pull in node.made_of:
            part = pull(g)
            if part.shape != parent.value.shape:
                part = _gathered(part, parent.value.shape)
            parent.gradient = part if parent.gradient is None else parent.gradient + part
    found = [np.zeros(leaf.shape) if leaf.gradient is None else leaf.gradient for leaf in leaves]
    for leaf in leaves:
        leaf.gradient = None
    return found


_WRITTEN: ContextVar[list[Traced] | None] = ContextVar("written", default=None)
"""What `value_and_gradient` of this thread has made so far."""


class _Tape:
    """The array namespace of traced arrays; what is not traced goes to numpy."""

    at_once = True

    @staticmethod
    def exp(x: Any) -> Any:
        y = np.exp(plain(x))
        return _made(y, (x, lambda g: g * y))

    @staticmethod
    def log(x: Any) -> Any:
        a = plain(x)
        return _made(np.log(a), (x, lambda g: g / a))

    @staticmethod
    def tanh(x: Any) -> Any:
        y = np.tanh(plain(x))
        return _made(y, (x, lambda g: g * (1 - y * y)))

    @staticmethod
    def where(condition: np.ndarray, a: Any, b: Any) -> Any:
        yes = plain(condition)
        value = np.where(yes, plain(a), plain(b))
        return _made(value, (a, lambda g: np.where(yes, g, 0.0)), (b, lambda g: np.where(yes, 0.0, g)))

    @staticmethod
    def zeros_like(x: Any) -> np.ndarray:
        return np.zeros_like(plain(x))

    @staticmethod
    def concatenate(parts: Sequence[Any], axis: int = 0) -> Any:
        ends = np.cumsum([plain(p).shape[axis] for p in parts])
        value = np.concatenate([plain(p) for p in parts], axis=axis)

        def piece(i: int) -> Pull:
            return lambda g: np.split(g, ends[:-1], axis=axis)[i]

        return _made(value, *((p, piece(i)) for i, p in enumerate(parts)))

    @staticmethod
    def stack(parts: Sequence[Any], axis: int = 0) -> Any:
        value = np.stack([plain(p) for p in parts], axis=axis)

        def piece(i: int) -> Pull:
            return lambda g: np.take(g, i, axis=axis)

        return _made(value, *((p, piece(i)) for i, p in enumerate(parts)))

    @staticmethod
    def matmul(a: Any, b: Any) -> Any:
        """Return the matrix product; the second factor, where it is traced also the first, has two axes or more."""
        x, y = plain(a), plain(b)
        return _made(
            np.matmul(x, y),
            (a, lambda g: np.matmul(g, np.swapaxes(y, -1, -2))),
            (b, lambda g: np.matmul(np.swapaxes(x, -1, -2), g)),
        )

    @staticmethod
    def log1p(x: Any) -> Any:
        a = plain(x)
        return _made(np.log1p(a), (x, lambda g: g / (1 + a)))

    @staticmethod
    def softplus(x: Any) -> Any:
        """Return log(1 + e^x)."""
        from scipy.special import expit

        a = plain(x)
        return _made(np.logaddexp(0.0, a), (x, lambda g: g * expit(a)))

    @staticmethod
    def gammaln(x: Any) -> Any:
        from scipy.special import gammaln, psi

        a = plain(x)
        return _made(gammaln(a), (x, lambda g: g * psi(a)))

    @staticmethod
    def log_ndtr(x: Any) -> Any:
        """Return the log of the standard normal distribution function."""
        from scipy.special import log_ndtr

        a = plain(x)
        y = log_ndtr(a)
        return _made(y, (x, lambda g: g * np.exp(-0.5 * a * a - y) / np.sqrt(2 * np.pi)))

    @staticmethod
    def share_at(x: Any) -> Any:
        """Return 1 / (1 + e^-x)."""
        from scipy.special import expit

        y = expit(plain(x))
        return _made(y, (x, lambda g: g * (y - y * y)))

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

        return _made(y, (x, pull))

    @staticmethod
    def swapaxes(x: Any, a: int, b: int) -> Any:
        return _made(np.swapaxes(plain(x), a, b), (x, lambda g: np.swapaxes(g, a, b)))

    @staticmethod
    def mean(x: Any) -> Any:
        """Return the mean over the last axis, which stays as one of length one."""
        a = plain(x)
        return _made(a.mean(-1, keepdims=True), (x, lambda g: _spread(g / a.shape[-1], a.shape)))

    @staticmethod
    def repeated(x: Any, counts: np.ndarray) -> Any:
        """Return each place of the last axis `counts` times (places,)."""
        some = np.flatnonzero(counts)
        starts = np.cumsum(counts[some]) - counts[some]

        def pull(g: np.ndarray) -> np.ndarray:
            whole = np.zeros((*g.shape[:-1], len(counts)))
            whole[..., some] = np.add.reduceat(g, starts, axis=-1)
            return whole

        return _made(np.repeat(plain(x), counts, axis=-1), (x, pull))

    @staticmethod
    def sums_between(x: Any, starts: np.ndarray) -> Any:
        """Return the sums over the last axis from each start, the first of which is zero, to before the next one."""
        a = plain(x)
        counts = np.diff(starts, append=a.shape[-1])
        return _made(np.add.reduceat(a, starts, axis=-1), (x, lambda g: np.repeat(g, counts, axis=-1)))

    @staticmethod
    def log_det(a: Any) -> Any:
        """Return the logs of the determinants of symmetric positive definite matrices (..., k, k)."""
        x = plain(a)
        return _made(np.linalg.slogdet(x)[1], (a, lambda g: g[..., None, None] * np.linalg.inv(x)))

    @staticmethod
    def quadratic(a: Any, b: Any) -> Any:
        """Return b' a^-1 b for symmetric positive definite matrices a (..., k, k) and vectors b (..., k)."""
        y = plain(b)
        x = np.linalg.solve(plain(a), y[..., None])[..., 0]
        return _made(
            (x * y).sum(-1),
            (a, lambda g: -g[..., None, None] * x[..., :, None] * x[..., None, :]),
            (b, lambda g: 2 * g[..., None] * x),
        )

    @staticmethod
    def combined(weights: Any, x: Any) -> Any:
        """Return the sum over the first axis of weights (terms, draws, 1) times x (terms, draws, rows)."""
        w, a = plain(weights), plain(x)
        return _made(
            np.einsum("cko,ckt->kt", w, a),
            (weights, lambda g: np.einsum("kt,ckt->ck", g, a)[..., None]),
            (x, lambda g: w * g),
        )


tape = _Tape()
"""The namespace to give to `Forward(model, design, xp=tape)`."""


def _made(value: np.ndarray, *of: tuple[Any, Pull]) -> Any:
    """Return a result with what it was made of, plain where none of that is traced."""
    made_of = [pair for pair in of if type(pair[0]) is Traced]
    if not made_of:
        return value
    made = Traced(value, made_of)
    if (written := _WRITTEN.get()) is not None:
        written.append(made)
    return made


def _positions(at: Any) -> bool:
    """Whether an index picks by lists of positions, which may name one place twice."""
    each = at if type(at) is tuple else (at,)
    return np.ndarray in map(type, each) or list in map(type, each)


def _few_places(at: Any, shape: tuple[int, ...]) -> bool:
    """Whether an index picks each of a few places of the last axis many times, as that of a row's unit does."""
    last = isinstance(at, tuple) and len(at) == 2 and at[0] is Ellipsis
    return last and np.ndim(at[1]) == 1 and 8 * shape[-1] <= len(at[1])


def _gathered(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return a gradient summed over the axes along which its array was broadcast."""
    if g.shape == shape:
        return g
    g = g.sum(axis=tuple(range(g.ndim - len(shape)))) if g.ndim > len(shape) else g
    stretched = tuple(i for i, n in enumerate(shape) if n == 1 and g.shape[i] != 1)
    g = g.sum(axis=stretched, keepdims=True) if stretched else g
    return _spread(g, shape)


def _spread(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return an array broadcast to a shape: of small ones a copy is made sooner than numpy's view."""
    spread = np.empty(shape)
    spread[...] = g
    return spread


def _in_order(result: Traced) -> list[Traced]:
    """Return all that a result was made of, each after what it was made of itself."""
    order: list[Traced] = []
    seen: set[int] = set()
    waiting: list[tuple[Traced, bool]] = [(result, False)]
    while waiting:
        node, done = waiting.pop()
        if done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            waiting.append((node, True))
            waiting.extend((parent, False) for parent, _ in node.made_of)
    return order
