"""Regions that were left alone as the counterfactual: synthetic control, matched regions, their placebos."""
