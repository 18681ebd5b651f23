"""Touch logs made from a known truth."""
