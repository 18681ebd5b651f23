"""Numbers and tables as text, and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import typer

from bayes_roi.numbers import level, number, percent, percent_span, probability, ratio, span
from bayes_roi.plain_text import width

OPTIONS = {
    "extrapolate=True": "--extrapolate",
    "extrapolate=False": "no --extrapolate",
    "spend_all=False": "--keep-rest",
    "mechanisms=False": "--no-drift",
    "budget=": "--budget",
    "target=": "--target",
    "during=": "--during",
    "objective=": "--objective",
}
"""Arguments that messages of the library name -> what they are called on the command line."""


def as_interval(prob: float) -> dict[str, object]:
    """Return what an equal-tailed interval is, as JSON has it."""
    from bayes_roi.draws import as_interval as equal_tailed

    return equal_tailed(prob)


def as_json(values: Mapping[str, Any]) -> None:
    """Print values as JSON on stdout; numbers must be finite or None."""
    typer.echo(json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False))


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows as aligned columns, texts to the left and numbers to the right.

    >>> print(table(["channel", "ROAS"], [["tv", "1.2"], ["social", "10"]]))
    channel  ROAS
    tv        1.2
    social     10
    """
    columns = list(zip(header, *rows, strict=True))
    widths = [max(map(width, column)) for column in columns]
    right = [all(_is_number(cell) for cell in column[1:]) for column in columns]
    lines = []
    for line in (header, *rows):
        padded = [(cell, " " * (w - width(cell)), r) for cell, w, r in zip(line, widths, right, strict=True)]
        lines.append("  ".join(blanks + cell if r else cell + blanks for cell, blanks, r in padded).rstrip())
    return "\n".join(lines)


def interval(quantity: Mapping[str, float | None]) -> str:
    """Return an interval as a table shows it."""
    return span(quantity["lower"], quantity["upper"])


def in_percent(quantity: Mapping[str, float | None]) -> str:
    """Return an interval of a return or a share as a table shows it."""
    return percent_span(quantity["lower"], quantity["upper"])


def measured(measure: str, found: Mapping[str, float | None]) -> tuple[str, str]:
    """Return the mean of a measure of a plan and its interval: ROI in per cent."""
    if measure == "roi":
        return percent(found["mean"]), in_percent(found)
    return number(found["mean"]), interval(found)


def as_options(text: str) -> str:
    """Return a message of the library with its arguments named as the options of the command line.

    >>> as_options("extrapolate=True lifts that, spend_all=False lets the rest be kept; signed=True is of the model")
    '--extrapolate lifts that, --keep-rest lets the rest be kept; signed=True is of the model'
    """
    for argument, option in OPTIONS.items():
        text = re.sub(rf"(?<![\w.(]){re.escape(argument)}", option, text)
    return text


def _is_number(cell: str) -> bool:
    return cell == "" or cell[0] in "-+<>." or cell[0].isdigit()


def centre(quantity: Mapping[str, float | None]) -> str:
    """Return the median of a quantity of money as a table shows it."""
    return number(quantity["median"])


