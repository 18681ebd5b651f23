"""Causal questions put to a fit."""
