"""A first model of a table, as the commented text of a model file, from what was guessed of its columns."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import yaml

from bayes_roi.errors import ModelError
from bayes_roi.model.file.model_file import parse_model
from bayes_roi.model.file.offers import Offer
from bayes_roi.model.file.yaml_text import Dumper
from bayes_roi.model.language.model import Model
from bayes_roi.model.language.reserved import objection_to_name
from bayes_roi.model.language.tokens import normalise
from bayes_roi.panel.guessing.guessed import Guesses, Role
from bayes_roi.panel.locale.role_words import tokens, without
from bayes_roi.panel.shaping.every import Every
from bayes_roi.plain_text import printable

MAX_LAG = {"day": 14, "week": 8, "month": 3, "quarter": 1, "year": 1}
"""Periods of carry-over by frequency; of numbered periods as of weeks."""
SEASONS = {
    "day": (("season(period=7, order=3)", 14), ('season(period=365.25, order=2, label="year")', 730)),
    "week": (("season(period=52.18, order=2)", 53),),
    "month": (("season(period=12, order=2)", 24),),
    "quarter": (("season(period=4, order=1)", 8),),
}
"""Terms of season by frequency, each with how many periods a table needs for it."""
LEAST_HISTORY = 5
"""A carry-over takes a share of the periods that is no larger than one by this many: its rows are history only."""
CONTROLS: tuple[Role, ...] = ("price", "promotion", "control")
WIDTH = 116


@dataclass
class Names:
    """Node names of columns: the column's own where it can be a node, else one made of its words."""

    nodes: dict[str, str] = field(default_factory=dict)  # column -> node
    taken: set[str] = field(default_factory=set)

    def add(self, column: str) -> None:
        """Give a column a name that no other has."""
        plain = normalise(column)
        fits = plain.isidentifier() and objection_to_name(plain) is None
        made = plain if fits else "_".join(re.findall(r"\w+", plain.casefold()))
        made = made if made.isidentifier() else f"x_{made}"
        stem = made if objection_to_name(made) is None else f"{made}_column"
        self.nodes[column] = next(n for n in _numbered(stem) if n not in self.taken)
        self.taken.add(self.nodes[column])

    @property
    def mapped(self) -> dict[str, str]:
        """Node -> column, where the two differ."""
        return {node: column for column, node in self.nodes.items() if node != column}


@dataclass(frozen=True)
class Written:
    """What a model file says of its table beside what the columns are."""

    data: tuple[str, ...] = ()
    every: str | None = None
    clean: Mapping[str, object] = field(default_factory=dict)
    offered: Offer | None = None  # written as a comment


def draft(guesses: Guesses, name: str, written: Written | None = None) -> str:
    """Return the text of a model file: a single equation of curves of spends, controls, trend and season.

    Parameters
    ----------
    guesses
        What the columns of the table are.
    name
        What reports are to call the model.
    written
        The files of the table and what is done to it.

    Raises
    ------
    ModelError
        If the columns cannot be put into a model.
    """
    names = _names(guesses)
    outcome = guesses.one("outcome")
    assert outcome is not None
    parts = [
        _opening(guesses, name),
        _table(written or Written()),
        _keys(guesses, names.nodes[outcome]),
        _mapping("channels", _channels(guesses, names), "what money buys: channel -> spend"),
        f"equations: |\n{_equation(guesses, names, names.nodes[outcome])}",
        _mapping("columns", names.mapped, "node -> column of the table") if names.mapped else "",
        _left_out(guesses),
    ]
    text = "\n".join(part for part in parts if part) + "\n"
    try:
        parse_model(text)
    except ModelError as error:
        what = f"no model could be made of {guesses.source}: {error}"
        raise ModelError(f"{what}; rename the column, or leave it out") from None
    return text


def searched(guesses: Guesses, *, every: Every | None, clean: Mapping[str, object]) -> Model:
    """Return a model that reads every column with a place in a graph, steps between spend and outcome too.

    It has the names of the draft and is there to read a table by, not to be fitted.
    """
    names = _names(guesses)
    causes = [names.nodes[c] for role in ("spend", *CONTROLS) for c in guesses.of(role)]
    for column in guesses.of("media"):
        names.add(column)
    outcome = guesses.one("outcome")
    assert outcome is not None
    steps = [f"{names.nodes[c]} ~ 1" for c in guesses.of("media")]
    return Model(
        name="searched",
        equations="\n".join([f"{names.nodes[outcome]} ~ {' + '.join(causes)}", *steps]),
        outcome=names.nodes[outcome],
        channels=_channels(guesses, names),
        time=guesses.one("time"),
        panel=guesses.one("unit"),
        columns=names.mapped,
        every=every,
        clean=clean,
    )


