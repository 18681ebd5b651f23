"""The run folder: a fit with its model, its data, its estimates and its report, complete or absent."""
