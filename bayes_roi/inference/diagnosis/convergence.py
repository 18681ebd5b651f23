"""Convergence: whether the draws of a block are draws of its posterior, why not, and what to try."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bayes_roi.inference.engines import SIGNS, BlockFit
from bayes_roi.numbers import number, places, ratio, whole, written

MOST_RHAT = 1.01
LEAST_ESS = 400
LEAST_EBFMI = 0.3
MOST_DIVERGENT = 1e-3
"""Share of transitions that may diverge: where an interval ends hangs on ten times as many draws, and more."""
LEAST_SIGN = 0.05
"""Probability of an assumed sign below which the data are said to contradict it."""


@dataclass(frozen=True)
class BlockReport:
    """How one block was fitted.

    `ess_bulk`, `ess_tail` are the smallest over the block's parameters, `rhat` the largest; for an engine with
    independent draws they are the number of draws and one by construction, for one that weighs its draws Kish's size of
    each chain, at most its draws. `worst` is the parameter with the smallest effective size, empty where all share one,
    `worst_rhat` the one with the largest R-hat. `ebfmi` is None without energies, `khat` (Pareto tail index of the
    weights of all chains together) without weights. `sign_probability` is the least, over the effects held above zero,
    of the probability that the effect would be above zero were its sign left open, and `sign_of` that effect; None
    where no sign is held or the engine does not tell. `chains` is how many chains of the sampler's own R-hat and the
    sizes are of, where those handed on are made of them; `draws` how many draws there are.
    """

    nodes: tuple[str, ...]
    engine: str
    why: str
    seconds: float
    rhat: float
    ess_bulk: float
    ess_tail: float
    divergences: int
    ebfmi: float | None
    worst: str
    worst_rhat: str = ""
    khat: float | None = None
    sign_probability: float | None = None
    sign_of: str = ""
    chains: int = 0
    draws: int = 0

    @property
    def most_rhat(self) -> float:
        """The limit of R-hat for the chains of this block."""
        return most_rhat(self.chains)

    def __str__(self) -> str:
        khat = "" if self.khat is None else f", Pareto k {ratio(self.khat)}"
        chains = "" if not self.chains else f" of {self.chains} chains"
        time = (
            "" if math.isnan(self.seconds) else f"{written(self.seconds, 2)} s, "
        )  # left out where a run is made again
        figures = f"{time}effective size {whole(min(self.ess_bulk, self.ess_tail))}{chains}{khat}"
        return f"{' + '.join(self.nodes)} by {self.engine}: {figures} ({self.why})"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a careful reader would want to know of these draws."""
        found = []
        if 0 < self.divergences <= MOST_DIVERGENT * self.draws:
            found.append(f"{' + '.join(self.nodes)}: {self.divergences} of {self.draws} transitions diverged")
        if self.sign_probability is not None and self.sign_probability < LEAST_SIGN:
            found.append(
                f"{self.sign_of}: the data contradict the assumed sign; left open, it would be above zero with "
                f"probability {number(self.sign_probability)}: look for a missing cause, or give its term signed=True"
            )
        return tuple(found)

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with these draws, and what to try."""
        name, found = " + ".join(self.nodes), []
        if self.divergences > MOST_DIVERGENT * self.draws:
            found.append(
                f"{name}: {self.divergences} divergent transitions; the sampler missed a part of the posterior: "
                "give tighter priors or simplify the equation"
            )
        if not self.rhat < self.most_rhat:
            found.append(
                f"{name}: R-hat of {self.worst_rhat or self.worst} is {places(self.rhat, 3)}, should be below "
                f"{ratio(self.most_rhat)}: the chains disagree; draw more, or give tighter priors"
            )
        if not min(self.ess_bulk, self.ess_tail) > LEAST_ESS:
            what = f" of {self.worst}" if self.worst else ""
            found.append(
                f"{name}: effective sample size{what} is {whole(min(self.ess_bulk, self.ess_tail))}, "
                f"should be above {LEAST_ESS}: draw more"
            )
        if self.ebfmi is not None and not self.ebfmi > LEAST_EBFMI:
            found.append(
                f"{name}: E-BFMI is {ratio(self.ebfmi)}, should be above {LEAST_EBFMI}: "
                "heavy tails of the posterior are explored slowly; give tighter priors"
            )
        return tuple(found)


def report_block(fit: BlockFit) -> BlockReport:
    """Return convergence figures of one block; R-hat and effective sizes are ArviZ's."""
    total = next(iter(fit.draws.values())).shape[:2] if fit.draws else (1, 0)
    count = float(total[0] * total[1])
    if fit.independent:
        figures = (1.0, count, count, "", "")
    else:
        figures = _weighted(fit) if "kish" in fit.stats else _convergence(fit)
    energy, khat, walk = fit.stats.get("energy"), fit.stats.get("khat"), fit.stats.get("walk")
    ebfmi = fit.stats.get("ebfmi") if energy is None else _ebfmi(energy)
    signs = {name.removeprefix(SIGNS): float(p) for name, p in fit.stats.items() if name.startswith(SIGNS)}
    sign_of = min(signs, key=lambda name: signs[name], default="")
    return BlockReport(
        nodes=fit.block.nodes,
        engine=fit.engine,
        why=fit.why,
        seconds=fit.seconds,
        rhat=figures[0],
        ess_bulk=figures[1],
        ess_tail=figures[2],
        divergences=int(np.sum(fit.stats["diverging"])) if "diverging" in fit.stats else 0,
        ebfmi=None if ebfmi is None else float(ebfmi),
        worst=figures[3],
        worst_rhat=figures[4],
        khat=None if khat is None else float(khat),
        sign_probability=signs.get(sign_of),
        sign_of=sign_of,
        chains=0 if walk is None else len(np.unique(walk)),
        draws=int(count),
    )


