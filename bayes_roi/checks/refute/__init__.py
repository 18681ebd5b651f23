"""Refuters: what must be seen of a fit were its model right, and what is."""
