"""Is `mc_error` what it says: how a mean share varies from seed to seed? Over seeds of one fit.

    python -m tests.recovery.influence_error_study [SEEDS] [FIRST]

Each seed's deviation from the mean of all seeds is taken in units of its own `mc_error`: the standard deviation of
these is 1 where the error is right, and 5 % of them lie beyond 2. Three fits: one whose answer has a closed form, and
two whose parts are sampled, in part or all.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np

import bayes_roi as br
from bayes_roi.inference.fit import Fit, thinned
from tests.recovery.plan_totals_study import MODEL, WEEKS, truth_of


def acquisition() -> Fit:
    model = br.read_model(br.shipped("models/acquisition.yaml"))
    return thinned(br.fit(model, br.read_data(br.shipped("data/acquisition.csv"), model), seed=7, progress=False), 100)


def futures() -> Fit:
    data = br.simulate(MODEL, truth_of(1), periods=WEEKS, seed=1)
    return thinned(br.fit(MODEL, data, seed=1, progress=False), 100)


def funnel() -> Fit:
    model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
    return thinned(
        br.fit(model, br.read_data(br.shipped("data/weekly_funnel.csv"), model), seed=7, progress=False), 100
    )


FITS: dict[str, Callable[[], Fit]] = {"acquisition": acquisition, "futures": futures, "funnel": funnel}


def deviations(fit: Fit, seeds: range) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the nodes and, in units of `mc_error`, each seed's deviation from the mean of all (seeds, nodes)."""
    found = [br.influence(fit, seed=seed).arrays.values for seed in seeds]
    means = np.array([v.array.mean(axis=(0, 1)) for v in found])
    errors = np.array([v.coords["mc_error"].array for v in found])
    drawn = (errors > 1e-12).all(axis=0)
    names = tuple(np.array(found[0].labels("node"))[drawn].tolist())
    apart = (means - means.mean(axis=0)) * np.sqrt(len(seeds) / (len(seeds) - 1))
    return names, apart[:, drawn] / errors[:, drawn]


def main(count: int = 200, first: int = 0) -> None:
    """Print how far deviations are from what the error says."""
    for name, made in FITS.items():
        nodes, z = deviations(made(), range(first, first + count))
        for node, own in zip(nodes, z.T, strict=True):
            print(
                f"{name}, {node}: sd {own.std():.2f}, beyond 2: {(abs(own) > 2).mean():.3f}, most {abs(own).max():.1f}"
            )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
