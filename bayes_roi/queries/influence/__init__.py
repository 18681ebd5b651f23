"""Intrinsic causal influence of nodes and strength of arrows."""
