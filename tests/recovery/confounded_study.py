"""Coverage of the 90 % intervals of ROAS over weekly funnels whose budgets chase demand.

    python -m tests.recovery.confounded_study [SEEDS] [FIRST]

Every world has a truth of its own, made up and not drawn from the priors: television is planned by demand and season,
social media and search by demand, and demand moves clicks and revenue too. The shipped model, which has demand in its
equations, is fitted; so is, as a control, the same model without demand, which must be wrong: worlds in which it is
right are not confounded, and coverage over them says nothing of adjustment. Exit code 1 when the pooled coverage of
ROAS is not between 85 and 95 %, or the control's is.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np

import bayes_roi as br
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.model.language.names import parameter_names
from bayes_roi.model.simulation.made_up_truth import made_up_truth
from bayes_roi.model.simulation.simulate import simulate
from bayes_roi.model.simulation.truth import Truth
from tests.recovery.coverage_study import World, judged, pooled, summary

BUDGETS = {
    "tv_spend": "tv_spend ~ demand + season(period=52.18, order=1)",
    "social_spend": "social_spend ~ demand",
    "search_spend": "search_spend ~ demand",
}
LEAST, MOST = 0.85, 0.95
CHASED, FREE = 3_000.0, 3_000.0
"""Sd of a weekly budget that demand (and season) cause, and of what else moves it, in money."""
PLANNED = 6_000.0
"""Mean of a budget before it is cut off at zero, which makes one week of ten dark."""


def funnel() -> br.Model:
    """Return the model that is fitted."""
    return br.read_model(br.shipped("models/weekly_funnel.yaml"))


def chased(model: br.Model) -> br.Model:
    """Return the model with an equation for every budget, from which worlds are simulated."""
    others = [str(e) for e in model.equations if e.node not in BUDGETS]
    return replace(model, equations="\n".join([*BUDGETS.values(), *others]))


def naive(model: br.Model) -> br.Model:
    """Return the model without demand: budgets are taken for exogenous."""
    kept = (replace(e, terms=tuple(t for t in e.terms if t.parents != ("demand",))) for e in model.equations)
    return replace(model, equations="\n".join(str(e) for e in kept if e.node not in BUDGETS))


def truth_of(model: br.Model, seed: int) -> Truth:
    """Return a made-up truth whose budgets vary as much by demand as by chance."""
    truth = made_up_truth(model, seed=seed, periods=164)
    parameters = dict(truth.parameters)
    law = truth.exogenous["demand"]
    demand_sd = np.hypot(law.sd, law.season / np.sqrt(2))
    for spend in BUDGETS:
        parameters |= {
            f"{spend}.intercept": PLANNED,
            f"{spend}.demand.effect": CHASED / demand_sd,
            f"{spend}.sigma": FREE,
        }
    parameters["tv_spend.season.effect"] = [0.5 * CHASED, 0.5 * CHASED]
    return replace(truth, parameters=parameters)


def world(seed: int) -> tuple[br.Panel, Fit]:
    """Return simulated data, and a fit of the funnel whose one draw is the truth."""
    model = chased(funnel())
    truth = truth_of(model, seed)
    data = simulate(model, truth, seed=seed)
    names = parameter_names(funnel())
    return data, fit_of(funnel(), data, {n: np.asarray(truth.parameters[n], float)[None] for n in names})


def run(seed: int) -> tuple[World, World]:
    """Return what the model and the control say of one world."""
    data, truth = world(seed)
    control = naive(funnel())
    seen = replace(data, columns={n: data.columns[n] for n in control.nodes})
    return judged(funnel(), data, truth, seed), judged(control, seen, truth, seed)


def main(count: int = 100, first: int = 0) -> int:
    """Print both coverages; return the exit code."""
    found = []
    for seed in range(first, first + count):
        found.append(run(seed))
        print(f"seed {seed}: {found[-1]}", file=sys.stderr)
    adjusted, control = (list(worlds) for worlds in zip(*found, strict=True))
    print(f"with demand in the equations\n{summary(adjusted)}\n\nwithout (control)\n{summary(control)}")
    rate, wrong = pooled(adjusted)[0], pooled(control)[0]
    return int(not LEAST <= rate <= MOST or wrong >= LEAST)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
