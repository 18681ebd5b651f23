"""Noise that makes a table private: the discrete Laplace law of OpenDP, whose chance is the operating system's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.guards import is_number
from bayes_roi.journeys.privacy.domain import Domain
from bayes_roi.journeys.privacy.library import library
from bayes_roi.journeys.privacy.tables import Tables

TABLES = {"transitions": 2.0, "exposures": 1.0}
"""Table -> its part of the budget: one user moves transitions further than exposure sets."""
CUTS = ("journeys_cut", "conversions_cut", "touches_cut")
"""What clipping cut, each a count."""
OF_CUTS = 0.1
"""Share of the budget for what clipping cut, alike for each of the three."""


@dataclass(frozen=True, eq=False)
class NoisedTable:
    """A table with noise: what is released.

    Parameters
    ----------
    values
        Counts with noise (cells,); they may be below zero.
    sensitivity
        How far adding or removing one user can move the counts, in their sum over cells (L1).
    epsilon
        The part of the budget that was spent on it.
    scale
        Of the noise: P(z) = tanh(1 / 2 scale) exp(-|z| / scale), independent in each cell.
    """

    values: np.ndarray
    sensitivity: int
    epsilon: float
    scale: float


Noise = Callable[[np.ndarray, int, float], tuple[np.ndarray, float]]
"""Counts, sensitivity and epsilon -> counts with noise, and its scale."""


def opendp_noise(counts: np.ndarray, sensitivity: int, epsilon: float) -> tuple[np.ndarray, float]:
    """Return counts with the noise of OpenDP, and its scale.

    Raises
    ------
    QueryError
        When OpenDP is not installed.

    Notes
    -----
    The smallest scale of which OpenDP itself proves `epsilon`. The sampler works on whole numbers throughout (Canonne,
    Kamath and Steinke 2020), so that no rounding tells what was counted, and takes no seed.
    """
    dp = library()
    dp.enable_features("contrib")
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l1_distance(T="i64")

    def measurement(scale: float) -> object:
        return dp.m.make_laplace(*space, scale=scale)

    scale = dp.binary_search_param(measurement, d_in=sensitivity, d_out=epsilon, T=float)
    noised = dp.m.make_laplace(*space, scale=scale)([int(n) for n in counts])
    return np.array(noised, np.int64), float(scale)


def mechanism() -> str:
    """Return the name of the mechanism, with the version of OpenDP."""
    return f"discrete Laplace (OpenDP {version('opendp')})"


def budget(epsilon: float, tables: Iterable[str]) -> dict[str, float]:
    """Return part of a release -> its epsilon; together they are `epsilon`, and by no rounding more.

    >>> {name: round(part, 3) for name, part in budget(1.0, ["transitions", "exposures"]).items()}
    {'transitions': 0.6, 'exposures': 0.3, 'journeys_cut': 0.033, 'conversions_cut': 0.033, 'touches_cut': 0.033}
    """
    if not is_number(epsilon) or epsilon <= 0:
        raise QueryError(f"epsilon must be a number above zero, got {epsilon!r}; small is private, e.g. epsilon=1")
    asked = list(tables) if not isinstance(tables, str) else [tables]
    if not asked or len(set(asked)) < len(asked) or not set(asked) <= set(TABLES):
        raise QueryError(f"tables must be some of {', '.join(TABLES)}, each once, got {tables!r}")
    whole = sum(TABLES[name] for name in asked)
    shares = {name: (1 - OF_CUTS) * weight / whole for name, weight in TABLES.items() if name in asked}
    shares |= {name: OF_CUTS / len(CUTS) for name in CUTS}
    return {name: epsilon * share * (1 - 1e-12) for name, share in shares.items()}


def noised(tables: Tables, domain: Domain, parts: Mapping[str, float], noise: Noise) -> dict[str, NoisedTable]:
    """Return each part with noise; a user is in all of them, so that what is spent adds up."""
    found = {}
    for name, epsilon in parts.items():
        values, scale = noise(tables[name], domain.sensitivity[name], epsilon)
        found[name] = NoisedTable(values, domain.sensitivity[name], epsilon, scale)
    return found
