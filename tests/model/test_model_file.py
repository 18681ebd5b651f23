"""The model file: what it reads, what it says of every kind of bad file, and that text and model are one."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bayes_roi.model.file.model_file as model_file
from bayes_roi.errors import ModelError
from bayes_roi.mechanisms.families import FAMILIES
from bayes_roi.mechanisms.noise import NodeNoise
from bayes_roi.mechanisms.prior import HalfNormal
from bayes_roi.model.file.model_file import (
    ModelFile,
    model_schema,
    model_text,
    parse_model,
    read_model,
    write_model,
)
from bayes_roi.model.language.model import Model
from tests.model.strategies import models, unhurried

SHOP = "name: shop\noutcome: sales\nequations: |\n  sales ~ tv\n"
WEEKLY = """\
name: weekly funnel
equations: |
  clicks ~ demand + hill(adstock(tv_spend, max_lag=4), label="a # b")
  revenue ~ clicks + trend()
  demand ~ 1
  demand ~~ clicks
outcome: revenue
time: week
channels:
  TV & radio: tv_spend
currency: USD
margin: 0.4
value: 1000
families:
  clicks: lognormal
priors:
  revenue.clicks.effect: HalfNormal(sigma=3)
carry_in: zero
columns:
  tv_spend: TV Ausgaben (EUR)
story: |
  What it is for.

  When not to use it.
"""
REGIONS = """\
name: regions
equations: |
  visits ~ (hill(adstock(tv)) | geo) + mood
  calls ~ 1 + tv + mood + factor(weather)
  buyers ~ (1 | geo) + hill(visits, share="reach")
  online ~ 0 + hill(calls, share="reach")
  sales := online * 12.5
outcome: sales
time: week
channels:
  tv: tv
panel: geo
weights: inhabitants
unobserved:
- mood
families:
  buyers: binomial(visits)
noise:
  visits: ar(1) + by(geo)
  calls: by(geo)
"""


def test_every_key_is_read() -> None:
    model = parse_model(WEEKLY)
    assert (model.name, model.outcome, model.time, model.currency) == ("weekly funnel", "revenue", "week", "USD")
    assert (model.margin, model.value, model.carry_in) == (0.4, 1000, "zero")
    assert model.channels == {"TV & radio": "tv_spend"}
    assert model.families == {"clicks": "lognormal"}
    assert model.priors == {"revenue.clicks.effect": HalfNormal(3)}
    assert model.columns == {"tv_spend": "TV Ausgaben (EUR)"}
    assert model.story == "What it is for.\n\nWhen not to use it.\n"
    assert model.graph.confounded == {frozenset({"demand", "clicks"})}


def test_a_model_is_written_as_it_would_be_by_hand() -> None:
    assert model_text(parse_model(WEEKLY)) == WEEKLY


def test_what_says_where_and_how_a_model_runs_is_read_and_written() -> None:
    model = parse_model(REGIONS)
    assert (model.panel, model.weights, model.unobserved) == ("geo", "inhabitants", ("mood",))
    assert model.noise == {"visits": NodeNoise(True, "geo"), "calls": NodeNoise(False, "geo")}
    assert model.trials("buyers") == "visits"
    assert [model.pools_intercept(n) for n in ("visits", "calls", "buyers", "online", "mood")] == [
        *(True, False, True, False, False)
    ]
    assert model_text(model) == REGIONS


def test_what_has_its_default_is_left_out() -> None:
    model = parse_model(SHOP + "margin: 1\nvalue: 1.0\ncarry_in: rows\n")
    assert model_text(model) == "name: shop\nequations: |\n  sales ~ tv\noutcome: sales\n"


@unhurried
@given(models())
def test_a_model_reads_back_from_its_text(model: Model) -> None:
    assert parse_model(model_text(model)) == model


def test_a_model_reads_back_from_its_file(tmp_path: Path) -> None:
    model = parse_model(WEEKLY.replace("weekly funnel", "Trichter für Köln"))
    write_model(model, tmp_path / "weekly.yaml")
    assert read_model(tmp_path / "weekly.yaml") == model


def test_the_schema_is_shipped() -> None:
    shipped = Path(str(model_file.__file__)).with_name("model_file.schema.json").read_text(encoding="utf-8")
    assert json.loads(shipped) == model_schema(), "run the line in the docstring of model_file.py"


def test_the_schema_describes_every_key() -> None:
    described = model_schema()["properties"]
    assert all(entry["description"] for entry in described.values())


def test_the_file_has_the_fields_and_defaults_of_the_model() -> None:
    shop = Model(name="shop", equations="sales ~ tv", outcome="sales")
    keys = [f.name for f in fields(Model) if f.name != "confounding"]
    assert set(ModelFile.model_fields) == set(keys)
    for key, known in ModelFile.model_fields.items():
        default = tuple(known.default) if isinstance(known.default, list) else known.default
        assert known.is_required() or default == getattr(shop, key)


# ------------------------------------------------------------------------------------------- YAML, as a person has it


@pytest.mark.parametrize(
    ("written", "number"), [("1e-1", 0.1), ("5E-1", 0.5), (".5", 0.5), ("1.", 1.0), ("+0.5", 0.5), ("0.000_1", 0.0001)]
)
def test_is_a_number(written: str, number: float) -> None:
    assert parse_model(f"{SHOP}margin: {written}").margin == number


def test_1e5_is_a_number_and_quoted_a_column() -> None:
    assert parse_model(SHOP + "value: 1e5").value == 100_000
    assert parse_model(SHOP + "value: '1e5'").value == "1e5"
    assert parse_model(SHOP + "value: 0100").value == 100


@pytest.mark.parametrize("word", ["2025-01-01", "2025-01-01 10:00:00", "12:30", "0x1F", "tomorrow", "=", "<<", "y"])
def test_is_a_text(word: str) -> None:
    assert parse_model(f"{SHOP}time: {word}").time == word


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_line_ends_of_other_systems(ends: str) -> None:
    assert parse_model(WEEKLY.replace("\n", ends)) == parse_model(WEEKLY)


def test_names_are_normalised_and_labels_are_not() -> None:
    text = """
