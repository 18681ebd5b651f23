r"""Products of columns under autoregressive noise.

Let W whiten noise with $e_t = \rho e_{t-1} + \sigma z_t$ (`mechanisms.noise.whitened`: quasi-differences, and
$\sqrt{1 - \rho^2}$ times the first row of each series; Prais and Winsten 1954). A regression on whitened columns
needs $x'W'Wy$, a quadratic in $\rho$:

$$x'W'Wy = \sum_t x_t y_t - \rho \sum_{t \in F} (x_t y_{t-1} + x_{t-1} y_t)
+ \rho^2 \Big(\sum_{t \in F} x_{t-1} y_{t-1} - \sum_{t \notin F} x_t y_t\Big),$$

F the rows that follow on another. So the products of columns of numbers are computed once for all $\rho$.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_roi.mechanisms.noise import whitened


@dataclass(frozen=True, eq=False)
class Serial:
    """How the noise of a node hangs together in time.

    Parameters
    ----------
    starts
        (time,) where a series begins.
    name
        Of the autocorrelation; None where the noise is independent.
    """

    starts: np.ndarray
    name: str | None

    def partners(self, columns: np.ndarray) -> np.ndarray:
        r"""Return P (powers, ..., time) with $x'W'Wy = \sum_p \pi_p(\rho)\, x'P_p y$, $\pi$ = `powers`."""
        if self.name is None:
            return columns[None]
        follows = (~self.starts).astype(float)
        followed = np.append(follows[1:], 0.0)
        nothing = np.zeros_like(columns[..., :1])
        before = np.concatenate([nothing, columns[..., :-1]], axis=-1)
        after = np.concatenate([columns[..., 1:], nothing], axis=-1)
        return np.stack([columns, follows * before + followed * after, (followed + follows - 1) * columns])

    def powers(self, rho: np.ndarray | None, count: int) -> np.ndarray:
        r"""Return $(1, -\rho, \rho^2)$ (count, 3), or ones (count, 1) where the noise is independent."""
        if rho is None:
            return np.ones((count, 1))
        return np.stack([np.ones(count), -rho, rho**2], axis=1)

    def whiten(self, curves: np.ndarray, rho: np.ndarray | None) -> np.ndarray:
        """Return W times each curve (count, time)."""
        return curves if rho is None else whitened(np, curves, rho[:, None], self.starts)

    def log_det(self, rho: np.ndarray | None) -> np.ndarray | float:
        """Return log |W| (count,): half the log of 1 - rho^2 for each series."""
        return 0.0 if rho is None else 0.5 * self.starts.sum() * np.log1p(-(rho**2))
