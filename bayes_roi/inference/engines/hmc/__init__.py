"""Hamiltonian Monte Carlo of many chains at once, over the array namespace."""

from bayes_roi.inference.engines.hmc.engine import Hmc

__all__ = ["Hmc"]
