"""How much would have to be hidden: `br.sensitivity`."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from bayes_roi.checks.sensitivity.benchmarks import benchmarks
from bayes_roi.checks.sensitivity.hidden_cause import HiddenCause
from bayes_roi.checks.sensitivity.measures import e_value
from bayes_roi.checks.sensitivity.sensitivity_curve import MULTIPLES, Held, Sensitivity
from bayes_roi.draws import DEFAULT_PROB, check_prob
from bayes_roi.errors import QueryError, nearest
from bayes_roi.guards import is_number, known_channel
from bayes_roi.inference.diagnosis.dependence import Left
from bayes_roi.inference.diagnosis.innovations import innovations
from bayes_roi.inference.engines import ENGINES
from bayes_roi.inference.fit import Fit
from bayes_roi.value.money.money import Money

Sign = Literal["adverse", "both up", "apart"]
STRONGEST = 0.5
"""Asked of at least: a hidden cause that explains 39 % of what is left of both."""
MOST = 1.5
STEPS = (0.1, 0.25, 0.45, 0.7, 1.0)
FEW_STEPS = (0.4, 1.0)
"""Where the equation is no longer linear, so that it takes longer to fit."""
CONTRADICTED = 2.576
"""Standard errors of a correlation that chance makes once in a hundred."""


def sensitivity(
    fit: Fit,
    channel: str,
    *,
    node: str | None = None,
    sign: Sign = "adverse",
    strongest: float | None = None,
    prob: float = DEFAULT_PROB,
) -> Sensitivity:
    r"""Return a channel's ROI as a function of the strength of a hidden common cause of its spend and a node.

    The hidden cause has a partial $R^2$ with the spend, given its other causes, and one with the node, given its causes
    and the spend: `spend ~~ node` with held loadings. The node's equation is fitted again at each strength and ROI goes
    through the whole model, so that it holds behind mediators and curves. Both partial $R^2$ act through one number,
    the strength $\sqrt{R^2_y R^2_x / (1 - R^2_x)}$ (Cinelli and Hazlett 2020).

    Parameters
    ----------
    fit
        A fit.
    channel
        A channel.
    node
        The node downstream of its spend whose equation the hidden cause enters; the outcome when None.
    sign
        "both up": it moves spend and node up together, so that ROI looks better than it is; "apart": the other way;
        "adverse": the one that takes ROI towards break-even.
    strongest
        The strongest cause tried; one that explains 39 % of both, or twice the strongest observed cause, when None.
    prob
        Probability inside the interval.

    Returns
    -------
    Sensitivity
        With `at(r2_spend, r2_node)`, the benchmarks, `breaks_even` and `robustness_value`.

    Raises
    ------
    QueryError
        When the channel or the node is not there, the spend does not act on the node or does not vary by itself, or
        `strongest` is no number above zero.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/acquisition.yaml"))
    >>> fit = br.fit(model, br.read_data(br.shipped("data/acquisition.csv"), model), seed=7)
    >>> found = br.sensitivity(fit, "tv")
    >>> found.without.median > found.at(0.1, 0.1).median
    True
    """
    check_prob(prob)
    cause = _cause(fit, channel, node)
    observed = benchmarks(cause)
    own = Money(cause.few).roi.sel(channel=channel)
    none = _roi(cause, channel, 0.0)
    towards = 1 if np.median(none) > 0 else -1
    way = {"adverse": towards, "both up": 1, "apart": -1}[sign]
    most = _strongest(strongest, [b.strength(MULTIPLES[-1]) for b in observed])
    steps = STEPS if quick(cause.fit, cause.node) else FEW_STEPS
    found = {0.0: none} | {s * most: _roi(cause, channel, way * s * most) for s in steps}
    bound, seen = _bound(cause, way)
    return Sensitivity(
        channel=channel,
        spend=cause.spend,
        node=cause.node,
        points=_points(found, cause.free, prob),
        benchmarks=observed,
        sign=way,
        adverse=way == towards,
        prob=prob,
        bound=bound,
        seen=seen,
        e_values=_e_values(cause, channel, prob),
        evidence=str(own.words().array.item()),
    )


def _cause(fit: Fit, channel: str, node: str | None) -> HiddenCause:
    model = fit.model
    known_channel(channel, model.channels)
    spend, node = model.channels[channel], node or model.outcome
    below = [n for n in model.modelled if n in model.graph.descendants([spend]) - {spend}]
    if node not in below:
        raise QueryError(
            f"{spend} does not act on {node!r}{nearest(node, below)}; a hidden cause can be added for "
            f"{', '.join(below)}"
        )
    cause = HiddenCause(fit, spend, node)
    if not cause.residual().left > 1e-9:
        raise QueryError(f"{spend} follows from the other causes of {node}: nothing is left that a hidden cause moves")
    return cause


def quick(fit: Fit, node: str) -> bool:
    """Whether a node's equation is fitted by the exact engine, so that a curve takes about a second."""
    done = (b.engine for b in fit.diagnosis.blocks if node in b.nodes)
    return next(done, "") == ENGINES[0].name


