"""Write docs/model_language.md and its pictures from the classes that the model language is made of.

    python tools/model_language.py

A class appears with its docstring, its priors, its options and its picture. What the docstring must have is in
docs/extending.md; a class that lacks it is an error here and in tests/surface/test_model_language.py.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import MISSING, Field, fields, replace
from functools import partial
from pathlib import Path
from typing import Any, get_args, get_origin

import numpy as np
import yaml
from language_examples import GRAMMAR, MEAN, MODEL_FILE, OUTCOME_MEAN, OUTCOME_SD, REFUSED, SD, can_be_spend, example

import bayes_roi.mechanisms.media as media
import bayes_roi.mechanisms.pooling as pooling
import bayes_roi.model.law.parameters as parameters
from bayes_roi.errors import ModelError
from bayes_roi.mechanisms import TERMS, Common, Fixed, Node, OfPeriod, Term, Varying
from bayes_roi.mechanisms.adstock import KINDS
from bayes_roi.mechanisms.families import FAMILIES, Family, Latent
from bayes_roi.mechanisms.node import Interact
from bayes_roi.mechanisms.noise import NodeNoise
from bayes_roi.mechanisms.pooling import Pooled
from bayes_roi.mechanisms.prior import DISTRIBUTIONS, Prior
from bayes_roi.model.file.model_file import ModelFile
from bayes_roi.model.language.equation import Equation
from bayes_roi.model.language.equations import parse_equations
from bayes_roi.model.language.model import Model
from bayes_roi.model.language.reserved import RESERVED
from bayes_roi.model.language.rules_of_noise import LEAST_INDICATORS
from bayes_roi.model.law.parameters import TermParameters

ROOT = Path(__file__).resolve().parents[1]
PAGE, PICTURES = ROOT / "docs" / "model_language.md", ROOT / "docs" / "model_language"
REFERENCES: dict[str, str] = yaml.safe_load((ROOT / "tools" / "references.yaml").read_text(encoding="utf-8"))

FORMULA = re.compile(r"\$[^$]+\$")
NAME = r"[A-Z][\w’'-]+"
CITATION = re.compile(rf"{NAME}(?:(?:, | and ){NAME})*(?: et al\.)? (?:18|19|20)\d\d\b")
FORM = re.compile(r"`([^`]+)`[:,] *")
EATEN = {
    r"\,": r"\thinspace ",
    r"\;": r"\thickspace ",
    r"\!": r"\negthinspace ",
    r"\{": r"\lbrace ",
    r"\}": r"\rbrace ",
}
"""What Markdown takes for an escaped sign before mathematics is read, and a name that it leaves alone."""

MAX_LAG = 12
"""At which kinds of adstock are shown."""
OTHER_TERMS: tuple[type[Term], ...] = (Node, Fixed, Varying, OfPeriod, Common)
"""Terms that are not written as a call."""


# ------------------------------------------------------------------------------------------------- what a class says


def docstring(cls: type) -> str:
    """Return the class's own docstring without its numpydoc sections, a line for each paragraph."""
    own = vars(cls).get("__doc__") or ""
    if own.startswith(f"{cls.__name__}("):  # what dataclass writes where there is none
        return ""
    return paragraphs(own)


def paragraphs(text: str) -> str:
    """Return a docstring with its paragraphs on one line each, lists and sections left out."""
    lines = "\n".join(line.strip() for line in text.strip().splitlines())
    body = re.split(r"\n[A-Z]\w+\n-{3,}\n", lines)[0]
    return "\n\n".join(" ".join(p.split()) for p in body.split("\n\n"))


def sources(cls: type) -> dict[str, str]:
    """Return what a class's docstring cites -> the source in full, as a paragraph under its own References has it."""
    lines = "\n".join(line.strip() for line in (vars(cls).get("__doc__") or "").splitlines())
    section = re.search(r"\nReferences\n-{3,}\n(.*?)(?=\n[A-Z]\w+\n-{3,}\n|\Z)", lines, re.S)
    full = [" ".join(part.split()) for part in (section[1] if section else "").split("\n\n")]
    return dict(line.split(": ", 1) for line in full if re.match(rf"{CITATION.pattern}: ", line))


