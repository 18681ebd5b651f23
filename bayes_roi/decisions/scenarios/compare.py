"""Comparing scenarios: all on the same draws of the parameters and the same noise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bayes_roi.decisions.horizon.outlook import outlook
from bayes_roi.decisions.scenarios.comparison import Comparison
from bayes_roi.decisions.scenarios.scenario import Scenario, alike
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit


def compare(
    fit: Fit,
    scenarios: Sequence[Scenario],
    *,
    horizon: int | None = None,
    margin: float | None = None,
    seed: int | None = None,
) -> Comparison:
    r"""Return what scenarios would bring, side by side and draw by draw.

    $E[\sum_t Y_t \mid do(\text{plan}), \theta]$ over the planned periods; and what the spend adds to the same periods
    without it, carry-over after the plan included, with the profit and ROI that makes. All plans are asked on the same
    draws of the parameters and the same noise, so that their differences are paired.

    Parameters
    ----------
    fit
        A fit whose rows are periods.
    scenarios
        Plans of the same periods, from `scenario` or `read_plan`; the first is what the others are compared with.
    horizon
        Periods after the plan in which its carry-over is still counted; the longest from a spend to the outcome when
        None.
    margin
        Profit per unit of money earned; the model's when None.
    seed
        Of the noise; the fit's own when None.

    Raises
    ------
    QueryError
        When there is no scenario, two have one name, their periods differ or do not follow the data.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
    >>> data = br.read_data(br.shipped("data/weekly_funnel.csv"), model)
    >>> fit = br.fit(model, data, seed=7, draws=50)
    >>> plans = [br.scenario(fit, "as last year"), br.scenario(fit, "less tv", change={"tv": -0.2})]
    >>> br.compare(fit, plans).spend.array.sum(axis=1).round().tolist()
    [1505343.0, 1376713.0]
    """
    plans = [scenarios] if isinstance(scenarios, Scenario) else scenarios
    if isinstance(plans, str) or not isinstance(plans, Iterable):
        raise QueryError(
            f"compare takes scenarios of one fit, got {type(plans).__name__}; write compare(fit, [scenario(fit, "
            "'as last year'), plan.scenario]). A scenario of another fit is compared by that fit"
        )
    plans = list(plans)
    if not plans:
        raise QueryError("name at least one scenario to compare, e.g. scenario(fit, 'as last year')")
    alike(plans)
    first = plans[0]
    ahead = [outlook(fit, periods=first.periods, horizon=horizon, others=s.nodes, margin=margin) for s in plans]
    if first.channels != ahead[0].channels:
        raise QueryError(f"the plans are of {', '.join(first.channels)}, the model of {', '.join(ahead[0].channels)}")
    if first.labels.astype(str).tolist() != ahead[0].labels.astype(str).tolist():
        begin, wanted = first.labels[0], ahead[0].labels[0]
        raise QueryError(f"{first.name!r} begins in {begin}; the first period after the data is {wanted}")
    return Comparison(fit, tuple(plans), tuple(ahead), "mean", fit.seed if seed is None else seed)
