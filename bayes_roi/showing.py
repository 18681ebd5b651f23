"""What a noun shows of itself in a notebook beside its own table, and what it answers to names that it has not.

Pictures are made far above the nouns that they are of, with matplotlib: the module that makes them is named here and
imported when a picture is first shown, so that no noun imports it.
"""

from __future__ import annotations

import importlib
from typing import ClassVar, NoReturn

NOTEBOOK = "bayes_roi.report.notebook"
"""Has for each noun's class `of_<class>`, which returns HTML."""
PICTURES = dict.fromkeys(("plot", "show", "draw"), "br.plot({it})")
TABLES = {
    "to_csv": "{it}.to_frame().to_csv(path), or br.to_excel({it}, path)",
    "to_excel": "br.to_excel({it}, path)",
    "to_pandas": "{it}.to_frame()",
    "to_dataframe": "{it}.to_frame()",
}
"""A name that is guessed -> what there is instead; of tables, where the noun has `to_frame`."""


def picture(noun: object) -> str:
    """Return what the report's figures show of a noun, as HTML with no script and nothing to load."""
    made: str = getattr(importlib.import_module(NOTEBOOK), f"of_{type(noun).__name__.lower()}")(noun)
    return made


class Guessed:
    """A noun whose names, where they are guessed wrong, say the right ones.

    Examples
    --------
    >>> class Table(Guessed):
    ...     it = "table"
    >>> Table().plot
    Traceback (most recent call last):
    AttributeError: Table has no 'plot'; there is br.plot(table)
    """

    it: ClassVar[str] = "result"
    """What the noun is called in the answers."""
    elsewhere: ClassVar[dict[str, str]] = {}
    """Names beside those of `PICTURES` and `TABLES`."""

    def __getattr__(self, name: str) -> NoReturn:
        tables = TABLES if hasattr(type(self), "to_frame") else {}
        place = {**PICTURES, **tables, **type(self).elsewhere}.get(name)
        hint = f"; there is {place.format(it=type(self).it)}" if place else ""
        raise AttributeError(f"{type(self).__name__} has no {name!r}{hint}", name=name, obj=self)