def _weighted(fit: BlockFit) -> tuple[float, float, float, str, str]:
    """Return the same as `_convergence` for draws by weights, where each chain is an importance sample of its own.

    Draws within a chain are exchangeable, so R-hat needs no splitting, and the effective size is Kish's.
    """
    worst, rhat = "", 1.0
    for name, values in fit.draws.items():
        if len(values) > 1:
            between = values.mean(axis=1).var(axis=0, ddof=1)
            found = float(np.max(np.sqrt(1 + between / values.var(axis=1).mean(axis=0))))
            worst, rhat = max((worst, rhat), (name, found), key=lambda pair: pair[1])
    draws = next(iter(fit.draws.values())).shape[1]
    size = float(np.minimum(fit.stats["kish"], draws).sum())
    return rhat, size, size, "", worst


def _convergence(fit: BlockFit) -> tuple[float, float, float, str, str]:
    """Return the worst R-hat, bulk and tail effective size, and the parameters with the worst size and R-hat."""
    from arviz_stats.base import array_stats

    names, columns = [], []
    walk = fit.stats.get("walk")
    for name, values in fit.draws.items():
        values = values if walk is None else _by_walk(values, walk)
        flat = values.reshape(*values.shape[:2], -1)
        names += [name] * flat.shape[2]
        columns.append(flat)
    draws = np.moveaxis(np.concatenate(columns, axis=2), 2, 0)
    axes = {"chain_axis": -2, "draw_axis": -1}
    rhat = array_stats.rhat(draws, **axes)
    bulk = array_stats.ess(draws, method="bulk", **axes)
    tail = array_stats.ess(draws, method="tail", prob=(0.05, 0.95), **axes)
    worst = (names[int(np.argmin(np.minimum(bulk, tail)))], names[int(np.argmax(rhat))])
    return float(np.max(rhat)), float(np.min(bulk)), float(np.min(tail)), *worst


def _by_walk(values: np.ndarray, walk: np.ndarray) -> np.ndarray:
    """Return draws (chain, draw, ...) as those of the sampler's own chains, all as long as the shortest.

    Several short chains one after the other are no chain: what disagrees between them would hide within it.
    """
    found = [values[walk == w] for w in np.unique(walk)]
    least = min(len(x) for x in found)
    return np.stack([x[:least] for x in found])


def most_rhat(chains: int, draws: float = LEAST_ESS) -> float:
    r"""Return the split R-hat that chains have about when they agree, at so many effective draws in all.

    The halves of m chains have $S / 2m$ of S draws each, so that $\hat R^2 - 1$ is about $2m / S$ where nothing is
    wrong: 1.01 for four chains of 400 draws in all (Vehtari et al. 2021; Margossian et al. 2024).
    """
    return max(MOST_RHAT, float(np.sqrt(1 + 2 * chains / draws)))


def _ebfmi(energy: np.ndarray) -> float:
    """Return the least energy Bayesian fraction of missing information of the chains (Betancourt 2016)."""
    from arviz_stats.base import array_stats

    return float(np.min(array_stats.bfmi(energy)))