def form_of(cls: type[Term]) -> str:
    """Return how a term is written: what its docstring begins with in backticks, else its name around its nodes."""
    found = FORM.match(docstring(cls))
    inside = ", ".join(f.name for f in fields(cls) if not f.kw_only)
    return found[1] if found else f"{cls.name}({inside})"


def prose(text: str) -> str:
    """Return text of a docstring as Markdown: without the form it begins with, formulas as GitHub reads them."""
    text = FORM.sub("", text, count=1) if FORM.match(text) else text
    return FORMULA.sub(lambda found: _safe(found[0]), text[:1].upper() + text[1:])


def _safe(formula: str) -> str:
    for eaten, kept in EATEN.items():
        formula = formula.replace(eaten, kept)
    return formula


def objections(cls: type, *, sourced: bool = True) -> list[str]:
    """Return what a class must still say before it can be on the page."""
    where = f"{cls.__name__} in {cls.__module__.replace('.', '/')}.py"
    text = docstring(cls)
    if not text:
        return [f"{where} has no docstring: write its formula, its parameters with their units, and its reference"]
    found = []
    if not FORMULA.search(text):
        found.append(
            f"{where} has no formula: write it in the class's docstring between dollar signs, as in $s / (1 + s)$"
        )
    if cls in TERMS.values() or cls in OTHER_TERMS:
        form = form_of(cls)
        try:
            parse_equations(form if "~" in form else f"y ~ {form}")
        except ModelError as error:
            found.append(f"{where} is said to be written `{form}`, which is not read: {error.message}")
    cited = CITATION.findall(text)
    if sourced and not cited:
        found.append(f"{where} has no reference: name a published source in its docstring, as in (Hill 1910)")
    found += [
        f"{where} cites {c}, which tools/references.yaml does not have: add it there in full, or under References"
        for c in cited
        if c not in REFERENCES | sources(cls)
    ]
    return found


def classes() -> dict[str, tuple[type, ...]]:
    """Return every class that the page shows, by section."""
    return {
        "term": (*OTHER_TERMS, *TERMS.values()),
        "adstock": tuple(KINDS.values()),
        "family": (*FAMILIES.values(), Latent),
        "noise": (NodeNoise,),
    }


for _classes in classes().values():
    for _cls in _classes:
        REFERENCES |= sources(_cls)


# --------------------------------------------------------------------------------------------------------- Markdown


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; a bar inside a cell is escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(c) for c in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", " ")


def code(text: str) -> str:
    return f"`{text}`"


def code_lines(text: str) -> str:
    """Return lines of code for the cell of a table, where a line break is a tag."""
    return "<br>".join(code(line.replace("  ", "\u00a0\u00a0")) for line in text.splitlines())


def picture(stem: str, what: str) -> str:
    return f"![{what}](model_language/{stem}.svg)"


def in_order(*blocks: str) -> str:
    return "\n\n".join(b for b in blocks if b)


# ------------------------------------------------------------------------------------------------------ the sections


def equations_section() -> str:
    rows = []
    for form, text, note, has_class in GRAMMAR:
        parsed, confounded = parse_equations(text)
        said = _first_sentence((*parsed, *confounded)[-1]) if has_class else ""
        rows.append((form, code_lines(text), f"{said} {note}".strip()))
    refused = []
    for text in REFUSED:
        try:
            parse_equations(text)
        except ModelError as error:
            refused.append((code(text), error.message))
    return in_order(
        "## Equations",
        "A model is a list of equations, one on a line. What stands on the right causes what stands on the left. The "
        "causal graph is read off them and is declared nowhere else. A node is a column of the table, unless it is "
        "computed or unobserved. The linear predictor of a node is its intercept plus effect times curve of each term.",
        table(("form", "example", "what it says"), rows),
        "Whatever else is written is an error with its line, its column and the right form:",
        table(("not read", "message"), refused),
        "A node cannot have the name of a term, of a family or of a role: "
        f"{', '.join(map(code, sorted(RESERVED)))}. A column of that name gets another node name in `columns:`.",
    )


def _first_sentence(item: object) -> str:
    """Return what a class says first: that of a term with a form of its own, else that of the whole line."""
    terms = item.terms if isinstance(item, Equation) else ()
    if isinstance(item, Equation) and item.by:
        item = OfPeriod(item.by[0])
    marked = next((t for t in terms if isinstance(t, (Fixed, Varying))), item)
    return prose(docstring(type(marked)).split("\n\n")[0])


