"""Inference: the posterior block by block, and whether it can be trusted."""
