"""What each unit of money earned: ROAS, and marginal ROAS."""

from __future__ import annotations

from bayes_roi.draws import Draws
from bayes_roi.guards import answers_in_draws
from bayes_roi.inference.fit import Fit
from bayes_roi.model.rows.during import During
from bayes_roi.value.money.money import Money
from bayes_roi.value.money.parted import By


@answers_in_draws
def roas(
    fit: Fit,
    *,
    during: During = None,
    horizon: int | None = None,
    by: By = None,
    hold_spend: bool = True,
    together: bool = False,
    seed: int | None = None,
) -> Draws:
    r"""Return the return on ad spend of each channel, $\text{value} \times \text{contribution}_c / \text{spend}_c$.

    In total (`hold_spend=False`) it is divided by own plus induced spend, draw by draw:
    $\text{value} \times \text{contribution}_c / (\text{spend}_c + \text{induced}_c)$ with
    $\text{induced}_c = \sum_t \sum_{s \in R} E[s_t \mid do(A \setminus R)] - E[s_t \mid do(A \setminus R, x_c = 0
    \text{ in } W)]$, what the channel made others spend in the same periods.

    Dim `channel`, money per unit of money; NaN with a note where there was no spend. Arguments and errors as
    `contribution`.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/acquisition.yaml"))
    >>> fit = br.fit(model, br.read_data(br.shipped("data/acquisition.csv"), model), seed=7)
    >>> br.roas(fit).mean().round(1).values.tolist()
    [1.0, 0.9]
    """
    return Money(fit, during=during, horizon=horizon, by=by, hold_spend=hold_spend, together=together, seed=seed).roas


@answers_in_draws
def marginal_roas(
    fit: Fit,
    *,
    during: During = None,
    horizon: int | None = None,
    by: By = None,
    hold_spend: bool = True,
    together: bool = False,
    seed: int | None = None,
) -> Draws:
    r"""Return what the next unit of money would earn at the actual spend.

    $\partial E[\text{value} \times Y \mid do(x_c)] / \partial x_c$, a central difference of the
    conditional mean at $x_c (1 \pm 1\,\%)$ in W, per unit of money added; in total (`hold_spend=False`) the spends that
    respond go along, and what they add is money added too. Dim `channel`. Arguments and errors as `contribution`.
    """
    return Money(
        fit, during=during, horizon=horizon, by=by, hold_spend=hold_spend, together=together, seed=seed
    ).marginal_roas
