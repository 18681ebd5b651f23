"""Whether the files of a run belong together: a seal shows that nothing changed since, not that a fit wrote them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from bayes_roi.inference.fit import Groups
from bayes_roi.model.language.model import Model
from bayes_roi.model.language.names import parameter_ranges
from bayes_roi.model.law.forward import missing_name
from bayes_roi.model.law.parameters import node_parameters
from bayes_roi.model.rows.contradictions import contradictions
from bayes_roi.model.rows.design import Design
from bayes_roi.numbers import plain
from bayes_roi.panel import Panel
from bayes_roi.plain_text import shown, steering


def require_text(value: Any) -> None:
    """Raise a ValueError where a text in a value of JSON, at any depth, would steer a terminal."""
    for text in _texts(value):
        if (odd := steering(text, allowed="\n")) is not None:
            raise ValueError(f"the text {shown(text)} holds the character {odd}")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for item in value.items() for part in item for text in _texts(part))
    elif isinstance(value, list | tuple):
        yield from (text for item in value for text in _texts(item))


def require_panel(model: Model, panel: Panel) -> None:
    """Raise a ValueError where a panel is none that `read_data` would have given for a model."""
    beside = [name for name in (model.value, model.weights) if isinstance(name, str)]
    for name in (*model.measured, *beside):
        if name not in panel.columns:
            raise ValueError(f"it has no column {name!r}")
    if (panel.periods is None) != (model.time is None) or (panel.units is None) != (model.panel is None):
        raise ValueError("its rows have other labels than the model asks for")
    _require_labels(panel)
    require_text([*panel.columns, panel.source, panel.time, panel.unit, panel.levels, [asdict(e) for e in panel.audit]])
    for name, values in panel.columns.items():
        if np.isinf(values).any() or (name in beside and not (values > 0).all()):
            raise ValueError(f"{name!r} holds what is no number for it")
        if name in model.spends and (values < 0).any():
            raise ValueError(f"{name!r} holds a negative spend")
        if (name in model.categorical) != (name in panel.levels):
            raise ValueError(f"{name!r} holds numbers for labels, or labels for numbers")
    if found := contradictions(model, panel):
        raise ValueError(str(found[0]))


def _require_labels(panel: Panel) -> None:
    """Raise where labels are no texts or numbers, or periods do not ascend in each unit."""
    for labels in (panel.periods, panel.units):
        if labels is not None and labels.dtype.kind not in ("U", "i"):
            raise ValueError("labels of its rows are missing")
    require_text([] if panel.units is None else np.unique(panel.units).tolist())
    if panel.periods is None or panel.clock is None:
        return
    if panel.periods.dtype.kind == "U":
        panel.periods.astype("datetime64[D]")  # raises where one is no date
    same = slice(None) if panel.units is None else panel.units[1:] == panel.units[:-1]
    if (np.diff(panel.clock)[same] <= 0).any():
        raise ValueError("its periods are not in order")


def require_draws(model: Model, rows: Design, groups: Groups, *, chains: int, draws: int) -> None:
    """Raise a ValueError unless there are finite draws of every parameter, as many as asked for, within its range."""
    wanted, ranges = _lengths(model, rows), parameter_ranges(model)
    found = groups["posterior"]
    for name in [n for n in wanted if n in ranges and n not in found] + [n for n in found if n not in wanted]:
        raise ValueError(f"{shown(name)} is {'missing' if name in wanted else 'not a parameter of the model'}")
    for name, x in {**groups.get("sample_stats", {}), **found}.items():
        length = wanted.get(name)
        if x.dims[:2] != ("chain", "draw") or x.array.shape != (chains, draws, *([] if length is None else [length])):
            raise ValueError(f"{shown(name)} has the shape {x.array.shape}")
        if not np.isfinite(x.array).all():
            raise ValueError(f"draws of {shown(name)} are not finite")
        low, high = ranges.get(name, (-np.inf, np.inf))
        if not ((x.array >= low) & (x.array <= high)).all():
            raise ValueError(f"draws of {shown(name)} are outside {plain(low)} to {plain(high)}")


def _lengths(model: Model, rows: Design) -> dict[str, int | None]:
    """Return all that may be sampled, with its length, None for a single number."""
    found: dict[str, int | None] = {}
    for node in model.equation:
        own = node_parameters(model, rows, node)
        found |= dict.fromkeys(own.names)
        found |= {t.effect_name: t.width for t in own.terms if t.effect is not None}
        found |= {p.units_name: len(rows.units) for p in own.pooled}
        if own.periods is not None:
            found[own.periods.periods_name] = len(np.unique(rows.index))
    found |= {missing_name(node): len(at) for node, at in rows.missing.items()}
    return found | dict.fromkeys(model.hidden, rows.length)
