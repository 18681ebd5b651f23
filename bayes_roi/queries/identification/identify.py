"""`identify`: whether the graph lets the observed columns tell an effect, by what formula, adjusting for what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from bayes_roi.errors import QueryError
from bayes_roi.graph.adjustment import adjusted, adjustment_sets, adjusts
from bayes_roi.graph.dag import Dag
from bayes_roi.graph.expression import Expression, Probability
from bayes_roi.graph.front_door import front_door
from bayes_roi.graph.identification import effect
from bayes_roi.graph.instruments import instruments
from bayes_roi.graph.separation import open_path, separated
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.intervention import check_node
from bayes_roi.queries.identification.identification import Identification, Strategy
from bayes_roi.queries.identification.over_control import over_controls
from bayes_roi.queries.identification.verdict import Verdict, directed, hidden_chain, verdict

LONGEST_FORMULA = 1000
MOST_NODES_OF_FORMULA = 40
"""Of more nodes a formula is of no use to a reader, and is not written out."""


def identify(
    model: Model, treatment: str | Iterable[str], outcome: str | None = None, *, given: Iterable[str] = ()
) -> Identification:
    r"""Return whether P(outcome | do(treatment), given) is identified by the graph, and by what.

    The graph is that of the equations with what is not observed projected out and accounting identities expanded. ID
    (Shpitser and Pearl 2006) decides; where it fails, some two models agree on all that can be observed and not on the
    effect. Positivity is taken for granted: how far the data reach is the support of a number, not asked here.

    Parameters
    ----------
    model
        A model.
    treatment
        A node, or several that are set jointly; in a model of time in all periods.
    outcome
        What responds; the model's outcome when None.
    given
        Observed nodes that are known, for a conditional effect; where only the order of time identifies it, in the
        period of the outcome.

    Returns
    -------
    Identification
        True where it is identified.

    Raises
    ------
    QueryError
        When a node is not in the model, is named twice, or is given and not observed.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.Model(name="m", equations="x ~ z \n y ~ x + z", outcome="y")
    >>> br.identify(model, "x", "y")
    <P(y | do(x)): identified (back door: z)
      = sum_{z} P(y | x, z) P(z)
      adjusting for z closes every path between x and y that is no effect>
    """
    treated = (treatment,) if isinstance(treatment, str) else tuple(treatment)
    target, known = outcome or model.outcome, (given,) if isinstance(given, str) else tuple(given)
    _check(model, treated, target, known)
    return _conditional(model, treated, target, known) if known else _identify(model, treated, target)


def _check(model: Model, treated: Sequence[str], target: str, given: Sequence[str]) -> None:
    if not treated:
        raise QueryError("name at least one treated node, e.g. identify(model, 'tv_spend', 'revenue')")
    named = (*treated, target, *given)
    for node in named:
        check_node(model, node)
    twice = [n for n in dict.fromkeys(named) if named.count(n) > 1]
    if twice:
        said = "what is done and what responds" if twice[0] == target and twice[0] in treated else "named twice"
        raise QueryError(f"{twice[0]!r} is {said}; treatment, outcome and given are different nodes")
    unknown = [n for n in given if n not in model.measured]
    if unknown:
        why = "is not observed" if unknown[0] in model.unobserved else f"is computed: {model.identity[unknown[0]]}"
        raise QueryError(f"given: {unknown[0]!r} {why}; condition on observed nodes with a column")


@lru_cache(maxsize=1024)
def _identify(model: Model, treated: tuple[str, ...], target: str) -> Identification:
    found = verdict(model, treated, target)
    return (_by if found else _not_by)(model, treated, target, found)


def _by(model: Model, treated: tuple[str, ...], target: str, found: Verdict) -> Identification:
    """Return by what an effect is identified."""
    graph, x, y = found.observed.graph, found.asked.x, found.asked.y - found.asked.x
    notes = over_controls(model, target)
    if not y:
        reason = f"{target} is computed from {_and(treated)} alone"
        return Identification(treated, target, (), True, "back door", (), ((),), "", reason, notes=notes)
    if not x:
        reason = f"{_and(treated)} {'is' if len(treated) == 1 else 'are'} no cause of {target}"
        none = Probability(graph.sorted(y))
        return Identification(treated, target, (), True, "no effect", None, (), str(none), reason, none, notes=notes)
    sets = [] if found.asked.beside else adjustment_sets(graph, x, y)
    formula = adjusted(graph.sorted(x), graph.sorted(y), sets[0]) if sets else _formula(graph, found)
    strategy, mediators = _strategy(graph, found, sets)
    return Identification(
        treatment=treated,
        outcome=target,
        given=(),
        identified=True,
        strategy=strategy,
        adjustment=sets[0] if sets else None,
        adjustments=tuple(sets),
        estimand=_text(formula),
        reason=_why(model, treated, target, found, strategy, sets, mediators),
        expression=formula,
        mediators=mediators,
        notes=notes,
    )


def _strategy(graph: Dag, found: Verdict, sets: Sequence[tuple[str, ...]]) -> tuple[Strategy, tuple[str, ...]]:
    """Return by what an effect is identified, the simplest first, and the front door where that is it."""
    x, y = found.asked.x, found.asked.y
    if found.unrolled:
        return "order of time", ()
    if sets:
        return "back door", ()
    if mediators := front_door(graph, x, y):
        return "front door", mediators
    above = graph.among(graph.ancestors(y))
    left = above.among(above.without_causes_of(x).ancestors(y) - x)
    return ("g-computation" if above.district(left.order).isdisjoint(x) else "ID algorithm"), ()


def _formula(graph: Dag, found: Verdict) -> Expression | None:
    x, y = found.asked.x, found.asked.y - found.asked.x
    above = graph.ancestors(y)
    if found.asked.beside or len(above) > MOST_NODES_OF_FORMULA:
        return None
    formula = effect(graph.among(above), y, x & above)
    assert isinstance(formula, Expression)  # the verdict is that there is one
    return formula


def _why(
    model: Model,
    treated: Sequence[str],
    target: str,
    found: Verdict,
    strategy: Strategy,
    sets: Sequence[tuple[str, ...]],
    mediators: Sequence[str],
) -> str:
    """Return why an effect is identified, in a sentence."""
    ends = f"{_and(treated) if len(treated) < 3 else 'the treated nodes'} and {target}"
    computed = [n for n in treated if n in model.identity]
    as_inputs = f"; {computed[0]} is asked about as what it is computed from" if computed else ""
    closing = f"adjusting for {_and(sets[0])} closes" if sets and sets[0] else "nothing need be adjusted for:"
    if strategy == "order of time":
        late = "unobserved causes act within a period and effects come later"
        how = f"; {closing} every path that is no effect" if sets and sets[0] else ""
        return f"{late}, which a node for each period shows{how}{as_inputs}"
    if sets and not sets[0]:
        return f"no path between {ends} is open but the effect{as_inputs}"
    by_strategy = {
        "back door": f"{closing} every path between {ends} that is no effect",
        "front door": _carry(mediators, treated[0]),
        "g-computation": "each node between is identified by those before it; no one set to adjust for will do",
        "ID algorithm": "no set of nodes to adjust for will do, but the formula of the estimand tells it",
    }
    return f"{by_strategy[strategy]}{as_inputs}"


def _carry(mediators: Sequence[str], treated: str) -> str:
    one = len(mediators) == 1
    return (
        f"{_and(mediators)} {'carries' if one else 'carry'} all of the effect and "
        f"{'shares' if one else 'share'} no unobserved cause with {treated}"
    )


def _not_by(model: Model, treated: tuple[str, ...], target: str, found: Verdict) -> Identification:
    """Return why an effect is not identified, and what would tell it in linear equations."""
    graph, x, y = found.observed.graph, found.asked.x, found.asked.y
    single = len(x) == 1 and len(y) == 1 and not found.asked.refused
    known = instruments(graph, *x, *y) if single else []
    linear = f"; if the equations are linear, {known[0]} tells it as an instrument" if known else ""
    return Identification(
        treatment=treated,
        outcome=target,
        given=(),
        identified=False,
        strategy="instrument" if known else "none",
        adjustment=None,
        adjustments=(),
        estimand="",
        reason=f"{found.reason}{linear}",
        instruments=tuple(known),
        open_path=_open_path(found),
        notes=over_controls(model, target),
    )


def _open_path(found: Verdict) -> tuple[str, ...]:
    """Return what joins a treated node to the outcome besides the effect, unobserved causes by their names."""
    if found.hedge is None:
        return ()
    graph, asked = found.observed.graph, found.asked
    if asked.given:
        into = open_path(graph.without_effects_of(asked.x), asked.x, asked.y, asked.given)  # none would be rule 2
        return found.observed.named(into)
    chain = hidden_chain(graph, asked, found.hedge)
    on = next((w for n in graph.sorted(asked.y) if (w := directed(graph, chain[-1], n))), chain[-1:])
    return found.observed.named((*" <-> ".join(chain).split(), *(part for n in on[1:] for part in ("->", n))))


@lru_cache(maxsize=256)
def _conditional(model: Model, treated: tuple[str, ...], target: str, given: tuple[str, ...]) -> Identification:
    """Return the identification of an effect where other nodes are known (IDC)."""
    found = verdict(model, treated, target, given=given)
    graph, x, y, z = found.observed.graph, found.asked.x, found.asked.y, frozenset(given)
    moved = [n for n in given if n in model.computation.descendants(treated)]
    notes = (
        *(f"{n} is moved by {_and(treated)}: known, it takes away what the effect sends through it" for n in moved),
        *over_controls(model, target),
    )
    formula = _formula_given(graph, x, y, z) if found and y else None
    if found and not (x and y):
        no_cause = f"{_and(treated)} {'is' if len(treated) == 1 else 'are'} no cause of {target} or of what is known"
        reason = no_cause if y else f"{target} is computed from what is known, {_and(given)}"
        text = _text(formula)
        return Identification(treated, target, given, True, "no effect", None, (), text, reason, formula, notes=notes)
    closes = bool(found) and not found.unrolled and adjusts(graph, x, y, z)
    said = f"{_and(given)} known, {'nothing else is needed' if closes else 'the formula of the estimand tells it'}"
    late = "; unobserved causes act within a period and effects come later" if found.unrolled else ""
    by: Strategy = "back door" if closes else "order of time" if found.unrolled else "ID algorithm"
    return Identification(
        treatment=treated,
        outcome=target,
        given=given,
        identified=bool(found),
        strategy=by if found else "none",
        adjustment=given if closes else None,
        adjustments=(given,) if closes else (),
        estimand=_text(formula),
        reason=f"{said}{late}" if found else found.reason,
        expression=formula,
        open_path=_open_path(found),
        notes=notes,
    )


def _formula_given(graph: Dag, x: frozenset[str], y: frozenset[str], z: frozenset[str]) -> Expression | None:
    """Return the formula of P(y | do(x), z): P(y | x, z) where z closes every path into x (rule 2 of do-calculus)."""
    if separated(graph.without_effects_of(x), y, x, z):
        return Probability(graph.sorted(y), (*graph.sorted(x), *graph.sorted(z)))
    above = graph.ancestors(y | z)
    if len(above) > MOST_NODES_OF_FORMULA:
        return None
    formula = effect(graph.among(above), y, x & above, z)
    assert isinstance(formula, Expression)  # the verdict is that there is one
    return formula


def _text(formula: Expression | None) -> str:
    text = "" if formula is None else str(formula)
    return text if len(text) <= LONGEST_FORMULA else ""


def _and(nodes: Sequence[str]) -> str:
    return " and ".join([", ".join(nodes[:-1]), *nodes[-1:]] if len(nodes) > 1 else nodes)
