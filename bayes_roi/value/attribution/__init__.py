"""Shapley attribution, credit by rules, and both beside cause, by channel."""