def _strongest(strongest: float | None, observed: list[float]) -> float:
    if strongest is None:
        return min(max([STRONGEST, *(1.05 * s for s in observed if math.isfinite(s))]), MOST)
    if not is_number(strongest) or strongest <= 0:
        raise QueryError(f"strongest must be a number above zero, got {strongest!r}")
    return float(strongest)


def _roi(cause: HiddenCause, channel: str, strength: float) -> np.ndarray:
    """Return draws (draws,) of a channel's ROI with the hidden cause held at a strength."""
    return np.ravel(Money(cause.held(strength)).roi.sel(channel=channel).arrays.values.array)


def _points(found: dict[float, np.ndarray], free: int, prob: float) -> tuple[Held, ...]:
    r"""Return the points of the curve from draws by strength.

    What is held are shares of what is left of spend and node, whose sizes so many rows tell to $1 / \sqrt{2n}$ each: a
    strength times their ratio is known to $1 / \sqrt{n}$ of it, which moves ROI along the curve of its medians.
    """
    from scipy.interpolate import PchipInterpolator
    from scipy.special import ndtri

    medians = PchipInterpolator(list(found), [np.median(x) for x in found.values()])
    points = []
    for s, draws in found.items():
        off = np.random.default_rng(len(draws)).permutation(ndtri((np.arange(len(draws)) + 0.5) / len(draws)))
        moved = draws + medians(s * (1 + off / np.sqrt(free))) - medians(s)
        lower, median, upper = np.quantile(moved, [(1 - prob) / 2, 0.5, (1 + prob) / 2])
        points.append(Held(s, float(median), float(lower), float(upper), float((moved > 0).mean())))
    return tuple(points)


def _bound(cause: HiddenCause, sign: int) -> tuple[float | None, float | None]:
    """Return the strongest cause of a sign that the data do not contradict, and the correlation that is there."""
    model, node = cause.fit.model, cause.node
    if any(cause.spend in t.parents for t in model.terms(node)) or model.hidden:
        return None, None
    noise = innovations(model, cause.fit.design, cause.fit.parameters, node)
    left = Left(noise, cause.fit.design.starts)
    found = left.tested(cause.column)
    if found is None:
        return None, None
    return max(sign * found[0] + CONTRADICTED / math.sqrt(left.free), 0.0), found[0]


def _e_values(cause: HiddenCause, channel: str, prob: float) -> tuple[float, float] | None:
    """Return E-values of the outcome with against without the channel, where the outcome is a count or a share."""
    model, rows = cause.fit.model, cause.fit.design
    if model.family(model.outcome).link_name == "identity":
        return None
    added = np.ravel(Money(cause.few).contribution.sel(channel=channel).arrays.values.array)
    total = float(np.nansum(rows.rows[model.outcome]))
    ratios = total / np.maximum(total - added, 1e-300)
    lower, middle, upper = np.quantile(ratios, [(1 - prob) / 2, 0.5, (1 + prob) / 2])
    nearer = 1.0 if lower <= 1 <= upper else float(min(lower, upper, key=lambda r: abs(r - 1)))
    return e_value(float(middle)), e_value(nearer)
