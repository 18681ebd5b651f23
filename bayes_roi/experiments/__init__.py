"""Experiments on spend: what a test was and what it found, and estimators with posteriors of their own."""
