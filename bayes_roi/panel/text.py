"""A delimited text file to a raw table: its encoding, its delimiter and the shape of its rows."""

from __future__ import annotations

import codecs
import csv
import io
from pathlib import Path

import numpy as np

from bayes_roi.errors import DataError, Problem
from bayes_roi.panel.audit import AuditEntry
from bayes_roi.panel.header import LOOKED_AT, header_at, title_note
from bayes_roi.panel.raw import RawTable, header_problems

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
OTHER_BOMS = {codecs.BOM_UTF32_LE: "UTF-32", codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}
WINDOWS = "Windows-1252"
CHINESE = "GB18030"
COMMON = 0.8
"""Share of the letters of a Chinese file that are among the 3,755 of GB 2312's first level."""
MOSTLY = 0.5
"""Share of zeros among every second byte of UTF-16."""
SAVE_AS_UTF8 = "save the file as UTF-8 (in Excel: Save As, 'CSV UTF-8')"


def read_text(path: Path, *, source: str) -> RawTable:
    """Return the table of a .csv, .tsv or .txt file; its cells are all text.

    Raises
    ------
    DataError
        If the file is empty, is damaged, or cannot be cut into cells.
    """
    text, notes = decoded(path.read_bytes(), source=source)
    delimiter = found_delimiter(text, source=source)
    if delimiter != ",":
        notes += (AuditEntry("read", f"the cells are separated by {DELIMITERS[delimiter]}"),)
    if not text.endswith(("\n", "\r")):
        last = "the last line has no line break at its end: if the file was cut there, its last number is too"
        notes += (AuditEntry("read", last),)
    records = _records(text, delimiter, source=source)
    top = header_at(records)
    notes += (title_note(records[:top], top + 1),) if top else ()
    header, *rows = records[top:]
    header_problems(header, rows=len(rows), source=source)
    numbers = np.arange(top + 2, top + len(rows) + 2)
    whole = np.array([len(row) == len(header) for row in rows])
    kept = [row for row, fits in zip(rows, whole, strict=True) if fits]
    return RawTable(
        source=source,
        header=tuple(name.strip() for name in header),
        column=lambda position: np.array([row[position] for row in kept], dtype=object),
        row_numbers=numbers[whole],
        misshapen=tuple(
            _misshapen(rows[i], width=len(header), row_number=int(numbers[i])) for i in np.flatnonzero(~whole)
        ),
        notes=notes,
    )


def decoded(content: bytes, *, source: str) -> tuple[str, tuple[AuditEntry, ...]]:
    """Return the text of a file without its byte-order mark, and a note if it had one or is no UTF-8.

    A file is UTF-16 or UTF-32 where its first bytes say so, or every second byte is zero; else UTF-8. Where that cannot
    be, it is GB 18030 if its characters beyond ASCII are common Chinese ones then, else Windows-1252 if none is UTF-8.

    >>> decoded(b"week,tv", source="tv.csv")
    ('week,tv', ())
    >>> decoded("Umsätze".encode("cp1252"), source="tv.csv")[0]
    'Umsätze'
    """
    encoding = next((name for bom, name in OTHER_BOMS.items() if content.startswith(bom)), None) or _unmarked(content)
    if encoding is not None:
        return _as_unicode(content, encoding, source=source), (_read_as(encoding),)
    marked = content.startswith(codecs.BOM_UTF8)
    notes: tuple[AuditEntry, ...] = ()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if not marked and (chinese := _chinese(content)) is not None:
            return chinese, (_read_as(CHINESE),)
        damaged = marked or any(char > "\x7f" for char in content.decode(errors="ignore"))
        try:
            text = content.decode("utf-8-sig" if damaged else "cp1252")
        except UnicodeDecodeError:
            raise DataError(source, [_not_utf8(content, at=error.start + (3 if marked else 0))]) from None
        notes = (_read_as(WINDOWS),)
    if (at := content.find(b"\0")) >= 0:
        what = f"byte {at + 1} is zero, as no text has it: the file is damaged"
        raise DataError(
            source, [Problem(what, "bring it back from a copy, or export it again", row=_row_of(content, at))]
        )
    if not text.strip():
        raise DataError(source, [Problem("the file is empty", "write a header row and one row for each period")])
    note = AuditEntry("read", "the file begins with a byte-order mark, which was skipped")
    return text, (note,) if marked else notes


def _read_as(encoding: str) -> AuditEntry:
    return AuditEntry("read", f"the file is no UTF-8 and was read as {encoding}")


