"""Credit: what rules hand out to channels. Descriptive: none of it says what a channel caused."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from numbers import Real

import numpy as np

from bayes_roi.draws import Draws, Evidence, evidence_array
from bayes_roi.errors import QueryError, nearest
from bayes_roi.guards import is_number, known_channel
from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled, along
from bayes_roi.model.language.model import Model
from bayes_roi.model.rows.during import During
from bayes_roi.numbers import number, plain
from bayes_roi.queries.expect import by_chain, scene
from bayes_roi.value.attribution.coalitions import Sums
from bayes_roi.value.money.money import outcome_unit
from bayes_roi.value.money.parted import Parted
from bayes_roi.value.money.question import channels_of
from bayes_roi.value.money.window import window

CLICK_WORDS = ("click", "visit", "session")
"""A node whose name has one of these counts clicks; impressions and searches are no clicks."""


def last_click(fit: Fit, *, clicks: Mapping[str, str] | None = None, during: During = None) -> Draws:
    r"""Return the share of the outcome that last click hands to each channel: its share of the clicks before it.

    $\sum_{t \in W} x_{ct} / \sum_{c'} \sum_{t \in W} x_{c't}$, with $x_c$ its clicks: the model's own click
    nodes, the last on each path to the outcome. A click node is a measured node, no spend, whose name says click, visit
    or session, or that `clicks` names: impressions and searches cannot be added to clicks.

    Parameters
    ----------
    fit
        A fit.
    clicks
        Channel -> its click node; by default a node whose name begins with the channel's and "_" is the channel's.
    during
        The window W; all rows when None.

    Returns
    -------
    Draws
        Dim `channel`: the channels, 0 where they have no click, and the names of click nodes that belong to none
        (organic ones). Shares, the same in every draw unless cells are missing; evidence descriptive.

    Raises
    ------
    QueryError
        When the model has no click node, `clicks` names what is no channel or cannot be one, or there are no clicks
        in the window.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/acquisition.yaml"))
    >>> fit = br.fit(model, br.read_data(br.shipped("data/acquisition.csv"), model), seed=7)
    >>> br.last_click(fit).mean().round(3).values.tolist()
    [0.0, 0.625, 0.375]
    """
    model, owner = fit.model, click_owners(fit.model, clicks or {})
    nodes = list(owner)
    if not nodes:
        raise QueryError(
            f"{model.name!r} has no click node before {model.outcome!r} (a measured node whose name says click, "
            'visit or session), so last click has no meaning; name one with clicks={"channel": "node"}'
        )
    labels = [*model.channels, *(n for n in nodes if owner[n] == n and n not in model.channels)]
    stage = scene(fit)
    inside = stage.design.window(during)
    sums = {n: np.asarray(stage.observed[n])[..., inside].sum(axis=-1) for n in nodes}
    total = np.asarray(sum(sums.values()))
    if any(np.any(s < 0) for s in sums.values()) or np.any(total <= 0):
        text = ", ".join(f"{n} {number(np.mean(s))}" for n, s in sums.items())
        raise QueryError(f"clicks must be 0 or more and some must be there; their sums in the window are {text}")
    count = fit.chains * fit.draws
    shares = np.zeros((count, len(labels)))
    for node in nodes:
        shares[:, labels.index(owner[node])] += sums[node] / total
    others = [n for n in _others(model, nodes) if n not in owner]
    note = "a rule, not a cause: the same in every draw"
    return Draws(
        values=Labelled(by_chain(fit, shares), ("chain", "draw", "channel"), along(channel=labels)),
        unit="1",
        estimand=f"last click: share of {' + '.join(nodes)}",
        evidence=evidence_array(Evidence.DESCRIPTIVE),
        note=f"{note}; not counted as clicks: {', '.join(others)}" if others else note,
    )


def click_owners(model: Model, clicks: Mapping[str, str]) -> dict[str, str]:
    """Return click node -> its channel, or itself where it belongs to none; `clicks` as in `last_click`."""
    given = _checked_clicks(model, clicks)
    nodes = dict.fromkeys(_last_clicks(model, model.outcome, frozenset(given)))
    return {n: given.get(n) or _begins_with(model, n) or n for n in nodes}


def _last_clicks(model: Model, node: str, given: frozenset[str]) -> Iterator[str]:
    """Yield the click nodes met first on the way up from a node."""
    for parent in model.computation.parents[node]:
        if _may_click(model, parent) and (parent in given or any(w in parent.lower() for w in CLICK_WORDS)):
            yield parent
        elif parent not in model.spends:
            yield from _last_clicks(model, parent, given)


def _may_click(model: Model, node: str) -> bool:
    return node in model.measured and node not in model.spends and node not in model.categorical


def _others(model: Model, nodes: list[str]) -> Iterator[str]:
    """Yield what stands before the outcome and might have been taken for clicks."""
    for parent in model.computation.parents[model.outcome]:
        if parent in (*model.modelled, *model.identity) and parent not in {*nodes, *model.spends}:
            yield parent


def _begins_with(model: Model, node: str) -> str | None:
    """Return the channel with the longest name that the node's name begins with."""
    found = [c for c in channels_of(model) if node.startswith(f"{c}_")]
    return max(found, key=len, default=None)


