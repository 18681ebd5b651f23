"""Arrays that know what they were made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
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
        return made(plain(self) + plain(other), (self, lambda g: g), (other, lambda g: g))

    def __sub__(self, other: Any) -> Traced:
        return made(plain(self) - plain(other), (self, lambda g: g), (other, np.negative))

    def __rsub__(self, other: Any) -> Traced:
        return made(plain(other) - self.value, (self, np.negative))

    def __mul__(self, other: Any) -> Traced:
        a, b = self.value, plain(other)
        return made(a * b, (self, lambda g: g * b), (other, lambda g: g * a))

    def __truediv__(self, other: Any) -> Traced:
        a, b = self.value, plain(other)
        return made(a / b, (self, lambda g: g / b), (other, lambda g: -g * a / b**2))

    def __rtruediv__(self, other: Any) -> Traced:
        a, b = plain(other), self.value
        return made(a / b, (self, lambda g: -g * a / b**2))

    def __pow__(self, power: Any) -> Traced:
        a, b = self.value, plain(power)
        y = a**b

        def pull(g: np.ndarray) -> np.ndarray:
            return g * b * (a ** (b - 1) if np.ndim(b) == 0 else y / a)

        return made(y, (self, pull), (power, lambda g: g * y * np.log(a)))

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Traced:
        return made(-self.value, (self, np.negative))

    def __abs__(self) -> Traced:
        a = self.value
        return made(np.abs(a), (self, lambda g: g * np.sign(a)))

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

        return made(self.value[at], (self, pull))

    def reshape(self, shape: tuple[int, ...]) -> Traced:
        before = self.shape
        return made(self.value.reshape(shape), (self, lambda g: g.reshape(before)))

    def sum(self, axis: int) -> Traced:
        shape = self.shape
        at = (..., None) if axis == -1 else (*[slice(None)] * (axis % len(shape)), None)
        return made(self.value.sum(axis), (self, lambda g: spread(g[at], shape)))


def plain(x: Any) -> Any:
    """Return the numbers of a traced array; anything else as it is."""
    return x.value if isinstance(x, Traced) else x


WRITTEN: ContextVar[list[Traced] | None] = ContextVar("written", default=None)
"""What `value_and_gradient` of this thread has made so far."""


def made(value: np.ndarray, *of: tuple[Any, Pull]) -> Any:
    """Return a result with what it was made of, plain where none of that is traced."""
    made_of = [pair for pair in of if type(pair[0]) is Traced]
    if not made_of:
        return value
    result = Traced(value, made_of)
    if (written := WRITTEN.get()) is not None:
        written.append(result)
    return result


def _positions(at: Any) -> bool:
    """Whether an index picks by lists of positions, which may name one place twice."""
    each = at if type(at) is tuple else (at,)
    return np.ndarray in map(type, each) or list in map(type, each)


def _few_places(at: Any, shape: tuple[int, ...]) -> bool:
    """Whether an index picks each of a few places of the last axis many times, as that of a row's unit does."""
    last = isinstance(at, tuple) and len(at) == 2 and at[0] is Ellipsis
    return last and np.ndim(at[1]) == 1 and 8 * shape[-1] <= len(at[1])


def spread(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return an array broadcast to a shape: of small ones a copy is made sooner than numpy's view."""
    spread = np.empty(shape)
    spread[...] = g
    return spread
