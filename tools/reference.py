"""Write docs/reference.md, every public name with its docstring, and docs/gallery.md, every picture.

python tools/reference.py           both pages
python tools/reference.py pictures  the pictures of the gallery too; that fits two shipped models
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
from docstrings import first_sentence, items, paragraphs, sections

import bayes_roi as br
from bayes_roi.inference.fit import Fit
from bayes_roi.report.plots.plot import KINDS

ROOT = Path(__file__).resolve().parents[1]
REFERENCE, GALLERY, PICTURES = (ROOT / "docs" / name for name in ("reference.md", "gallery.md", "gallery"))
NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
GROUPS = {
    "Model and data": ("bayes_roi.model", "bayes_roi.panel", "bayes_roi.shipped"),
    "Fitting": ("bayes_roi.inference", "bayes_roi.lift"),
    "Effects": ("bayes_roi.queries", "bayes_roi.checks"),
    "Experiments": ("bayes_roi.experiments",),
    "Money": ("bayes_roi.value",),
    "Journeys": ("bayes_roi.journeys",),
    "Plans": ("bayes_roi.decisions",),
    "Forecasts": ("bayes_roi.prediction",),
    "Report, pictures, files": ("bayes_roi.report", "bayes_roi.run"),
    "Results and errors": ("bayes_roi.draws", "bayes_roi.errors"),
}
WRITTEN = "Written by `make reference` from the docstrings."


def public() -> dict[str, list[str]]:
    """Return the public names by what they are for, verbs before nouns."""
    named = re.findall(r"^from (\S+) import (\w+) as", (ROOT / "bayes_roi/__init__.pyi").read_text(), re.M)
    homes = {name: home for home, name in named}
    found: dict[str, list[str]] = {group: [] for group in GROUPS}
    for name in sorted(homes.keys() - {"__version__"}, key=lambda n: (n[0].isupper(), n)):
        group = next(g for g, rooms in GROUPS.items() if homes[name].startswith(rooms))
        found[group].append(name)
    return found


def signature(name: str) -> str:
    """Return a verb with its arguments and defaults, without types; of nouns and modules the name alone."""
    value = getattr(br, name)
    if not inspect.isfunction(value):
        return f"br.{name}"
    parameters = inspect.signature(value).parameters.values()
    shown, keyword_only = [], False
    for p in parameters:
        if p.kind is p.KEYWORD_ONLY and not keyword_only:
            shown.append("*")
            keyword_only = True
        shown.append(p.name if p.default is p.empty else f"{p.name}={p.default!r}")
    return f"br.{name}({', '.join(shown)})"


def anchor(name: str) -> str:
    """Return the link to a name on the page; a noun called as its verb stands below it there."""
    again = "-1" if name[0].isupper() and name.lower() in dir(br) else ""
    return f"[`br.{name}`](#br{name.lower()}{again})"


def entry(name: str) -> str:
    """Return what the page says of a name."""
    value = getattr(br, name)
    found = sections(inspect.getdoc(value) or "")
    parts = [f"### br.{name}", f"```text\n{signature(name)}\n```", paragraphs(found.pop(""))]
    for head, body in found.items():
        if head in ("Parameters", "Returns", "Raises"):
            parts.append(f"**{head}**\n\n" + "\n".join(items(body)))
        elif head == "Examples":
            parts.append(f"```pycon\n{body}\n```")
        elif head in ("Notes", "References"):
            parts.append(f"**{head}**\n\n{paragraphs(inspect.cleandoc(body))}")
    return "\n\n".join(parts)


def reference() -> str:
    """Return the page of all public names."""
    groups = public()
    lines = ["# Reference", "", f"Every public name of `import bayes_roi as br`. {WRITTEN}", ""]
    for group, names in groups.items():
        lines += [f"**{group}**", "", "| name | returns or is |", "|---|---|"]
        lines += [f"| {anchor(n)} | {first_sentence(getattr(br, n)).replace('|', chr(92) + '|')} |" for n in names]
        lines.append("")
    for group, names in groups.items():
        lines += [f"## {group}", "", *(f"{entry(n)}\n" for n in names)]
    return "\n".join(lines)


# ---------------------------------------------------------------------------------------------------------- gallery

SHOWN: dict[str, str] = {
    "Fit": "fit",
    "Draws": "br.marginal_roas(fit)",
    "Model": "model",
    "Panel": "data",
    "ChannelTable": "br.channel_table(fit)",
    "OverCredit": 'br.over_credit(fit, by_log, named={"search": "brand_search"})',
    "Comparison": "br.compare(fit, plans)",
    "BudgetCurve": "br.budget_curve(plan)",
    "Plan": "plan",
    "Sensitivity": 'br.sensitivity(fit, "search")',
    "DifferenceInDifferences": 'br.difference_in_differences(smoking, **columns, treated="treated")',
    "WindowEffect": 'br.synthetic_control(smoking, **columns, treated="California", start=1989)',
    "TwoGroups": "br.ab_rates(control=(30, 100), treated=(50, 100), randomised=True)",
    "TargetScores": 'br.predict_target(campaigns, target="paid", features=known, learners=["linear"])',
    "Suggestion": "br.suggest_edges(data, outcome=model.outcome, spends=tuple(model.channels.values()))",
}
"""What is drawn of each noun, as it is written."""


def kinds() -> Iterator[tuple[str, str, str, Callable[..., object]]]:
    """Yield (noun, kind, stem of the picture, function) of every picture."""
    for noun, named in KINDS.items():
        for kind, (made, _) in named.items():
            if noun is Fit or made.__name__ not in {m.__name__ for m, _ in KINDS[Fit].values()}:
                yield noun.__name__, kind, f"{noun.__name__.lower()}_{kind}", made


def gallery() -> str:
    """Return the page of all pictures."""
    lines = [
        "# Gallery",
        "",
        "`br.plot(noun, kind)` draws a noun and returns matplotlib axes; `br.plots` has the functions behind it. The "
        "fit is that of `models/weekly_funnel.yaml`, by units that of `models/geo_funnel.yaml`; `smoking` is the table "
        "`data/prop99.csv`, `by_log` the credit that rules hand out by `data/journeys.csv`, "
        "`campaigns` is `data/campaign_roi.csv` with `paid`: its ROI is positive. "
        "Grey is what predicts and is no effect, blue is what the model "
        f"found, brown what is only assumed, ink what was observed. {WRITTEN}",
        "",
    ]
    for noun, kind, stem, made in kinds():
        first = next(iter(next(k for cls, k in KINDS.items() if cls.__name__ == noun)))
        call = f"br.plot({SHOWN[noun]}{'' if kind == first and noun != 'Fit' else f', {chr(34)}{kind}{chr(34)}'})"
        said = sections(inspect.getdoc(made) or "")[""]
        lines += [f"## {noun}: {kind}", "", f"`{call}`", "", paragraphs(said), "", f"![{stem}](gallery/{stem}.svg)", ""]
    return "\n".join(lines)


def draw() -> None:
    """Fit the shipped models and write every picture."""
    from bayes_roi.report.plots.style import svg

    PICTURES.mkdir(exist_ok=True)

    def fitted(name: str, draws: int = 1000) -> tuple[br.Fit, br.Model, br.Panel]:
        model = br.read_model(br.shipped(f"models/{name}.yaml"))
        data = br.read_data(br.shipped(f"data/{name}.csv"), model)
        return br.fit(model, data, seed=7, draws=draws), model, data

    fit, model, data = fitted("weekly_funnel")
    plans = [br.scenario(fit, "as last year", periods=52), br.scenario(fit, "less tv", periods=52, change={"tv": -0.4})]
    plan = br.optimise(fit, budget=1_500_000, periods=52)
    smoking = pd.read_csv(br.shipped("data/prop99.csv"), sep=";")
    columns = {"outcome": "PacksPerCapita", "unit": "State", "time": "Year"}
    campaigns = pd.read_csv(br.shipped("data/campaign_roi.csv")).assign(paid=lambda d: (d["roi"] > 0).astype(int))
    known = ["budget", "channel", "audience", "price", "rating", "duration", "region", "season"]
    log = br.read_log(br.shipped("data/journeys.csv"))
    by_log = br.credit_table(br.journey_counts(log), ["first", "last", "linear", "markov"])
    experiments = {"by_log": by_log, "smoking": smoking, "columns": columns, "campaigns": campaigns, "known": known}
    names = experiments | {"br": br, "fit": fit, "model": model, "data": data, "plans": plans, "plan": plan}
    for noun, kind, stem, _ in kinds():
        asked = eval(SHOWN[noun], names)
        if kind == "units":
            asked = fitted("geo_funnel", draws=250)[0]
        axes = br.plot(asked, kind)
        drawing = (axes[0] if isinstance(axes, tuple) else axes).get_figure(root=True)
        assert drawing is not None
        text = svg(drawing).replace("<svg ", f"<svg {NAMESPACES}", 1)
        (PICTURES / f"{stem}.svg").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    REFERENCE.write_text(reference(), encoding="utf-8")
    GALLERY.write_text(gallery(), encoding="utf-8")
    if "pictures" in sys.argv[1:]:
        draw()