def _checked_clicks(model: Model, clicks: Mapping[str, str]) -> dict[str, str]:
    """Return click node -> channel."""
    channels = channels_of(model)
    for channel, node in clicks.items():
        known_channel(channel, channels)
        if node not in model.nodes:
            raise QueryError(f"{node!r} is not a node of the model{nearest(node, model.nodes)}")
        if not _may_click(model, node) or model.outcome not in model.graph.descendants([node]) - {node}:
            raise QueryError(
                f"{node!r} cannot be the clicks of {channel!r}: that takes a measured node that is no spend and causes "
                f"{model.outcome!r}"
            )
    if len(set(clicks.values())) < len(clicks):
        raise QueryError(f"each click node belongs to one channel, got {dict(clicks)}")
    return {node: channel for channel, node in clicks.items()}


def allocation(
    fit: Fit,
    weights: Mapping[str, float],
    *,
    concentration: float | None = None,
    during: During = None,
    horizon: int | None = None,
    seed: int | None = None,
) -> Draws:
    r"""Return the outcome handed out to channels by weights that a user brings: a rule, not a cause.

    $w_c E[Y \mid do(A)]$ summed over the window, with what its spend brings in the horizon after it; with
    `concentration` $K$ the weights of each draw are Dirichlet($K w$), whose mean is $w$ and whose variance is
    $w_c (1 - w_c) / (K + 1)$.

    Parameters
    ----------
    fit
        A fit.
    weights
        Channel -> its share, none negative, together one; 0 has to be said.
    concentration
        How sure the weights are, in observations they are worth; None takes them as they are.
    during, horizon
        As in `attribution`.
    seed
        Of the Dirichlet draws and the noise; the fit's own when None.

    Returns
    -------
    Draws
        Dim `channel`, in units of the outcome; evidence descriptive.

    Raises
    ------
    QueryError
        When weights are negative, do not sum to one, or leave out or name no channel of the model.
    """
    channels = tuple(channels_of(fit.model))
    share = np.array(_checked_weights(weights, channels))
    sums = Sums(channels, 1)
    sums.add(0, channels, 1.0)
    total = sums.of(fit, window(fit, during, horizon, means_only=during is None), Parted(), seed)
    shares = np.broadcast_to(share, (len(total), len(share)))
    if concentration is not None:
        if not is_number(concentration, kind=Real) or concentration <= 0:
            raise QueryError(f"concentration must be a positive number, got {concentration!r}")
        rng = np.random.default_rng([fit.seed if seed is None else seed, 11])
        shares = np.zeros((len(total), len(share)))
        shares[:, share > 0] = rng.dirichlet(concentration * share[share > 0], size=len(total))
    return Draws(
        values=Labelled(by_chain(fit, shares * total), ("chain", "draw", "channel"), along(channel=channels)),
        unit=outcome_unit(fit.model),
        estimand="allocation: weight x E[Y | do(A)]",
        evidence=evidence_array(Evidence.DESCRIPTIVE),
        note="handed out by given weights: a rule, not a cause",
    )


def _checked_weights(weights: Mapping[str, float], channels: tuple[str, ...]) -> list[float]:
    if not isinstance(weights, Mapping):
        raise QueryError(f"weights must map each channel to its share, got {weights!r}")
    for name, weight in weights.items():
        known_channel(name, channels)
        if not is_number(weight, kind=Real) or weight < 0:
            raise QueryError(f"the weight of {name!r} must be a number, 0 or more, got {weight!r}")
    if missing := [c for c in channels if c not in weights]:
        raise QueryError(f"no weight for {', '.join(missing)}; give every channel one, 0 where it gets nothing")
    total = math.fsum(weights.values())
    if abs(total - 1) > 1e-6:
        raise QueryError(f"weights must sum to one, these sum to {plain(total)}; divide each by their sum")
    return [float(weights[c]) / total for c in channels]