def _unmarked(content: bytes) -> str | None:
    """Return the UTF-16 of a file without a byte-order mark, by the zero bytes beside its Latin letters, or None."""
    first = np.frombuffer(content[:1000], dtype=np.uint8)
    zeros = [float(np.mean(first[start::2] == 0)) if first.size > 1 else 0.0 for start in (0, 1)]
    return "UTF-16-BE" if zeros[0] > MOSTLY > zeros[1] else "UTF-16-LE" if zeros[1] > MOSTLY > zeros[0] else None


def _as_unicode(content: bytes, encoding: str, *, source: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        what = f"the file looks like {encoding}, and cannot be read as such"
        raise DataError(source, [Problem(what, SAVE_AS_UTF8)]) from None
    if not text.strip("\ufeff \r\n\t\0"):
        raise DataError(source, [Problem("the file is empty", "write a header row and one row for each period")])
    if "\0" in text:
        what = f"character {text.index(chr(0)) + 1} is zero, as no text has it: the file is damaged"
        raise DataError(source, [Problem(what, "bring it back from a copy, or export it again")])
    return text


def _chinese(content: bytes) -> str | None:
    """Return the text of a file in the encodings of China, or None: nearly all its letters are the commonest there.

    Accented letters of Windows-1252 in a row read as rarer characters, those from the byte D8 on.
    """
    try:
        text = content.decode(CHINESE)
        letters = [char.encode(CHINESE) for char in text if char > "\x7f" and char.isalpha()]
    except UnicodeError:
        return None
    common = sum(len(pair) == 2 and 0xB0 <= pair[0] <= 0xD7 and pair[1] >= 0xA1 for pair in letters)
    return text if letters and common >= COMMON * len(letters) else None


def _not_utf8(content: bytes, *, at: int) -> Problem:
    what = f"byte {at + 1} (0x{content[at]:02X}) is neither UTF-8 nor, with the rest of the file, {WINDOWS}"
    return Problem(what, SAVE_AS_UTF8, row=_row_of(content, at))


def _row_of(content: bytes, at: int) -> int:
    """Return the row of a byte, counted from 1."""
    row = len(content[:at].splitlines()) or 1
    return row + 1 if content[:at].endswith((b"\n", b"\r")) else row


def found_delimiter(text: str, *, source: str) -> str:
    r"""Return the delimiter that cuts the header, and where several do, the only one that cuts the rows alike.

    >>> found_delimiter("week;tv\n2025-01-06;12,5", source="tv.csv")
    ';'
    """
    widths = {delimiter: _first_widths(text, delimiter) for delimiter in DELIMITERS}
    cutting = [delimiter for delimiter, found in widths.items() if found[0] > 1]
    if len(cutting) > 1:
        cutting = [delimiter for delimiter in cutting if len(set(widths[delimiter])) == 1]
        if len(cutting) != 1:
            what = "it is unclear whether commas, semicolons, tabs or vertical bars separate the cells"
            mend = "save it separated by commas, with quotation marks around names that contain one"
            raise DataError(source, [Problem(what, mend, row=1)])
    return cutting[0] if cutting else ","


def _first_widths(text: str, delimiter: str) -> list[int]:
    """Return how many cells the header has and each of the rows below it; one where they are not cut at all."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = [row for row, _ in zip(reader, range(LOOKED_AT), strict=False)]
    except csv.Error:
        return [1]
    top = header_at(rows)
    if any(other in cell for cell in rows[top] for other in DELIMITERS if top and other != delimiter):
        top = 0  # 17.01.2025;1,5 is no header of decimal commas
    return [len(row) for row in rows[top:] if row] or [1]


def _records(text: str, delimiter: str, *, source: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    try:
        rows.extend(reader)
    except csv.Error as error:
        mend = "look for a quotation mark that is opened and not closed, or closed inside a cell"
        raise DataError(source, [Problem(f"cannot be cut into cells ({error})", mend, row=len(rows) + 1)]) from None
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    return rows


def _misshapen(row: list[str], *, width: int, row_number: int) -> Problem:
    cells = "1 cell" if len(row) == 1 else f"{len(row)} cells"
    if not row:
        return Problem("the row is empty", "delete it", row=row_number)
    if len(row) < width:
        mend = "add the missing cells, an empty one where there is no value"
    else:
        mend = "remove the extra cells, and commas inside numbers"
    return Problem(f"the row has {cells}, the header {width}", mend, row=row_number)
