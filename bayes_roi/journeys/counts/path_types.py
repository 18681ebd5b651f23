"""Path types: the distinct sequences of channels, with how often each was walked and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

FIRST_MARK = 48
"""Code point of the first channel in a path as text."""


@dataclass(frozen=True, eq=False, repr=False)
class PathTypes:
    """Sequences of channels that were walked, each once, in the order of their texts.

    Parameters
    ----------
    channels
        Their names, sorted.
    codes
        Positions in `channels` of all touches (touches,), one path after the other.
    starts
        Where each path starts in `codes`, and its end (paths + 1,).
    journeys, conversions
        How often each was walked, and how often with a conversion at its end (paths,).
    value, squares
        Sums of the values of its conversions, and of their squares (paths,).
    decay
        For each touch the sum over conversions of its share by the half-life of time (touches,).
    """

    channels: tuple[str, ...]
    codes: np.ndarray
    starts: np.ndarray
    journeys: np.ndarray
    conversions: np.ndarray
    value: np.ndarray
    squares: np.ndarray
    decay: np.ndarray

    def __len__(self) -> int:
        return len(self.journeys)

    @cached_property
    def lengths(self) -> np.ndarray:
        """Touches of each path (paths,)."""
        return np.diff(self.starts)

    @cached_property
    def owner(self) -> np.ndarray:
        """The path of each touch (touches,)."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @cached_property
    def place(self) -> np.ndarray:
        """How many touches of its path stand before each touch (touches,)."""
        return np.arange(len(self.codes)) - self.starts[self.owner]

    @cached_property
    def sets(self) -> np.ndarray:
        """The channels of each path as bits of a number (paths,)."""
        bits = np.left_shift(np.int64(1), self.codes.astype(np.int64))
        return np.bitwise_or.reduceat(bits, self.starts[:-1]) if len(self) else np.zeros(0, np.int64)

    def names(self, path: int) -> tuple[str, ...]:
        """Return the channels of a path, in the order of its touches."""
        return tuple(self.channels[c] for c in self.codes[self.starts[path] : self.starts[path + 1]])

    def converted(self) -> PathTypes:
        """Return the paths that were walked with a conversion at the end at least once."""
        return self.taken(np.flatnonzero(self.conversions))

    def taken(self, which: np.ndarray) -> PathTypes:
        """Return some of the paths, ascending."""
        lengths = self.lengths[which]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        touches = np.arange(starts[-1]) + np.repeat(self.starts[which] - starts[:-1], lengths)
        return PathTypes(
            self.channels,
            self.codes[touches],
            starts,
            self.journeys[which],
            self.conversions[which],
            self.value[which],
            self.squares[which],
            self.decay[touches],
        )

    def __add__(self, other: PathTypes) -> PathTypes:
        return merged([self, other])


def merged(parts: list[PathTypes]) -> PathTypes:
    """Return the paths of all parts, each once, their counts added; channels are the union, sorted."""
    import pyarrow as pa
    import pyarrow.compute as pc

    channels = tuple(sorted({c for part in parts for c in part.channels}))
    texts = pa.chunked_array([_texts(part, channels) for part in parts])
    found = pc.unique(texts)
    order = pc.sort_indices(found)
    position = np.empty(len(found), np.int64)
    position[order.to_numpy()] = np.arange(len(found))
    to = position[pc.index_in(texts, value_set=found).to_numpy()]
    codes, starts = split(found.take(order))
    journeys, conversions = (
        np.bincount(to, np.concatenate([getattr(p, n) for p in parts]), len(found)).astype(np.int64)
        for n in ("journeys", "conversions")
    )
    value, squares = (
        np.bincount(to, np.concatenate([getattr(p, n) for p in parts]), len(found)) for n in ("value", "squares")
    )
    decay, ends = np.zeros(len(codes)), np.cumsum([0, *(len(p) for p in parts)])
    for part, a, b in zip(parts, ends[:-1], ends[1:], strict=True):
        moved = np.repeat(starts[to[a:b]] - part.starts[:-1], part.lengths)
        decay += np.bincount(moved + np.arange(len(part.codes)), part.decay, len(codes))
    return PathTypes(channels, codes, starts, journeys, conversions, value, squares, decay)


class Growing:
    """Path types of parts that come one after the other, merged as they come: few of them are held at once."""

    def __init__(self) -> None:
        self.parts: list[PathTypes] = []

    def add(self, part: PathTypes) -> None:
        """Add a part; the last two are merged while the later one is at least half as large, so that each is merged
        a logarithmic number of times.
        """
        self.parts.append(part)
        while len(self.parts) > 1 and 2 * len(self.parts[-1]) >= len(self.parts[-2]):
            self._together()

    def whole(self) -> PathTypes:
        """Return the path types of all parts."""
        while len(self.parts) > 1:
            self._together()
        return self.parts.pop()

    def _together(self) -> None:
        later, earlier = self.parts.pop(), self.parts.pop()
        self.parts.append(merged([earlier, later]))


def split(texts: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the codes of paths as texts, one character a touch, and where each starts; nothing is copied twice."""
    import pyarrow as pa

    array = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    array = array.cast(pa.large_string())
    _, offsets, data = array.buffers()
    if len(array) == 0 or data is None:
        return np.zeros(0, np.uint8), np.zeros(len(array) + 1, np.int64)
    starts = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    codes = np.frombuffer(data, np.uint8)[starts[0] : starts[-1]] - np.uint8(FIRST_MARK)
    return codes, starts - starts[0]


def _texts(paths: PathTypes, channels: tuple[str, ...]) -> object:
    """Return paths as texts, one character a touch, by the order of `channels`."""
    import pyarrow as pa

    marks = np.array([channels.index(c) + FIRST_MARK for c in paths.channels], np.uint8)
    data = marks[paths.codes].tobytes() if len(paths.codes) else b""
    offsets = pa.py_buffer(np.ascontiguousarray(paths.starts, np.int64))
    return pa.LargeStringArray.from_buffers(len(paths), offsets, pa.py_buffer(data))
