"""Difference in differences: two by two, staggered adoption, event study."""
