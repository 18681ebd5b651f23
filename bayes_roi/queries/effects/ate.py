"""Causal questions about any node beside `do`: the ATE and the counterfactual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bayes_roi.draws import Draws, evidence_array, support_array
from bayes_roi.errors import QueryError
from bayes_roi.guards import answers_in_draws
from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.law.conditional import Conditional
from bayes_roi.model.law.forward import Noise, Parameters, Pass
from bayes_roi.model.law.intervention import Intervention, check_node, set_to, shift_by
from bayes_roi.model.rows.by_row import by_row
from bayes_roi.model.rows.during import During
from bayes_roi.queries.evidence import Support, evidence_of_change, evidence_of_rows, supported, why_assumed
from bayes_roi.queries.expect import Scene, by_chain, chunks, expect, in_part, scene
from bayes_roi.queries.paths.responding import named


@answers_in_draws
def ate(
    fit: Fit,
    node: str,
    *,
    shift: float | None = None,
    between: tuple[float, float] | None = None,
    outcome: str | None = None,
    during: During = None,
    hold_spend: bool = False,
    seed: int | None = None,
) -> Draws:
    r"""Return the average treatment effect of a node on the outcome.

    $\frac{1}{|W|} \sum_{t \in W} E[Y_t \mid do(x = b)] - E[Y_t \mid do(x = a)]$, the level held in every period of the
    window W, both arms on the same noise. With weights the mean over rows is weighted by them.

    Parameters
    ----------
    fit
        A fit.
    node
        What is changed: any node.
    shift
        From the actual values to the actual values plus this, in the node's units.
    between
        From one level to another: (a, b).
    outcome
        What responds; the model's outcome when None.
    during
        The window W; all rows when None.
    hold_spend
        Keep the other spends at their observed values ("other spends held"); by default they respond where they have
        an equation ("in total"). Where some do, the estimand names which of the two it is.
    seed
        Of the noise; the fit's own when None.

    Returns
    -------
    Draws
        No dims beyond chain and draw; in units of the outcome per period.

    Raises
    ------
    QueryError
        When neither or both of `shift` and `between` are given, or the intervention cannot be made.
    """
    target = outcome or fit.model.outcome
    check_node(fit.model, node)
    check_node(fit.model, target)
    if target == node:
        raise QueryError(f"{node!r} cannot be both cause and outcome; name another outcome=")
    low, high = levels(node, shift, between, during)
    stage = scene(fit, means_only=True)
    inside = stage.design.window(during)
    arms = [stage.held(level, hold_spend=hold_spend) for level in (low, high)]
    if not low:
        arms[0] |= {node: stage.observed[node]}
    weights = inside * (1.0 if stage.design.size is None else stage.design.size)
    weights = weights / weights.sum()
    values = expect(
        stage,
        arms,
        lambda v: (v[1][target] - v[0][target]) @ weights,
        frozenset({target}),
        seed=fit.seed if seed is None else seed,
    )
    support = support_of(fit, [*low, *high], node, hold_spend=hold_spend)
    what = f"do({say(high)})] - E[{target} | do({say(low) or node + ' as observed'})]"
    return Draws(
        values=Labelled(by_chain(fit, values), ("chain", "draw")),
        unit=target,
        estimand=f"ATE: mean over rows of E[{target} | {what}{named(fit.model, [node], hold_spend=hold_spend)}",
        evidence=evidence_array(evidence_of_change(fit, [node], list(arms[1]), target, support)),
        support=support_array(support.share),
        reason=why_assumed(fit, list(arms[1]), target) or support.reason,
    )


def support_of(fit: Fit, interventions: Sequence[Intervention], node: str, *, hold_spend: bool) -> Support:
    """Return the least support of the ways from the actual values of a node to each intervened level."""
    return min((support_of_joint(fit, [i], hold_spend=hold_spend) for i in interventions), key=lambda s: s.share)


def support_of_joint(fit: Fit, interventions: Sequence[Intervention], *, hold_spend: bool) -> Support:
    """Return the least support of the nodes' ways from the actual values to where interventions take them together."""
    full, nodes = scene(fit), dict.fromkeys(i.node for i in interventions)
    actual, joint = {n: full.observed[n] for n in nodes}, full.held(interventions, hold_spend=False)
    held = fit.model.spends - set(nodes) if hold_spend else ()
    return min((supported(fit, actual, joint, n, held=held) for n in nodes), key=lambda s: s.share)


def levels(
    node: str, shift: float | None, between: tuple[float, float] | None, during: During
) -> tuple[list[Intervention], list[Intervention]]:
    """Return what the two arms of a contrast do to a node; nothing is done where it stays as observed.

    Raises
    ------
    QueryError
        When neither or both of `shift` and `between` are given.
    """
    if (shift is None) == (between is None):
        raise QueryError("ate needs either shift=d (from actual to actual + d) or between=(a, b)")
    if shift is not None:
        return [], [shift_by(node, shift, during=during)]
    if not isinstance(between, tuple) or len(between) != 2:
        raise QueryError(f"between takes two levels (a, b), got {between!r}")
    return [set_to(node, between[0], during=during)], [set_to(node, between[1], during=during)]


