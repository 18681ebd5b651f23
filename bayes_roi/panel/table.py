"""A file or a DataFrame to a raw table."""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Callable, Iterator
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import numpy as np

from bayes_roi.errors import DataError, Problem, nearest
from bayes_roi.panel.audit import AuditEntry
from bayes_roi.panel.header import LOOKED_AT, MOST_TITLE, header_at, title_note
from bayes_roi.panel.raw import RawTable, header_problems
from bayes_roi.panel.text import read_text
from bayes_roi.plain_text import printable, shown

GAP = 100
"""Empty rows that end the table of a sheet: one or two are forgotten cells, which are told as such."""

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq


def read_table(
    source: str | PathLike[str] | pd.DataFrame, *, time: str | None = None, unit: str | None = None
) -> RawTable:
    """Return the raw table of a .csv, .tsv, .txt, .parquet or .xlsx file, or of a DataFrame.

    Raises
    ------
    DataError
        If there is no such file, or it cannot be read as a table at all.
    """
    if not isinstance(source, str | PathLike):
        return read_frame(source, time=time, unit=unit)
    path = Path(source)
    _require_file(path)
    read = READERS.get(path.suffix.lower())
    if read is None:
        kind = f"files of type {path.suffix!r}" if path.suffix else "files without a type in their name"
        raise DataError(path.name, [Problem(f"cannot read {kind}", f"save it as one of {', '.join(READERS)}")])
    try:
        return read(path, source=path.name)
    except OSError as error:
        problem = Problem(f"the file cannot be read ({error})", "check that it is whole and that you may read it")
        raise DataError(path.name, [problem]) from error


def read_parquet(path: Path, *, source: str) -> RawTable:
    """Return the table of a Parquet file; a column is read only when it is asked for."""
    import pyarrow.parquet as pq

    with _readable(source, "Parquet"):
        file = pq.ParquetFile(path)
    names = file.schema_arrow.names
    rows = file.metadata.num_rows
    header_problems(names, rows=rows, source=source)
    return RawTable(
        source=source,
        header=tuple(names),
        column=lambda position: _parquet_column(file, names[position], source=source),
        row_numbers=np.arange(2, rows + 2),
        typed=True,
    )


def _parquet_column(file: pq.ParquetFile, name: str, *, source: str) -> np.ndarray:
    with _readable(source, "Parquet", what=f"its column {shown(name)}"):
        return _from_arrow(file.read(columns=[name]).column(0))


