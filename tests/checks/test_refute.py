"""Refuters: silent where the model is right, loud where it is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.checks.refute.placebo import chance_of
from bayes_roi.inference.fit import Fit
from bayes_roi.panel import Panel

KINDS = {"placebo spend", "placebo outcome", "random common cause", "without a period"}


def shop(slow: float = 0.0, ahead: float = 0.0, seed: int = 1, rows: int = 150) -> Fit:
    """Return a fit of sales on a spend that drifts; noise that drifts, or a budget that knows it, fails the model."""
    rng = np.random.default_rng(seed)
    e = rng.standard_normal((3, rows + 1))
    drift, noise = np.zeros(rows + 1), np.zeros(rows + 1)
    for t in range(1, rows + 1):
        drift[t] = 0.8 * drift[t - 1] + e[0, t]
        noise[t] = slow * noise[t - 1] + e[1, t]
    tv = 10 + drift[1:] + ahead * noise[:-1]
    sales = 50 + tv + noise[1:]
    data = Panel({"tv": tv, "sales": sales}, np.arange(rows), "week", "period", "made")
    prior = {"sales.tv.effect": "Normal(mu=0, sigma=100)"}
    model = br.Model(
        name="m", equations="sales ~ tv", outcome="sales", channels={"tv": "tv"}, time="week", priors=prior
    )
    return br.fit(model, data, seed=1, draws=500)


def test_a_model_that_is_right_is_not_refuted() -> None:
    found = br.refute(shop())
    assert found
    assert {r.kind for r in found.refuters} == KINDS
    assert len(found.to_frame()) == len(found.to_dict()["refuters"])
    assert "no refuter speaks against the model" in str(found)


def test_a_budget_that_follows_last_weeks_sales_is_told_by_placebo_outcomes() -> None:
    found = br.refute(shop(ahead=1.0), refits=False)
    assert "placebo outcome" in {r.kind for r in found.against}


def test_drifting_noise_is_told_by_placebo_spends() -> None:
    """Noise and spend that both drift make chance look like an effect: more than a tenth lies outside the band."""
    fit = shop(slow=0.95, seed=3)
    (spend,) = (r for r in br.refute(fit, refits=False).refuters if r.kind == "placebo spend")
    assert spend.shown > 0.2
    assert spend.chance < 0.05


def test_the_chance_of_placebos_is_at_most_what_it_says() -> None:
    """Over 60 right models of two placebo rows: P(p <= a) <= a, with three sd of a binomial."""
    fits = (shop(seed=seed, rows=80) for seed in range(60))
    chances = [r.chance for fit in fits for r in br.refute(fit, tables=99, refits=False).refuters]
    for a in (0.05, 0.1, 0.25, 0.5):
        share = np.mean(np.array(chances) <= a)
        assert share <= a + 3 * np.sqrt(a * (1 - a) / 60), a


def test_the_chance_of_a_random_column_is_at_most_what_it_says() -> None:
    """Over 60 right models: P(p <= a) <= a, with three sd of a binomial; a column that the noise follows is told."""
    chances = []
    for seed in range(60):
        fit = shop(seed=seed, rows=80)
        column = np.random.default_rng(seed + 500).standard_normal(fit.design.length)
        chances.append(chance_of(fit, column, tables=99, seed=seed))
    for a in (0.05, 0.1, 0.25, 0.5):
        assert np.mean(np.array(chances) <= a) <= a + 3 * np.sqrt(a * (1 - a) / 60), a
    left = fit.data.columns["sales"] - fit.data.columns["tv"]
    assert chance_of(fit, left, tables=999, seed=1) == 0.001


def test_what_cannot_be_refuted_is_told(funnel_fit: Fit) -> None:
    bare = replace(funnel_fit, model=replace(funnel_fit.model, channels={}))
    with pytest.raises(br.QueryError, match="no channels"):
        br.refute(bare)
    with pytest.raises(br.QueryError, match="tables must be a whole number, 1 or more"):
        br.refute(funnel_fit, tables=0)
