"""Columns to predict from, and their standardised form, which knows the rows of training alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from bayes_roi.errors import DataError, Problem
from bayes_roi.plain_text import shown

MOST_LEVELS = 100


@dataclass(frozen=True, eq=False)
class Features:
    """Features of some rows.

    Parameters
    ----------
    columns
        Feature -> numbers (rows,), or positions in its levels.
    levels
        Feature that is a category -> its labels in alphabetical order.
    """

    columns: Mapping[str, np.ndarray]
    levels: Mapping[str, tuple[str, ...]]

    @property
    def names(self) -> tuple[str, ...]:
        """The features."""
        return tuple(self.columns)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def at(self, rows: np.ndarray) -> Features:
        """Return some of the rows."""
        return replace(self, columns={name: column[rows] for name, column in self.columns.items()})

    def shuffled(self, name: str, rng: np.random.Generator) -> Features:
        """Return the rows with one feature in random order, which cuts it from the target and from other features."""
        return replace(self, columns={**self.columns, name: rng.permutation(self.columns[name])})


def joined(parts: list[Features]) -> Features:
    """Return the rows of several tables of the same features, one after the other."""
    first = parts[0]
    return replace(first, columns={n: np.concatenate([p.columns[n] for p in parts]) for n in first.names})


def features_of(
    table: Mapping[str, object], names: tuple[str, ...], levels: Mapping[str, tuple[str, ...]] | None = None
) -> Features:
    """Return features from the columns of a table: numbers as they are, all else as categories.

    Parameters
    ----------
    table
        Column -> values, e.g. a frame.
    names
        The features.
    levels
        The labels of categories where they are known already; a label beyond them is told.

    Raises
    ------
    DataError
        With every column that is not there, lacks a value, never varies or has more labels than can be told apart.
    """
    columns: dict[str, np.ndarray] = {}
    found: dict[str, tuple[str, ...]] = {}
    problems: list[Problem] = []
    for name in names:
        if name not in table:
            problems.append(Problem("is not in the table", "name a column that is", column=name))
            continue
        values = np.asarray(table[name])
        known = None if levels is None else levels.get(name, ())
        problem, columns[name], labels = _column(name, values, known)
        problems += problem
        if labels:
            found[name] = labels
    if problems:
        raise DataError("features", problems)
    return Features(columns, found)


def _column(
    name: str, values: np.ndarray, known: tuple[str, ...] | None
) -> tuple[list[Problem], np.ndarray, tuple[str, ...]]:
    """Return what is wrong with a column, its numbers, and its labels where it is a category."""
    if values.dtype.kind in "biuf" and not known:
        numbers = values.astype(float)
        if lacking := np.flatnonzero(~np.isfinite(numbers)).tolist():
            return [_lacking(name, lacking)], numbers, ()
        if known is None and np.ptp(numbers) == 0:
            return [Problem("is the same in every row", "leave it out", column=name)], numbers, ()
        return [], numbers, ()
    if known == ():
        return [Problem(f"was a number, and is {shown(values[0])} here", "give numbers", column=name)], values, ()
    texts = [None if x is None or x != x else str(x) for x in values.tolist()]
    if lacking := [i for i, x in enumerate(texts) if x is None]:
        return [_lacking(name, lacking)], values, ()
    labels = tuple(sorted(set(map(str, texts)))) if known is None else known
    if known is None and not 2 <= len(labels) <= MOST_LEVELS:
        mend = "leave it out" if len(labels) == 1 else "join rare labels, or give a number instead"
        return [Problem(f"has {len(labels)} labels in {len(texts)} rows", mend, column=name)], values, ()
    if new := sorted(set(map(str, texts)) - set(labels)):
        return [Problem(f"{shown(new[0])} was in no row", f"known are {', '.join(labels)}", column=name)], values, ()
    place = {label: float(i) for i, label in enumerate(labels)}
    return [], np.array([place[str(x)] for x in texts]), labels


def _lacking(name: str, rows: list[int]) -> Problem:
    return Problem(f"has no value in {len(rows)} rows", "fill it in or leave the row out", column=name, row=rows[0] + 2)


@dataclass(frozen=True, eq=False)
class Encoding:
    """How features become standardised columns; made from the rows of training and used on others as it is.

    Parameters
    ----------
    names
        The features.
    levels
        Labels of those that are categories: a column for each label but the first.
    centre, scale
        (columns,) means and standard deviations in the rows of training; the scale of a constant is 1.
    owner
        (columns,) the position of the feature that a column belongs to.
    """

    names: tuple[str, ...]
    levels: Mapping[str, tuple[str, ...]]
    centre: np.ndarray
    scale: np.ndarray
    owner: np.ndarray

    @classmethod
    def of(cls, features: Features) -> Encoding:
        """Return the encoding that rows of training make."""
        raw = _raw(features, features.names, features.levels)
        spread = raw.std(axis=0)
        widths = [len(features.levels[n]) - 1 if n in features.levels else 1 for n in features.names]
        owner = np.repeat(np.arange(len(widths)), widths)
        return cls(features.names, features.levels, raw.mean(axis=0), np.where(spread > 0, spread, 1.0), owner)

    def matrix(self, features: Features) -> np.ndarray:
        """Return the columns (rows, columns) of any rows."""
        return np.asarray((_raw(features, self.names, self.levels) - self.centre) / self.scale)


def _raw(features: Features, names: tuple[str, ...], levels: Mapping[str, tuple[str, ...]]) -> np.ndarray:
    """Return numbers and indicators (rows, columns), as they are."""
    parts = []
    for name in names:
        column = features.columns[name]
        parts += [column == k for k in range(1, len(levels[name]))] if name in levels else [column]
    return np.stack(parts, axis=1).astype(float)
