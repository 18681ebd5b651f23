"""Worlds whose graph is drawn right, and the two in which an arrow is left out that the table could tell of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import bayes_roi as br
from bayes_roi.model.simulation.exogenous import ExogenousLaw
from bayes_roi.model.simulation.made_up_truth import made_up_truth
from bayes_roi.model.simulation.truth import Truth

Changed = Callable[[Truth], Truth]
MEDIA = "hill(adstock(tv_spend, max_lag=4)) + hill(adstock(social_spend, max_lag=4))"
CHANNELS = {"tv": "tv_spend", "social": "social_spend"}


@dataclass(frozen=True)
class Kind:
    """A kind of world: the model that makes the table, the one that is fitted, and what is changed of the truth."""

    true: br.Model
    fitted: br.Model
    changed: Changed = lambda truth: truth
    periods: int = 156

    def table(self, seed: int) -> br.Panel:
        """Return the table of a seed."""
        truth = self.changed(made_up_truth(self.true, seed=seed, periods=self.periods))
        found = br.simulate(self.true, truth, seed=seed)
        kept = {n: x for n, x in found.columns.items() if n in {*self.fitted.measured, self.fitted.weights}}
        return replace(found, columns=kept)


def model(equations: str, **options: object) -> br.Model:
    """Return a weekly model of television and social media."""
    known = {"name": "m", "outcome": "revenue", "channels": CHANNELS, "time": "week", "currency": "USD"} | options
    return br.Model(equations=equations, **known)  # type: ignore[arg-type]


def funnel() -> br.Model:
    """Return the shipped weekly funnel."""
    return br.read_model(br.shipped("models/weekly_funnel.yaml"))


def changed(known: br.Model, before: str, after: str) -> br.Model:
    """Return a model with the equation of revenue written otherwise."""
    lines = [str(e).replace(before, after) if e.node == "revenue" else str(e) for e in known.structural]
    return replace(known, equations="\n".join(lines))


def clean(known: br.Model, with_laws: Changed = lambda truth: truth, periods: int = 156) -> Kind:
    """Return worlds whose graph is right."""
    return Kind(known, known, with_laws, periods)


def drifting(truth: Truth) -> Truth:
    """Return the truth with exogenous nodes that drift and swing together."""
    slow = {n: ExogenousLaw(100.0, 20.0, autocorrelation=0.97, season=25.0, minimum=1.0) for n in truth.exogenous}
    return replace(truth, exogenous=slow)


WRONG = {
    "demand -> revenue left out": Kind(funnel(), changed(funnel(), "revenue ~ demand + ", "revenue ~ ")),
    "tv -> revenue left out": Kind(changed(funnel(), " + trend", " + hill(adstock(tv_spend)) + trend"), funnel()),
}
STEPS = "clicks ~ demand + hill(adstock(tv_spend, max_lag=4))\nrevenue ~ clicks + demand + social_spend"
PANEL = "clicks ~ demand + tv_spend\nrevenue ~ clicks + demand + social_spend"
CLEAN = {
    "funnel": clean(funnel()),
    "one equation": clean(model(f"revenue ~ demand + {MEDIA} + trend() + season(period=52.18, order=1)")),
    "exchangeable": clean(model("clicks ~ demand + tv_spend\nrevenue ~ clicks + social_spend", time=None), periods=400),
    "lags": clean(model("clicks ~ lag(tv_spend, 2) + demand\nrevenue ~ lag(clicks, 1) + lag(social_spend, 1)")),
    "counts": clean(model(STEPS, families={"clicks": "negative_binomial"})),
    "few counts": clean(model(STEPS, families={"clicks": "poisson"})),
    "share": clean(model(f"clicks ~ shows + {MEDIA}\nrevenue ~ clicks", families={"clicks": "student_t"})),
    "log link": clean(model(STEPS, families={"revenue": "lognormal"})),
    "autocorrelated": clean(model(STEPS, noise={"clicks": "ar(1)", "revenue": "ar(1)"})),
    "drifting": clean(model(STEPS, noise={"revenue": "ar(1)"}), drifting),
    "panel": clean(model(PANEL, panel="geo"), periods=60),
    "hidden cause": clean(model("clicks ~ demand + tv_spend\nrevenue ~ social_spend + clicks\nclicks ~~ revenue")),
}
KINDS = WRONG | CLEAN
