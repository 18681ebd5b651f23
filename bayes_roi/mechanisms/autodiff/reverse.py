"""The gradient: back over what was made, from a result to the arrays that it was made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from bayes_roi.mechanisms.arrays import Array
from bayes_roi.mechanisms.autodiff.traced import WRITTEN, Traced, spread


def gradient(result: Traced, seed: np.ndarray, leaves: Sequence[Traced]) -> list[np.ndarray]:
    r"""Return $\sum_i \text{seed}_i\, \partial \text{result}_i / \partial x$ for each leaf x, in the leaf's shape."""
    return _accumulated(result, np.asarray(seed, float), leaves, reversed(_in_order(result)))


def value_and_gradient(f: Callable[[Array], Array], x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r"""Return f(x) and the gradient of $\sum_i f_i$: of each row of x its own, where f takes the rows one by one."""
    written: list[Traced] = []
    token = WRITTEN.set(written)
    try:
        leaf = Traced(x)
        result = f(leaf)
    finally:
        WRITTEN.reset(token)
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


def _gathered(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return a gradient summed over the axes along which its array was broadcast."""
    if g.shape == shape:
        return g
    g = g.sum(axis=tuple(range(g.ndim - len(shape)))) if g.ndim > len(shape) else g
    stretched = tuple(i for i, n in enumerate(shape) if n == 1 and g.shape[i] != 1)
    g = g.sum(axis=stretched, keepdims=True) if stretched else g
    return spread(g, shape)


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
