"""What would be under interventions: one question, or many in one pass over the draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bayes_roi.draws import Draws, evidence_array, support_array
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled, along
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.law.forward import NoiseKind
from bayes_roi.model.law.intervention import Intervention, check_node
from bayes_roi.queries.effects.ate import averaged, labelled, say, some, support_of_joint
from bayes_roi.queries.evidence import Support, evidence_of_change, why_assumed
from bayes_roi.queries.expect import Held, Scene, expect, scene
from bayes_roi.queries.paths.responding import NAMES, named

Question = Intervention | Sequence[Intervention]
"""What is done at once."""
Questions = Sequence[Question] | Mapping[str, Question]
"""Several questions, with names of their own or called by what is done."""


def do(
    fit: Fit,
    *interventions: Intervention | Questions,
    nodes: Sequence[str] | None = None,
    hold_spend: bool = False,
    noise: NoiseKind = "mean",
    rows: bool = False,
    seed: int | None = None,
) -> dict[str, Draws]:
    r"""Return the nodes downstream of an intervention, as they would be; of many interventions in one pass.

    $E[V \mid do(x), \theta]$ for each node $V$ that the intervention reaches, with everything downstream responding and
    carry-over carried.

    Parameters
    ----------
    fit
        A fit.
    interventions
        `set_to`, `scale_by`, `shift_by`, `turn_off`; made in turn. Or one list of questions, each an intervention or
        several that are made at once, or a mapping from their names to them: all are asked on the same draws and noise.
    nodes
        The nodes to return; all that an intervention reaches when None. An answer keeps draws x questions x periods of
        each: for many questions name the ones that matter.
    hold_spend
        Keep the other spends at their observed values ("other spends held") instead of letting budget rules respond
        ("in total").
    noise
        "mean", or "predictive" for what a new period would show.
    rows
        For exchangeable rows: return every row instead of the mean over rows.
    seed
        Of the noise; the fit's own when None.

    Returns
    -------
    dict[str, Draws]
        Node -> draws with dim `time` (in a panel its unit too, NaN where there is no row; none for the mean over
        exchangeable rows, `row` with `rows`), in its units. Of many questions with a dim `intervention` before them.

    Raises
    ------
    QueryError
        When a node is not in the model, a window holds no period, spend would become negative, or two questions have
        one name.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
    >>> fit = br.fit(model, br.read_data(br.shipped("data/weekly_funnel.csv"), model), seed=7, draws=50)
    >>> off = {channel: br.turn_off(spend) for channel, spend in model.channels.items()}
    >>> br.do(fit, off, nodes=["revenue"], hold_spend=True)["revenue"].values.sizes["intervention"]
    3
    """
    asked, many = _asked(interventions)
    stage = scene(fit, means_only=not rows and noise == "mean")
    arms = [stage.held(q.done, hold_spend=hold_spend) for q in asked]
    kept = _nodes(fit, asked, arms) if nodes is None else _checked(fit, nodes)
    values = _by_node(stage, arms, kept, noise, fit.seed if seed is None else seed, rows)
    if not many:
        values = {n: x[:, 0] for n, x in values.items()}
    supports = [support_of_joint(fit, q.done, hold_spend=hold_spend) for q in asked]
    return {n: _draws(fit, n, x, asked, arms, supports, rows, hold_spend, many) for n, x in values.items()}


@dataclass(frozen=True)
class _Question:
    """What is done at once, and what it is called."""

    name: str
    done: tuple[Intervention, ...]


def _asked(given: Sequence[Intervention | Questions]) -> tuple[tuple[_Question, ...], bool]:
    """Return the questions, and whether they were given as many."""
    first = given[0] if len(given) == 1 else None
    if not isinstance(first, (list, tuple, Mapping)):
        some(given)  # type: ignore[arg-type]  # that is what it checks
        return (_Question(say(given), tuple(given)),), False  # type: ignore[arg-type]
    named_so = first.items() if isinstance(first, Mapping) else ((None, q) for q in first)
    found = []
    for name, question in named_so:
        done = tuple(question) if isinstance(question, (list, tuple)) else (question,)
        some(done)
        found.append(_Question(say(done) if name is None else str(name), done))
    if not found:
        some(())
    names = [q.name for q in found]
    for name in names:
        if names.count(name) > 1:
            raise QueryError(f"{names.count(name)} questions are called {name!r}; give them names, {{name: question}}")
    return tuple(found), True


def _nodes(fit: Fit, asked: Sequence[_Question], arms: Sequence[Held]) -> list[str]:
    """Return the nodes that some question reaches."""
    graph = fit.model.graph
    reached = [
        graph.without_causes_of(frozenset(arm)).descendants([i.node for i in q.done])
        for q, arm in zip(asked, arms, strict=True)
    ]
    return [n for n in fit.model.nodes if n in frozenset().union(*reached)]


def _checked(fit: Fit, nodes: Sequence[str]) -> list[str]:
    if isinstance(nodes, str) or not nodes:
        raise QueryError(f"nodes= takes a list of nodes, got {nodes!r}")
    for node in nodes:
        check_node(fit.model, node)
    return list(dict.fromkeys(nodes))


def _by_node(
    stage: Scene, arms: list[Held], nodes: list[str], noise: NoiseKind, seed: int, rows: bool
) -> dict[str, np.ndarray]:
    """Return node -> its values (draws, questions, ...).

    Many arms begin from one where what all of them hold is as it was observed: each then differs from it in what it
    does, and no more than that is computed again.
    """
    alike = set(arms[0]).intersection(*arms)
    start = [{n: stage.observed[n] for n in alike}] if len(arms) > 1 else []

    def stacked(values: list[dict[str, Array]]) -> Array:
        own = [[averaged(v[n], stage, rows) for v in values[len(start) :]] for n in nodes]
        together = np.empty((len(own[0][0]), len(nodes), len(arms), *own[0][0].shape[1:]))
        for i, answers in enumerate(own):
            for k, answer in enumerate(answers):
                together[:, i, k] = answer
        return together

    values = expect(stage, [*start, *arms], stacked, frozenset(nodes), noise=noise, seed=seed)
    return {n: values[:, i] for i, n in enumerate(nodes)}


def _draws(
    fit: Fit,
    node: str,
    values: np.ndarray,
    asked: Sequence[_Question],
    arms: Sequence[Held],
    supports: Sequence[Support],
    rows: bool,
    hold_spend: bool,
    many: bool,
) -> Draws:
    dims = ("intervention",) if many else ()
    names = along(intervention=[q.name for q in asked]) if many else {}
    treated = [list(arm) or [i.node for i in q.done] for q, arm in zip(asked, arms, strict=True)]
    changed = [list(dict.fromkeys(i.node for i in q.done)) for q in asked]
    known = [evidence_of_change(fit, c, t, node, s) for c, t, s in zip(changed, treated, supports, strict=True)]
    supports = [Support() if node in {i.node for i in q.done} else s for q, s in zip(asked, supports, strict=True)]
    inside, causes = [s.share for s in supports], (why_assumed(fit, t, node) for t in treated)
    why = [cause or s.reason for cause, s in zip(causes, supports, strict=True)]
    found = labelled(fit, values, rows, *dims)
    hows = {named(fit.model, [i.node for i in q.done], hold_spend=hold_spend) for q in asked}
    how = hows.pop() if len(hows) == 1 else f", {NAMES[hold_spend]}"
    return Draws(
        values=Labelled(found.array, found.dims, {**found.coords, **names}),
        unit=node,
        estimand=f"E[{node} | do({'intervention' if many else asked[0].name})]{how}",
        evidence=evidence_array(known if many else known[0], names),
        support=support_array(inside if many else inside[0], names),
        reason="; ".join(f"{q.name}: {r}" for q, r in zip(asked, why, strict=True) if r) if many else why[0],
    )
