r"""Measures of a hidden common cause: partial R2, the factor it biases by, robustness value, E-value.

Cinelli and Hazlett 2020, Making sense of sensitivity: extending omitted variable bias. *Journal of the Royal
Statistical Society B* 82, 39-67; VanderWeele and Ding 2017, Sensitivity analysis in observational research: introducing
the E-value. *Annals of Internal Medicine* 167, 268-274.
"""

from __future__ import annotations

import math

MOST_R2 = 0.99
"""Partial R2 with the node that a benchmark is cut off at: it cannot explain more than all."""


def strength(r2_spend: float, r2_node: float) -> float:
    r"""Return $\sqrt{R^2_{Y \sim U \mid D, X}\, R^2_{D \sim U \mid X} / (1 - R^2_{D \sim U \mid X})}$.

    In a linear equation with one spend the bias is this times $\text{sd}(Y^{\perp D, X}) / \text{sd}(D^{\perp X})$
    (Cinelli and Hazlett 2020, equation 8). All that a hidden cause does goes through it.

    Parameters
    ----------
    r2_spend, r2_node
        What the hidden cause explains of the spend that its other causes leave, and of the node that its causes and the
        spend leave.
    """
    return math.sqrt(r2_node * r2_spend / (1 - r2_spend))


def equal_r2(strength: float) -> float:
    r"""Return the partial R2, the same with both, of a hidden cause of a strength.

    $\frac{1}{2} (\sqrt{f^4 + 4 f^2} - f^2)$: the robustness value, where f is the strength that takes an answer to
    where it would be another (Cinelli and Hazlett 2020, equation 19).

    Examples
    --------
    The effect of being harmed on attitudes to peace in Darfur, t = 4.18 with 783 degrees of freedom:

    >>> round(equal_r2(4.18 / math.sqrt(783)), 3)
    0.139
    """
    squared = strength**2
    return (math.sqrt(squared**2 + 4 * squared) - squared) / 2


def partial_r2(t: float, free: float) -> float:
    """Return the partial R2 of a coefficient with a t-value.

    >>> round(partial_r2(4.18, 783), 3)
    0.022
    """
    return t * t / (t * t + free)


def times_as_strong(r2_spend: float, r2_node: float, times: float) -> tuple[float, float] | None:
    r"""Return the partial R2 of a hidden cause some times as strong as an observed one, with spend and node.

    None where there can be none: beside a cause that explains most of the spend no other can explain as much.

    Parameters
    ----------
    r2_spend, r2_node
        Those of the observed cause: with the spend given the others, with the node given these and the spend.
    times
        How many times it explains as much, of both.

    Notes
    -----
    The bounds of Cinelli and Hazlett 2020, section 4.4, for a hidden cause that is independent of the observed ones.
    """
    if times * r2_spend >= 1 - r2_spend:
        return None
    of_spend = times * r2_spend / (1 - r2_spend)
    collider = times * r2_spend**2 / ((1 - times * r2_spend) * (1 - r2_spend))
    eta = (math.sqrt(times) + math.sqrt(collider)) / math.sqrt(1 - collider)
    return of_spend, min(eta**2 * r2_node / (1 - r2_node), MOST_R2)


def e_value(risk_ratio: float) -> float:
    """Return how strongly a hidden cause would have to go with spend and outcome, as risk ratios, to explain one away.

    >>> [round(e_value(rr), 2) for rr in (3.9, 1.8, 1 / 3.9)]
    [7.26, 3.0, 7.26]
    """
    ratio = risk_ratio if risk_ratio >= 1 else 1 / risk_ratio
    return ratio + math.sqrt(ratio * (ratio - 1))
