"""A shop whose model the exact engine fits in milliseconds: its model file and its table."""

from __future__ import annotations

import numpy as np

MODEL = """\
name: shop
time: week
outcome: revenue
currency: USD
margin: 0.5
channels: {tv: tv_spend, radio: radio_spend}
equations: |
  clicks ~ tv_spend + radio_spend
  revenue ~ clicks + demand
"""
WEEKS = 200
TV, RADIO = 1.5, 2.4  # the true ROAS


def table() -> str:
    """Return the table as CSV."""
    rng = np.random.default_rng(11)
    tv, radio, demand = rng.gamma(2, 500, WEEKS), rng.gamma(2, 300, WEEKS), rng.normal(100, 10, WEEKS)
    clicks = 500 + TV / 3 * tv + RADIO / 3 * radio + rng.normal(0, 20, WEEKS)
    revenue = 1000 + 3 * clicks + 20 * demand + rng.normal(0, 100, WEEKS)
    weeks = (np.datetime64("2021-01-04") + 7 * np.arange(WEEKS)).astype(str)
    rows = zip(weeks, tv, radio, demand, clicks, revenue, strict=True)
    lines = [",".join([week, *(f"{number:.2f}" for number in numbers)]) for week, *numbers in rows]
    return "\n".join(["week,tv_spend,radio_spend,demand,clicks,revenue", *lines]) + "\n"