def terms_section() -> str:
    """Return every term, those that are written as a call after those that are not."""
    any_call = Interact(Node("a"), Node("b"))
    rows = [
        (code(f"{f.name}="), "none", _allowed(any_call, f), OF_EVERY_CALL[f.name])
        for f in fields(Interact)
        if f.name in OF_EVERY_CALL
    ]
    return in_order(
        "## Terms",
        f"The priors below are the defaults in an example: x and every other cause have mean {MEAN:g} and standard "
        f"deviation {SD:g}, y has mean {OUTCOME_MEAN:,.0f}, standard deviation {OUTCOME_SD:g} and no negative value. "
        "A node is a spend when a channel names it. Parameters are in the units of the data, called "
        "`node.label.role`; the label is the parent's name unless `label=` gives another.",
        "Every term that is written as a call takes two options more than those in its table:",
        table(("option", "default", "allowed", "what it does"), rows),
        "In a saturation u is a node or its adstock, as in `hill(adstock(x))`, and never negative. `half` is in the "
        "units of u; the effect is what the curve is multiplied by.",
        "`signed=True` lets the effect of a term with a spend have either sign, where it is positive by default "
        "([priors.md](priors.md)); a plain `x` takes no options and is written `adstock(x, max_lag=0, signed=True)`.",
        *(term_entry(cls) for cls in (*OTHER_TERMS, *TERMS.values())),
    )


OF_EVERY_CALL = {
    "label": "what its parameters are called, in place of its node; needed where two terms have the same parent",
    "share": 'terms of one form with the same `share=` have the same parameters; with `share="m"`, `m.effect`',
}
"""Options that all terms written as a call have."""


def term_entry(cls: type[Term]) -> str:
    form = form_of(cls)
    return in_order(
        f"### {code(form)}",
        prose(docstring(cls)),
        picture(f"term_{cls.name}", f"{cls.name}: what it adds to the linear predictor"),
        _term_priors(form, cls),
        _term_options(form, cls),
    )


def _term_priors(form: str, cls: type[Term]) -> str:
    spends = (True, False) if can_be_spend(form) else (False,)
    columns = [_priors_of(example(form, spend=spend).of(cls)) for spend in spends]
    names = list(dict.fromkeys(name for column in columns for name in column))
    if not names:
        return "It has no parameters."
    told = {True: "default prior, x a spend", False: "default prior" + ", x any other node" * (len(spends) == 2)}
    rows = [(code(name), *(code(column.get(name, "")) for column in columns)) for name in names]
    return table(("parameter", *(told[spend] for spend in spends)), rows)


def _priors_of(terms: Sequence[TermParameters]) -> dict[str, str]:
    """Return name -> prior of the parameters of terms, a vector of effects with its length."""
    found: dict[str, str] = {}
    for t in terms:
        found |= {t.shape_names[role]: rule(prior) for role, prior in t.shape.items()}
        if t.effect is not None:
            each = f", each of {t.width}" if t.width else ""
            found[t.effect_name] = rule(t.effect) + each
        if isinstance(t.pooled, Pooled):
            found[t.pooled.spread_name] = rule(t.pooled.spread)
        if t.periods is not None:
            found[t.periods.spread_name] = rule(t.periods.spread)
    return found


def rule(prior: Prior) -> str:
    """Return a prior's text with three digits, a lognormal's mu as a logarithm where that is the rounder number."""
    values = {f.name: getattr(prior, f.name) for f in fields(prior)}  # type: ignore[arg-type]
    if any(isinstance(v, Prior) for v in values.values()):
        return prior.text(digits=3)
    inside = {name: f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}" for name, value in values.items()}
    mu = values.get("mu")
    if type(prior).__name__ == "LogNormal" and mu is not None and float(inside["mu"]) != mu:
        inside["mu"] = f"log {np.exp(mu):.3g}"
    return f"{type(prior).__name__}({', '.join(f'{name}={text}' for name, text in inside.items())})"


def _term_options(form: str, cls: type[Term]) -> str:
    own = [f for f in fields(cls) if f.kw_only and f.name not in OF_EVERY_CALL]
    if not own:
        return ""
    term = example(form).of(cls)[0].term
    rows = [(code(f"{f.name}="), _default(term, f), _allowed(term, f)) for f in own]
    return table(("option", "default", "allowed"), rows)


