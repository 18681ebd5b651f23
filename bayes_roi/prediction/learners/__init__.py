"""Models that predict one column from others and know no graph: what they find is no effect."""
