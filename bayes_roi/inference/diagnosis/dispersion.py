"""Dispersion: does a node vary as much as its family says?"""

from __future__ import annotations

import math
from collections.abc import Iterator

from bayes_roi.inference.diagnosis.claim import Claim
from bayes_roi.inference.diagnosis.innovations import Innovations
from bayes_roi.inference.diagnosis.ranks import chi_square_tails

WEIGHT = 4.0


def dispersion(left: Innovations) -> Iterator[Claim]:
    r"""Yield the standard deviation of the quantile residuals, which should be one: $\sum z_t^2 \sim \chi^2_n$.

    A family with a scale of its own fits it and passes; a family without one, as poisson and binomial, takes rows that
    vary more for more than they tell: its intervals are too narrow by this very factor (McCullagh and Nelder 1989,
    section 4.5).
    """
    square = float((left.z**2).mean())
    chance = 2 * min(chi_square_tails(square * left.rows, left.rows))
    sd = math.sqrt(square)
    yield Claim("dispersion", sd, min(chance, 1.0), WEIGHT, narrow=sd, narrow_level=sd)
