"""how the noise of a node depends on other rows: from period to period, and from panel unit to panel unit."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from bayes_roi.errors import ModelError
from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.prior import Prior, Uniform

PART = re.compile(r"\s*(?:(?P<ar>ar)\s*\(\s*(?P<order>[^()]*?)\s*\)|by\s*\(\s*(?P<unit>[^()]+?)\s*\))\s*")


@dataclass(frozen=True)
class NodeNoise:
    r"""What `noise:` says of a node; independent with one size where it says nothing.

    `ar(1)`: $e_t = \rho e_{t-1} + \sigma z_t$ with $z_t$ independent, each series begun from its stationary law,
    $e_1 = \sigma z_1 / \sqrt{1 - \rho^2}$ (Box and Jenkins 1970); $e$ is the noise on the scale of the linear
    predictor, `autocorrelation` is $\rho$. `by(geo)`: each panel unit has a sigma of its own,
    $\log \sigma_u \sim N(\log \sigma, \tau)$, `sigma.spread` is $\tau$. Both: `ar(1) + by(geo)`.

    Parameters
    ----------
    autoregressive
        Whether the noise of a period hangs on that of the period before.
    unit
        The panel column whose units have a sigma each; None where all share one.
    """

    autoregressive: bool = False
    unit: str | None = None

    @property
    def priors(self) -> dict[str, Prior]:
        """Role -> default prior of its parameters."""
        return {"autocorrelation": Uniform(-1.0, 1.0)} if self.autoregressive else {}

    def __str__(self) -> str:
        parts = ["ar(1)"] * self.autoregressive + [f"by({self.unit})"] * (self.unit is not None)
        return " + ".join(parts)


INDEPENDENT = NodeNoise()


def parse_noise(text: str) -> NodeNoise:
    """Read what `noise:` says of a node.

    Raises
    ------
    ModelError
        When it is neither ar(1), nor by(panel column), nor the two joined by +.

    Examples
    --------
    >>> parse_noise("ar(1) + by(geo)")
    NodeNoise(autoregressive=True, unit='geo')
    """
    found = NodeNoise()
    for part in text.split("+"):
        match = PART.fullmatch(part)
        if match is None:
            raise ModelError(f"{text!r} is not a noise; write ar(1), by(geo) with the panel's column, or both with a +")
        if match["ar"]:
            if match["order"] != "1":
                raise ModelError(f"only noise of order one is known, got ar({match['order']}); write ar(1)")
            twice, found = found.autoregressive, NodeNoise(True, found.unit)
        else:
            twice, found = found.unit is not None, NodeNoise(found.autoregressive, match["unit"])
        if twice:
            raise ModelError(f"{text!r} says {part.strip()} twice; keep one of the two")
    return found


def coloured(z: np.ndarray, rho: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return e (..., rows) with e_t = rho e_{t-1} + z_t from independent z; `rho` has a trailing axis of one.

    A series begins at each row that `starts` (rows,) marks, from its stationary law.
    """
    begins = np.flatnonzero(starts)
    lengths = np.diff(np.append(begins, len(starts)))
    e = np.array(np.broadcast_to(z, np.broadcast_shapes(z.shape, rho.shape)))
    e[..., begins] /= np.sqrt(1 - rho**2)
    for k in range(1, int(lengths.max(initial=0))):
        at = begins[lengths > k] + k
        e[..., at] += rho * e[..., at - 1]
    return e


def whitened(xp: Namespace, e: Array, rho: Array, starts: np.ndarray) -> Array:
    """Return the independent z (..., rows) of which `coloured` makes e; `rho` has a trailing axis of one."""
    before = xp.concatenate([xp.zeros_like(e[..., :1]), e[..., :-1]], axis=-1)
    return xp.where(starts, e * (1 - rho**2) ** 0.5, e - rho * before)
