"""The model as a PyMC model, with what is not observed integrated out where that is exact."""
