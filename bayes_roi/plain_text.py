"""Text that came from outside, where it is shown: no character that steers a terminal, and none of any length."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

MOST_SHOWN = 60
"""Characters of a foreign text in a message."""
FORMULAS = frozenset("=+-@")
"""What a formula begins with in a spreadsheet."""
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of writing round, so that a name reads as another one."""


def steering(text: str, *, allowed: str = "") -> str | None:
    r"""Return the first character that is no part of a name, as "U+001B", or None where there is none.

    These are control characters (tabs and line breaks among them), the separators of lines and paragraphs, halves of
    surrogate pairs, and marks that turn the direction of writing.

    >>> steering("\x1b[2Jtv"), steering("Köln 🙂")
    ('U+001B', None)
    """
    if text.isascii() and text.isprintable():
        return None
    for char in text:
        if char not in allowed and (unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or char in TURNING):
            return f"U+{ord(char):04X}"
    return None


def listed(names: Sequence[str]) -> str:
    """Return names as a list in words.

    >>> listed(["tv"]), listed(["tv", "radio", "search"])
    ('tv', 'tv, radio and search')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def printable(text: str) -> str:
    r"""Return a text of several lines with what would steer a terminal written out.

    >>> printable("\x1b[2J is no\nname")
    '\\x1b[2J is no\nname'
    """
    if steering(text, allowed="\n") is None:
        return text
    return "".join(c if c == "\n" or steering(c) is None else c.encode("unicode_escape").decode() for c in text)


def formula(text: str) -> bool:
    """Whether a spreadsheet would compute a cell of this text instead of showing it.

    >>> formula("=cmd|' /C calc'!A0"), formula("-3.5"), formula("tv - social")
    (True, False, False)
    """
    if text.lstrip()[:1] not in FORMULAS:
        return False
    try:
        float(text)
    except ValueError:
        return bool(text.strip())
    return False


def shown(text: object, most: int = MOST_SHOWN) -> str:
    """Return a foreign text as a message quotes it: with its odd characters written out, and cut where it is long.

    >>> shown("week"), shown("x" * 100, 8)
    ("'week'", "'xxxxxxxx...'")
    """
    whole = str(text)
    return repr(whole if len(whole) <= most else f"{whole[:most]}...")


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of cells as lines whose columns stand one below the other.

    >>> aligned([["a", "bcd"], ["bb", "c"]])
    ['a   bcd', 'bb  c']
    """
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]
