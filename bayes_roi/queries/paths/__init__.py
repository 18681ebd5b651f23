"""Directed paths: which there are, which effects they carry, whose spend responds to whose."""
