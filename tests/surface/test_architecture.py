"""ARCHITECTURE.md and the README name what is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import bayes_roi as br

ROOT = Path(__file__).resolve().parents[2]


def test_every_room_is_on_the_page_and_every_room_on_the_page_is_there():
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`bayes_roi/([a-z_]+)/`", page))
    there = {p.parent.name for p in (ROOT / "bayes_roi").glob("*/__init__.py")}
    assert told == there
    named = set(re.findall(r"`([a-z_/]+\.(?:py|md))`", page))
    for name in named:
        assert any((root / name).exists() for root in (ROOT, ROOT / "bayes_roi", ROOT / "tests")), name


def test_links_of_the_pages_lead_somewhere():
    for page in ("README.md", "ARCHITECTURE.md", "data/README.md", "docs/extending.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
            assert (ROOT / page).parent.joinpath(link).exists(), f"{page}: {link}"


def test_the_readme_uses_public_names_only():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in re.findall(r"\bbr\.([a-z_]+)\(", text):
        assert name in br.__all__, name


def test_numbers_are_given_decimals_in_one_place():
    for path in sorted((ROOT / "bayes_roi").rglob("*.py")):
        if path.name in ("numbers.py", "write_table.py"):  # the second writes cells for a machine
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        specs = (n.format_spec for n in ast.walk(tree) if isinstance(n, ast.FormattedValue) and n.format_spec)
        rounded = [
            ast.unparse(s) for s in specs if re.search(r"[fgeE%]'?$", ast.unparse(s)) and "%Y" not in ast.unparse(s)
        ]
        assert not rounded, f"{path.relative_to(ROOT)} rounds by {rounded}: bayes_roi/numbers.py does"
