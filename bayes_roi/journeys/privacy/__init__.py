"""Counts released with differential privacy, and credit by them whose intervals have the noise in them."""
