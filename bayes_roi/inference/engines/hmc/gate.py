r"""When the sampler believes its draws.

Split R-hat (Vehtari et al. 2021) of many short chains is larger than that of few long ones for the same total: with S
effective draws in all, m chains in halves have $S / 2m$ each, so that $\hat R^2 - 1$ is about $2m / S$ where nothing is
wrong (Margossian et al. 2024 for chains of any length). The limit 1.01 of four chains is the one of S = 400. It is held
here for S = 1,000.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_roi.numbers import places, ratio, whole

ENOUGH = 1000.0
"""Effective draws, bulk and tail, of every coordinate that are aimed at."""
LEAST = 400.0
"""Those without which the draws are not believed."""
LEAST_EBFMI = 0.3
MOST_DIVERGENT = 5e-4
"""Share of paths that may have diverged: half of what the diagnosis lets pass of the draws that are kept of them."""


@dataclass(frozen=True)
class Figures:
    """Largest split R-hat, smallest bulk and tail size over all coordinates, divergent paths, least E-BFMI.

    Of so many chains, and draws of all of them together.
    """

    rhat: float
    bulk: float
    tail: float
    divergences: int
    ebfmi: float
    chains: int
    draws: int

    @property
    def enough(self) -> bool:
        """Whether there is nothing more to wait for."""
        return min(self.bulk, self.tail) >= ENOUGH and self.objection is None

    def promising(self, times: float) -> bool:
        """Whether so many times the draws could do, as sizes and what R-hat has above one go with their number."""
        return (
            times * min(self.bulk, self.tail) >= LEAST and (self.rhat**2 - 1) / times <= most_rhat(self.chains) ** 2 - 1
        )

    @property
    def objection(self) -> str | None:
        """What speaks against the draws."""
        if not self.rhat <= most_rhat(self.chains):
            return f"its {self.chains} chains disagree: R-hat {places(self.rhat, 3)}"
        if not min(self.bulk, self.tail) >= LEAST:
            return f"its effective size is {whole(min(self.bulk, self.tail))}"
        if self.divergences > MOST_DIVERGENT * self.draws:
            return f"{self.divergences} of its {self.draws} paths diverged"
        if not self.ebfmi >= LEAST_EBFMI:
            return f"its E-BFMI is {ratio(self.ebfmi)}"
        return None


def most_rhat(chains: int, draws: float = ENOUGH) -> float:
    """Return the split R-hat that so many chains have about when they agree, so many effective draws in all."""
    return max(1.01, float(np.sqrt(1 + 2 * chains / draws)))


def figures(q: np.ndarray, energy: np.ndarray, diverging: np.ndarray) -> Figures:
    """Return what draws (chains, draws, dimension) look like, with their energies and divergences (chains, draws)."""
    from arviz_stats.base import array_stats

    x = np.moveaxis(q, 2, 0)
    axes = {"chain_axis": -2, "draw_axis": -1}
    return Figures(
        rhat=float(np.max(array_stats.rhat(x, **axes))),
        bulk=float(np.min(array_stats.ess(x, method="bulk", **axes))),
        tail=float(np.min(array_stats.ess(x, method="tail", prob=(0.05, 0.95), **axes))),
        divergences=int(diverging.sum()),
        ebfmi=float(np.square(np.diff(energy, axis=1)).mean() / energy.var(axis=1).mean()),
        chains=len(q),
        draws=diverging.size,
    )
