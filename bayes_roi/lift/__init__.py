"""Lift tests joined with a fit: what each measures, its likelihood, what it contradicts and what it changes."""