def _default(term: Term, option: Field[Any]) -> str:
    """Return the default of an option, or that it has none: with the default in its place the term is refused."""
    if option.default is MISSING:
        return "has to be given"
    try:
        replace(term, **{option.name: option.default})
    except ModelError:
        return "has to be given"
    return code(repr(option.default).replace("'", '"'))


def _allowed(term: Term, option: Field[Any]) -> str:
    """Return what a term says that an option must be, when it is given what it cannot be."""
    try:
        replace(term, **{option.name: -1.5})
    except ModelError as error:
        return re.sub(r", got .*$", "", error.message).partition("must be ")[2]
    return "anything"


def adstock_section() -> str:
    return in_order(
        "## Kinds of adstock",
        "`adstock(x, kind=...)`: weights of the lags from 0 to `max_lag`, which sum to one. Priors and pictures are "
        f"those of `max_lag={MAX_LAG}`. The first rows, as many as the longest `max_lag`, are history only, unless "
        "`carry_in: zero`.",
        *(
            in_order(
                f"### {code(f'adstock(x, kind="{name}")')}",
                prose(docstring(kind)),
                picture(f"adstock_{name}", f"{name} adstock: weights by lag"),
                table(
                    ("parameter", "default prior"),
                    [(code(f"y.x.{r}"), code(rule(p))) for r, p in kind.priors(MAX_LAG).items()],
                ),
            )
            for name, kind in KINDS.items()
        ),
    )


def families_section() -> str:
    return in_order(
        "## Families",
        "A family is how a node's value comes from its linear predictor $\\eta$ and its noise. It is named in "
        "`families:`; a node that is not named there is normal. In the priors, sd is the standard deviation of y on "
        "the scale of the linear predictor. Pictures have the parameters at the medians of their priors, with sd 1.",
        *(family_entry(cls) for cls in FAMILIES.values()),
        in_order(
            "### An unobserved node",
            prose(docstring(Latent)),
            "It is what `unobserved:` makes of a node (Bollen 1989).",
            picture("family_latent", "the law of an unobserved node at three linear predictors"),
        ),
    )


def family_entry(cls: type[Family]) -> str:
    priors, twice = cls.priors(1.0), cls.priors(2.0)
    rows = [(code(f"y.{role}"), code(_with_sd(priors[role], twice[role]))) for role in priors]
    messages = contradictions(cls)
    return in_order(
        f"### {code('families: {y: ' + cls.name + ('(n)' if cls.takes_trials else '') + '}')}",
        prose(docstring(cls)),
        f"Link: {cls.link_name}.",
        picture(
            f"family_{cls.name}", f"{cls.name}: {'masses' if cls.discrete else 'density'} at three linear predictors"
        ),
        table(("parameter", "default prior"), rows) if rows else "It has no parameters of its own.",
        "Data that contradict it:\n\n" + "\n".join(f"- {m}" for m in messages)
        if messages
        else "No number contradicts it.",
    )


def _with_sd(once: Prior, twice: Prior) -> str:
    """Return a prior as a rule: what doubles with the outcome's sd is a multiple of it."""
    if isinstance(getattr(once, "gamma", None), Prior):
        return rule(once)
    text = rule(once)
    for f in fields(once):  # type: ignore[arg-type]
        one, two = getattr(once, f.name), getattr(twice, f.name)
        if one and two == 2 * one:
            text = text.replace(f"{f.name}={one:.3g}", f"{f.name}={'' if one == 1 else f'{one:g} '}sd")
    return text


BAD = (
    [-3.0, 1.0, 2.0],
    [0.0, 0.0, 0.0],
    [1.5, 0.5, 0.2],
    [0.0, 0.5, 0.7],
    [1.0, 0.0, 2.0],
)
"""Columns that some family cannot have made."""


def contradictions(cls: type[Family]) -> list[str]:
    """Return what a family says of bad data, each message once."""
    said = [cls.objection(np.array(y)) for y in BAD]
    if cls.takes_trials:
        said.append(cls.objection_to_trials(np.array([5.0]), np.array([3.0])))
    kinds = {re.sub(r"[-\d.]+", "", m): m for m in reversed(said) if m is not None}
    return list(reversed(kinds.values()))


