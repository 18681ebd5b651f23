"""Small tables made in a test: one series, or units of which some begin late or miss periods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bayes_roi.model.language.model import Model
from bayes_roi.panel import Panel

Present = Mapping[str, Sequence[int]]
"""Unit -> the periods that it has rows of."""


def series(columns: Mapping[str, np.ndarray], **options: object) -> Panel:
    """Return a table of one series."""
    rows = len(next(iter(columns.values())))
    return Panel(dict(columns), np.arange(rows), "t", "period", "made", **options)  # type: ignore[arg-type]


def units(present: Present, columns: Mapping[str, np.ndarray] | None = None, **options: object) -> Panel:
    """Return a table of units; x, z and y are drawn where no columns are given."""
    clock = np.concatenate([np.asarray(p, int) for p in present.values()])
    labels = np.repeat(list(present), [len(p) for p in present.values()])
    rng = np.random.default_rng(4)
    if columns is None:
        x = rng.gamma(2.0, 5.0, len(clock)) * (rng.random(len(clock)) < 0.8)
        columns = {"x": x, "z": rng.normal(3.0, 1.0, len(clock)), "y": 20 + x + rng.normal(size=len(clock))}
    return Panel(
        dict(columns),
        clock,
        "t",
        "period",
        "made",
        unit="geo",
        units=labels,
        clock=clock,
        **options,  # type: ignore[arg-type]
    )


def regions(equations: str = "y ~ z + hill(adstock(x, max_lag=2))", **options: object) -> Model:
    """Return a model of units called geo over t, with the spend x."""
    given: dict[str, object] = {"name": "regions", "outcome": "y", "time": "t", "panel": "geo", "channels": {"x": "x"}}
    return Model(equations=equations, **(given | options))  # type: ignore[arg-type]


def taken(panel: Panel, rows: np.ndarray) -> Panel:
    """Return some rows of a table."""
    assert panel.periods is not None
    assert panel.clock is not None
    return Panel(
        {n: c[rows] for n, c in panel.columns.items()},
        panel.periods[rows],
        panel.time,
        panel.frequency,
        panel.source,
        unit=panel.unit,
        units=None if panel.units is None else panel.units[rows],
        clock=panel.clock[rows],
        levels=panel.levels,
    )
