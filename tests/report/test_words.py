from __future__ import annotations

from dataclasses import replace

import pytest

from bayes_roi.draws import Evidence
from bayes_roi.inference.fit import Fit
from bayes_roi.report import assumptions, words
from bayes_roi.report.findings import Channel, Findings
from bayes_roi.report.rounding import Estimate
from bayes_roi.value.uncertainty.prior_weight import PriorWeight


@pytest.fixture
def findings(weekly: Fit) -> Findings:
    return Findings(weekly)


def channel(evidence: Evidence = Evidence.IDENTIFIED, support: float = 1.0) -> Channel:
    roas = Estimate(1.83, 1.2, 2.6)
    roi = Estimate(-0.27, -0.52, 0.04)
    return Channel("TV", 1e6, Estimate(1.83e6, 1.2e6, 2.6e6), roas, roi, roas, 0.03, evidence, support)


def test_the_sentence_of_a_channel(findings: Findings) -> None:
    said = words.answer(channel(support=0.2), findings).replace("\xa0", " ")
    assert said == (
        "Each USD spent returned 1.83 USD of revenue (90 % credible interval 1.20 to 2.60); after the 40 % margin that "
        "is an ROI of −27 % (−52 to 4 %); the probability that it earned back its cost is 3 %. "
        "Evidence: identified, extrapolated."
    )
    assert words.amounts(channel(), findings) == (
        "1.00 million USD spent caused 1.8 million USD of revenue (1.2 to 2.6); "
        "the next USD would return 1.83 (1.20 to 2.60)."
    )


def test_what_is_only_assumed_comes_with_its_warning_and_causes_nothing(findings: Findings) -> None:
    said = words.answer(channel(Evidence.ASSUMED), findings)
    assert said.startswith("Warning, not identified by the data")
    assert "Evidence: assumed" in said
    assert "caused" not in words.amounts(channel(Evidence.ASSUMED), findings)


def test_what_is_descriptive_has_no_roi(findings: Findings) -> None:
    said = words.answer(channel(Evidence.DESCRIPTIVE), findings)
    assert "ROI" not in said
    assert "not a cause" in said
    assert "next" not in words.amounts(channel(Evidence.DESCRIPTIVE), findings)


def test_no_spend_has_a_reason_instead_of_a_number(findings: Findings) -> None:
    nothing = Estimate(float("nan"), float("nan"), float("nan"))
    idle = replace(channel(), roas=nothing, roi=nothing, spend=0.0)
    assert words.answer(idle, findings) == "No money was spent in the window, so there is no return to measure."


def test_the_verdict_sorts_channels_by_the_probability_that_they_paid(findings: Findings) -> None:
    cases = {"a": 0.99, "b": 0.01, "c": 0.5, "d": 0.96}
    found = [replace(channel(), name=n, probability_positive=p) for n, p in cases.items()]
    found.append(replace(channel(Evidence.ASSUMED), name="e", probability_positive=0.99))
    some = Findings(findings.fit)
    vars(some)["channels"] = tuple(found)
    said = words.verdict(some).replace("\xa0", " ")
    assert "Earned back the money spent (probability above 95 %): a and d." in said
    assert "(probability below 5 %): b." in said
    assert "Inconclusive: c." in said
    assert "they do not tell the return: e." in said


def test_a_band_that_is_too_narrow_is_named(findings: Findings) -> None:
    check, _ = findings.predictive_checks["revenue"]
    assert "too sure" in words.calibration(replace(check, inside=0.6, counted=0.6, chance=1e-9))
    assert "less sure" in words.calibration(replace(check, inside=1.0, counted=1.0, chance=0.001))
    assert "about as many" in words.calibration(check)
    assert words.predictive(check, None, []).count("R²") == 1
    said = words.predictive(check, replace(check, given="spend", r2=0.4), ["organic_clicks"])
    assert "This takes organic_clicks as observed: R² is 0." in said
    assert "With all that stands between drawn anew: " in said
    assert said.count("(MAPE)") == 2


def test_the_prior_carries_what_the_data_do_not_narrow(findings: Findings) -> None:
    told = Findings(findings.fit)
    vars(told.answers)["weights"] = {"tv": PriorWeight(0.01), "search": PriorWeight(0.01)}
    assert words.carried_by_prior(told).startswith("The prior carries no ROAS")
    vars(told.answers)["weights"] = {"tv": PriorWeight(0.2, 0.01), "search": PriorWeight(0.2, 0.3)}
    assert words.carried_by_prior(told).startswith("The prior carries the ROAS of tv:")
    assert "has a say in the ROAS of search" in words.carried_by_prior(told)
    blind = Findings(findings.fit)
    vars(blind)["parameters_compared"] = tuple(replace(p, posterior=p.prior) for p in findings.parameters_compared)
    assert "revenue.tv_spend.effect" in words.carried_by_prior(blind)


def test_the_causal_assumptions_name_arrows_budgets_and_paths(funnel: Fit) -> None:
    said = assumptions.causal(funnel.model)
    assert "search_clicks is caused by demand and search_spend." in said
    assert "tv_spend moves revenue only through organic_clicks." in said
    assert any(s.startswith("tv_spend and social_spend were set without regard") for s in said)
    assert any(s.startswith("All common causes are observed") for s in said)
    assert assumptions.adjusted(funnel.model).startswith("Spends are compared at equal demand")


def test_arrows_drawn_and_absent_add_up_to_all_pairs(funnel: Fit) -> None:
    count = len(funnel.model.nodes)
    drawn, absent = (int(s) for s in assumptions._absent(funnel.model).split() if s.isdigit())
    assert drawn + absent == count * (count - 1) // 2


def test_signs_cap_and_carry_over_are_told(funnel: Fit, weekly: Fit) -> None:
    said = " ".join(assumptions.statistical(funnel))
    assert "never does harm" not in said  # a click may be worth less than nothing, by its prior
    assert "at most 8 periods" in said
    assert "Spend on tv and search never does harm, by its prior" in " ".join(assumptions.statistical(weekly))
    assert "baseline of revenue is not negative" in " ".join(assumptions.statistical(weekly))