def noise_section() -> str:
    ar, unit = NodeNoise(autoregressive=True), Pooled("y.sigma", pooling.default_spread(1.0, "log"), "log")
    rows = [(code(f"y.{role}"), code(rule(prior))) for role, prior in ar.priors.items()]
    rows.append((code(unit.spread_name), code(rule(unit.spread))))
    return in_order(
        "## Noise",
        f"`noise: {{y: {NodeNoise(True, 'geo')}}}`. " + prose(docstring(NodeNoise)),
        picture("noise", "independent noise beside noise of ar(1)"),
        table(("parameter", "default prior"), rows),
    )


def keys_section() -> str:
    values, told = yaml.safe_load(MODEL_FILE), _numpydoc(Model)
    rows = [
        (code(key), _type(field.annotation), _key_default(key), field.description or "", _key_example(key, values[key]))
        for key, field in ModelFile.model_fields.items()
    ]
    return in_order(
        "## Keys of the model file",
        table(("key", "type", "default", "what it is", "example"), rows),
        "All of them in one file:",
        f"```yaml\n{MODEL_FILE}```",
        "Some of them at more length:",
        "\n".join(f"- {code(key)}: {told[key]} {more}".rstrip() for key, more in EXPLAINED.items()),
        f"In a `panel` a parameter of a unit is {prose(paragraphs(pooling.__doc__ or '').split('\n\n')[1])}",
        f"With `weights` $s$: {prose(paragraphs(Family.sized.__doc__ or '').split('\n\n')[1])}",
    )


EXPLAINED = {
    "panel": "Carry-over and lags run within a unit.",
    "weights": "",
    "unobserved": f"At least {LEAST_INDICATORS} observed nodes have it in their equations, as itself only.",
    "carry_in": "The second is right for a launch.",
    "value": "The return on spend (ROAS) is value times contribution over spend.",
    "margin": "ROI is margin times ROAS, less 1.",
    "families": "See [Families](#families).",
    "noise": "See [Noise](#noise).",
    "priors": "See [Priors](#priors).",
    "media_roas": "See [The joint prior of media](#the-joint-prior-of-media).",
    "media_share": "",
    "data": "See [data.md](data.md).",
    "every": "Weeks begin on Monday, and those that are not whole are left out.",
    "clean": "See [data.md](data.md#what-may-be-mended).",
}
"""Keys that `Model` says more of, and what is to be added to it."""


def _key_default(key: str) -> str:
    field = ModelFile.model_fields[key]
    if field.is_required():
        return "has to be given"
    default = field.get_default()
    return (
        "none"
        if default in (None, {}, [], "")
        else code(f"{default:g}" if isinstance(default, float) else str(default))
    )


def _key_example(key: str, value: object) -> str:
    if key == "equations":
        return "below"
    return code(yaml.safe_dump({key: value}, default_flow_style=True, width=10**9, allow_unicode=True).strip()[1:-1])


def _type(annotation: Any) -> str:
    """Return a type in words."""
    words = {str: "text", float: "number", type(None): ""}
    if annotation in words:
        return words[annotation]
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is dict:
        return f"name: {_type(inside[1])}"
    if origin is list:
        return "list of names"
    if all(isinstance(a, str) for a in inside):
        return " or ".join(map(code, inside))
    return " or ".join(t for t in map(_type, inside) if t)


def _numpydoc(cls: type) -> dict[str, str]:
    """Return name -> text of the Parameters section of a docstring."""
    lines = [line[4:] if line.startswith("    ") else line for line in (cls.__doc__ or "").splitlines()]
    section = re.split(r"\n[A-Z]\w+\n-{3,}\n", "\n".join(lines))[1]
    found = re.findall(r"^(\w[\w, ]*)\n((?:    .*\n?)+)", section, re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in found}


