"""The causal graph: separation, what an effect is in the observed law, adjustment, front doors, instruments."""

from __future__ import annotations

from bayes_roi.graph.dag import Dag

__all__ = ["Dag"]
