r"""Placebos: the method tried where nothing was done, on units that were left alone or in earlier windows.

Their gaps, each in sd of what its own noise before the window says, have variance one where the model of the noise is
right and the window is like the periods before. Where not, they are wider by a factor that is learned from them and
widens every interval: $z_j \sim N(0, \kappa^2)$, $\kappa^2$ with a scaled inverse chi-square prior about one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayes_roi.numbers import ratio

MOST_UNITS = 60
"""Units that are tried, spread over all: enough to know a spread to a tenth."""
PRIOR = 4.0
"""Placebos that the prior of the factor counts as."""


@dataclass(frozen=True, eq=False)
class Placebos:
    """Gaps where nothing was done, beside that of the treated.

    Parameters
    ----------
    units
        Which units, or which windows.
    standardised
        (units,) mean gap of each in its window, in sd of its noise.
    treated
        The same of what was treated.
    what
        What they are, in words.
    """

    units: tuple[str, ...]
    standardised: np.ndarray
    treated: float
    what: str = "untreated units"

    @property
    def chance(self) -> float:
        """Share of all, the treated with them, whose gap is as large as that of the treated."""
        return float((1 + (np.abs(self.standardised) >= abs(self.treated)).sum()) / (1 + len(self.units)))

    @property
    def factor(self) -> float:
        """How much wider gaps are than the noise before says; posterior root mean square."""
        return float(np.sqrt(self._squares / (PRIOR + len(self.units))))

    @property
    def _squares(self) -> float:
        return PRIOR + float((self.standardised**2).sum())

    @property
    def figures(self) -> tuple[float, int]:
        """The gap of the treated in sd of its noise widened by the factor, and the degrees of freedom of that."""
        return self.treated / self.factor, int(PRIOR) + len(self.units)

    def factors(self, draws: int, rng: np.random.Generator) -> np.ndarray:
        """Return draws of the factor."""
        return np.asarray(np.sqrt(self._squares / rng.chisquare(PRIOR + len(self.units), draws)))

    def widened(self, gaps: np.ndarray, before: int, rng: np.random.Generator) -> np.ndarray:
        """Return draws of gaps, (draws, time), wider about their mean by the factor in the window."""
        centre = gaps.mean(axis=0)
        inside = np.arange(gaps.shape[1]) >= before
        wider = np.where(inside, self.factors(len(gaps), rng)[:, None], 1.0)
        return np.asarray(centre + (gaps - centre) * wider)

    @staticmethod
    def of(names: Sequence[str], standardised: Sequence[float], treated: float, **what: str) -> Placebos:
        """Return placebos, those without any noise left out."""
        known = np.isfinite(standardised)
        named = tuple(name for name, there in zip(names, known, strict=True) if there)
        return Placebos(named, np.array(standardised, float)[known], treated, **what)

    @staticmethod
    def tried(count: int) -> np.ndarray:
        """Return which of so many units are tried."""
        return np.unique(np.linspace(0, count - 1, min(count, MOST_UNITS)).astype(int))

    def __str__(self) -> str:
        if not self.units:
            return f"too few {self.what} to try it"
        return (
            f"{len(self.units)} {self.what}, gaps {ratio(self.factor)} times as wide as the noise before says; "
            f"share as far out as the treated {ratio(self.chance)}"
        )
