"""docs/model_language.md is what the classes say, and no class is missing."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import bayes_roi.mechanisms.families  # noqa: F401  so that every family is known
from bayes_roi.errors import ModelError
from bayes_roi.mechanisms import Term
from bayes_roi.mechanisms.adstock.base import AdstockKind
from bayes_roi.mechanisms.families.base import Family
from bayes_roi.mechanisms.prior import Prior, parse_prior
from bayes_roi.mechanisms.saturation.base import Saturation
from bayes_roi.model.file.model_file import ModelFile, parse_model
from bayes_roi.model.language.equations import parse_equations

ROOT = Path(__file__).resolve().parents[2]
REMEDY = "run `make language` and commit docs/model_language.md and docs/model_language/"
sys.path.insert(0, str(ROOT / "tools"))  # the page is written by scripts, which are no package

import language_examples  # noqa: E402
import model_language  # noqa: E402

SHOWN = [(section, cls) for section, all_of in model_language.classes().items() for cls in all_of]
NOT_PUBLISHED = {"Latent"}
"""What is a convention and not a method: its formula says all."""


@pytest.fixture(scope="module")
def committed():
    return model_language.PAGE.read_text(encoding="utf-8")


def concrete(base: type) -> Iterator[type]:
    """Yield the classes of the package that can be made and are a `base`."""
    for cls in base.__subclasses__():
        yield from concrete(cls)
        if not inspect.isabstract(cls) and cls.__module__.startswith("bayes_roi."):
            yield cls


@pytest.mark.parametrize("cls", [c for _, c in SHOWN], ids=lambda c: c.__name__)
def test_a_class_says_its_formula_and_its_source(cls):
    lacking = model_language.objections(cls, sourced=cls.__name__ not in NOT_PUBLISHED)
    assert not lacking, "\n".join([*lacking, "docs/extending.md says what a class needs to be on the page"])


@pytest.mark.parametrize("base", [Term, AdstockKind, Family], ids=lambda c: c.__name__)
def test_no_class_is_missing(base):
    missing = set(concrete(base)) - {cls for _, cls in SHOWN}
    assert not missing, f"not on the page: {missing}; name them in `classes` of tools/model_language.py"


def test_the_page_is_what_the_classes_say(committed):
    written = model_language.page()
    if written == committed:
        return
    pairs = zip(written.splitlines(), committed.splitlines(), strict=False)
    line, said = next(((i, w) for i, (w, c) in enumerate(pairs, 1) if w != c), ("at its end", ""))
    pytest.fail(f"docs/model_language.md is out of step, line {line} should be {said!r}; {REMEDY}")


def test_every_class_has_its_picture_and_every_picture_its_place(committed):
    shown = set(re.findall(r"\]\(model_language/(\w+)\.svg\)", committed))
    assert shown == set(model_language.pictures()), REMEDY
    assert shown == {path.stem for path in model_language.PICTURES.iterdir()}, REMEDY
    names = {f"{section}_{cls.name}" for section, cls in SHOWN if section != "noise"}
    assert names <= shown
    for stem in shown:
        text = (model_language.PICTURES / f"{stem}.svg").read_text(encoding="utf-8")
        assert text.startswith("<svg xmlns="), stem
        assert len(text) < 20_000, stem


def test_every_example_of_the_grammar_is_read():
    for form in language_examples.GRAMMAR:
        parse_equations(form.text)


def test_what_the_page_calls_an_error_is_one(committed):
    for text in language_examples.REFUSED:
        with pytest.raises(ModelError) as told:
            parse_equations(text)
        assert f"| `{text}` | {told.value.message} |" in committed


def test_links_of_the_page_lead_somewhere(committed):
    anchors = {line[3:].lower().replace(" ", "-") for line in committed.splitlines() if line.startswith("## ")}
    for link in re.findall(r"\]\(([^)]+)\)", committed):
        page = model_language.PAGE.parent / link.partition("#")[0]
        assert link[1:] in anchors if link.startswith("#") else page.exists(), link


def test_the_model_file_shown_has_every_key_and_is_read():
    assert set(yaml.safe_load(language_examples.MODEL_FILE)) == set(ModelFile.model_fields)
    assert parse_model(language_examples.MODEL_FILE).name == "shops"


def test_every_prior_on_the_page_that_has_numbers_is_read(committed):
    found = re.findall(r"`((?:[A-Z]\w+)\((?:\w+=[-\d.]+(?:, )?)+\))`", committed)
    assert len(found) > 30
    for text in found:
        assert isinstance(parse_prior(text), Prior)


def test_formulas_hold_nothing_that_markdown_takes_away(committed):
    for formula in model_language.FORMULA.findall(re.sub(r"`[^`]*`", "", committed)):
        assert not re.search(r"\\[^A-Za-z]", formula), formula
        assert "\n" not in formula, formula


def test_every_source_in_full_is_cited(committed):
    cited = set(model_language.CITATION.findall(committed.partition("## References")[0]))
    assert cited == set(model_language.REFERENCES)


class Undocumented(Saturation):
    name = "undocumented"


class Unsourced(Saturation):
    """Some curve without anything else."""

    name = "unsourced"


class Unknown(Saturation):
    """Some curve $s$ (Nobody and Another 1999)."""

    name = "unknown"


@pytest.mark.parametrize(
    ("cls", "told"),
    [
        (Undocumented, ["has no docstring"]),
        (Unsourced, ["has no formula", "has no reference"]),
        (Unknown, ["cites Nobody and Another 1999, which tools/references.yaml does not have"]),
    ],
)
def test_a_new_class_is_told_what_it_lacks(cls, told):
    objections = model_language.objections(cls)
    assert len(objections) == len(told)
    for message, part in zip(objections, told, strict=True):
        assert message.startswith(f"{cls.__name__} in ")
        assert part in message
