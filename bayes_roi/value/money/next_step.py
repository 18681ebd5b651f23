r"""The smallest thing to do next: a tenth of a channel's spend moved, added or kept, and what that would have gained.

With the marginal ROAS $m_c$ of each channel at its actual spend, the next unit of money on it gains $\text{margin}
\cdot m_c - 1$. Money goes from the channel where that is lowest to the one where it is highest, as much as is a tenth
of the smaller spend; where it is below zero everywhere, the lowest spends less, and a channel alone spends more or
less. The gain itself is no such line: it is asked of the model, $\text{margin} \cdot (E[\text{value} \cdot Y | do(A')]
- E[\text{value} \cdot Y | do(A)])$ less what A' costs more than A, over the window and its carry-over, other spends
held.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bayes_roi.draws import Draws, Evidence
from bayes_roi.draws.evidence import standing
from bayes_roi.inference.fit import thinned
from bayes_roi.model.law.intervention import Intervention, scale_by
from bayes_roi.value.money.increments import of_change
from bayes_roi.value.money.money import Money

SHARE = 0.1
"""Share of the smaller spend that is moved: small enough to stay where there are data."""
MOST_DRAWS = 1000
"""Draws behind the gain: enough for two digits of its interval."""


@dataclass(frozen=True, eq=False)
class NextStep:
    """Money moved, added or kept in the window, and what that would have gained.

    Parameters
    ----------
    less, more
        The channel that spends less and the one that spends more; None where there is none.
    amount
        Money by which each spends less or more.
    gain
        Draws of the profit gained, in money, one number.
    """

    less: str | None
    more: str | None
    amount: float
    gain: Draws

    @property
    def probability(self) -> float:
        """P(gain > 0)."""
        return float(self.gain.arrays.probability(above=0).array.item())


def next_step(money: Money) -> NextStep | None:
    """Return the step with the most to gain by the margin; None where no channel's marginal return is identified.

    Parameters
    ----------
    money
        The money quantities of a window, by nothing, other spends held.

    Examples
    --------
    >>> import bayes_roi as br
    >>> from bayes_roi.value.money.money import Money
    >>> model = br.read_model(br.shipped("models/acquisition.yaml"))
    >>> fit = br.fit(model, br.read_data(br.shipped("data/acquisition.csv"), model), seed=7)
    >>> step = next_step(Money(fit))
    >>> step.less, step.more, step.probability > 0.99
    ('social', 'tv', True)
    """
    spend, slope = _known(money)
    if not spend:
        return None
    low, high = min(slope, key=slope.__getitem__), max(slope, key=slope.__getitem__)
    less = low if len(spend) > 1 or slope[low] < 0 else None
    more = high if low != high and slope[high] > 0 else high if less is None else None
    amount = SHARE * min(spend[c] for c in (less, more) if c is not None)
    change = [_by(money, c, way * amount / spend[c]) for c, way in ((less, -1), (more, 1)) if c is not None]
    few = replace(money.question, fit=thinned(money.fit, MOST_DRAWS))
    lost = of_change(few, "next step", tuple(change))
    gain = lost.cost - money.share_kept * lost.money
    return NextStep(less, more, amount, lost.draws(gain, money.unit, "profit gained by the step, other spends held"))


def _by(money: Money, channel: str, share: float) -> Intervention:
    return scale_by(money.fit.model.channels[channel], 1 + share, during=money.during)


def _known(money: Money) -> tuple[dict[str, float], dict[str, float]]:
    """Return the spend of each channel whose marginal return is identified, and what its next unit of money gains."""
    marginal, own = money.marginal_roas.arrays, money.increments
    support = np.ones(len(own.channels)) if marginal.support is None else marginal.support.array
    middle = money.marginal_roas.arrays.median().array
    known = [
        i
        for i, kind in enumerate(marginal.evidence.array)
        if own.spend[i] > 0 and standing(int(kind), float(support[i])) >= Evidence.IDENTIFIED
    ]
    return (
        {own.channels[i]: float(own.spend[i]) for i in known},
        {own.channels[i]: money.share_kept * float(middle[i]) - 1 for i in known},
    )