def _from_arrow(column: pa.ChunkedArray) -> np.ndarray:
    """Return the cells by way of their buffers: pyarrow's own `to_numpy` imports pandas, which takes seconds."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        return _from_arrow(column.cast(kind.value_type))
    if pa.types.is_boolean(kind):
        return _booleans(column.to_pylist())
    if pa.types.is_decimal(kind) or pa.types.is_null(kind):
        column = column.cast(pa.float64())
    elif pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp("us", kind.tz), safe=False)
    if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        chunks = [_from_chunk(chunk) for chunk in column.chunks]
        return chunks[0] if len(chunks) == 1 else np.concatenate(chunks)
    return _objects(column.to_pylist())


def _from_chunk(chunk: pa.Array) -> np.ndarray:
    """Return the numbers of a chunk, without a copy where none is missing."""
    import pyarrow as pa

    if not chunk.null_count:
        return np.from_dlpack(chunk)
    known = np.unpackbits(np.frombuffer(chunk.buffers()[0], dtype=np.uint8), bitorder="little")
    known = known[chunk.offset : chunk.offset + len(chunk)]
    full = pa.Array.from_buffers(chunk.type, len(chunk), [None, chunk.buffers()[1]], offset=chunk.offset)
    return np.where(known, np.from_dlpack(full), np.nan)


def read_excel(path: Path, *, source: str) -> RawTable:
    """Return the table on the first sheet of an Excel file, with the values that its formulas last had."""
    import openpyxl

    with _readable(source, "Excel", what=f"the file{_sheets(path)}"):
        book = openpyxl.load_workbook(path, data_only=True)
    if not book.worksheets:
        known = ", ".join(map(shown, book.sheetnames)) or "no sheet at all"
        what = f"it has no sheet of cells; there is {known}"
        raise DataError(source, [Problem(what, "copy the table to a sheet of its own, before the charts")])
    sheet = book.worksheets[0]
    with _readable(source, "Excel", what=f"sheet {shown(sheet.title)} (of {', '.join(map(shown, book.sheetnames))})"):
        cells, last, beyond = _block(sheet)
    if not cells:
        what = f"sheet {shown(sheet.title)} is empty"
        raise DataError(source, [Problem(what, "write a header row and one row for each period")])
    top, notes = _header_row(cells)
    names = {column: str(name).strip() for (row, column), name in cells.items() if row == top}
    header = [names.get(column, "") for column in range(1, max(names, default=0) + 1)]
    header_problems(header, rows=last - top, source=source)
    if len(book.sheetnames) > 1:
        which = f"of {len(book.sheetnames)} sheets, the first was read: {shown(sheet.title)}"
        others = ", ".join(shown(name) for name in book.sheetnames if name != sheet.title)
        notes += (AuditEntry("read", f"{which}; not {others}" if book.sheetnames[0] != sheet.title else which),)
    if beyond is not None:
        left = f"the table ends in row {last}, before {GAP} empty rows or more; cell {beyond} is no part of it"
        notes += (AuditEntry("left out", left),)
    return RawTable(
        source=source,
        header=tuple(header),
        column=lambda position: _objects([cells.get((row, position + 1)) for row in range(top + 1, last + 1)]),
        row_numbers=np.arange(top + 1, last + 1),
        blocked=_merged_cells([r for r in sheet.merged_cells.ranges if r.max_row >= top], header),
        notes=notes,
    )


def _header_row(cells: dict[tuple[int, int], Any]) -> tuple[int, tuple[AuditEntry, ...]]:
    """Return the row of the header, and a note where it is not the first."""
    rows: dict[int, list[Any]] = {}
    for (row, _), cell in cells.items():
        if row not in rows and len(rows) == LOOKED_AT:
            break
        rows.setdefault(row, []).append(cell)
    found = header_at(list(rows.values()))
    top = list(rows)[found]
    if not found or top > MOST_TITLE + 1:
        return 1, ()
    return top, (title_note(list(rows.values())[:found], top),)


def _sheets(path: Path) -> str:
    """Return " (sheets 'Media', 'Trend')" as the index of an Excel file has them, nothing where it has none."""
    names: list[str | None] = []
    with contextlib.suppress(Exception), zipfile.ZipFile(path) as parts:  # of a damaged file anything may be raised
        index = ElementTree.fromstring(parts.read("xl/workbook.xml"))
        names = [sheet.get("name") for sheet in index.iter() if sheet.tag.endswith("}sheet")]
    return f" (sheets {', '.join(map(shown, names))})" if names else ""


def _block(sheet: Any) -> tuple[dict[tuple[int, int], Any], int, str | None]:
    """Return the cells of a sheet by row and column, the last row of its table, and the first cell beyond it, if any.

    Only cells that are there are looked at: a stray one may stand in row 1,048,576.
    """
    cells = {at: cell.value for at, cell in sorted(sheet._cells.items()) if cell.value is not None}
    last = min(len(cells), 1)
    for row, column in cells:
        if row > last + GAP:
            return cells, last, sheet.cell(row, column).coordinate
        last = row
    return cells, last, None


def _merged_cells(ranges: list[Any], header: list[str]) -> Callable[[int], Problem | None]:
    def blocked(position: int) -> Problem | None:
        for cells in ranges:
            if cells.min_col <= position + 1 <= cells.max_col:
                what = f"the cells {cells.coord} are merged"
                return Problem(what, "unmerge them and fill in every cell", header[position], cells.min_row)
        return None

    return blocked


def read_frame(frame: pd.DataFrame, *, time: str | None = None, unit: str | None = None) -> RawTable:
    """Return the table of a DataFrame; its index counts as columns if it has the name of the period or unit column."""
    import pandas as pd

    source = "DataFrame"
    if not isinstance(frame, pd.DataFrame):
        what = f"got {type(frame).__name__}, not a table"
        raise DataError("data", [Problem(what, "give the path of a file, or a pandas DataFrame")])
    if any(name in frame.index.names and name not in frame.columns for name in (time, unit) if name is not None):
        frame = frame.reset_index(level=[i for i, name in enumerate(frame.index.names) if name not in frame.columns])
    header = tuple(str(name).strip() for name in frame.columns)
    header_problems(header, rows=len(frame), source=source)
    return RawTable(
        source=source,
        header=header,
        column=lambda position: _from_series(frame.iloc[:, position]),
        row_numbers=np.arange(2, len(frame) + 2),
    )


def _from_series(series: pd.Series[Any]) -> np.ndarray:
    """Return a copy of the cells, so that later changes to the DataFrame do not reach the panel."""
    import pandas as pd

    kind = series.dtype
    if isinstance(kind, pd.PeriodDtype):
        series = series.dt.to_timestamp()
    elif isinstance(kind, pd.DatetimeTZDtype):
        series = series.dt.tz_localize(None)
    if pd.api.types.is_bool_dtype(series.dtype):
        return _booleans([None if gone else cell for cell, gone in zip(series, series.isna(), strict=True)])
    if pd.api.types.is_integer_dtype(series.dtype) and not series.hasnans:
        return series.to_numpy(dtype=np.int64, copy=True)
    if pd.api.types.is_numeric_dtype(series.dtype) and not pd.api.types.is_complex_dtype(series.dtype):
        return series.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
    if pd.api.types.is_datetime64_dtype(series.dtype):
        return series.to_numpy(copy=True)
    return _objects([None if gone else cell for cell, gone in zip(series, series.isna(), strict=True)])


def _booleans(cells: list[bool | None]) -> np.ndarray:
    missing = [cell is None for cell in cells]
    return np.ma.array([bool(cell) for cell in cells], mask=missing) if any(missing) else np.array(cells, dtype=bool)


def _objects(cells: list[Any]) -> np.ndarray:
    column = np.empty(len(cells), dtype=object)
    column[:] = cells
    return column


def _require_file(path: Path) -> None:
    if path.is_file() and path.stat().st_size == 0:
        raise DataError(path.name, [Problem("the file is empty", "write a header row and one row for each period")])
    if path.is_file():
        return
    if path.is_dir():
        raise DataError(str(path), [Problem("this is a folder, not a file", "give the path of a file in it")])
    if not path.parent.is_dir():
        what = f"there is no such file, nor a folder {str(path.parent)!r}"
        raise DataError(str(path), [Problem(what, "check the path")])
    here = sorted(other.name for other in path.parent.iterdir() if other.is_file())
    mend = f"check the path{nearest(path.name, here)}"
    raise DataError(str(path), [Problem("there is no such file", mend)])


@contextlib.contextmanager
def _readable(source: str, kind: str, *, what: str = "the file") -> Iterator[None]:
    """Tell any failure of the library that reads a kind of file as one of the file: they raise errors of any class."""
    try:
        yield
    except DataError:
        raise
    except Exception as error:
        why = (str(error).strip().splitlines() or [""])[0] or type(error).__name__
        problem = Problem(
            f"{what} cannot be read as {kind} ({printable(why):.200})", f"save it again as {kind}, or as CSV"
        )
        raise DataError(source, [problem]) from error


READERS: dict[str, Callable[..., RawTable]] = {
    ".csv": read_text,
    ".tsv": read_text,
    ".txt": read_text,
    ".parquet": read_parquet,
    ".pq": read_parquet,
    ".xlsx": read_excel,
    ".xlsm": read_excel,
}
