"""What each unit of money brought in, less the unit itself: ROI."""

from __future__ import annotations

from bayes_roi.draws import Draws
from bayes_roi.guards import answers_in_draws
from bayes_roi.inference.fit import Fit
from bayes_roi.model.rows.during import During
from bayes_roi.value.money.money import Money
from bayes_roi.value.money.parted import By


@answers_in_draws
def roi(
    fit: Fit,
    *,
    during: During = None,
    horizon: int | None = None,
    margin: float | None = None,
    by: By = None,
    hold_spend: bool = True,
    together: bool = False,
    seed: int | None = None,
) -> Draws:
    r"""Return the return on investment of each channel, $\text{margin} \times \text{ROAS}_c - 1$.

    Dim `channel`, money per unit of money: 0 earns back what was spent. In total (`hold_spend=False`) ROAS is the one
    in total, so that 0 earns back own plus induced spend. `margin` is the model's when None; the other arguments as
    `contribution`.

    Raises
    ------
    QueryError
        When `margin` is not in (0, 1], or the window holds no period.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/acquisition.yaml"))
    >>> fit = br.fit(model, br.read_data(br.shipped("data/acquisition.csv"), model), seed=7)
    >>> [str(c) for c in br.roi(fit).values.channel.values]
    ['tv', 'social']
    """
    asked = Money(
        fit,
        during=during,
        horizon=horizon,
        margin=margin,
        by=by,
        hold_spend=hold_spend,
        together=together,
        seed=seed,
    )
    return asked.roi
