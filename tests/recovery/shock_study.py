r"""What a shock common to all regions does to three estimates of a return, by least squares, in many worlds.

    python -m tests.recovery.shock_study [--worlds N]

The markets are those of `noise_study`. Under a normal prior as good as flat the posterior of a linear equation is
generalised least squares, which takes a thousandth of the time; variances are known here. With units' means taken out,
`(1 | week)` is least squares of what is left after a share $1 - \sigma / \sqrt{\sigma^2 + n \omega^2}$ of each week's
mean is taken out too (Wallace and Hussain 1969); the week's mean spend as a term of its own, and `factor(week)`, take
out all of it (Mundlak 1978). The alarm is the test of their difference (Hausman 1978) at the level of the diagnosis.
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy.special import ndtr

from tests.recovery.noise_markets import UNITS, YEAR, regions

SD = 60.0
"""Of the noise of a region, and of the shock."""
LEVEL = 0.01 * 4 / 26
"""Of this test: its weight among those of such a fit."""
Z = 1.6448536269514722
DRIVES = (0.0, 0.3, 0.6)


def estimates(seed: int, drives: float) -> np.ndarray:
    """Return estimate and standard error of the return, with a share of the weeks' means taken out and with all."""
    market = regions(seed, shock=1.0, drives=drives, weeks=YEAR)
    x, y = (market.data.columns[n].reshape(UNITS, YEAR) for n in ("tv_spend", "revenue"))
    x, y = (v - v.mean(1, keepdims=True) for v in (x, y))
    found = []
    for share in (1 - 1 / np.sqrt(1 + UNITS), 1.0):
        a, b = (v - share * v.mean(0) for v in (x, y))
        found.append([(a * b).sum() / (a * a).sum(), SD / np.sqrt((a * a).sum())])
    return np.array(found)


def rates(drives: float, worlds: int) -> dict[str, float]:
    """Return how often each covers the truth, and how often the alarm rings."""
    each = np.stack([estimates(seed, drives) for seed in range(worlds)])
    covered = (np.abs(each[:, :, 0] - 2.0) <= Z * each[:, :, 1]).mean(0)
    apart, error = each[:, 1, 0] - each[:, 0, 0], np.sqrt(each[:, 1, 1] ** 2 - each[:, 0, 1] ** 2)
    rung = 2 * ndtr(-np.abs(apart) / error) < LEVEL
    return {"(1 | week)": float(covered[0]), "mean spend, factor": float(covered[1]), "alarm": float(rung.mean())}


def main() -> None:
    """Print the rates as a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=1000)
    worlds = parser.parse_args().worlds
    found = {drives: rates(drives, worlds) for drives in DRIVES}
    heads = " | ".join(n.replace("|", "\\|") for n in found[0.0])
    print(f"| correlation of shock and plan | worlds | {heads} |\n{'| --- ' * 5}|")
    for drives, own in found.items():
        print(f"| {drives:g} | {worlds} | " + " | ".join(f"{100 * x:.1f} %" for x in own.values()) + " |")


if __name__ == "__main__":
    main()