def _named(name: str, c: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return what a table calls a channel, and its numbers: both estimands under their names where there are two."""
    if "in_total" not in c:
        return [(name, c)]
    return [(f"{name} (other spends held)", c), (f"{name} (in total)", {"spend": c["spend"]} | c["in_total"])]


def _cost(c: Mapping[str, Any]) -> str:
    """Return what a channel cost: its spend, and beside it what it made others spend."""
    induced = f" + {centre(c['induced_spend'])} induced" if "induced_spend" in c else ""
    return f"{number(c['spend'])}{induced}"


def by_parts(numbers: Mapping[str, Any], names: Sequence[str]) -> str:
    """Return the table of what each channel is worth in each part, e.g. month, from estimates.json.

    Below it stand what the parts lack of the whole window, and the whole.
    """
    head = [
        "channel",
        "spend",
        "contribution",
        "ROAS",
        "ROI",
        f"{level(numbers['interval']['prob'])} interval",
        "P(ROI>0)",
        "evidence",
    ]
    key = ", ".join(names)
    rows = [
        [*labels, label, *_returns(c, c["probability_positive"]), evidence[label]]
        for labels, channels in _flat(numbers["by"][key], len(names))
        for channel, both in channels.items()
        for label, c in _named(channel, both)
        for evidence in [_evidences(channel, numbers["channels"][channel])]
    ]
    rest = numbers.get("remainder", {}).get(key, {})
    blank = [""] * (len(names) - 1)
    for channel, c in numbers["channels"].items() if rest else ():
        rows.append(["remainder", *blank, channel, "", centre(rest[channel]), "", "", "", "", ""])
        rows.append(["all", *blank, channel, *_returns(c, c["roi"]["probability_positive"]), _evidence(c, c)])
    notes = [*_notes(numbers), *([APART] if rest else [])]
    lines = [table([*names, *head], rows), *behind(numbers["channels"]), *(f"note: {n}" for n in notes)]
    return "\n".join(lines)


def _evidences(name: str, channel: Mapping[str, Any]) -> dict[str, str]:
    """Return what a table calls a channel -> what stands behind that number, over all rows."""
    return {label: _evidence(c, channel) for label, c in _named(name, channel)}


def _evidence(c: Mapping[str, Any], channel: Mapping[str, Any]) -> str:
    """Return what stands behind an estimand of a channel."""
    from bayes_roi.draws import Evidence, evidence_label

    return ", ".join([evidence_label(Evidence[c["evidence"].upper()], c["support"]), *_marks(channel)])


APART = (
    "each part of the calendar is a question of its own: what its spend added, in it and after it; where responses are "
    "curved the parts do not add up to the whole, and the remainder is what is missing"
)


def _flat(found: Mapping[str, Any], depth: int) -> list[tuple[list[str], Any]]:
    """Return (labels, what stands there) of names nested so deep."""
    if depth == 0:
        return [([], found)]
    return [([label, *rest], x) for label, inside in found.items() for rest, x in _flat(inside, depth - 1)]


def _returns(c: Mapping[str, Any], positive: float | None) -> list[str]:
    """Return spend, contribution, ROAS, ROI, its interval and the probability that it is positive."""
    numbers = [centre(c["contribution"]), ratio(c["roas"]["median"]), percent(c["roi"]["median"])]
    return [number(c["spend"]), *numbers, in_percent(c["roi"]), probability(positive)]


def _notes(numbers: Mapping[str, Any]) -> list[str]:
    """Return the window and the notes of the numbers, and that medians, where they stand for means, do not add up."""
    medians = any("mean" not in x for c in numbers["channels"].values() for _, e in _named("", c) for x in [e["roas"]])
    return [
        *_window(numbers),
        *numbers["notes"],
        *(["in total, medians: they do not add up as means do"] if medians else []),
    ]


def estimates(numbers: Mapping[str, Any]) -> str:
    """Return the table of what each channel is worth, from estimates.json; two lines where its estimands differ."""
    inside = f"{level(numbers['interval']['prob'])} interval"
    header = ["channel", "spend", "ROAS", "ROI", inside, "P(ROI>0)", "before data", "evidence"]
    rows = [
        [
            label,
            _cost(c),
            ratio(c["roas"]["median"]),
            percent(c["roi"]["median"]),
            in_percent(c["roi"]),
            probability(c["roi"]["probability_positive"]),
            probability(both.get("prior", {}).get("probability_positive")) if c is both else "",
            _evidence(c, both),
        ]
        for name, both in numbers["channels"].items()
        for label, c in _named(name, both)
    ]
    share, joint = media_share(numbers), _together(numbers)
    lines = [*share[1:], table(header, [*rows, *joint[0]]), *joint[1], *share[:1], *behind(numbers["channels"])]
    return "\n".join([*lines, *(f"note: {note}" for note in _notes(numbers))])


def _window(numbers: Mapping[str, Any]) -> list[str]:
    """Return the window in words, and how much after it is counted; nothing of exchangeable rows."""
    if not numbers.get("window") or "horizon" not in numbers:
        return []
    first, last = numbers["window"]
    after = numbers["horizon"]
    text = f", and what it brings in the {after} periods after" if after else ", and nothing after it"
    return [f"spend of {first} to {last}{text}"]


def _together(numbers: Mapping[str, Any]) -> tuple[list[list[str]], list[str]]:
    """Return the row of all channels together and the line on their interaction; nothing of a single channel."""
    if "total" not in numbers or len(numbers["channels"]) < 2:  # a run folder of an earlier version
        return [], []
    c = numbers["total"]
    row = [
        "all channels",
        number(c["spend"]),
        ratio(c["roas"]["median"]),
        percent(c["roi"]["median"]),
        in_percent(c["roi"]),
    ]
    met = c["interaction"]
    text = f"{centre(met)} ({interval(met)}) {numbers['units']['contribution']}"
    if not (met["lower"] or met["upper"]):
        text = "none, their contributions add up"
    lines = [f"interaction of all channels: {text}"]
    lines += [f"assumed: all channels: {c['reason']}"] if c.get("reason") else []
    return [[*row, probability(c["roi"]["probability_positive"]), "", _evidence(c, {})]], lines


def _marks(channel: Mapping[str, Any]) -> list[str]:
    """Return what else stands beside the evidence of a channel."""
    found = ["never pauses"] if "never_pauses" in channel else []
    prior = channel.get("prior", {})  # not in run folders of earlier versions
    found += ["carried by the prior"] if prior.get("carries") else []
    return found + (["leans on the prior"] if prior.get("conflict") else [])


def behind(channels: Mapping[str, Any]) -> list[str]:
    """Return the sentences that belong to the words beside the channels of estimates.json or of `check`."""
    found = []
    for name, both in channels.items():
        found += [f"assumed: {label}: {c['reason']}" for label, c in _named(name, both) if c.get("reason")]
    prior = [name for name, c in channels.items() if c.get("prior", {}).get("carries")]
    if prior:
        found.append(
            f"note: carried by the prior: {', '.join(prior)}: the ROAS moves with the prior, not with the data"
        )
    return found


def media_share(numbers: Mapping[str, Any]) -> list[str]:
    """Return the line on the share of all media, and, where the prior carries it, the warning that comes first."""
    if "media_share" not in numbers:  # a run folder of an earlier version
        return []
    from bayes_roi.value.priors.media_share import says_nothing

    outcome, found = numbers["outcome"], numbers["media_share"]
    before, after = (_share(found[side]) for side in ("prior", "posterior"))
    wide = says_nothing(found["prior"]["lower"], found["prior"]["upper"])
    line = f"all media: {after} of {outcome}; before the data {'anything' if wide else before}"
    if not found["carried_by_prior"]:
        return [line]
    warning = f"the prior carries how much all media bring: {after} of {outcome} with the data, {before} without"
    return [line, f"{warning}; only an experiment or pauses in spending would tell"]


def _share(found: Mapping[str, float | None]) -> str:
    return f"{percent(found['median'])} ({percent_span(found['lower'], found['upper'])})"
