"""Mechanisms, each written once over an array namespace: terms of an equation, families of noise, priors."""

from __future__ import annotations

from bayes_roi.mechanisms.adstock import Adstock
from bayes_roi.mechanisms.baseline import BASELINES
from bayes_roi.mechanisms.factor import Factor
from bayes_roi.mechanisms.node import Common, Fixed, Interact, Lag, Node
from bayes_roi.mechanisms.of_period import OfPeriod
from bayes_roi.mechanisms.saturation import SATURATIONS
from bayes_roi.mechanisms.term import Term
from bayes_roi.mechanisms.varying import Varying

TERMS: dict[str, type[Term]] = {
    "adstock": Adstock,
    "lag": Lag,
    "interact": Interact,
    "factor": Factor,
    **SATURATIONS,
    **BASELINES,
}
"""Every term that is written as a call, by the name the grammar knows it by."""

__all__ = ["TERMS", "Common", "Fixed", "Node", "OfPeriod", "Term", "Varying"]
