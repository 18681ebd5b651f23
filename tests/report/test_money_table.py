"""The table of money: every channel, all of them together, and what channels add only together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import bayes_roi as br
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.model.law.parameters import node_parameters
from bayes_roi.model.rows.design import design
from bayes_roi.report.findings import Findings
from bayes_roi.report.tables import Table, money_table


def market(equations: str) -> Fit:
    """Return a market in which each unit of tv earns 2, and 0.05 more for each unit of radio where they interact."""
    rng = np.random.default_rng(2)
    table = pd.DataFrame({n: rng.gamma(4.0, 5.0, 50) for n in ("tv", "radio", "sales")})
    model = br.Model(name="m", equations=equations, outcome="sales", channels={"tv": "tv", "radio": "radio"})
    data, effects = br.read_data(table, model), {"tv": 2.0, "radio": 1.0, "tv:radio": 0.05}
    given = {f"sales.{label}.effect": rng.normal(x, 0.01 * x, 400) for label, x in effects.items()}
    given |= {"sales.intercept": np.full(400, 3.0), "sales.sigma": np.ones(400)}
    names = node_parameters(model, design(model, data), "sales").names
    return fit_of(model, data, {name: given[name] for name in names})


def shown(table: Table) -> list[float]:
    """Return the contributions of a table, which shows them in thousands with three decimals."""
    assert table.heads[2] == ("contribution, thousand sales", ("median", "interval"))
    return [1000 * float(row[2].replace("\N{MINUS SIGN}", "-")) for row in table.rows]


def test_channels_that_do_not_meet_add_up_and_have_no_line_of_interaction() -> None:
    table = money_table(Findings(market("sales ~ tv + radio")))
    assert [row[0] for row in table.rows] == ["tv", "radio", "all channels"]
    tv, radio, joint = shown(table)
    assert joint == pytest.approx(tv + radio, abs=2)  # each is rounded to a whole unit
    assert "Interaction" not in table.note


def test_what_channels_add_only_together_is_a_line() -> None:
    fit = market("sales ~ tv + radio + interact(tv, radio)")
    table = money_table(Findings(fit))
    assert [row[0] for row in table.rows] == ["tv", "radio", "all channels", "interaction"]
    x, z = fit.data.columns["tv"], fit.data.columns["radio"]
    both = 0.05 * (x * z).sum()
    right = [2 * x.sum() + both, z.sum() + both, 2 * x.sum() + z.sum() + both, -both]
    found = shown(table)
    assert found == pytest.approx(right, rel=0.01)
    assert found[0] + found[1] + found[3] == pytest.approx(found[2], abs=2)
    assert all(len(row) == len(table.rows[0]) for row in table.rows)
    assert "Interaction: what all channels together added less the sum of what each did." in table.note
