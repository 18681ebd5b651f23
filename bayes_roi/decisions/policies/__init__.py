"""Policies that learn while they spend."""
