"""Many scenarios through the forward pass, and one against `pm.do` and `sample_posterior_predictive`.

A scenario scales the spends of all channels over the 156 weeks, so that every node below them is computed anew; spends
are held and the answer is the total revenue of each of 4,000 draws, from conditional means, which are exact here. The
question is put to the shipped funnel and to a funnel of twelve nodes written here, with simulated data. Against PyMC
both answer the week-by-week revenue of one scenario with new noise in every node.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from benchmarks.measure import REPEATS, fresh
from benchmarks.row import Row

if TYPE_CHECKING:
    from bayes_roi.inference.fit import Fit
    from bayes_roi.queries.expect import Held, Scene

SCENARIOS = 50
CHANNELS = ("tv", "social", "video", "display", "search")
TWELVE_NODES = """
    search_spend   ~ demand
    organic_clicks ~ demand + hill(adstock(tv_spend)) + hill(adstock(social_spend))
    social_clicks  ~ demand + hill(adstock(social_spend))
    video_clicks   ~ demand + hill(adstock(video_spend))
    display_clicks ~ demand + hill(adstock(display_spend))
    search_clicks  ~ demand + hill(adstock(search_spend))
    revenue        ~ demand + organic_clicks + social_clicks + video_clicks + display_clicks + search_clicks
                     + trend() + season(period=52.18, order=2)
"""
WEEKS, CARRY_IN = 156, 8
MEGABYTE = 2**20


def rows() -> Iterator[Row]:
    """Yield CPU and peak memory of fifty scenarios of two models, and CPU of one scenario."""
    fresh(scenarios, "shipped", 2)
    for which in ("shipped", "twelve nodes"):
        many, process = fresh(scenarios, which, SCENARIOS)
        size = f"{SCENARIOS} scenarios x {many['draws']:,} draws x {many['weeks']} weeks x {many['nodes']} nodes"
        yield Row("forward", size, "limit", many["seconds"], 3, "s CPU", limit=1)
        note = f"of the process, imports and fit included; {many['before'] / MEGABYTE:.0f} MB before the question"
        what = f"the same {many['nodes']} nodes, peak"
        yield Row("forward", what, "limit", process.peak / MEGABYTE, 500, "MB", limit=1, note=note)
    for hold in (True, False):
        asked, _ = fresh(questions, hold)
        size = f"the same by `br.do`, week by week, {'other spends held' if hold else 'in total'}"
        yield Row("forward", size, "limit", asked["seconds"], 3, "s CPU", limit=1)
    one, _ = fresh(one_scenario)
    peer, note = (
        "pm.do + posterior predictive",
        f"mean revenue of a week {one['mean']:,.0f} and {one['peer mean']:,.0f}",
    )
    yield Row("forward", "one scenario, with noise", peer, one["seconds"], one["peer seconds"], "s CPU", note=note)


def scenarios(which: str, count: int) -> dict[str, float]:
    """Return CPU seconds of the total revenue under `count` scenarios, the median of some, and the question's size."""
    import resource
    import statistics

    import numpy as np

    from bayes_roi.queries.expect import expect

    fit, stage = _funnel() if which == "shipped" else _twelve_nodes()
    arms = [_scaled(stage, 0.5 + i / count) for i in range(count)]
    target = fit.model.outcome

    def totals(values: Sequence[Mapping[str, Any]]) -> Any:
        return np.stack([v[target].sum(axis=1) for v in values], axis=1)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    seconds = []
    for _ in range(REPEATS):
        started = time.process_time()
        answer = expect(stage, arms, totals, frozenset({target}), seed=1)
        seconds.append(time.process_time() - started)
    nodes, median = len(fit.model.nodes), statistics.median(seconds)
    return {"seconds": median, "before": before, "draws": len(answer), "weeks": fit.design.length, "nodes": nodes}


def questions(hold_spend: bool) -> dict[str, float]:
    """Return CPU seconds of as many questions about one spend each, with labels, the median of some."""
    import statistics

    import bayes_roi as br

    fit, _ = _funnel()
    spends = list(fit.model.channels.values())
    asked = [br.scale_by(spends[i % len(spends)], 0.5 + i / SCENARIOS) for i in range(SCENARIOS)]
    seconds = []
    for _ in range(REPEATS):
        started = time.process_time()
        br.do(fit, asked, nodes=[fit.model.outcome], hold_spend=hold_spend)
        seconds.append(time.process_time() - started)
    return {"seconds": statistics.median(seconds)}


def one_scenario() -> dict[str, float]:
    """Return CPU seconds of one scenario's revenue by week, with noise, ours and PyMC's, and the two means."""
    import logging

    import numpy as np
    import pymc as pm

    import bayes_roi as br
    from bayes_roi.queries.expect import expect

    logging.getLogger("pymc").setLevel(logging.ERROR)
    fit, stage = _funnel()
    arm, target = _scaled(stage, 1.2), fit.model.outcome
    scm = br.to_pymc(fit.model, fit.data)
    started = time.process_time()
    ours = expect(stage, [arm], lambda values: values[0][target], frozenset({target}), noise="predictive", seed=1)
    seconds = time.process_time() - started
    started = time.process_time()
    with pm.do(scm, arm):
        tree = pm.sample_posterior_predictive(fit.posterior, var_names=[target], random_seed=1, progressbar=False)
    theirs = tree["posterior_predictive"][target].values
    peer_seconds = time.process_time() - started
    return {
        "seconds": seconds,
        "peer seconds": peer_seconds,
        "mean": float(np.mean(ours)),
        "peer mean": float(np.mean(theirs)),
    }


def _funnel() -> tuple[Fit, Scene]:
    import bayes_roi as br
    from bayes_roi.queries.expect import scene

    model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
    fit = br.fit(model, br.read_data(br.shipped("data/weekly_funnel.csv"), model), seed=1)
    return fit, scene(fit)


def _twelve_nodes() -> tuple[Fit, Scene]:
    import bayes_roi as br
    from bayes_roi.queries.expect import scene

    model = br.Model(
        name="funnel of twelve nodes",
        equations=TWELVE_NODES,
        outcome="revenue",
        time="week",
        channels={channel: f"{channel}_spend" for channel in CHANNELS},
    )
    fit = br.fit(model, br.simulate(model, periods=CARRY_IN + WEEKS, seed=1), seed=1)
    return fit, scene(fit)


def _scaled(stage: Scene, factor: float) -> Held:
    import bayes_roi as br

    return stage.held([br.scale_by(spend, factor) for spend in sorted(stage.model.spends)], hold_spend=True)