name: shop
outcome: ｓａｌｅｓ
equations: |
  sales ~ ｔｖ + hill(web, label="①")
channels: {ＴＶ: ｔｖ}
families: {ｓａｌｅｓ: lognormal}
columns: {ｔｖ: ＴＶ}
priors:
  sales.ｔｖ.effect: HalfNormal(sigma=1)
  ｓａｌｅｓ.①.effect: HalfNormal(sigma=2)
"""
    model = parse_model(text)
    assert model.outcome == "sales"
    assert model.channels == {"ＴＶ": "tv"}
    assert model.families == {"sales": "lognormal"}
    assert model.columns == {"tv": "ＴＶ"}
    assert model.priors == {"sales.tv.effect": HalfNormal(1), "sales.①.effect": HalfNormal(2)}
    assert parse_model(model_text(model)) == model


# ------------------------------------------------------------------------------------------------ bad files, in words

QUOTE = "put it in quotation marks"
KEYS = (
    "name, equations, outcome, time, channels, currency, margin, value, panel, weights, unobserved, families, noise, "
    "priors, media_roas, media_share, carry_in, columns, data, every, clean, story"
)
YAML = {
    "an empty file": ("", ": the file is empty; a model has at least name, equations and outcome"),
    "comments alone": ("# later\n", ": the file is empty; a model has at least name, equations and outcome"),
    "a list": ("\n- name: shop", " line 2: expected keys with values, as in 'name: weekly funnel'"),
    "a text": ("name", " line 1: expected keys with values, as in 'name: weekly funnel'"),
    "a tab": (SHOP + "channels:\n\ttv: tv", " line 6: a tab cannot indent YAML; use spaces"),
    "a tab before an equation": (
        "name: shop\nequations: |\n\tsales ~ tv",
        " line 3: a tab cannot indent YAML; use spaces",
    ),
    "a line without a colon": (SHOP + "margin 0.4\ntime: week", " line 5: a line without a colon; write 'key: value'"),
    "a second colon": (
        "name: shop: north\noutcome: sales",
        " line 1: a second ': ', or a key too far right; put such a text in quotation marks",
    ),
    "a key too far to the right": (
        "name: shop\n  outcome: sales",
        " line 2: a second ': ', or a key too far right; put such a text in quotation marks",
    ),
    "keys that do not line up": (
        "channels:\n    tv: tv\n  web: web",
        " line 3: this line does not line up with those above; indent keys of one level alike",
    ),
    "a quotation mark that is not closed": (
        "name: shop\noutcome: 'sales\nequations: sales ~ tv",
        " line 2: a quotation mark that is opened here is not closed",
    ),
    "a bracket that is not closed": (
        SHOP + "channels: {tv: tv",
        " line 5: a bracket that is opened here is not closed",
    ),
    "a list that is not closed": ("name: [", " line 1: a bracket that is opened here is not closed"),
    "a sign that needs quotes": ("name: @shop", " line 1: a text that begins with this sign needs quotation marks"),
    "two documents": (SHOP + "---\n" + SHOP, " line 5: a second document begins here (---); a model file holds one"),
    "an anchor": (
        SHOP + "channels: &all {tv: tv}",
        " line 5: anchors (&name) and aliases (*name) are not read; write the value out",
    ),
    "an alias": (
        SHOP + "time: *week",
        " line 5: anchors (&name) and aliases (*name) are not read; write the value out",
    ),
    "a tag": (
        SHOP + "time: !!python/name:os.system",
        " line 5: tags (!name) are not read; put a text that begins with ! in quotation marks",
    ),
    "a null byte": (SHOP + "time: a\0b", " line 5: the character U+0000 cannot stand in YAML; delete it"),
    "an escape beyond Unicode": (
        'name: "\\UFFFFFFFF"',
        ': not YAML: a character after a \\ is out of range; write the text without "\\"',
    ),
    "five thousand brackets": ("name: " + "[" * 5000, ": brackets or indents lie too deep inside one another"),
}
CONTENT = {
    "a key twice": (SHOP + "time: day\ntime: week", " line 6: time is there already, on line 5; keep one"),
    "a channel twice": (
        SHOP + "channels:\n  tv: tv\n  tv: web",
        " line 7: channels: tv is there already, on line 6; keep one",
    ),
    "a key that YAML takes for false": (
        SHOP + "columns:\n  no: Nummer",
        f' line 6: the key no, which YAML reads as true or false; {QUOTE}: "no"',
    ),
    "a key that is a number": (
        SHOP + "columns: {12: Nummer}",
        f' line 5: the key 12, which YAML reads as a number; {QUOTE}: "12"',
    ),
    "a key that is nothing": (SHOP + "? \n: TV", " line 5: a key must be a text, got nothing"),
    "a key that is null": (SHOP + "null: week", " line 5: a key must be a text, got null"),
    "a key that is a list": (SHOP + "? [a]\n: b", " line 5: a key must be a text"),
    "an unknown key": (
        SHOP + "chanels: {tv: tv}",
        f" line 5: unknown key 'chanels', did you mean 'channels'?; known are {KEYS}",
    ),
    "a merge key": (SHOP + "<<: {tv: tv}", f" line 5: unknown key '<<'; known are {KEYS}"),
    "one unobserved node without a list": (
        SHOP + "unobserved: mood",
        " line 5: unobserved must be a list of names, as in [demand], got 'mood'",
    ),
    "noise of no node": (
        SHOP + "noise: ar(1)",
        " line 5: noise must be keys with values, one 'name: value' a line, got 'ar(1)'",
    ),
    "no outcome": (
        "name: shop\nequations: sales ~ tv",
        ": outcome is missing; write for example 'outcome: revenue'",
    ),
    "a key without a value": (SHOP + "margin:", " line 5: margin has no value; write one or leave the key out"),
    "a channel without a spend": (
        SHOP + "channels:\n  tv:",
        " line 6: channels: tv has no value; write one or leave the key out",
    ),
    "a margin in words": (SHOP + "margin: forty", " line 5: margin must be a number, got 'forty'"),
    "a margin that is true": (SHOP + "margin: yes", " line 5: margin must be a number, got yes"),
    "a name that is a number": (
        SHOP.replace("shop", "2024"),
        f' line 1: name must be a text, got 2024, which YAML reads as a number; {QUOTE}: "2024"',
    ),
    "a currency that YAML takes for false": (
        SHOP + "currency: NO",
        f' line 5: currency must be a text, got NO, which YAML reads as true or false; {QUOTE}: "NO"',
    ),
    "a value that is a list": (SHOP + "value: [1]", " line 5: value must be a number or a text, got a list"),
    "a value that is a mapping": (
        SHOP + "value: {float: 3}",
        " line 5: value must be a number or a text, got keys with values",
    ),
    "channels that are a list": (
        SHOP + "channels: [tv]",
        " line 5: channels must be keys with values, one 'name: value' a line, got a list",
    ),
    "a channel that is a mapping": (
        SHOP + "channels:\n  tv: {spend: tv}",
        " line 6: channels: tv must be a text, got keys with values",
    ),
    "a prior that is a number": (
        SHOP + "priors: {sales.tv.effect: 3}",
        f' line 5: priors: sales.tv.effect must be a text, got 3, which YAML reads as a number; {QUOTE}: "3"',
    ),
    "a word that is not one of two": (SHOP + "carry_in: row", " line 5: carry_in must be rows or zero, got 'row'"),
    "equations that are a list": (
        "name: shop\noutcome: sales\nequations:\n  - sales ~ tv",
        " line 3: equations must be a text, got a list",
    ),
    "equations on several lines without a |": (
        "name: shop\noutcome: sales\nequations:\n  sales ~ tv\n  tv ~ demand",
        " line 4: equations on several lines need a |, else YAML makes them one line; "
        "write 'equations: |' and the equations below it, indented",
    ),
    "several things at once": (
        "name: shop\nequations: sales ~ tv\nmargin: forty\nno: 1\nvalue: [1]",
        ": 4 problems\n"
        "  - outcome is missing; write for example 'outcome: revenue'\n"
        "  - line 3: margin must be a number, got 'forty'\n"
        f'  - line 4: the key no, which YAML reads as true or false; {QUOTE}: "no"\n'
        "  - line 5: value must be a number or a text, got a list",
    ),
}
MEANING = {
    "an equation": (
        "name: shop\noutcome: sales\nequations: |  # all of it\n\n  sales ~ tv\n    + 3\ntime: week",
        " line 6, column 7: 3 is not a term; only 0 + (no intercept) and 1 (an intercept) stand alone",
    ),
    "an equation on the line of its key": (
        "name: shop\noutcome: sales\nequations: sales ~ 3",
        " line 3, column 20: 3 is not a term; only 0 + (no intercept) and 1 (an intercept) stand alone",
    ),
    "an equation in quotes": (
        "name: shop\noutcome: sales\nequations: 'sales ~ 3'",
        " line 3, column 21: 3 is not a term; only 0 + (no intercept) and 1 (an intercept) stand alone",
    ),
    "an equation with escapes": (
        'name: shop\noutcome: sales\nequations: "sales\\t~ 3"',
        " line 3: 3 is not a term; only 0 + (no intercept) and 1 (an intercept) stand alone",
    ),
    "no equations": (
        "name: shop\noutcome: sales\nequations: |\n  # later\n",
        " line 3: there are no equations; write for example 'revenue ~ adstock(tv_spend)'",
    ),
    "a cycle": (
        "name: shop\noutcome: sales\nequations: |\n  sales ~ tv\n  tv ~ sales",
        " line 3: the equations form a cycle: sales -> tv -> sales; a node cannot cause itself within a period, "
        "so leave out the edge that is not a cause",
    ),
    "feedback over time": (
        SHOP.replace("~ tv", "~ lag(sales, 1)") + "time: week",
        " line 3: the equations feed back through lag() or lagged terms; "
        "feedback over time is not supported yet, so leave out one of the edges",
    ),
    "a carry-over without a time": (
        "name: shop\noutcome: sales\nequations: |\n  tv ~ demand\n  sales ~ adstock(tv)",
        " line 5: sales: adstock(tv) runs over time; name the period's column with time:",
    ),
    "a time that is a node": (
        SHOP + "time: tv",
        " line 5: 'tv' is the time column and cannot be a node; use trend(), season() or factor(tv)",
    ),
    "an empty name": (SHOP.replace("shop", "' '"), " line 1: name is empty; write what reports call the model"),
    "an outcome without an equation": (
        SHOP.replace("outcome: sales", "outcome: sale"),
        " line 2: the outcome 'sale' has no equation, did you mean 'sales'?; write sale ~ its causes",
    ),
    "a margin in per cent": (
        SHOP + "margin: 35",
        " line 5: margin must be in (0, 1], got 35.0. Give a share, e.g. margin: 0.35",
    ),
    "a margin that is not a number": (
        SHOP + "margin: .nan",
        " line 5: margin must be in (0, 1], got nan. Give a share, e.g. margin: 0.35",
    ),
    "a value without end": (
        SHOP + "value: .inf",
        " line 5: value must be a number above zero or a column, got inf. "
        "Give the money that one unit of the outcome is worth",
    ),
    "a spend in no equation": (
        SHOP + "channels:\n  # comment\n  tv: tv_spend",
        " line 7: channel 'tv': its spend 'tv_spend' is in no equation; add it where it acts",
    ),
    "a spend that is the outcome": (
        SHOP + "channels: {tv: sales}",
        " line 5: channel 'tv': the outcome 'sales' cannot be its spend; name the spend's column",
    ),
    "a spend of two channels": (
        SHOP + "channels:\n  tv: tv\n  radio: tv",
        " line 7: channel 'radio': its spend 'tv' is that of 'tv' already; a spend belongs to one channel",
    ),
    "an unknown family": (
        SHOP + "families:\n  ｓａｌｅｓ: norml",
        f" line 6: families: sales: unknown family 'norml', did you mean 'normal'?; known are {', '.join(FAMILIES)}",
    ),
    "a family of a node without an equation": (
        SHOP + "families:\n  tv: normal",
        " line 6: families: 'tv' has no equation; only a node with an equation has a family",
    ),
    "a family in two spellings": (
        SHOP + "families:\n  sales: normal\n  ｓａｌｅｓ: normal",
        " line 7: families: 'sales' is there twice; keep one of the two",
    ),
    "a column of no node": (
        SHOP + "columns:\n  tvs: TV",
        " line 6: columns: 'tvs' is not a node, did you mean 'tv'?; write node: column",
    ),
    "a prior of no parameter": (
        SHOP + "priors:\n  sales.tv.efect: HalfNormal(sigma=1)",
        " line 6: priors: 'sales.tv.efect' is not a parameter, did you mean 'sales.tv.effect'?; "
        "bayes-roi check lists them",
    ),
    "a prior in two spellings": (
        SHOP + "priors:\n  sales.tv.effect: Normal()\n  sales.ｔｖ.effect: Normal()",
        " line 7: priors: 'sales.tv.effect' is there twice; keep one of the two",
    ),
    "a prior that is none": (
        SHOP + "priors:\n  sales.tv.effect: big",
        " line 6: prior of sales.tv.effect: 'big' is not a prior; write for example HalfNormal(sigma=3)",
    ),
    "a prior with a bad argument": (
        SHOP + "priors:\n  sales.tv.effect: HalfNormal(sigma=-1)",
        " line 6: prior of sales.tv.effect: HalfNormal: sigma must be above zero, got -1",
    ),
    "a prior beyond the range of its parameter": (
        SHOP + "priors:\n  sales.sigma: Normal(mu=0, sigma=1)",
        " line 6: priors: sales.sigma has a meaning above 0 only, and Normal(mu=0, sigma=1) goes beyond",
    ),
    "a prior with a prior where a number belongs": (
        SHOP + "priors:\n  sales.tv.effect: Truncated(Gamma(2, 1), lower=Gamma(2, 1))",
        " line 6: prior of sales.tv.effect: Truncated: lower must be a finite number, got Gamma(alpha=2, beta=1)",
    ),
}


@pytest.mark.parametrize(
    ("text", "message"),
    [*YAML.values(), *CONTENT.values(), *MEANING.values()],
    ids=[*(f"YAML: {k}" for k in YAML), *(f"content: {k}" for k in CONTENT), *(f"meaning: {k}" for k in MEANING)],
)
def test_says_what_is_wrong_with(text: str, message: str) -> None:
    with pytest.raises(ModelError) as caught:
        parse_model(text, source="weekly.yaml")
    assert str(caught.value) == f"weekly.yaml{message}"


# ------------------------------------------------------------------------------------------------ files on the disk


def refusal(path: Path) -> str:
    """Return what is said of a file, without its folder."""
    with pytest.raises(ModelError) as caught:
        read_model(path)
    return str(caught.value).replace(f"{path.parent}/", "")


def test_a_file_that_is_not_there_suggests_one_that_is(tmp_path: Path) -> None:
    for name in ("weekly.yaml", "weekly.csv", "launch.yml"):
        (tmp_path / name).write_text(SHOP)
    assert refusal(tmp_path / "weekly.yml") == "there is no file weekly.yml, did you mean 'weekly.yaml'?"
    assert refusal(tmp_path / "x") == "there is no file x; the model files there are launch.yml, weekly.yaml"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "models" / "weekly.yaml"
    assert refusal(path) == f"there is no file weekly.yaml; there is no folder {path.parent}"


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    name = tmp_path.name
    assert refusal(tmp_path) == f"{name} is a folder; name a model file, e.g. {name}/model.yaml"


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "weekly.yaml"
    path.write_bytes((SHOP + "currency: €").encode("cp1252"))
    assert refusal(path) == "weekly.yaml line 5: byte 0x80 is not UTF-8; save the file as UTF-8"


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "weekly.yaml"
    path.write_bytes(SHOP.encode("utf-8-sig"))
    assert read_model(path) == parse_model(SHOP)


def test_a_path_that_cannot_be(tmp_path: Path) -> None:
    assert refusal(tmp_path / "a\0b") == "cannot read a\0b: embedded null byte"


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot write .*: No such file or directory"):
        write_model(parse_model(SHOP), tmp_path / "none" / "weekly.yaml")


# ------------------------------------------------------------------------------------------------ any text at all

pieces = st.sampled_from(
    [
        *"\n\n\n  \t-?:,[]{}#&*!|>'\"%@`~\0\x85\u2028\ufeff\r",
        *(f"{key}: " for key in ModelFile.model_fields),
        *(
            "sales",
            "tv",
            "shop",
            "sales ~ tv",
            "1e5",
            "no",
            "12",
            "<<",
            "|",
            ">-",
            "---",
            "...",
            "%YAML 1.2\n",
            "!!str ",
        ),
        *(
            "sales.tv.effect: ",
            "HalfNormal(sigma=3)",
            "Normal(mu={[]: 1})",
            "\\U",
            '"\\x',
            "&a ",
            "*a",
            "\ud800",
            ".nan",
        ),
    ]
)
texts = st.lists(pieces, max_size=30).map("".join) | st.text(max_size=50)


@settings(unhurried, max_examples=500)
@given(st.one_of(texts, texts.map(lambda text: SHOP + text), texts.map(lambda text: SHOP + "priors:\n  " + text)))
def test_any_text_is_read_or_refused_with_a_model_error(text: str) -> None:
    try:
        model = parse_model(text)
    except ModelError:
        return
    assert parse_model(model_text(model)) == model


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('currency: "\\e[2J"', "line 4: currency holds the character U+001B; delete it"),
        ('columns: {tv: "a\\0b"}', "line 4: columns: tv holds the character U+0000; delete it"),
        ('channels: {"t\\tv": tv}', "line 4: the key 't\\tv' holds the character U+0009; delete it"),
        ('time: "\\u202eweek"', "line 4: time holds the character U+202E; delete it"),
        ('story: "one\\nline, \\e[31mred"', "line 4: story holds the character U+001B; delete it"),
    ],
)
def test_names_that_steer_a_terminal_are_refused(line: str, message: str) -> None:
    with pytest.raises(ModelError) as caught:
        parse_model(f"name: shop\noutcome: sales\nequations: sales ~ tv\n{line}\n")
    assert message in str(caught.value)