@answers_in_draws
def counterfactual(
    fit: Fit,
    *interventions: Intervention,
    hold_spend: bool = False,
    rows: bool = False,
    seed: int | None = None,
) -> dict[str, Draws]:
    r"""Return what would have been, with each period's own noise: abduction, action, prediction.

    For every node downstream of the intervention its noise is recovered from the data, $z = f^{-1}(y, \eta)$, and kept
    while its parents change (Pearl 2009, section 7.1). With nothing changed it returns the data.

    Parameters
    ----------
    fit
        A fit.
    interventions
        What would have been done differently, made in turn.
    hold_spend
        Keep the other spends at their observed values.
    rows
        For exchangeable rows: return every row instead of the mean over rows.
    seed
        Of what the data leave open about the noise of a discrete node: a count tells in which interval its quantile
        lies, not where; the fit's own when None.

    Returns
    -------
    dict[str, Draws]
        Node -> draws with dim `time` (in a panel its unit too), in the node's units.

    Raises
    ------
    QueryError
        As `do`.
    """
    some(interventions)
    stage = scene(fit)
    arm = stage.held(interventions, hold_spend=hold_spend)
    reached = fit.model.graph.without_causes_of(frozenset(arm)).descendants([i.node for i in interventions])
    nodes = [n for n in fit.model.nodes if n in reached]
    first = fit.seed if seed is None else seed
    rng = {n: np.random.default_rng([first, i]) for i, n in enumerate(fit.model.computation.order)}
    parts = []
    for part, parameters in chunks(stage):
        facts = {n: in_part(v, part) for n, v in stage.observed.items()}
        held = {n: in_part(v, part) for n, v in arm.items()}
        noise = _abducted(stage, facts, parameters, rng)
        values = stage.forward.run(parameters, held, noise=noise, start=Pass(facts, {})).values
        shape = (part.stop - part.start, stage.design.length)
        parts.append({n: averaged(np.broadcast_to(values[n], shape), stage, rows) for n in nodes})
    how = named(fit.model, [i.node for i in interventions], hold_spend=hold_spend)
    together = {n: np.concatenate([p[n] for p in parts]) for n in nodes}
    return _draws(fit, together, nodes, interventions, f"{{node}} had {say(interventions)}{how}", arm, rows)


def _abducted(
    stage: Scene, facts: dict[str, Array], parameters: Parameters, rng: Mapping[str, np.random.Generator]
) -> Noise:
    """Return the source of the noise that the facts of a part of the draws had."""
    count = len(next(iter(parameters.values())))

    def noise(node: str, law: Conditional) -> Array:
        u = rng[node].random((count, stage.design.length)) if law.family.atoms else np.array(0.5)
        return stage.forward.conditional(node, facts, parameters).abduct(facts[node], u)

    return noise


def averaged(values: Array, stage: Scene, rows: bool) -> Array:
    """Return (draws, time), or the mean over exchangeable rows (draws,)."""
    if rows or stage.design.periods is not None:
        return values
    return np.average(values, axis=-1, weights=stage.design.size)


def _draws(
    fit: Fit,
    values: dict[str, np.ndarray],
    nodes: list[str],
    interventions: Sequence[Intervention],
    estimand: str,
    arm: dict[str, Array],
    rows: bool,
) -> dict[str, Draws]:
    treated = [i.node for i in interventions]
    hold_spend = set(fit.model.spends) - set(treated) <= set(arm) and bool(fit.model.spends)
    inside = support_of_joint(fit, interventions, hold_spend=hold_spend)

    by_row = rows or fit.design.periods is not None
    behind = {n: evidence_of_rows(fit, interventions, list(arm), n, by_row=by_row) for n in nodes}
    return {
        node: Draws(
            values=labelled(fit, values[node], rows),
            unit=node,
            estimand=estimand.format(node=node),
            evidence=evidence_array(behind[node][0]),
            support=support_array(inside.share),
            reason=behind[node][1] or inside.reason,
        )
        for node in nodes
    }


def labelled(fit: Fit, values: np.ndarray, rows: bool, *dims: str) -> Labelled:
    """Return draws (draws, ...) with dims chain, draw, those named, and the rows' where there are any."""
    names = ("chain", "draw", *dims)
    if fit.design.periods is None and not rows:
        return Labelled(by_chain(fit, values), names)
    return by_row(by_chain(fit, values), names, fit.model, fit.design)


def some(interventions: Sequence[Intervention]) -> None:
    """Raise unless there is an intervention, and nothing else.

    Raises
    ------
    QueryError
        For the first that is none.
    """
    for i in interventions:
        if not isinstance(i, Intervention):
            raise QueryError(f"{i!r} is not an intervention; use set_to, scale_by, shift_by or turn_off")
    if not interventions:
        raise QueryError("name at least one intervention, e.g. set_to('tv_spend', 0)")


def say(interventions: Sequence[Intervention]) -> str:
    """Return interventions as one text."""
    return ", ".join(str(i) for i in interventions)
