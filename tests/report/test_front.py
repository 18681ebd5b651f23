"""The first screen: the profit, the step with the most to gain, and what is uncertain."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import numpy as np
import pytest

from bayes_roi.draws import Evidence
from bayes_roi.inference.fit import Fit
from bayes_roi.model.law.intervention import scale_by
from bayes_roi.queries.effects.do import do
from bayes_roi.report import front, words
from bayes_roi.report.findings import Findings
from bayes_roi.report.html import page_of
from bayes_roi.value.answers import MoneyAnswers
from bayes_roi.value.money.money import Money
from bayes_roi.value.money.next_step import SHARE, next_step


@pytest.fixture(scope="module")
def found(weekly: Fit) -> Findings:
    return Findings(weekly)


def plain(text: str) -> str:
    return text.replace("\xa0", " ").replace("\N{MINUS SIGN}", "-")


def test_profit_is_roi_times_spend(weekly: Fit) -> None:
    money = Money(weekly)
    for asked in (money, money.of_all):
        roi, spend = asked.roi.arrays.values.array, asked.increments.spend
        assert np.allclose(asked.profit.arrays.values.array, roi * spend, rtol=1e-12)


def test_a_margin_asked_for_moves_the_profit_and_the_step(weekly: Fit) -> None:
    half, all_ = (Money(weekly, margin=m) for m in (0.5, 1.0))
    gap = all_.profit.arrays.values.array - half.profit.arrays.values.array
    assert np.allclose(gap, 0.5 * half.contribution.arrays.values.array, rtol=1e-9)
    low, high = (next_step(m) for m in (half, all_))
    assert low is not None
    assert high is not None
    assert np.allclose(2 * low.gain.arrays.values.array, high.gain.arrays.values.array, rtol=1e-9)  # no money saved


def test_a_step_gains_what_the_intervention_says(weekly: Fit) -> None:
    money = Money(weekly)
    step = next_step(money)
    assert step is not None
    assert (step.less, step.more) == ("tv", "search")
    spend = dict(zip(money.increments.channels, money.increments.spend.tolist(), strict=True))
    assert step.amount == pytest.approx(SHARE * min(spend.values()))
    moved = [scale_by(f"{c}_spend", 1 + way * step.amount / spend[c]) for c, way in (("tv", -1), ("search", 1))]
    then = do(weekly, moved, nodes=["revenue"])["revenue"].mean().sum().item()
    now = do(weekly, [scale_by("tv_spend", 1), scale_by("search_spend", 1)], nodes=["revenue"])["revenue"]
    assert step.gain.mean().item() == pytest.approx(0.4 * (then - now.mean().sum().item()), rel=1e-6)


def test_where_every_next_unit_loses_the_worst_channel_spends_less(weekly: Fit) -> None:
    step = next_step(Money(weekly, margin=0.05))
    assert step is not None
    assert (step.less, step.more) == ("tv", None)
    assert 0 < step.gain.mean().item() < step.amount  # the money kept, less what it would have brought


def test_there_is_no_step_where_nothing_is_identified(weekly: Fit) -> None:
    money = Money(weekly)
    blind = money.marginal_roas.arrays.evidence.filled(np.full(2, int(Evidence.ASSUMED)))
    vars(money)["marginal_roas"] = replace(money.marginal_roas, evidence=blind)
    assert next_step(money) is None
    told = Findings(weekly, known=MoneyAnswers(money))
    assert plain(front.what_next(told)).startswith("Next: test ")


def test_the_first_sentence_is_the_profit_of_all_channels(found: Findings) -> None:
    draws = found.money.of_all.profit
    middle, (lower, upper) = draws.median().item(), (float(e.array.item()) for e in draws.arrays.interval(0.9))
    said = plain(front.earned(found))
    assert said.startswith("Advertising earned ") is (middle > 0)
    assert "million" in said
    shown = [float(x) for x in said.split("of the profit ")[1].split(")")[0].split(" to ")]
    assert shown == pytest.approx([lower / 1e6, upper / 1e6], abs=0.0051)


def test_money_without_a_name_is_told_in_units(found: Findings) -> None:
    unnamed = Findings(replace(found.fit, model=replace(found.model, currency="money")))
    assert "million units of money" in plain(front.earned(unnamed))
    assert "Each unit of money spent returned" in words.answer(unnamed.channels[0], unnamed)
    assert "money" not in front.front_table(unnamed).labels[1]


def test_no_more_than_three_sentences_stand_above_the_table(found: Findings) -> None:
    page = page_of(found)
    section = page[page.index('<section id="answer"') : page.index("<table")]
    assert len(re.findall(r"<p class=\"lead\">", section)) == 3
    last = page[page.index('<tr class="total"') :]
    cells = [unescape(c) for c in re.findall(r"<td[^>]*>(.*?)</td>", last[: last.index("</tr>")])]
    assert cells[0] == "all channels"
    assert "→" in cells[4]
    assert cells[1] == f"{sum(c.spend for c in found.channels) / 1e6:.2f}"


def test_every_cell_says_its_column_where_heads_have_no_room(found: Findings) -> None:
    page = page_of(found)
    assert page.count("<td") == len(re.findall(r"<td[^>]* data-label=\"", page))
    assert 'data-label="ROAS, interval"' in page


def test_the_gravest_reason_is_told_of_each_uncertain_channel(found: Findings) -> None:
    tv, _ = found.channels
    open_ = replace(tv, probability_positive=0.5, never_pauses="", support=1.0)
    cases = {
        "the data do not identify their return": replace(open_, evidence=Evidence.ASSUMED),
        "they never paused": replace(open_, never_pauses="never"),
        "few data lie near zero spend": replace(open_, support=0.1),
        "their intervals span break-even": open_,
    }
    for why, channel in cases.items():
        some = Findings(found.fit)
        vars(some)["channels"] = (channel, replace(channel, name="other"))
        assert why in front.uncertain(some)
    sure = Findings(found.fit)
    vars(sure)["channels"] = (replace(open_, probability_positive=0.99),)
    assert "whether the graph is right" in front.uncertain(sure)