def carry_over(guesses: Guesses) -> int:
    """Return the periods of carry-over that a draft gives each spend."""
    longest = max(guesses.periods // LEAST_HISTORY, 1)
    return min(MAX_LAG.get(guesses.frequency, MAX_LAG["week"]), longest)


def _names(guesses: Guesses) -> Names:
    names = Names(taken={c for c in (guesses.one(r) for r in ("time", "unit", "population", "value")) if c})
    roles: tuple[Role, ...] = ("outcome", "spend", *CONTROLS)
    for role in roles:
        for column in guesses.of(role):
            names.add(column)
    return names


def _opening(guesses: Guesses, name: str) -> str:
    rows = f"{guesses.periods} {guesses.frequency}s" + (f" of {guesses.units} units" if guesses.units > 1 else "")
    media = guesses.of("media")
    story = [
        f"A first model of {printable(guesses.source)} ({rows}), made by guessing what its columns are: read each "
        "guess beside its column and mend what is wrong. Each spend acts on the outcome with carry-over and "
        "saturation; controls are linear; trend and season stand for what else changes with time.",
        "",
        "Assumes: nothing that is not in the table drives a budget and the outcome at once (demand above all: write it "
        "as a control where it is measured); no spend makes another's respond; controls are not moved by spend; noise "
        "of different periods is independent.",
        "Do not use it when: budgets follow demand that no column has (see bayes-roi new hidden_demand), or a spend "
        "never pauses nor changes, so that its effect is a guess of the prior.",
        *(["Clicks and impressions are left out, as they are steps between spend and outcome; bayes-roi new "
           "weekly_funnel shows a model that has them."] if media else []),
    ]  # fmt: skip
    lines = [line for text in story for line in (textwrap.wrap(text, WIDTH) or [""])]
    return "\n".join([f"name: {_scalar(name)}", "story: |", *(f"  {line}".rstrip() for line in lines)])


def _table(written: Written) -> str:
    """Return the lines of the files and of what is done to them."""
    lines = []
    if written.data:
        lines.append(f"data: {_flow(list(written.data) if len(written.data) > 1 else written.data[0])}")
    if written.every is not None:
        lines.append(f"every: {written.every}  # what days are put together to")
    if written.clean:
        lines.append(f"clean: {_flow(written.clean)}")
    if written.offered is not None:
        lines.append(f"# clean: {_flow(written.offered.joined(written.clean))}  # {_comment(written.offered.what)}")
    return "\n".join(lines)


def _keys(guesses: Guesses, outcome: str) -> str:
    """Return the lines of time, panel, outcome and money."""
    columns = {"time": guesses.one("time"), "panel": guesses.one("unit"), "weights": guesses.one("population")}
    lines = [_line(key, column, guesses.reason(column)) for key, column in columns.items() if column is not None]
    column = guesses.one("outcome")
    lines += [_line("outcome", outcome, guesses.reason(column) if column else "")]
    value = guesses.one("value")
    if value is not None:
        lines += [_line("value", value, guesses.reason(value))]
    if guesses.currency is not None:
        lines += [_line("currency", guesses.currency, "by a name or a sign of the table")]
    elif guesses.money:
        lines += ["currency: money  # no name tells which: write EUR, USD, ..."]
    elif value is None:
        lines += ["# value: 25  # money per unit of the outcome, for ROI; currency: EUR alone if the outcome is money"]
    return "\n".join(
        [*lines, "# margin: 0.4  # profit per unit of money earned, which ROI needs; 1 if nothing is written"]
    )


def _channels(guesses: Guesses, names: Names) -> dict[str, str]:
    channels: dict[str, str] = {}
    for column in guesses.of("spend"):
        stem = without(column, "spend") if tokens(column) else names.nodes[column]
        channels[next(n for n in _numbered(stem or names.nodes[column]) if n not in channels)] = names.nodes[column]
    return channels


def _equation(guesses: Guesses, names: Names, outcome: str) -> str:
    """Return the equation, a term and its reason a line."""
    lag = carry_over(guesses)
    terms = [(f"hill(adstock({names.nodes[c]}, max_lag={lag}))", guesses.reason(c)) for c in guesses.of("spend")]
    terms += [(names.nodes[c], guesses.reason(c)) for role in CONTROLS for c in guesses.of(role)]
    terms += [("trend()", "what changes slowly")]
    terms += [(s, "what comes again") for s, need in SEASONS.get(guesses.frequency, ()) if guesses.periods >= need]
    rows = [f"  {f'{outcome} ~' if i == 0 else '    +'} {term}" for i, (term, _) in enumerate(terms)]
    width = min(max(map(len, rows)), 70)
    return "\n".join(f"{row:<{width}}  # {_comment(why)}" for row, (_, why) in zip(rows, terms, strict=True))


def _left_out(guesses: Guesses) -> str:
    left = [g for g in guesses.guesses if g.role in ("media", "left out")]
    return "\n".join(["# Left out:", *(f"#   {_comment(str(guess))}" for guess in left)]) if left else ""


def _mapping(key: str, pairs: Mapping[str, str], comment: str) -> str:
    return "\n".join([f"{key}:  # {comment}", *(f"  {_scalar(a)}: {_scalar(b)}" for a, b in pairs.items())])


def _line(key: str, value: str, reason: str) -> str:
    return f"{key}: {_scalar(value)}  # {_comment(reason)}"


def _comment(text: str) -> str:
    return " ".join(printable(text).split())


def _scalar(text: str) -> str:
    """Return a text as YAML writes it on one line."""
    written = yaml.dump(text, Dumper=Dumper, allow_unicode=True, width=10**9)
    return written.removesuffix("...\n").strip()


def _flow(value: object) -> str:
    """Return a list or mapping as YAML writes it on one line."""
    if isinstance(value, str):
        return _scalar(value)
    return yaml.dump(
        value, Dumper=Dumper, allow_unicode=True, width=10**9, default_flow_style=True, sort_keys=False
    ).strip()


def _numbered(stem: str) -> Iterable[str]:
    yield stem
    for i in range(2, 10**6):
        yield f"{stem}_{i}"
