"""Intrinsic causal influence: how much of an outcome's variation each node brings in itself."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from bayes_roi.draws import Draws, Evidence, evidence_array, support_array
from bayes_roi.errors import QueryError, nearest
from bayes_roi.guards import answers_in_draws, is_number, whole_number
from bayes_roi.inference.fit import Fit, thinned
from bayes_roi.labelled import Labelled, along
from bayes_roi.model.language.edges import lags_to
from bayes_roi.model.rows.during import During
from bayes_roi.numbers import number, plain
from bayes_roi.queries.evidence import evidence_of_all, hidden_above, reasons_of, refuted, told_apart
from bayes_roi.queries.expect import by_chain
from bayes_roi.queries.influence.exact import exact_part
from bayes_roi.queries.influence.linear import is_linear, linear_variances
from bayes_roi.queries.influence.money import fewer, money_parts
from bayes_roi.queries.influence.noise_sources import FEW_ATOMS, NoiseSources, Source, check_target, laws, sources_of
from bayes_roi.queries.influence.resampled import FEW_PLAYERS, World
from bayes_roi.queries.influence.sampled import FIRST_SAMPLES, MOST_SAMPLES, REPEATS, players_of, sampled_part

Unit = Literal["share", "variance", "money"]
UNITS = ("share", "variance", "money")
MEANING = (
    "an influence is a share of the variance: what a node brings in by itself, its causes taken off; a node that never "
    "changes, such as constant spend, has none; what each adds to the mean, in money, is another question"
)
NARROW = (
    "intervals of a series are somewhat narrow: of 150 periods they held the truth in 82 to 88 worlds of 100, not in 90"
)
CELLS_IN_ALL = 1.0e9
"""Cells of nodes that one answer may compute; where all draws would take more, some are taken, evenly."""
FEWEST = 400
DRAWS = 1000
"""Posterior draws behind an influence that has to be sampled: more would tell the interval hardly better."""
COUNTS = 10
"""How many times as long the values of a count take, whose quantile is searched for."""


@dataclass(frozen=True, eq=False)
class Parts:
    """Each player's part of what is decomposed.

    Parameters
    ----------
    fit
        The fit whose draws they are: that which was asked, or one with fewer of its draws.
    names
        The players.
    values
        (draws, players).
    error
        (players,) Monte-Carlo standard error of the mean share: how it would vary from seed to seed.
    note
        What must be said of how they were found.
    """

    fit: Fit
    names: tuple[str, ...]
    values: np.ndarray
    error: np.ndarray
    note: str = ""


@answers_in_draws
def influence(
    fit: Fit,
    *,
    target: str | None = None,
    unit: Unit = "share",
    during: During = None,
    draws: int | None = DRAWS,
    seed: int | None = None,
    tolerance: float = 0.005,
) -> Draws:
    r"""Return the intrinsic causal influence of each node on an outcome, by posterior draw.

    The Shapley value of $v(S) = Var(E[Y \mid N_S])$ over the noises $N$ of the nodes (Janzing et al. 2024, definition
    2): what a node brings in beyond what it takes over from its causes. Y is the outcome in a uniformly chosen row, of
    a time model in a period of the window W. Noises are independent of each other:

    - of a node without an equation it is its observed law, with Bayesian-bootstrap weights in each draw, so that its
      sampling error is in the interval (a series is weighted by blocks longer than the carry-over, and comes with its
      own past; few blocks tell it less well: of 150 weeks the 90 % interval of a cause's share covered the truth in
      88 % of worlds where its weeks were independent, in 82 % where they were autocorrelated by 0.6);
    - of a node with an equation it is its noise, a series where carry-over reaches back, and its terms of time;
    - nodes that `~~` joins are one player.

    Simulated spend is cut off at zero. Where every equation is linear the answer has a closed form. Otherwise the parts
    of the outcome that add up are taken one by one: exactly where one source enters a part, else by mixtures of two
    samples (pick-freeze), the same uniforms for all draws. Monte-Carlo error of these thus moves all draws together
    and does not widen the interval; it can put a share that is nothing below zero. The coordinate `mc_error` is the
    standard deviation of the mean share from seed to seed: of these samples, and of what the weights of finitely many
    draws leave to chance. Where more than five players interact, as under a log link, they join in random orders, and
    the error may stay above the tolerance: the note says so.

    Parameters
    ----------
    fit
        A fit.
    target
        The node whose variation is decomposed; the model's outcome when None.
    unit
        "share" of the variance; "variance" in squared units of the target; "money": the mean of value x outcome as a
        sum over what the nodes bring in, their observed values or what is left of a node when its causes are zero.
    during
        The window W; all rows when None.
    draws
        Posterior draws, evenly thinned, behind a share or a variance that has no closed form; None for as many as there
        is time for. The default is what tables, reports and commands show.
    seed
        Of all that is drawn; the fit's own when None.
    tolerance
        The Monte-Carlo standard error that samples may leave to the mean share of a node, in (0, 0.5).

    Returns
    -------
    Draws
        Dim `node`, with the coordinate `mc_error` (of the mean share, 0 where nothing is drawn). Shares sum to one
        in every draw, variances to the model's variance, money to the mean. Where all draws would take too long, some
        in each chain are taken.

    Raises
    ------
    QueryError
        When the target is not in the model or nothing causes it, it does not vary, the window holds no period, an
        option is out of range, or the rows are a panel's.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/acquisition.yaml"))
    >>> fit = br.fit(model, br.read_data(br.shipped("data/acquisition.csv"), model), seed=7)
    >>> (br.influence(fit).mean() * 100).round().values.tolist()
    [30.0, 18.0, 24.0, 0.0, 28.0, 0.0]
    """
    node = fit.model.outcome if target is None else target
    _check(fit, node, unit, tolerance, draws)
    sources, first = sources_of(fit.model, node), fit.seed if seed is None else seed
    if unit == "money":
        parts = Parts(*money_parts(fit, sources, during, first, tolerance))
        return _draws(parts, node, unit, parts.values)
    parts = _variances(fit, sources, during, first, tolerance, draws)
    total = parts.values.sum(axis=-1, keepdims=True)
    if not (total > 0).all():
        raise QueryError(f"{node} does not vary in these rows, so there is no variance to decompose")
    sample = "" if node in fit.model.hidden else f", of the rows {number(_sample_variance(fit, node, during))}"
    said = f"the model's variance of {node} is {number(float(total.mean()))} on average over the draws{sample}"
    note = "; ".join(n for n in (MEANING, said, parts.note) if n)
    values = parts.values / total if unit == "share" else parts.values
    return _draws(Parts(parts.fit, parts.names, values, parts.error, note), node, unit, values)


def _check(fit: Fit, target: str, unit: str, tolerance: float, draws: int | None) -> None:
    model = fit.model
    check_target(model, target)
    if unit not in UNITS:
        raise QueryError(f"unit must be 'share', 'variance' or 'money', got {unit!r}{nearest(str(unit), UNITS)}")
    if not is_number(tolerance) or not 0 < tolerance < 0.5:
        raise QueryError(f"tolerance must be in (0, 0.5), got {tolerance!r}: a standard error of a share, e.g. 0.005")
    if draws is not None:
        whole_number(draws, "draws", 1)
    if model.panel is not None or model.weights is not None:
        raise QueryError(
            "influence is not defined for the rows of a panel or with weights: its rows vary for what their units are, "
            "which no node of the model brings in; fit one unit by itself, or ask attribution or roi"
        )
    if unit == "money" and target != model.outcome:
        raise QueryError(f"unit='money' asks what the outcome {model.outcome!r} is made of; {target!r} is no money")


def _sample_variance(fit: Fit, node: str, during: During) -> float:
    rows = fit.forward.observed(node, {n: v.mean(axis=0) for n, v in fit.parameters.items()})
    return float(np.var(rows[fit.design.window(during)]))


def _variances(
    fit: Fit, sources: NoiseSources, during: During, seed: int, tolerance: float, draws: int | None
) -> Parts:
    model, target = fit.model, sources.target
    inside = fit.design.window(during)
    if is_linear(model, target):
        known = laws(fit, sources, during, 1, FEW_ATOMS)
        found, other = (linear_variances(fit, sources, known, np.random.default_rng([seed, 1, *r])) for r in ([], [1]))
        return Parts(fit, sources.names, found, _error_of_weights(found, other))
    back = lags_to(model, target)
    block = max(max(back.values()) + 1, math.ceil(inside.sum() ** (1 / 3)))
    asked = fit if draws is None or draws >= fit.chains * fit.draws else thinned(fit, draws)
    world = World(asked, sources, laws(fit, sources, during, block), np.flatnonzero(inside), seed)
    few = _affordable(world)
    note = fewer(fit, few)
    note = "; ".join(n for n in (note, NARROW if model.time is not None and world.laws else "") if n)
    return _by_block(World(few, sources, world.laws, world.inside, seed), tolerance, note)


def _cells(world: World, samples: int) -> float:
    """Return how many cells of nodes an answer takes for each draw."""
    asked = [len(players_of(world, b)) for b in world.blocks() if len(b) > 1]
    coalitions = sum(2**k if k <= FEW_PLAYERS else 2 * k for k in asked)
    counts = any(world.model.family(n).atoms for n in world.lags if n in world.model.equation)
    return float(coalitions * samples * REPEATS * len(world.lags) * (COUNTS if counts else 1))


def _affordable(world: World) -> Fit:
    """Return the fit with as many of its draws as can be answered."""
    most = max(int(CELLS_IN_ALL / max(_cells(world, 4 * FIRST_SAMPLES), 1.0)), FEWEST)
    return world.fit if world.draws <= most else thinned(world.fit, most)


def _by_block(world: World, tolerance: float, note: str) -> Parts:
    """Return the parts of the variance: blocks of one source as they are, the others by samples to a tolerance."""
    names, (exact, left) = world.sources.names, _exactly(world)
    other = replace(world, weighting=1)
    elsewhere, _ = _exactly(other)
    if not left:
        return Parts(world.fit, names, exact, _error_of_weights(exact, elsewhere), note)
    samples = FIRST_SAMPLES
    while True:
        repeats = [_repeated(world, exact, left, samples, r) for r in range(REPEATS)]
        error = _error_of_samples(repeats)
        enough = world.draws * _cells(world, 2 * samples) > 3 * CELLS_IN_ALL or samples >= MOST_SAMPLES
        if error.max() <= tolerance or enough:
            break
        samples *= 2
    of_weights = _error_of_weights(repeats[0], _repeated(other, elsewhere, left, samples, 0))
    both = np.hypot(error, of_weights)
    said = f"Monte-Carlo standard error of a mean share at most {number(both.max())}"
    if error.max() > tolerance:
        tried = f"{REPEATS} x {samples} samples, the most there is time for"
        said += f", above the tolerance of {plain(tolerance)} with {tried}"
    return Parts(world.fit, names, np.mean(repeats, axis=0), both, "; ".join(n for n in (said, note) if n))


Numbered = tuple[int, tuple[Source, ...]]
"""A block of sources, and its number among all."""


def _exactly(world: World) -> tuple[np.ndarray, list[Numbered]]:
    """Return each player's part (draws, players) by blocks that need no samples, and the blocks that do."""
    exact, left = np.zeros((world.draws, len(world.sources.names))), []
    for i, block in enumerate(world.blocks()):
        found = exact_part(world, block)
        if found is None:
            left.append((i, block))
        else:
            exact[:, world.sources.names.index(world.sources.players[block[0]])] += found
    return exact, left


