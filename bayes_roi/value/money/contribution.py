"""What each channel added to the outcome, and what one unit of it cost."""

from __future__ import annotations

from bayes_roi.draws import Draws
from bayes_roi.guards import answers_in_draws
from bayes_roi.inference.fit import Fit
from bayes_roi.model.rows.during import During
from bayes_roi.value.money.money import Money
from bayes_roi.value.money.parted import By


@answers_in_draws
def contribution(
    fit: Fit,
    *,
    during: During = None,
    horizon: int | None = None,
    by: By = None,
    hold_spend: bool = True,
    together: bool = False,
    seed: int | None = None,
) -> Draws:
    r"""Return what each channel added to the outcome.

    $\sum_t E[Y_t \mid do(A)] - E[Y_t \mid do(A, x_c = 0 \text{ in } W)]$ over the window W and the horizon after it,
    beyond the last row too: there nothing is spent in either arm, and nodes without an equation are as a year before.
    A are the actual spends, so that the **other spends are held** at what they were. **In total**
    (`hold_spend=False`) A is without the spends R that respond to $x_c$ (a directed path leads to them), which follow
    their equations in both arms:
    $\sum_t E[Y_t \mid do(A \setminus R)] - E[Y_t \mid do(A \setminus R, x_c = 0 \text{ in } W)]$. Where R is empty the
    two are one.

    Parameters
    ----------
    fit
        A fit.
    during
        The window W; all rows when None.
    horizon
        Periods of carry-over counted after W; all of it when None, and 0 for what was seen in W alone.
    by
        The panel's unit, "month", "quarter" or "year", or two of them, for the contribution in each: that of a month is
        what its own spend added, in it and after it. None for the total.
    hold_spend
        True for "other spends held", False for "in total".
    together
        Whether all spends are asked against none at once, under one label: where channels meet in a curve or a product
        their contributions do not add up to it.
    seed
        Of the noise; the fit's own when None.

    Returns
    -------
    Draws
        Dim `channel` (and those of `by`), in units of the outcome.

    Raises
    ------
    QueryError
        When the model has no channels, the window holds no period, or the rows cannot be had by `by`.

    Notes
    -----
    Contributions of disjoint windows add up where the outcome is affine in the path of spend. Behind a saturation or a
    log link each window is a question of its own, whose sum differs from the whole.

    Examples
    --------
    Paid search that follows the searches television sends is a part of what television does, or is held.

    >>> import bayes_roi as br
    >>> text = "search_spend ~ tv_spend \n revenue ~ tv_spend + search_spend"
    >>> channels = {"tv": "tv_spend", "search": "search_spend"}
    >>> model = br.Model(name="shop", equations=text, outcome="revenue", channels=channels)
    >>> fit = br.fit(model, br.simulate(model, periods=200, seed=1), seed=7)
    >>> held, total = br.contribution(fit), br.contribution(fit, hold_spend=False)
    >>> bool((total.sel(channel="tv").mean() > held.sel(channel="tv").mean()).item())
    True
    >>> bool((total.sel(channel="search").values == held.sel(channel="search").values).all())
    True
    """
    return Money(
        fit, during=during, horizon=horizon, by=by, hold_spend=hold_spend, together=together, seed=seed
    ).contribution


@answers_in_draws
def cost_per(
    fit: Fit,
    *,
    during: During = None,
    horizon: int | None = None,
    by: By = None,
    hold_spend: bool = True,
    together: bool = False,
    seed: int | None = None,
) -> Draws:
    r"""Return the cost of one unit of the outcome, $\text{spend}_c / \text{contribution}_c$.

    Dim `channel`. Median and interval only: its mean need not exist. In total (`hold_spend=False`) the cost is own plus
    induced spend. Arguments and errors as `contribution`.
    """
    return Money(
        fit, during=during, horizon=horizon, by=by, hold_spend=hold_spend, together=together, seed=seed
    ).cost_per
