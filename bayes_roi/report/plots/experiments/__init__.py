"""Figures of experiments: effects in a window, and two groups."""
