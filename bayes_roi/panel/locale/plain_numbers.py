"""Numbers as people write them to numbers as Python does: the decimal mark of a column, thousands, currency signs.

A cell reads in one way under a decimal point and in another under a decimal comma, or in no way at all. The mark of a
column is the one under which all its numbers read; where both do, and to different numbers, the column is open.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from bayes_roi.panel.cells import PLAIN

SIGN = r"(?:[A-Z]{0,3}[$¢£¤¥֏؋৲৳฿₠-⃀﷼﹩＄￠￡￥￦]|[A-Z]{3}|Fr\.|kr\.?|zł|Kč|元|円)"
PERCENT = "%"
MOST_NUMBER = 60
"""Characters of a number with a currency sign."""
PRICED = re.compile(rf"([+-]?)\s*(?:({SIGN})\s*([+-]?[0-9.,][^A-Za-z]*?)|([0-9.,][^A-Za-z]*?)\s*({SIGN}|%))")
POWERS = {3: "thousands", 4: "ten thousands", 6: "millions", 8: "hundred millions", 9: "billions"}
MAGNITUDES = {"k": 3, "tsd": 3, "m": 6, "mn": 6, "mio": 6, "b": 9, "bn": 9, "mrd": 9, "万": 4, "亿": 8}
"""How dashboards shorten numbers -> the power of ten."""
MAGNITUDE = re.compile(rf"(?<=[0-9])\s?([Kk]|Tsd\.?|M|mn|Mio\.?|B|bn|Mrd\.?|万|亿)(?=\s*(?:{SIGN})?\)?$)")
NOTHING = re.compile(rf"({SIGN})\s*[-–—]|[-–—]\s*({SIGN})")
"""Zero in the accounting format of a spreadsheet: $ -."""
BRACKETED = re.compile(r"\(([^()]*[0-9][^()]*)\)")
PLAINLY = {".": PLAIN, ",": re.compile(r"[+-]?(\d+(,\d*)?|,\d+)([eE][+-]?\d+)?", re.ASCII)}
GROUPED = {
    ".": re.compile(
        r"[+-]?(?:[1-9][0-9]{0,2}([,\s'’])[0-9]{3}(?:\1[0-9]{3})*|[1-9][0-9]?(,)(?:[0-9]{2},)+[0-9]{3})(?:\.[0-9]+)?"
    ),  # 12,34,567 is how India writes it
    ",": re.compile(r"[+-]?[1-9][0-9]{0,2}([.\s'’])[0-9]{3}(?:\1[0-9]{3})*(?:,[0-9]+)?"),
}
OPEN = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
UNGROUPED = re.compile(r"[+-]?[1-9](?:[0-9]{3,}|[0-9]{0,2}[\s'’][0-9].*)")
"""Thousands without a mark, or with a blank or apostrophe: the other marks of the column are no thousands' then."""
SEPARATORS = re.compile(r"[\s'’]")


@dataclass(frozen=True)
class Decimals:
    """How a column writes decimals: its mark, None where its cells do not show it, and how many cells are open."""

    mark: str | None
    open: int = 0
    example: str = ""


@dataclass(frozen=True)
class PlainNumber:
    """A number as Python writes it, what stood between its thousands, and what it was shortened by, such as K."""

    text: str
    groups: frozenset[str] = frozenset()
    magnitude: str = ""


def decimals_of(texts: Sequence[str]) -> Decimals:
    """Return how a column of texts writes decimals; texts that are no numbers do not count.

    >>> decimals_of(["1.234", "12,5"]).mark
    ','
    >>> decimals_of(["1.234", "2.345"]).open
    2
    >>> decimals_of(["1.234", "12345"]).mark  # thousands have no mark here
    '.'
    """
    texts = [minus_first(in_full(text)[0]) for text in texts]
    if all(map(PLAIN.fullmatch, texts)) and any("." in text and not _reads(text, ",") for text in texts):
        return Decimals(".")
    marked = [_alone(text) for text in texts if "." in text or "," in text]
    marks = [mark for mark in ".," if all(_reads(number, mark) for number in marked if _is_number(number))]
    opened = [number for number in marked if OPEN.fullmatch(number)]
    if len(marks) == 1:
        return Decimals(marks[0])
    if not marks or not opened:
        return Decimals(None)
    used = {mark for number in opened for mark in ".," if mark in number}
    if len(used) == 1 and any(UNGROUPED.fullmatch(_alone(text)) for text in texts):
        return Decimals(used.pop())
    return Decimals(None, len(opened), opened[0])


