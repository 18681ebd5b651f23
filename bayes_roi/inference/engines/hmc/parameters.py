"""Where parameters stand in the coordinates, and their values by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from bayes_roi.inference.engines.hmc.coordinates import Coordinate, coordinate
from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.prior import Prior


class Slots:
    """Gives every parameter its place in the coordinates q (chains, dimension).

    Parameters that are sampled by their own priors stand first, those with priors of one class side by side; then come
    ranges whose meaning others know.
    """

    def __init__(self) -> None:
        self.priors: dict[type[Prior], list[Prior]] = {}
        self.place: dict[str, tuple[type[Prior], int, int | None]] = {}
        self.ranges: list[int] = []

    def add(self, name: str, prior: Prior, size: int | None = None) -> None:
        """Give a parameter, or a vector of them with one prior, a place by its prior."""
        found = self.priors.setdefault(type(prior), [])
        self.place[name] = (type(prior), len(found), size)
        found += [prior] * (1 if size is None else size)

    def reserve(self, size: int) -> int:
        """Return the number of a new range of coordinates."""
        self.ranges.append(size)
        return len(self.ranges) - 1

    def closed(self) -> Coordinates:
        """Return the coordinates, to which nothing is added any more."""
        sizes = [len(found) for found in self.priors.values()]
        ends = np.cumsum([0, *sizes, *self.ranges]).tolist()
        slices = [slice(a, b) for a, b in pairwise(ends)]
        owns = {kind: (coordinate(found), at) for (kind, found), at in zip(self.priors.items(), slices, strict=False)}
        return Coordinates(owns, self.place, slices[len(sizes) :], ends[-1])


class Coordinates:
    """The coordinates of a block.

    Parameters
    ----------
    owns
        Class of prior -> the coordinates of all parameters under it, and where they stand.
    place
        Parameter -> class of its prior, position under it, size of a vector.
    ranges
        Where the ranges stand that others know the meaning of.
    dimension
        Number of coordinates.
    """

    def __init__(
        self,
        owns: Mapping[type[Prior], tuple[Coordinate, slice]],
        place: Mapping[str, tuple[type[Prior], int, int | None]],
        ranges: Sequence[slice],
        dimension: int,
    ) -> None:
        self.owns, self.place, self.ranges, self.dimension = owns, place, ranges, dimension

    def values(self, xp: Namespace, q: Array) -> Values:
        """Return the parameters that have coordinates of their own."""
        return Values(self.place, {kind: own.value(xp, q[:, at]) for kind, (own, at) in self.owns.items()})

    def log_density(self, xp: Namespace, q: Array) -> Array:
        """Return the log density (chains,) of those coordinates under their priors."""
        return sum((own.log_density(xp, q[:, at]).sum(-1) for own, at in self.owns.values()), 0.0)

    def of(self, name: str) -> np.ndarray:
        """Return the positions of a parameter's coordinates."""
        kind, first, size = self.place[name]
        start = self.owns[kind][1].start + first
        return np.arange(start, start + (1 if size is None else size))


class Values(Mapping[str, Array]):
    """Parameters by name: (chains,), of a vector (chains, size)."""

    def __init__(
        self, place: Mapping[str, tuple[type[Prior], int, int | None]], arrays: Mapping[type[Prior], Array]
    ) -> None:
        self._place, self._arrays = place, arrays
        self.effects: dict[Any, Array] = {}
        self._known: dict[str, Array] = {}
        self._cuts: dict[str, tuple[Array, int | slice]] = {}

    def __getitem__(self, name: str) -> Array:
        if name not in self._known:
            if name in self._cuts:
                array, at = self._cuts[name]
            else:
                kind, first, size = self._place[name]
                array, at = self._arrays[kind], first if size is None else slice(first, first + size)
            self._known[name] = array[:, at]
        return self._known[name]

    def __setitem__(self, name: str, value: Array) -> None:
        self._known[name] = value

    def note(self, part: Any, array: Array) -> None:
        """Note the effects of a part (chains, effects); each is cut out when it is asked for."""
        self.effects[part] = array
        first = 0
        for t in part.terms:
            size = 1 if t.width is None else t.width
            self._cuts[t.effect_name] = (array, first if t.width is None else slice(first, first + size))
            first += size

    def __iter__(self) -> Iterator[str]:
        return iter({**self._place, **self._cuts, **self._known})

    def __len__(self) -> int:
        return len(list(iter(self)))

    def together(self, names: Sequence[str]) -> Array:
        """Return parameters (chains, sizes) that got their places one after the other, under priors of one class."""
        kind, first, _ = self._place[names[0]]
        _, last, size = self._place[names[-1]]
        return self._arrays[kind][:, first : last + (1 if size is None else size)]
