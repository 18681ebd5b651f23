"""numpydoc docstrings as Markdown, for the pages that are written from them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

from model_language import EATEN, FORMULA

SECTION = re.compile(r"^([A-Z]\w+)\n-{3,}\n", re.M)


def sections(text: str) -> dict[str, str]:
    """Return the sections of a docstring by their heads; what stands before the first under an empty head."""
    begun, *rest = SECTION.split(text)
    return {"": begun.strip(), **{head: body.rstrip() for head, body in zip(rest[::2], rest[1::2], strict=True)}}


def paragraphs(text: str) -> str:
    """Return text with a line for each paragraph; lists and indented blocks stay as they are."""
    return "\n\n".join(_paragraph(p) for p in re.split(r"\n{2,}", text.strip("\n")) if p.strip())


def _paragraph(text: str) -> str:
    kept = text.lstrip().startswith(("* ", "- ", ">>> ")) or text.startswith("    ")
    return safe(text) if kept else safe(" ".join(text.split()))


def safe(text: str) -> str:
    """Return text whose formulas Markdown leaves alone."""

    def kept(found: re.Match[str]) -> str:
        formula = " ".join(found[0].split())
        for eaten, written in EATEN.items():
            formula = formula.replace(eaten, written)
        return formula

    return FORMULA.sub(kept, text)


def items(body: str) -> Iterator[str]:
    """Yield each entry of a section of parameters, or of errors, as an item of a list."""
    for entry in re.split(r"\n(?=\S)", body.strip("\n")):
        name, *lines = entry.splitlines()
        said = " ".join(line.strip() for line in lines if line.strip())
        yield f"* `{name}`: {safe(said)}" if said else f"* {safe(name)}"


def first_sentence(value: object) -> str:
    """Return the first paragraph of a docstring, without the stop at its end."""
    return safe(" ".join(sections(inspect.getdoc(value) or "")[""].split("\n\n")[0].split())).rstrip(".")
