"""The public surface keeps to the glossary, and every number that a reader sees to one format."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

import bayes_roi as br
from bayes_roi.cli.app import RENAMED
from tests.surface.conftest import Command

GLOSSARY = Path(__file__).parents[2] / "docs" / "glossary.md"
RETIRED = re.compile(
    "worth|value_table|ValueTable|draft|explain|explain_change|explain_period|today|known_(all|some|sample)|"
    "margin_of_money|lattice|stand_in|answers|planning|trial"
)
"""Names that once were public, or stood for several things."""
READ = re.compile(
    r"\b(dark|capped|carry-in|carry-out|hangs? together|gone on with|asked of|bends|binds|strangers?|value table)\b"
)
"""Words that a reader no longer meets."""
BADLY_FORMATTED = re.compile(r"(?<![\w.\"#-])-?\d[\d,.]*(?:e[+-]?\d+|%)")
"""A number with an exponent, or a percent sign without its space."""
COMMANDS = (
    ("check", "shop.yaml"),
    ("roi", "runs/shop"),
    ("roi", "runs/shop", "--by", "quarter"),
    ("ate", "runs/shop", "tv_spend", "--shift", 10),
    ("do", "runs/shop", "tv_spend=0"),
    ("channels", "runs/shop"),
    ("influence", "runs/shop"),
    ("paths", "runs/shop", "tv_spend"),
    ("decompose", "runs/shop", "2022-03-07"),
    ("optimise", "runs/shop", "--budget", 12_000, "--periods", 8),
    ("value-of-information", "runs/shop", "--periods", 8),
    ("falsify", "runs/shop"),
    ("refute", "runs/shop", "--fast"),
    ("sensitivity", "runs/shop", "tv"),
)


def test_the_glossary_is_in_order_and_names_nothing_twice() -> None:
    words = re.findall(r"^\| ([^|]+?) \|", GLOSSARY.read_text(encoding="utf-8"), re.M)[1:]
    assert words == sorted(set(words), key=str.lower)


def test_public_names_keep_to_the_glossary() -> None:
    options = {p for n in br.__all__ if callable(f := getattr(br, n)) for p in _parameters(f)}
    attributes = {a for n in br.__all__ if inspect.isclass(c := getattr(br, n)) for a in vars(c) if a[0] != "_"}
    assert not [n for n in {*br.__all__, *options, *attributes} if RETIRED.fullmatch(n)]


def _parameters(verb: object) -> list[str]:
    return [] if inspect.isclass(verb) or inspect.ismodule(verb) else list(inspect.signature(verb).parameters)  # type: ignore[arg-type]


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_an_old_command_says_its_new_name(bayes_roi: Command, old: str, new: str) -> None:
    said = bayes_roi(old, "runs/shop")
    assert (said.code, said.out, said.err) == (2, "", f"error: the command {old} is now called {new}\n")


def test_what_commands_print_has_one_format_and_one_vocabulary(bayes_roi: Command, here: Path) -> None:
    for command in COMMANDS:
        said = bayes_roi(*command)
        assert said.code == 0, said.err
        assert not (found := READ.findall(said.out)), (command, found)
        assert not (found := BADLY_FORMATTED.findall(said.out)), (command, found, said.out)


ROOT = GLOSSARY.parents[1]
PAGES = (
    *(p for p in sorted((ROOT / "docs").glob("*.md")) if p.name not in ("glossary.md", "calibration.md")),
    *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "data/README.md")),
    *sorted((ROOT / "notebooks").glob("*.py")),
)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_pages_keep_to_the_glossary_and_name_commands_that_are(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not READ.findall(re.sub(r"`[^`]*`", "", text))
    commands = re.findall(r"(?<!`)\bbayes-roi ([a-z][a-z-]+)", text) + re.findall(r"`bayes-roi ([a-z][a-z-]+)", text)
    assert not set(commands) & set(RENAMED)
    made_by_the_reader = {"bayes_roi/mechanisms/saturation/arctan.py"}  # the example of docs/extending.md
    named = r"`((?:bayes_roi|tests|docs|models|inference|queries|value|decisions|model)/[\w/]+\.\w+)`"
    for path in set(re.findall(named, text)) - made_by_the_reader:
        assert any((root / path).exists() for root in (ROOT, ROOT / "bayes_roi")), path


def test_docstrings_of_public_verbs_and_help_have_the_same_vocabulary(bayes_roi: Command) -> None:
    for name in br.__all__:
        assert not (found := READ.findall(inspect.getdoc(getattr(br, name)) or "")), (name, found)
    for command in ("", *(c for c in re.findall(r"^  ([a-z-]+) ", bayes_roi("--help").out, re.M))):
        said = bayes_roi(*([command] if command else []), "--help")
        assert not (found := READ.findall(said.out)), (command, found)


def test_what_the_package_can_say_has_the_same_vocabulary() -> None:
    for path in sorted((ROOT / "bayes_roi").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        prose = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)}
        texts = (n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str))
        for text in (t for t in texts if id(t) not in prose and " " in t.value and t.value != "capped outlier"):
            assert not (found := READ.findall(text.value)), (path.name, text.lineno, found)
