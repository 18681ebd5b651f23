"""data.parquet: a panel with its audit, as it was fitted.

Cells pass by their buffers: `pa.array`, `to_numpy` and `pq.read_table` import pandas, which takes seconds.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bayes_roi.panel import AuditEntry, Panel

KEY = b"bayes_roi"
"""Where in the schema's metadata stands what is not a column."""


def write_panel(panel: Panel, file: Path) -> None:
    """Write a panel as Parquet: the periods first, one column a node, the rest in the schema's metadata."""
    periods = {} if panel.periods is None else {panel.time or "period": _cells(panel.periods)}
    columns = [*periods.items(), *((node, _cells(values)) for node, values in panel.columns.items())]
    about = {
        "time": panel.time,
        "periods": panel.periods is not None,
        "frequency": panel.frequency,
        "source": panel.source,
        "audit": [asdict(entry) for entry in panel.audit],
    }
    table = pa.table([values for _, values in columns], names=[name for name, _ in columns])
    pq.write_table(table.replace_schema_metadata({KEY: json.dumps(about)}), file, compression="zstd")


def read_panel_file(file: Path) -> Panel:
    """Return the panel that `write_panel` wrote."""
    with pq.ParquetFile(file) as there:
        table = there.read(use_threads=False)
    about = json.loads(table.schema.metadata[KEY])
    first = 1 if about["periods"] else 0
    return Panel(
        columns={name: _numbers(table.column(name)) for name in table.column_names[first:]},
        periods=np.array(table.column(0).to_pylist()) if about["periods"] else None,
        time=about["time"],
        frequency=about["frequency"],
        source=about["source"],
        audit=tuple(AuditEntry(**entry) for entry in about["audit"]),
    )


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
