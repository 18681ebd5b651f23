"""Transforms of parameters to the space that is sampled, where a step of one is right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytensor.tensor as pt
from pymc.logprob.transforms import Transform


class Standardised(Transform):
    """Sample (x - mu) / (step sigma) of a normal parameter, while the variable that is stored keeps its own unit.

    Chains begin within a step or so of mu: a step of one is right where the prior tells the size of the parameter, a
    small one where it is wide on purpose.
    """

    name = "standardised"

    def __init__(self, step: float = 1.0) -> None:
        self.step = np.float64(step)

    def forward(self, value: Any, *inputs: Any) -> Any:
        mu, sigma = inputs[-2:]
        return (value - mu) / (self.step * sigma)

    def backward(self, value: Any, *inputs: Any) -> Any:
        mu, sigma = inputs[-2:]
        return mu + self.step * sigma * value

    def log_jac_det(self, value: Any, *inputs: Any) -> Any:
        return pt.log(self.step * inputs[-1]) + pt.zeros_like(value)


class LogStandardised(Standardised):
    """Sample (log x - mu) / sigma of a lognormal parameter."""

    name = "log_standardised"

    def forward(self, value: Any, *inputs: Any) -> Any:
        return super().forward(pt.log(value), *inputs)

    def backward(self, value: Any, *inputs: Any) -> Any:
        return pt.exp(super().backward(value, *inputs))

    def log_jac_det(self, value: Any, *inputs: Any) -> Any:
        return super().log_jac_det(value, *inputs) + super().backward(value, *inputs)


class Around(Transform):
    """Sample (x - centre) / scale of a parameter; centre and scale are numbers, or stand for them."""

    name = "around"

    def __init__(self, centre: Any, scale: Any) -> None:
        self.centre, self.scale = centre, scale

    def forward(self, value: Any, *inputs: Any) -> Any:
        return (value - self.centre) / self.scale

    def backward(self, value: Any, *inputs: Any) -> Any:
        return self.centre + self.scale * value

    def log_jac_det(self, value: Any, *inputs: Any) -> Any:
        return pt.log(self.scale) + pt.zeros_like(value)