def priors_section() -> str:
    rows = []
    for name, cls in sorted(DISTRIBUTIONS.items()):
        given = {f.name: "" if f.default is MISSING else f"={f.default:g}" for f in fields(cls)}  # type: ignore[arg-type]
        arguments = ", ".join(f"{argument}{default}" for argument, default in given.items())
        rows.append((code(f"{name}({arguments})"), prose(docstring(cls)), _support(cls)))
    defaults = paragraphs_of_list(parameters.__doc__ or "")
    return in_order(
        "## Priors",
        "`priors:` takes a distribution for any parameter by its name, in the units of the data, with the names and "
        "arguments of PyMC. `bayes-roi check` lists every parameter with its prior. An argument that is left out has "
        "the value shown.",
        table(("distribution", "what it is", "support"), rows),
        "The defaults are set from the data, in one place:",
        table(("parameter", "default prior"), [tuple(_two(line)) for line in defaults]),
        paragraphs(parameters.__doc__ or "").split("\n\n")[-1],
        "## The joint prior of media",
        paragraphs(media.__doc__ or ""),
        "[priors.md](priors.md) says why, and how well intervals cover under it.",
    )


def paragraphs_of_list(text: str) -> list[str]:
    """Return the items of the list in a docstring, each on one line."""
    items = re.findall(r"^- ((?:.*\n)(?:  .*\n)*)", text, re.MULTILINE)
    return [" ".join(item.split()).rstrip(";.") for item in items]


def _two(item: str) -> tuple[str, str]:
    before, colon, after = item.partition(": ")
    return (before, after) if colon else (item, "")


def _support(cls: type[Prior]) -> str:
    if cls.__name__ == "Uniform":
        return "(lower, upper)"
    if cls.__name__ == "ShiftedGamma":
        return "from lower on"
    low, high = cls.support
    return {(-np.inf, np.inf): "any number", (0.0, np.inf): "from zero on"}.get((low, high), f"({low:g}, {high:g})")


def references_section(text: str) -> str:
    cited = sorted(set(CITATION.findall(text)) & set(REFERENCES))
    return in_order("## References", "\n".join(f"- {short}. {REFERENCES[short]}" for short in cited))


def page() -> str:
    """Return the text of the page."""
    sections = [
        equations_section(),
        terms_section(),
        adstock_section(),
        families_section(),
        noise_section(),
        keys_section(),
        priors_section(),
    ]
    body = in_order(*sections)
    titles = [line[3:] for line in [*body.splitlines(), "## References"] if line.startswith("## ")]
    contents = " · ".join(f"[{t}](#{t.lower().replace(' ', '-')})" for t in titles)
    return (
        in_order(
            "# The model language",
            "Every term, family and option of a model file. `make language` writes this page from the classes "
            "themselves; [extending.md](extending.md) says what a new class has to say to appear here.",
            contents,
            body,
            references_section(body),
        )
        + "\n"
    )


# ------------------------------------------------------------------------------------------------------------ writing


def pictures() -> dict[str, Callable[[], str]]:
    """Return file stem -> what draws it, for every class."""
    import language_pictures as draw  # matplotlib is of no use to the text

    def drawn(picture_of: Callable[..., Any], *arguments: object) -> str:
        return draw.svg_file(picture_of(*arguments))

    found: dict[str, Callable[[], str]] = {}
    for term in (*OTHER_TERMS, *TERMS.values()):
        found[f"term_{term.name}"] = partial(drawn, draw.term_picture, form_of(term), term)
    for name, kind in KINDS.items():
        found[f"adstock_{name}"] = partial(drawn, draw.kind_picture, kind)
    families: tuple[type[Family], ...] = (*FAMILIES.values(), Latent)
    for family in families:
        found[f"family_{family.name}"] = partial(drawn, draw.family_picture, family)
    return found | {"noise": partial(drawn, draw.noise_picture)}


def main() -> int:
    """Write the page and its pictures; return the exit status."""
    lacking = [
        o for section, all_of in classes().items() for cls in all_of for o in objections(cls, sourced=cls is not Latent)
    ]
    if lacking:
        print("\n".join(lacking), file=sys.stderr)
        return 1
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
    PICTURES.mkdir(exist_ok=True)
    for old in PICTURES.glob("*.svg"):
        old.unlink()
    drawings = pictures()
    for stem, draw in drawings.items():
        (PICTURES / f"{stem}.svg").write_text(draw(), encoding="utf-8", newline="\n")
    print(f"wrote {PAGE.relative_to(ROOT)} and {len(drawings)} pictures")
    return 0


if __name__ == "__main__":
    sys.exit(main())
