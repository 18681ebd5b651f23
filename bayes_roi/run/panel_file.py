"""data.parquet: a panel with its audit, as it was fitted.

Cells pass by their buffers: `pa.array`, `to_numpy` and `pq.read_table` import pandas, which takes seconds.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bayes_roi.panel import AuditEntry, Panel

KEY = b"bayes_roi"
"""Where in the schema's metadata stands what is not a column."""


def panel_bytes(panel: Panel) -> bytes:
    """Return a panel as a Parquet file: units and periods first, one column a node, the rest in the schema's metadata.

    A category is written as its labels.
    """
    columns = [] if panel.units is None else [(_free(panel.unit or "unit", panel), _cells(panel.units))]
    columns += [] if panel.periods is None else [(_free(panel.time or "period", panel), _cells(panel.periods))]
    columns += [(node, _cells(_shown(values, panel.levels.get(node)))) for node, values in panel.columns.items()]
    about: dict[str, Any] = {
        "time": panel.time,
        "periods": panel.periods is not None,
        "frequency": panel.frequency,
        "source": panel.source,
        "audit": [asdict(entry) for entry in panel.audit],
    }
    if panel.units is not None:
        about |= {"units": True, "unit": panel.unit}
    if panel.clock is not None and (panel.units is not None or (panel.clock != np.arange(panel.rows)).any()):
        about["clock"] = _jumps(panel.clock)
    if panel.set_aside is not None:
        about["set_aside"] = np.flatnonzero(panel.set_aside).tolist()
    if panel.levels:
        about["levels"] = panel.levels
    table = pa.table([values for _, values in columns], names=[name for name, _ in columns])
    content = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata({KEY: json.dumps(about)}), content, compression="zstd")
    return content.getvalue().to_pybytes()


def read_panel_file(file: Path) -> Panel:
    """Return the panel of `panel_bytes`."""
    with pq.ParquetFile(file) as there:
        table = there.read(use_threads=False)
    about = json.loads(table.schema.metadata[KEY])
    columns = list(zip(table.column_names, table.columns, strict=True))
    units = columns.pop(0)[1] if about.get("units") else None
    periods = columns.pop(0)[1] if about["periods"] else None
    clock, levels = about.get("clock"), about.get("levels", {})
    return Panel(
        columns={name: _codes(x, levels[name]) if pa.types.is_string(x.type) else _numbers(x) for name, x in columns},
        periods=None if periods is None else np.array(periods.to_pylist()),
        time=about["time"],
        frequency=about["frequency"],
        source=about["source"],
        audit=tuple(AuditEntry(**entry) for entry in about["audit"]),
        unit=about.get("unit"),
        units=None if units is None else np.array(units.to_pylist()),
        clock=None if clock is None else _from_jumps(clock, table.num_rows),
        levels=levels,
        set_aside=_rows(about["set_aside"], table.num_rows) if "set_aside" in about else None,
    )


def _rows(at: list[int], rows: int) -> np.ndarray:
    """Return which rows (rows,) are named by their positions."""
    return np.isin(np.arange(rows), at)


def _free(name: str, panel: Panel) -> str:
    """Return a name for units or periods that no node has: pandas cannot read two columns of one name."""
    return _free(f"{name}_", panel) if name in panel.columns else name


def _shown(values: np.ndarray, labels: Sequence[str] | None) -> np.ndarray:
    """Return the labels that codes stand for, where all of them do; else the numbers."""
    if labels is None or not np.isin(values, np.arange(len(labels))).all():
        return values
    return np.array(labels)[values.astype(np.int64)]


def _codes(column: pa.ChunkedArray, labels: Sequence[str]) -> np.ndarray:
    code = {label: i for i, label in enumerate(labels)}
    return np.array([code[label] for label in column.to_pylist()], dtype=np.float64)


def _jumps(clock: np.ndarray) -> list[list[int]]:
    """Return the rows at which a clock does not tick by one, and what it shows there.

    >>> _jumps(np.array([0, 1, 2, 0, 2]))
    [[0, 0], [3, 0], [4, 2]]
    """
    rows = np.flatnonzero(np.diff(clock, prepend=clock[:1]) != 1)
    return [[int(row), int(clock[row])] for row in rows]


def _from_jumps(jumps: list[list[int]], rows: int) -> np.ndarray:
    """Return the clock that jumps there.

    >>> _from_jumps([[0, 0], [3, 0], [4, 2]], 5)
    array([0, 1, 2, 0, 2])
    """
    at, shows = np.array(jumps, dtype=np.int64).reshape(-1, 2).T
    return np.arange(rows) + np.repeat(shows - at, np.diff(at, append=rows))


def _cells(values: np.ndarray) -> pa.Array:
    """Return numbers or texts as Arrow has them."""
    if values.dtype.kind != "U":
        numbers = pa.py_buffer(np.ascontiguousarray(values))
        return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [None, numbers])
    texts = [text.encode() for text in values.tolist()]
    ends = np.cumsum([0, *map(len, texts)], dtype=np.int32)
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(ends), pa.py_buffer(b"".join(texts)))


def _numbers(column: pa.ChunkedArray) -> np.ndarray:
    return np.concatenate([np.empty(0), *map(np.from_dlpack, column.chunks)])
