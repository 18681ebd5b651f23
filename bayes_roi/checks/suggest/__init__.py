"""Arrows that the rows of a table suggest: hypotheses to draw a graph from, never a graph."""
