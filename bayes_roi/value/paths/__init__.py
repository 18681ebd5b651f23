"""Contribution of a channel along each path."""