def _repeated(world: World, exact: np.ndarray, left: list[Numbered], samples: int, repeat: int) -> np.ndarray:
    """Return each player's part (draws, players), of the blocks that are left by one set of samples."""
    total = exact.copy()
    for i, block in left:
        at = [world.sources.names.index(p) for p in players_of(world, block)]
        total[:, at] += sampled_part(world, block, samples, (i, repeat))
    return total


def _shares(parts: np.ndarray) -> np.ndarray:
    return parts / parts.sum(axis=-1, keepdims=True)


def _error_of_samples(repeats: list[np.ndarray]) -> np.ndarray:
    """Return the standard error (players,) that samples leave to the mean share, from how it varies between repeats."""
    shares = np.array([_shares(v).mean(axis=0) for v in repeats])
    return np.asarray(shares.std(axis=0, ddof=1) / np.sqrt(len(repeats)))


def _error_of_weights(parts: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the standard error (players,) that weights of finitely many draws leave to the mean share.

    Given a draw's parameters its share under two sets of weights differs by twice the variance of one; the mean over D
    draws varies by a D-th of it.
    """
    if not ((parts.sum(axis=-1) > 0) & (other.sum(axis=-1) > 0)).all():
        return np.zeros(parts.shape[-1])
    apart = _shares(parts) - _shares(other)
    return np.asarray(np.sqrt(0.5 * (apart**2).mean(axis=0) / len(apart)))


def _draws(parts: Parts, target: str, unit: Unit, values: np.ndarray) -> Draws:
    model = parts.fit.model
    node, game = along(node=list(parts.names)), f"Var(E[{target} | N_S])"
    said = {
        "share": (f"share of the variance of {target}", f"influence: Shapley value of {game}, as a share"),
        "variance": (f"{target} squared", f"influence: Shapley value of {game}"),
        "money": (
            model.currency or ("money" if model.value != 1 else model.outcome),
            f"influence in money: Shapley value of the mean of E[value x {target} | sources outside S zero]",
        ),
    }
    error, apart = Labelled(parts.error, ("node",)), told_apart(parts.fit, parts.names)
    return Draws(
        values=Labelled(by_chain(parts.fit, values), ("chain", "draw", "node"), node | {"mc_error": error}),
        unit=said[unit][0],
        estimand=said[unit][1],
        evidence=evidence_array(Evidence.ASSUMED if refuted(parts.fit) else evidence_of_all(model, target)),
        support=support_array([s.share for s in apart.values()], node),
        reason=hidden_above(model, target) or refuted(parts.fit) or reasons_of(apart),
        note=parts.note,
    )
