"""How much of the outcome all channels together brought about: before the data, and with them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayes_roi.draws import Draws, evidence_array
from bayes_roi.errors import QueryError
from bayes_roi.guards import answers_in_draws
from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.law.intervention import turn_off
from bayes_roi.model.rows.during import During
from bayes_roi.queries.evidence import evidence_in, why_assumed
from bayes_roi.queries.expect import by_chain, expect, scene
from bayes_roi.value.money.question import channels_of
from bayes_roi.value.priors.prior_check import prior_beside

MOSTLY_PRIOR = 0.8
"""Width of the posterior's interval, as a share of the prior's, from which on the prior carries a number."""
SAME_MIDDLE = 0.25
"""How far the medians of prior and posterior may be apart, in widths of the prior's interval, to be called the same."""
LEAST_SAID, MOST_SAID = -1.0, 2.0
"""A prior whose interval reaches beyond these says next to nothing of a share."""


@answers_in_draws
def media_share(fit: Fit, *, during: During = None, seed: int | None = None) -> Draws:
    r"""Return the share of the outcome that all channels together brought about, dims chain and draw.

    $(E[Y \mid do(A)] - E[Y \mid do(A, \text{all spends} = 0)]) / \sum Y$, both summed over the window W: of the outcome
    of W, what is owed to spend of any period, before W too. It is the joint contrast, which the contributions of
    channels add up to only where they do not interact; what the spend of W brings after it is no part of the outcome
    of W.

    Parameters
    ----------
    fit
        A fit, or a `prior_fit`.
    during
        The window W; None for all rows.
    seed
        Of the noise, where the conditional mean needs it; the fit's own when None.

    Returns
    -------
    Draws
        A share; may lie outside 0 and 1 where the equations allow it.

    Raises
    ------
    QueryError
        When the model has no channels, or the outcome adds up to zero.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/acquisition.yaml"))
    >>> fit = br.fit(model, br.read_data(br.shipped("data/acquisition.csv"), model), seed=7)
    >>> round(float(br.media_share(fit).mean().values), 2)
    0.49
    """
    model, target = fit.model, fit.model.outcome
    off = [turn_off(spend) for spend in channels_of(model).values()]
    stage = scene(fit, means_only=during is None)
    rows = fit.design.window(during)
    counted = rows if stage.design is fit.design else np.ones(1, bool)
    arms = [stage.held([], hold_spend=True), stage.held(off, hold_spend=True)]

    def lost(values: list[dict[str, Array]]) -> Array:
        on, off = (v[target] for v in values)
        return ((on - off) * counted).sum(axis=-1) * stage.design.copies

    added = expect(stage, arms, lost, frozenset({target}), seed=fit.seed if seed is None else seed)
    seen = float(np.nansum(fit.design.rows[target][rows]))
    if not seen:
        raise QueryError(f"{target} adds up to zero in the window, and media have no share of nothing")
    return Draws(
        values=Labelled(by_chain(fit, added / seen), ("chain", "draw"), {}),
        unit="share",
        estimand="media share: (E[Y | do(A)] - E[Y | do(all spends = 0)]) / observed Y, in W",
        evidence=evidence_array(evidence_in(fit, model.spends, target)),
        reason=why_assumed(fit, model.spends, target),
    )


def says_nothing(lower: float, upper: float) -> bool:
    """Return whether an interval of a share under a prior is too wide to be of interest."""
    return lower < LEAST_SAID or upper > MOST_SAID


@dataclass(frozen=True, eq=False)
class SharePair:
    """The media share before the data and with them.

    Parameters
    ----------
    prior, posterior
        (draws,) of each.
    """

    prior: np.ndarray
    posterior: np.ndarray

    @classmethod
    def of(cls, fit: Fit, prior: Fit | None = None, *, during: During = None) -> SharePair:
        """Return the media share of a fit, and of draws of its prior, which are made where they are not given."""
        before = prior or prior_beside(fit)
        return cls(*(media_share(f, during=during).arrays.values.array.ravel() for f in (before, fit)))

    @cached_property
    def carried(self) -> bool:
        """Whether the posterior is the prior over again: about as wide, and about where it was."""
        before, after = (np.quantile(x, [0.05, 0.5, 0.95]) for x in (self.prior, self.posterior))
        width = before[2] - before[0]
        same = abs(after[1] - before[1]) < SAME_MIDDLE * width
        return bool(same and after[2] - after[0] > MOSTLY_PRIOR * width)
