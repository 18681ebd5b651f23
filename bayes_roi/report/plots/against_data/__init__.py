"""Figures of what the data say of a graph, and of what they cannot say."""
