"""Tail probabilities and quantiles where scipy has none that are exact enough."""
