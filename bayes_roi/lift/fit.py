"""Fitting a model to a table and to the results of lift tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from bayes_roi.errors import FitError
from bayes_roi.experiments.lift_test import LiftTest
from bayes_roi.experiments.record import record_of
from bayes_roi.inference.diagnosis import LiftReport
from bayes_roi.inference.engines import BlockFit
from bayes_roi.inference.fit import Fit, assembled, engines_of, fitted, settings_of
from bayes_roi.lift.joint import sampled_together
from bayes_roi.lift.once import counted_once
from bayes_roi.lift.place import Placed, place
from bayes_roi.lift.weights import trusted, weighted
from bayes_roi.model.language.model import Model
from bayes_roi.panel import Panel

FURTHEST = 6.0
"""Standard deviations between a result and its expectation beyond which it is refused: a slip of sign or units."""


def fit(
    model: Model,
    data: Panel,
    *,
    experiments: Sequence[LiftTest] = (),
    seed: int = 0,
    draws: int = 1000,
    chains: int = 4,
    tune: int = 1000,
    engine: Literal["auto", "nuts"] = "auto",
    progress: bool | None = None,
) -> Fit:
    r"""Return the posterior of a model given a panel, and the results of lift tests where there are any.

    $p(\theta \mid \text{rows}, \text{tests}) \propto p(\theta \mid \text{rows}) \prod_j L_j(\delta_j(\theta))^{d_j}$
    with $\delta_j$ what test j is expected to measure: the model's own forward pass under the tested spend less that
    under the usual spend, so that a result informs carry-over, saturation and paths alike.

    Parameters
    ----------
    model, data
        What to fit.
    experiments
        Lift tests with their results. The draws of the blocks on the tested paths are weighted by their likelihood
        while the weights can be trusted; else these blocks are sampled together.
    seed
        The same seed gives the same draws, bit for bit, on the same machine.
    draws, chains, tune
        Draws a chain, number of chains, and tuning steps a chain where the engine tunes.
    engine
        "auto" takes for each block the cheapest engine that is exact enough; "nuts" fits all with NUTS.
    progress
        False shows no progress; else there is a bar on a terminal and elsewhere a line every 20 seconds, on stderr.

    Raises
    ------
    FitError
        When an option is out of range, no engine can fit a block, or a result is out of all proportion.
    QueryError
        When a test names what is not there, has no result, or was computed from rows that the fit counts too.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/acquisition.yaml"))
    >>> data = br.read_data(br.shipped("data/acquisition.csv"), model)
    >>> bool(br.fit(model, data, seed=7).diagnosis)
    True

    A test that switched search off for four weeks, on a tenth of the customers:

    >>> model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
    >>> data = br.read_data(br.shipped("data/weekly_funnel.csv"), model)
    >>> test = br.LiftTest("search", during="2024-03", estimate=-11_000, se=2_000, share=0.1, randomised=True)
    >>> fit = br.fit(model, data, experiments=[test], seed=7, draws=500)
    >>> len(fit.experiments)
    1
    """
    settings, engines = settings_of(draws, chains, tune, seed), engines_of(engine)
    tests = _with_results(experiments)
    data = counted_once(tests, model, data)
    without, fits = fitted(model, data, settings, seed=seed, engines=engines, progress=progress)
    return with_tests(without, fits, tests, engine, progress) if tests else without


def fitted_again(
    known: Fit, model: Model, data: Panel, *, seed: int, draws: int, chains: int = 4, tune: int = 1000
) -> Fit:
    """Return a model fitted to a table with the lift tests that another fit knows, and without progress."""
    tests = known.experiments
    return fit(model, data, experiments=tests, seed=seed, draws=draws, chains=chains, tune=tune, progress=False)


def _with_results(experiments: Sequence[LiftTest]) -> tuple[LiftTest, ...]:
    if isinstance(experiments, LiftTest) or not all(isinstance(t, LiftTest) for t in experiments):
        raise FitError(
            "experiments= takes a list of br.LiftTest; br.read_experiments(file) reads them, and "
            "br.LiftTest(channel, during, estimate=result) takes the result of an estimator"
        )
    for test in experiments:
        if not test.has_result:
            raise FitError(f"{test.label}: it has no result yet; give estimate= with interval= or se=, or draws=")
    records = [record_of(test) for test in experiments]
    for at, test in enumerate(experiments):
        if records[at] in records[:at]:
            raise FitError(f"{test.label}: it is there twice, and would count twice; leave one out")
    return tuple(experiments)


def with_tests(
    without: Fit, fits: Sequence[BlockFit], tests: tuple[LiftTest, ...], engine: str, progress: bool | None
) -> Fit:
    """Return the fit whose draws know the results of tests too."""
    placed = [place(test, without) for test in tests]
    joined = list(fits)
    by: dict[int, str] = {}
    for group in together(placed, fits):
        parts = [f for f in fits if group.nodes.intersection(f.block.nodes)]
        found = weighted(without, parts, group.placed, engines_of(engine), progress) if engine == "auto" else None
        how = "weights" if found is not None else "sampling"
        if found is None:
            _require_near(group.placed, placed)
        found = found or sampled_together(without, parts, group.placed, engine, progress)
        joined = [*(f for f in joined if not group.nodes.intersection(f.block.nodes)), *found]
        by |= dict.fromkeys((id(p) for p in group.placed), how)
    joined_fit = assembled(
        without.model,
        without.data,
        without.design,
        joined,
        without.seed,
        without.settings,
        implied=without.diagnosis.implications,
    )
    reports = tuple(_report(p, [q for q in placed if q is not p], by[id(p)]) for p in placed)
    return replace(joined_fit, diagnosis=replace(joined_fit.diagnosis, lifts=reports), experiments=tests)


def _require_near(inside: Sequence[Placed], placed: Sequence[Placed]) -> None:
    """Raise where a result is so far from what is expected that no posterior of both stands for either."""
    for p in inside:
        report = _report(p, [q for q in placed if q is not p], "")
        if abs(report.tension) > FURTHEST and p.test.discount > 0:
            raise FitError(f"{report.problem}; the two are too far apart to be fitted together")


@dataclass(frozen=True, eq=False)
class Group:
    """Tests that share blocks, and the nodes of all of these."""

    placed: list[Placed]
    nodes: frozenset[str]


def together(placed: Sequence[Placed], fits: Sequence[BlockFit]) -> list[Group]:
    """Return tests by the blocks whose parameters they read: those that share one are one group."""
    groups: list[Group] = []
    for p in placed:
        nodes = frozenset(n for f in fits if set(f.block.nodes) & set(p.lift.nodes) for n in f.block.nodes)
        meet = [g for g in groups if g.nodes & nodes]
        one = Group([*(q for g in meet for q in g.placed), p], nodes.union(*(g.nodes for g in meet)))
        groups = [g for g in groups if g not in meet] + [one]
    return groups


def _report(placed: Placed, others: Sequence[Placed], by: str) -> LiftReport:
    """Return a test beside what the table and, where their weights can be trusted, the other tests expect of it."""
    expected, weights = placed.expected, np.full(len(placed.expected), 1 / len(placed.expected))
    log_likelihood = np.asarray(sum((p.log_likelihood for p in others), np.zeros(len(expected))))
    if others and trusted(log_likelihood):
        weights = np.exp(log_likelihood - log_likelihood.max())
        weights = weights / weights.sum()
    mean = float(weights @ expected)
    sd = float(np.sqrt(weights @ (expected - mean) ** 2))
    se = float(placed.test.noise(np.array(mean)))
    return LiftReport(
        placed.test.label, placed.test.found, se, mean, sd, placed.test.discount, by, placed.note, placed.doses
    )
