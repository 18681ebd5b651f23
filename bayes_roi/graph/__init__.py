"""The causal graph."""

from __future__ import annotations

from bayes_roi.graph.dag import Dag

__all__ = ["Dag"]
