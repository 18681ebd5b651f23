"""The collapsed engine: importance sampling of what is inside the curves, the coefficients integrated out."""

from bayes_roi.inference.engines.collapsed.engine import Collapsed

__all__ = ["Collapsed"]
