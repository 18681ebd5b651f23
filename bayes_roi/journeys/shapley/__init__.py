"""Shapley values of the channels that journeys had, by the conversion rates of exposure sets."""
