"""The gradient of whatever is written over an array namespace, by reverse accumulation (Griewank and Walther 2008).

Mechanisms use few functions of their namespace (`mechanisms/arrays.py` lists them). Given `tape` as that namespace and
a `Traced` array among the values, the forward pass writes down what it did, and `gradient` goes back over it. Numbers
that do not depend on a traced array stay plain numpy and cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

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
    __slots__ = ("made_of", "value")

    def __init__(self, value: np.ndarray, made_of: Sequence[tuple[Traced, Pull]] = ()) -> None:
        self.value, self.made_of = value, made_of

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

    def __pow__(self, power: float) -> Traced:
        a = self.value
        return _made(a**power, (self, lambda g: g * power * a ** (power - 1)))

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

    def __getitem__(self, at: Any) -> Traced:
        shape, repeats = self.shape, _positions(at)

        def pull(g: np.ndarray) -> np.ndarray:
            whole = np.zeros(shape)
            if repeats:
                np.add.at(whole, at, g)
            else:
                whole[at] = g
            return whole

        return _made(self.value[at], (self, pull))

    def sum(self, axis: int) -> Traced:
        shape = self.shape
        return _made(self.value.sum(axis), (self, lambda g: np.broadcast_to(np.expand_dims(g, axis), shape)))


def plain(x: Any) -> Any:
    """Return the numbers of a traced array; anything else as it is."""
    return x.value if isinstance(x, Traced) else x


def gradient(result: Traced, seed: np.ndarray, leaves: Sequence[Traced]) -> list[np.ndarray]:
    r"""Return $\sum_i \text{seed}_i\, \partial \text{result}_i / \partial x$ for each leaf x, in the leaf's shape."""
    found: dict[int, np.ndarray] = {id(result): np.asarray(seed, float)}
    for node in reversed(_in_order(result)):
        g = found[id(node)] if node in leaves else found.pop(id(node))
        for parent, pull in node.made_of:
            part = _gathered(pull(g), parent.shape)
            found[id(parent)] = found[id(parent)] + part if id(parent) in found else part
    return [found.get(id(leaf), np.zeros(leaf.shape)) for leaf in leaves]


class _Tape:
    """The array namespace of traced arrays; what is not traced goes to numpy."""

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


tape = _Tape()
"""The namespace to give to `Forward(model, design, xp=tape)`."""


def _made(value: np.ndarray, *of: tuple[Any, Pull]) -> Any:
    """Return a result with what it was made of, plain where none of that is traced."""
    made_of = [(x, pull) for x, pull in of if isinstance(x, Traced)]
    return Traced(value, made_of) if made_of else value


def _positions(at: Any) -> bool:
    """Whether an index picks by lists of positions, which may name one place twice."""
    return any(isinstance(i, (np.ndarray, list)) for i in (at if isinstance(at, tuple) else (at,)))


def _gathered(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return a gradient summed over the axes along which its array was broadcast."""
    if g.shape == shape:
        return g
    g = g.sum(axis=tuple(range(g.ndim - len(shape)))) if g.ndim > len(shape) else g
    stretched = tuple(i for i, n in enumerate(shape) if n == 1 and g.shape[i] != 1)
    g = g.sum(axis=stretched, keepdims=True) if stretched else g
    return np.broadcast_to(g, shape)


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
