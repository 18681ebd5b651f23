"""The currency of a table by the signs beside its numbers."""

from __future__ import annotations

from collections.abc import Sequence

from bayes_roi.panel.locale.plain_numbers import sign_of
from bayes_roi.panel.locale.role_words import CURRENCIES
from bayes_roi.panel.raw import RawTable

YUAN_OR_YEN = "¥￥"


def currency_in_cells(tables: Sequence[RawTable], column: str) -> str | None:
    """Return the code of the currency whose sign all numbers of a column have, or None.

    The sign of yen is that of yuan where the name of the column is Chinese, as those are that are known here.
    """
    for table in tables:
        if not isinstance(position := table.find(column), int) or table.typed:
            continue
        signs = {sign_of(cell) for cell in table.column(position).tolist() if isinstance(cell, str) and cell.strip()}
        if len(signs) != 1:
            return None
        sign = signs.pop()
        if sign and sign in YUAN_OR_YEN:
            return None if column.isascii() else "CNY"
        return next((code for code, words in CURRENCIES.items() if sign.casefold() in words.split()), None)
    return None
