"""Rows that a fit does not know, predicted by it: units, stretches of time or single rows."""
