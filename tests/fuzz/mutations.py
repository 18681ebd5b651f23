"""Ways to spoil texts, tables and JSON, each seeded by a number."""

from __future__ import annotations

import copy
import random
from typing import Any

TOKENS = (
    "", " ", "\t", "\0", "\x1b[2J", "\r", "\u202e", "\ufeff", "~", "~~", "+", "-", "*", "|", "(", ")", "#", "&a", "*a",
    "!!python/object:os.system", "<<", "---", "{", "[", "1e999", "-1", "0", "nan", ".inf", "1_0", "9" * 40, "no",
    "null",
    "hill(", "adstock(hill(x))", "lag(y, 1)", "max_lag=1e9", "x" * 300, "é", "名前", "lag(revenue, 99999)", '"', "'",
    "season(period=0, order=99)", "1*", "-1*", "0 +", ":", "$", "../../etc/passwd", "=1+1", "__import__('os')", "%n",
)  # fmt: skip
CELLS = (
    "", " ", "NaN", "inf", "-inf", "1e308", "-1e308", "1e-320", "-1", "0", "1,234", "1.234,5", "€ 5", "12%", "true",
    "#REF!",
    "=SUM(1)", "=cmd|' /C calc'!A0", "\x1b]0;x\x07", "a\nb", '"', "9" * 400, "x" * 5000, "1_000", "٣", "2025-02-30",
    "NA",
    "2021-01-04 00:00:00+00:00", "2021-01-03 23:00:00+00:00", "20210104", "01/02/2021", "2021-W60", "0001-01-01",
    "-0.0",
    "9999-12-31", "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"), "\0", "\u2028", "1e5", "0x10",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**70, -(2**70), 1e308, -1e308, 1e-320, float("inf"), float("nan"), "", "x", "1",
    "\x1b[2J",
    "\0", "=1+1", [], {}, [[]], [1], ["a", "b"], {"mean": 1, "sd": 1}, {"labels": ["a", "b"], "shares": [0.5, 0.5]},
    {"labels": [], "shares": []}, "x" * 10_000, [1e308] * 4, "2023-01-02", "9999-12-31", 10**12, 0.5, "\ud800",
)  # fmt: skip


def spoiled_text(text: str, rng: random.Random) -> bytes:
    """Return a text with one to three things done to it."""
    content = text
    for _ in range(rng.randint(1, 3)):
        content = rng.choice(TEXT_WAYS)(content, rng)
    raw = content.encode("utf-8", "surrogatepass")
    return rng.choice(BYTE_WAYS)(raw, rng) if rng.random() < 0.2 else raw


def _line_gone(text: str, rng: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    if lines:
        del lines[rng.randrange(len(lines))]
    return "".join(lines)


def _line_moved(text: str, rng: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    if lines:
        lines.insert(rng.randrange(len(lines) + 1), rng.choice(lines))
    return "".join(lines)


def _inserted(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice(TOKENS) + text[at:]


def _word_replaced(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    words[rng.randrange(len(words))] = rng.choice(TOKENS)
    return " ".join(words)


def _value_replaced(text: str, rng: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    keyed = [i for i, line in enumerate(lines) if ": " in line]
    if keyed:
        at = rng.choice(keyed)
        lines[at] = f"{lines[at].partition(': ')[0]}: {rng.choice(TOKENS)}\n"
    return "".join(lines)


def _deep(text: str, rng: random.Random) -> str:
    depth = rng.choice([50, 500, 5000])
    return text.replace("(", "(" * depth, 1).replace(")", ")" * depth, 1) if rng.random() < 0.5 else text + "[" * depth


TEXT_WAYS = (_line_gone, _line_moved, _inserted, _inserted, _word_replaced, _word_replaced, _value_replaced, _deep)


def cut(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def bit_turned(content: bytes, rng: random.Random) -> bytes:
    changed = bytearray(content)
    if changed:
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def zeroed(content: bytes, rng: random.Random) -> bytes:
    at, size = rng.randrange(len(content) + 1), rng.choice([1, 64, 4096])
    return content[:at] + bytes(min(size, len(content) - at)) + content[at + size :]


def doubled(content: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(content) + 1)
    return content[:at] + content[: len(content) - at // 2]


BYTE_WAYS = (cut, bit_turned, zeroed, doubled)


def spoiled_cells(rows: list[list[str]], rng: random.Random) -> list[list[str]]:
    """Return a table, header first, with some cells, rows or columns spoiled."""
    table = [list(row) for row in rows]
    for _ in range(rng.choice([1, 1, 2, 5])):
        way, at = rng.random(), rng.randrange(len(table))
        if way < 0.55:
            table[at][rng.randrange(len(table[at]))] = rng.choice(CELLS)
        elif way < 0.65:
            table[0][rng.randrange(len(table[0]))] = rng.choice([*CELLS, rng.choice(table[0])])
        elif way < 0.72:
            table[at] = table[at][: rng.randrange(len(table[at]) + 1)] or [""]
        elif way < 0.79:
            table.insert(rng.randrange(1, len(table) + 1), list(rng.choice(table)))
        elif way < 0.86 and len(table) > 2:
            del table[rng.randrange(1, len(table))]
        elif way < 0.92:
            column, value = rng.randrange(len(table[0])), rng.choice(CELLS)
            table = [table[0], *([*row[:column], value, *row[column + 1 :]] for row in table[1:])]
        else:
            head, *body = table
            rng.shuffle(body)
            table = [head, *body]
    return table


def spoiled_json(content: Any, rng: random.Random) -> Any:
    """Return a value of JSON with one to three of its parts replaced, taken out or named otherwise."""
    found = copy.deepcopy(content)
    for _ in range(rng.randint(1, 3)):
        inside = found
        while True:
            keys = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
            if not keys:
                break
            key = rng.choice(keys)
            if isinstance(inside[key], dict | list) and inside[key] and rng.random() < 0.75:
                inside = inside[key]
                continue
            way = rng.random()
            if way < 0.75:
                inside[key] = copy.deepcopy(rng.choice(VALUES))
            elif way < 0.9 or isinstance(inside, list):
                del inside[key]
            else:
                inside[str(rng.choice(TOKENS))] = inside.pop(key)
            break
    return found
