"""What a rule hands out to channels: `br.credit`. Descriptive: none of it is what a channel caused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np

from bayes_roi.draws import Draws, Evidence, evidence_array
from bayes_roi.errors import QueryError, nearest
from bayes_roi.guards import whole_number
from bayes_roi.journeys.counts.exposures import exposure_sets
from bayes_roi.journeys.counts.journey_counts import JourneyCounts
from bayes_roi.journeys.markov.removal import removal_draws
from bayes_roi.journeys.privacy.learned import LEARNED, markov
from bayes_roi.journeys.privacy.private_counts import PrivateCounts
from bayes_roi.journeys.rules import TOUCH_RULES
from bayes_roi.journeys.rules.base import TouchRule
from bayes_roi.journeys.rules.custom import Custom, Weighing
from bayes_roi.journeys.rules.resampled import shares
from bayes_roi.journeys.shapley.exposed import shapley_draws
from bayes_roi.labelled import Labelled, along

REMOVAL = "Markov removal effect, order"
Unit = Literal["share", "conversions", "value"]
Rule = str | TouchRule | Weighing
CHAINS = 4
DRAWS = 1_000
MARKOV = {"markov": 1, "markov_2": 2, "markov_3": 3}
"""Name of a rule -> the order of its chain."""
RULES = (*TOUCH_RULES, *MARKOV, "shapley")
"""Names of all rules."""
SAMPLING = (
    "a rule, not a cause: the interval is the sampling error of the rule over journeys, not doubt about an effect"
)
CHAIN = (
    "a rule, not a cause: the interval is the posterior of the transitions between channels, not doubt about an effect"
)
RELEASED = (
    "a rule, not a cause: the interval is the noise of the release and the sampling of users, not doubt about an effect"
)
RATES = "a rule, not a cause: the interval is the posterior of the rates of exposure sets, not doubt about an effect"


def credit(
    counts: JourneyCounts | PrivateCounts,
    rule: Rule = "markov",
    *,
    unit: Unit = "share",
    draws: int = DRAWS,
    seed: int = 0,
) -> Draws:
    r"""Return what a rule hands out to each channel. Descriptive: it says nothing of what a channel caused.

    Rules over the touches before a conversion are `first`, `last`, `last_non_direct`, `linear`, `time_decay`,
    `u_shaped` and `w_shaped`; their intervals are over journeys drawn anew. `markov`, `markov_2` and `markov_3` share
    conversions by the removal effects of a Markov chain of that order, `shapley` by the conversion rates of exposure
    sets.

    Parameters
    ----------
    counts
        What `journey_counts` returns, or a release of it (`private_counts`), by which `last`, `markov` and `shapley`
        hand out.
    rule
        The name of a rule, a rule with its options, or a function from the channels of a path, in order, to the
        weights of its touches.
    unit
        "share" of the conversions; "conversions"; or "value", in money.
    draws
        How many, a hundred or more.
    seed
        The same seed gives the same draws, and the same journeys drawn anew to every rule.

    Returns
    -------
    Draws
        Dim `channel`; they sum to one, to the conversions or to their value. Evidence descriptive.

    Raises
    ------
    QueryError
        When there is no such rule or unit, no conversion (or none with a value), or a chain or game is too large; of
        a release also when the table that the rule needs is not in it, or its noise hides every conversion.

    Notes
    -----
    By a release: counts are drawn given what was released and the law of its noise, and the rule given the counts. The
    estimand is the share among ever more users of the same kind, clipped as the release clips.

    Examples
    --------
    >>> import bayes_roi as br
    >>> counts = br.journey_counts(br.read_log(br.shipped("data/journeys.csv")))
    >>> last = br.credit(counts, "last")
    >>> round(float(last.mean().sum()), 6), str(last.words().array[()])
    (1.0, 'descriptive')
    """
    return credits(counts, [rule], unit=unit, draws=draws, seed=seed)[0]


def credits(
    counts: JourneyCounts | PrivateCounts,
    rules: Sequence[Rule],
    *,
    unit: Unit = "share",
    draws: int = DRAWS,
    seed: int = 0,
) -> list[Draws]:
    """Return what each of several rules hands out; those over touches see the same journeys, drawn anew once."""
    count = _draws(draws)
    if isinstance(counts, PrivateCounts):
        return [_private(counts, rule, unit, count, seed) for rule in rules]
    known = [_rule(rule) for rule in rules]
    total = _total(counts, unit)
    whole_number(seed, "seed", 0)
    over_touches = [rule for rule in known if not isinstance(rule, str)]
    found: dict[int, np.ndarray] = {}
    if over_touches:
        paths = counts.paths.converted()
        rng = np.random.default_rng([seed, 1])
        weights = [rule.weights(paths) for rule in over_touches]
        by_rule = shares(paths, weights, in_value=unit == "value", draws=count, rng=rng)
        found = {id(rule): share for rule, share in zip(over_touches, by_rule, strict=True)}
    return [
        _named(rule, found[id(rule)] * total, counts, unit)
        if not isinstance(rule, str)
        else _named(rule, _learned(rule, counts, count, seed) * total, counts, unit)
        for rule in known
    ]


def markov_removal(
    counts: JourneyCounts | PrivateCounts, *, order: int = 1, draws: int = DRAWS, seed: int = 0
) -> Draws:
    r"""Return the Markov removal effect of each channel, before shares are made of it. Descriptive.

    $RE_c = N_{sc} / N_{cc} \cdot B_c / B_s$ with $N = (I - Q)^{-1}$ and $B = N r$: the share of the conversions of the
    chain that pass through the channel. They sum to more than one: a conversion passes through several. The channel
    would have caused them only if every journey with it ended there without it.

    Parameters
    ----------
    counts
        What `journey_counts` returns, or a release of it.
    order
        How many touches the chain remembers: 1, 2 or 3; 1 by a release.
    draws, seed
        As in `credit`.

    Returns
    -------
    Draws
        Dim `channel`, shares; evidence descriptive.

    Raises
    ------
    QueryError
        As in `credit`.

    Notes
    -----
    Anderl et al. (2016), Mapping the customer journey, section 3.3; the closed form in docs/journeys.md.
    """
    count, rng = _draws(draws), np.random.default_rng([whole_number(seed, "seed", 0), 2])
    if isinstance(counts, PrivateCounts):
        if order != 1:
            raise QueryError(f"a release has transitions of order 1, got order={order!r}")
        return _draws_of(markov(counts, count, rng)[0], counts.channels, "share", f"{REMOVAL} 1", RELEASED)
    _total(counts, "share")
    values = removal_draws(counts.paths, order, count, rng)
    return _draws_of(values, counts.channels, "share", f"{REMOVAL} {order}", CHAIN)


def _draws(draws: int) -> int:
    return -(-whole_number(draws, "draws", 100) // CHAINS) * CHAINS


def _rule(rule: Rule) -> str | TouchRule | Custom:
    """Return the name of a rule that learns from journeys, or a rule over touches."""
    if isinstance(rule, (TouchRule, Custom)):
        return rule
    if callable(rule):
        return Custom(rule)
    if rule not in RULES:
        raise QueryError(f"there is no rule {rule!r}{nearest(str(rule), RULES)}; there are {', '.join(RULES)}")
    return TOUCH_RULES[rule]() if rule in TOUCH_RULES else rule


def _known(unit: Unit) -> None:
    if unit not in get_args(Unit):
        raise QueryError(f"unit must be share, conversions or value, got {unit!r}")


def _total(counts: JourneyCounts, unit: Unit) -> float:
    """Return what is handed out."""
    _known(unit)
    if not counts.conversions:
        raise QueryError("no journey converted: there is nothing to hand out")
    if unit == "value" and not counts.value > 0:
        raise QueryError("no conversion has a value; name its column with read_log(..., columns={'value': ...})")
    return {"share": 1.0, "conversions": float(counts.conversions), "value": counts.value}[unit]


def _private(counts: PrivateCounts, rule: Rule, unit: Unit, draws: int, seed: int) -> Draws:
    """Return what a rule hands out by a release."""
    _known(unit)
    name = getattr(rule, "name", rule)
    if name not in LEARNED:
        raise QueryError(f"by a release credit is handed out by {', '.join(LEARNED)}, got {name!r}")
    if unit == "value":
        raise QueryError("a release has no values of conversions; unit must be share or conversions")
    rng = np.random.default_rng([whole_number(seed, "seed", 0), 4])
    amounts, conversions = LEARNED[name](counts, draws, rng)
    shares = amounts / amounts.sum(axis=1, keepdims=True)
    values = shares * conversions[:, None] if unit == "conversions" else shares
    return _named(name, values, counts, unit, RELEASED)


def _learned(rule: str, counts: JourneyCounts, draws: int, seed: int) -> np.ndarray:
    """Return shares (draws, channels) by the removal effects of a chain or by exposure sets."""
    rng = np.random.default_rng([seed, 2])
    if rule in MARKOV:
        values = removal_draws(counts.paths, MARKOV[rule], draws, rng)
    else:
        values = shapley_draws(exposure_sets(counts.paths), draws, rng)
    return values / values.sum(axis=1, keepdims=True)


def _named(
    rule: str | TouchRule | Custom,
    values: np.ndarray,
    counts: JourneyCounts | PrivateCounts,
    unit: Unit,
    note: str | None = None,
) -> Draws:
    title = title_of(rule)
    if note is None:
        note = SAMPLING if not isinstance(rule, str) else CHAIN if rule in MARKOV else RATES
    what = {"share": "share of conversions", "conversions": "conversions", "value": "value of conversions"}[unit]
    return _draws_of(values, counts.channels, unit, f"credit by {title}: {what}", note)


def title_of(rule: Rule | Custom) -> str:
    """Return what a rule is called in a sentence."""
    if isinstance(rule, str) and rule not in TOUCH_RULES:
        return f"Markov chain of order {MARKOV[rule]}" if rule in MARKOV else "Shapley value of exposure sets"
    return TOUCH_RULES[rule].title if isinstance(rule, str) else getattr(rule, "title", Custom.title)


def _draws_of(values: np.ndarray, channels: Sequence[str], unit: Unit, estimand: str, note: str) -> Draws:
    array = values.reshape(CHAINS, -1, values.shape[-1])
    return Draws(
        values=Labelled(array, ("chain", "draw", "channel"), along(channel=list(channels))),
        unit="share of conversions" if unit == "share" else unit,
        estimand=estimand,
        evidence=evidence_array(Evidence.DESCRIPTIVE),
        note=note,
    )
