"""What the page of the model language shows as examples: equations, a whole model file, a made-up table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from bayes_roi.mechanisms import Term
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.parameters import TermParameters, node_parameters
from bayes_roi.model.rows.design import Design, design
from bayes_roi.model.rows.read_data import read_data


class Form(NamedTuple):
    """A row of the grammar: a form, an example, and what is to be added to what its class says of it, if it has one."""

    form: str
    text: str
    note: str = ""
    has_class: bool = True


GRAMMAR = (
    Form("`y ~ a + b`", "revenue ~ tv_spend + demand", "One equation a node, and no cycle within a period."),
    Form("`y ~ 1`", "demand ~ 1", "A node without causes: an intercept and noise.", False),
    Form("`0 +`", "revenue ~ 0 + orders", "No intercept. It comes first.", False),
    Form(
        "`1 +`",
        "revenue ~ 1 + orders",
        "One intercept for all panel units. Where nothing is written each unit has its own, partially pooled.",
        False,
    ),
    Form("`1*x`", "revenue ~ 1*shop_sales + tv_spend"),
    Form("`(x | geo)`", "revenue ~ (hill(tv_spend) | geo)", "geo is the column that `panel:` names."),
    Form("`(1 | week)`", "revenue ~ tv_spend + (1 | week)", "week is the column that `time:` names, in a panel."),
    Form("`a ~~ b`", "clicks ~ 1\nrevenue ~ clicks\nclicks ~~ revenue"),
    Form("`y := a * b`", "revenue := orders * basket - returns", "With `+ - * /` and brackets; nothing is estimated."),
    Form("`# comment`", "revenue ~ tv_spend  # in thousands", "To the end of the line; not in a quoted label.", False),
    Form(
        "continuation",
        "revenue ~ hill(\n  tv_spend\n)\n+ trend()",
        "A line goes on while a bracket is open, after a `+`, or when the next begins with `+`.",
        False,
    ),
)
"""What can be written."""

REFUSED = (
    "y ~ a - b",
    "y ~ a * b",
    "y ~ a:b",
    "y ~ a / b",
    "y ~ a**2",
    "y ~ hill(tanh(x))",
    "y ~ hil(x)",
    "y ~ a + a",
    "sigma ~ x",
)
"""What the grammar does not know, for the sake of the messages."""

MODEL_FILE = """\
name: shops
time: week
outcome: orders
currency: EUR
margin: 0.4
value: 35
panel: region
weights: population
channels:
  tv: tv_spend
  search: search_spend
equations: |
  awareness      ~ hill(adstock(tv_spend))
  brand_searches ~ awareness
  visits         ~ awareness + hill(search_spend) + season(period=52.18, order=2)
  clicks         ~ 1
  orders         ~ visits + clicks + (hill(search_spend) | region)
unobserved: [awareness]
families:
  clicks: binomial(impressions)
noise:
  orders: ar(1) + by(region)
priors:
  orders.visits.effect: HalfNormal(sigma=0.1)
media_roas: {typical: 3, between: 0.5}
media_share: {visits: "Beta(1, 4)"}
carry_in: zero
columns:
  tv_spend: "TV Ausgaben (EUR)"
data: [spend.csv, orders.csv]
every: week
clean: {missing: {spends: zero}, outliers: iqr}
story: Television makes people aware; search picks them up.
"""
"""A model file with every key in it."""

MEAN, SD = 100.0, 20.0
OUTCOME_MEAN, OUTCOME_SD = 1000.0, 200.0
ROWS = 400
"""Many, so that the rows of a lag's history do not show in the scales."""
PATTERNS = ((1, 1, -1, -1), (1, -1, -1, 1), (1, -1, 1, -1), (-1, 1, -1, 1))


@dataclass(frozen=True, eq=False)
class Example:
    """One equation on the made-up table: `y` has mean 1,000 and sd 200, every other column mean 100 and sd 20."""

    model: Model
    design: Design

    def of(self, kind: type[Term]) -> list[TermParameters]:
        """Return the terms of a class with their priors."""
        found = [t for n in self.model.equation for t in node_parameters(self.model, self.design, n).terms]
        return [t for t in found if type(t.term) is kind]


def example(form: str, *, spend: bool = False, wave: bool = False) -> Example:
    """Return the example of a term or of whole equations; `spend` makes x a spend, `wave` lets columns move slowly."""
    equations = form if "~" in form or ":=" in form else f"y ~ {form}"
    plain = Model(name="example", equations=equations, outcome=_outcome(equations), time="week", panel=_panel(form))
    model = Model(
        name="example",
        equations=equations,
        outcome=plain.outcome,
        time="week",
        panel=plain.panel,
        channels={"x": "x"} if spend else {},
    )
    return Example(model, design(model, read_data(_table(model, wave=wave), model)))


def can_be_spend(form: str) -> bool:
    """Whether x is in a form and can be money."""
    shown = example(form).model
    return "x" in shown.exogenous and "x" not in shown.categorical


def _outcome(equations: str) -> str:
    return equations.split()[0]


def _panel(form: str) -> str | None:
    column = form.rpartition("|")[2].strip(" )")
    return ("geo" if column == "week" else column) if "|" in form else None


def _table(model: Model, *, wave: bool) -> pd.DataFrame:
    rows = (104 if wave else ROWS) + model.max_lag
    time = np.arange(rows)
    columns: dict[str, object] = {"week": pd.date_range("2023-01-02", periods=rows, freq="W-MON").strftime("%Y-%m-%d")}
    for i, node in enumerate(n for n in model.measured if n not in model.categorical):
        mean, sd = (OUTCOME_MEAN, OUTCOME_SD) if node == "y" else (MEAN, SD)
        steps = np.resize(PATTERNS[i % len(PATTERNS)], rows)
        columns[node] = mean + sd * (np.sqrt(2) * np.sin(2 * np.pi * time / 26) if wave else steps)
    for node in model.categorical:
        columns[node] = np.resize(["no", "some", "much"], rows)
    table = pd.DataFrame(columns)
    if model.panel is None:
        return table
    return pd.concat([table.assign(**{model.panel: unit}) for unit in ("north", "south")], ignore_index=True)
