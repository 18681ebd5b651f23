"""The public surface: every name imports, says what it is, and costs nothing until it is used."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys

import pytest

import bayes_roi as br

MODULES = ("plots",)
"""What is public as a module: every figure, one function each."""
HEAVY = ("numpy", "pandas", "xarray", "pymc", "rich", "scipy", "matplotlib")


@pytest.mark.parametrize("name", br.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    value = getattr(br, name)
    assert not inspect.ismodule(value) or name in MODULES, f"the submodule bayes_roi.{name} hides the name"
    assert inspect.getdoc(value), f"br.{name} has no docstring"


@pytest.mark.parametrize("name", [n for n in br.__all__ if not n[0].isupper() and n not in MODULES])
def test_options_of_public_functions_are_annotated_and_none_is_a_positional_boolean(name: str) -> None:
    for parameter in inspect.signature(getattr(br, name)).parameters.values():
        assert parameter.annotation is not parameter.empty, f"br.{name}({parameter.name}) is not annotated"
        assert parameter.kind is not parameter.VAR_KEYWORD, f"br.{name} takes **{parameter.name}"
        if isinstance(parameter.default, bool):
            assert parameter.kind is parameter.KEYWORD_ONLY, f"br.{name}({parameter.name}) is a positional boolean"


def test_dir_shows_the_public_names() -> None:
    assert set(br.__all__) <= set(dir(br))
    with pytest.raises(AttributeError, match="has no attribute 'nope'"):
        br.nope  # noqa: B018


@pytest.mark.parametrize(
    ("guess", "there"),
    [
        ("optimize", "br.optimise"),
        ("to_csv", "br.to_excel"),
        ("summary", "br.roi(fit)"),
        ("read_models", "br.read_model"),
    ],
)
def test_a_name_that_is_guessed_says_the_right_one(guess: str, there: str) -> None:
    with pytest.raises(AttributeError, match=f"no attribute '{guess}'; there is .*{re.escape(there)}"):
        getattr(br, guess)


def test_importing_the_package_and_its_command_line_brings_nothing_heavy() -> None:
    code = f"import sys, bayes_roi, bayes_roi.cli; print([m for m in {HEAVY} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_what_answers_as_json_knows_its_question_its_unit_and_its_evidence() -> None:
    """Of every public noun with `to_dict`, by what its source writes."""
    apart = {"Identification", "LiftTests", "Suggestion", "TestDesigns"}  # a verdict, evidence a row, hypotheses, plans
    for name in br.__all__:
        noun = getattr(br, name)
        if inspect.isclass(noun) and "to_dict" in vars(noun) and name not in apart:
            written = inspect.getsource(noun.to_dict)
            assert all(f'"{key}"' in written for key in ("estimand", "unit", "evidence")), name
