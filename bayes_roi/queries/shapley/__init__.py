"""Shapley values: exact, from dividends, from sampled orders."""
