"""Experiments and natural experiments by themselves: estimators that each have a posterior of their own."""
