"""Contribution, ROAS, ROI, marginal ROAS, cost per unit and response curves, of a window and what runs on after it."""
