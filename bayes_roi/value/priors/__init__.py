"""What the priors say in money before any data."""
