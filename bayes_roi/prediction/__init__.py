"""Forecasts of what periods to come will show, and how wrong earlier ones were: prediction, not cause."""