def is_number(text: str) -> bool:
    """Whether a text is a number under some decimal mark, with a currency sign or without.

    >>> [is_number(text) for text in ("1.234,56 €", "12", "($20)", "3 %", "03.01.2022", "n/a")]
    [True, True, True, True, False, False]
    """
    return NOTHING.fullmatch(text) is not None or _is_number(_alone(minus_first(in_full(text)[0])))


def in_full(text: str) -> tuple[str, str]:
    """Return a number without the letter that shortens it, and the letter; a text without one as it is.

    >>> in_full("$1.2K"), in_full("1,2 Mio. €"), in_full("12 kr"), in_full("950")
    (('$1.2', 'K'), ('1,2 €', 'Mio.'), ('12 kr', ''), ('950', ''))
    """
    if text[-1:].isdigit() or len(text) > MOST_NUMBER or (found := MAGNITUDE.search(text)) is None:
        return text, ""
    return text[: found.start()] + text[found.end() :], found[1]


def minus_first(text: str) -> str:
    """Return a number with a plain minus before it, where it has one that is written in another way.

    >>> minus_first("($1,234)"), minus_first("12-"), minus_first("\u22125"), minus_first("7")
    ('-$1,234', '-12', '-5', '7')
    """
    if text.isdigit() or len(text) > MOST_NUMBER:
        return text
    text = text.replace("\u2212", "-")
    if match := BRACKETED.fullmatch(text):
        return f"-{match[1].strip()}"
    behind = text.endswith("-") and "-" not in text[:-1] and any(map(str.isdigit, text))
    return f"-{text[:-1].rstrip()}" if behind else text


def sign_of(text: str) -> str:
    """Return the currency sign of a number, empty where it has none.

    >>> sign_of("1.234,56 €"), sign_of("CHF 20"), sign_of("7")
    ('€', 'CHF', '')
    """
    if nothing := NOTHING.fullmatch(text.strip()):
        return nothing[1] or nothing[2]
    match = _priced(minus_first(in_full(text.strip())[0]))
    return (match[2] or match[5]) if match else ""


def magnitude_name(magnitude: str) -> str:
    """Return what a letter behind a number stands for.

    >>> magnitude_name("K"), magnitude_name("Mio.")
    ('thousands', 'millions')
    """
    return POWERS[_power(magnitude)]


def _power(magnitude: str) -> int:
    return MAGNITUDES[magnitude.rstrip(".").casefold()]


def plain_number(text: str, mark: str, sign: str = "") -> PlainNumber | None:
    """Return a number of a column with that decimal mark and currency sign, None where it is none.

    >>> plain_number("-1.234,56 €", ",", "€").text
    '-1234.56'
    >>> plain_number("$1.25K", ".", "$").text
    '1250'
    """
    short, magnitude = in_full(text.strip())
    if magnitude and (plain := plain_number(short, mark, sign)) is not None:
        return replace(plain, text=format(Decimal(plain.text).scaleb(_power(magnitude)), "f"), magnitude=magnitude)
    number = minus_first(text.strip())
    if found := sign_of(number):
        if found != sign:
            return None
        if NOTHING.fullmatch(number):
            return PlainNumber("0")
        number = _alone(number)
    if PLAINLY[mark].fullmatch(number):
        return PlainNumber(number.replace(",", "."))
    match = GROUPED[mark].fullmatch(number)
    if match is None:
        return None
    between = next(filter(None, match.groups()))
    group = "'" if between in "'’" else between if between in ".," else " "
    return PlainNumber(number.replace(between, "").replace(",", "."), frozenset({group}))


def _alone(text: str) -> str:
    """Return a text without its currency sign."""
    match = _priced(text)
    return text if match is None else match[1] + (match[3] or match[4])


def _priced(text: str) -> re.Match[str] | None:
    alone = text[:1].isdigit() and text[-1:].isdigit()
    return PRICED.fullmatch(text) if not alone and len(text) <= MOST_NUMBER else None


def _is_number(number: str) -> bool:
    return _reads(number, ".") or _reads(number, ",")


def _reads(number: str, mark: str) -> bool:
    return bool(PLAINLY[mark].fullmatch(number) or GROUPED[mark].fullmatch(number))
