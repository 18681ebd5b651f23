"""The model: structural equations, and what money has to do with them."""

from __future__ import annotations

import html
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NoReturn

from bayes_roi.errors import ModelError, nearest
from bayes_roi.graph import Dag
from bayes_roi.mechanisms import Term
from bayes_roi.mechanisms.families import FAMILIES, Family
from bayes_roi.mechanisms.prior import Prior, parse_prior
from bayes_roi.mechanisms.scale import Scale
from bayes_roi.model.equations import Confounding, Equation, normalise, parse_equations

LARGEST = sys.float_info.max


class FrozenDict[K, V](dict[K, V]):
    """A dict that cannot be changed, so that what holds it is frozen in fact."""

    def _refuse(self, *args: object, **kwargs: object) -> None:
        raise TypeError("a model does not change; make a new one with dataclasses.replace")

    __setitem__ = __delitem__ = __ior__ = update = setdefault = pop = popitem = clear = _refuse  # type: ignore[assignment]

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[type[FrozenDict[K, V]], tuple[dict[K, V]]]:
        return type(self), (dict(self),)


@dataclass(frozen=True)
class Model:
    """A structural causal model of money, as a model file has it.

    Parameters
    ----------
    name
        What reports call it.
    equations
        Text of the structural equations; kept as `Equation` objects in the order written.
    outcome
        The node whose money is asked about.
    time
        Column of the period; None for exchangeable rows.
    channels
        Channel -> the node that is its spend.
    currency
        For labels, e.g. "USD".
    margin
        Profit per unit of money earned, in (0, 1].
    value
        Money per unit of the outcome: a number, or the name of a column.
    families
        Node -> family of its noise; normal where nothing is said.
    priors
        Name of a parameter -> `Prior` or its text, in the units of the data.
    carry_in
        "rows": the first rows, as many as the longest lag, are carry-in only. "zero": all rows count and spend before
        them was zero.
    columns
        Node -> column of the table, where the two differ.
    story
        Free text: what the model is for, what it assumes, when not to use it.

    Raises
    ------
    ModelError
        With the first thing that is not right, and how to mend it.

    Examples
    --------
    >>> model = Model(
    ...     name="shop", equations="revenue ~ hill(adstock(tv))", outcome="revenue", time="week", channels={"tv": "tv"}
    ... )
    >>> model.graph.order
    ('tv', 'revenue')
    """

    name: str
    equations: tuple[Equation, ...] | str
    outcome: str
    time: str | None = None
    channels: Mapping[str, str] = field(default_factory=dict)
    currency: str | None = None
    margin: float = 1.0
    value: float | str = 1.0
    families: Mapping[str, str] = field(default_factory=dict)
    priors: Mapping[str, Prior] = field(default_factory=dict)
    carry_in: Literal["rows", "zero"] = "rows"
    columns: Mapping[str, str] = field(default_factory=dict)
    story: str = ""
    confounding: tuple[Confounding, ...] = ()

    def __post_init__(self) -> None:
        # What a model holds is what its text says: equations made of objects are read back as well.
        text = self.equations if isinstance(self.equations, str) else "\n".join(map(str, self.equations))
        equations, confounding = parse_equations("\n".join([text, *map(str, self.confounding)]))
        self._set(equations=equations, confounding=confounding, outcome=normalise(self.outcome))
        self._set(channels=FrozenDict({channel: normalise(node) for channel, node in self.channels.items()}))
        self._set(families=_by_name("families", self.families), columns=_by_name("columns", self.columns))
        _check_name(self)
        _check_graph(self)
        _check_time(self)
        _check_money(self)
        _check_families(self)
        self._set(margin=float(self.margin), value=self.value if isinstance(self.value, str) else float(self.value))
        self._set(priors=_known_priors(self))

    def _set(self, **fields: object) -> None:
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @cached_property
    def equation(self) -> dict[str, Equation]:
        """Node -> its equation, for the nodes that have one."""
        return {e.node: e for e in self.equations if isinstance(e, Equation)}

    @cached_property
    def graph(self) -> Dag:
        """The causal graph that the equations are."""
        parents: dict[str, tuple[str, ...]] = {}
        for e in self.equation.values():
            parents[e.node] = tuple(dict.fromkeys(p for t in e.terms for p in t.parents))
            for p in parents[e.node]:
                parents.setdefault(p, ())
        ordered = dict(sorted(parents.items(), key=lambda kv: kv[0] in self.equation))
        return Dag(ordered, frozenset(frozenset((c.a, c.b)) for c in self.confounding))

    @cached_property
    def nodes(self) -> tuple[str, ...]:
        """All nodes, causes first."""
        return self.graph.order

    @cached_property
    def exogenous(self) -> tuple[str, ...]:
        """The nodes without an equation."""
        return tuple(n for n in self.nodes if n not in self.equation)

    @cached_property
    def spends(self) -> frozenset[str]:
        """The nodes that are money spent."""
        return frozenset(self.channels.values())

    @cached_property
    def max_lag(self) -> int:
        """Periods of history that the longest term needs."""
        return max((t.max_lag for e in self.equation.values() for t in e.terms), default=0)

    def terms(self, node: str) -> tuple[Term, ...]:
        """Return the terms of a node's equation; none for an exogenous node."""
        return self.equation[node].terms if node in self.equation else ()

    def family(self, node: str) -> type[Family]:
        """Return the family of a node's noise."""
        return FAMILIES[self.families.get(node, "normal")]

    def column(self, node: str) -> str:
        """Return the column of the table that holds a node."""
        return self.columns.get(node, node)

    def __repr__(self) -> str:
        return f"<Model {self.name!r}: {len(self.nodes)} nodes, {len(self.channels)} channels, outcome {self.outcome}>"

    def _repr_html_(self) -> str:
        lines = "\n".join(str(x) for x in (*self.equation.values(), *self.confounding))
        return f"<b>{html.escape(self.name)}</b><pre>{html.escape(lines)}</pre>"


def _by_name[V](key: str, given: Mapping[str, V]) -> FrozenDict[str, V]:
    """Return a mapping with its names as the equations have them."""
    found: dict[str, V] = {}
    for name, value in given.items():
        if normalise(name) in found:
            _refuse(f"{key}: {normalise(name)!r} is there twice; keep one of the two", key, name)
        found[normalise(name)] = value
    return FrozenDict(found)


def _refuse(message: str, *where: str) -> NoReturn:
    raise ModelError(message, where=where)


def _check_name(model: Model) -> None:
    if not model.name.strip():
        _refuse("name is empty; write what reports call the model", "name")


def _check_graph(model: Model) -> None:
    within = {n: () if n not in model.equation else tuple(_instant_parents(model, n)) for n in model.graph.parents}
    try:
        Dag(within).order  # noqa: B018  a cycle within a period raises here
    except ModelError as error:
        _refuse(error.message, "equations")
    try:
        model.graph.order  # noqa: B018
    except ModelError:
        _refuse(
            "the equations feed back through lag() or lagged terms; feedback over time is not supported yet, "
            "so leave out one of the edges",
            "equations",
        )
    if model.outcome not in model.equation:
        hint = nearest(model.outcome, model.equation)
        _refuse(f"the outcome {model.outcome!r} has no equation{hint}; write {model.outcome} ~ its causes", "outcome")
    for node in model.columns:
        if node not in model.graph.parents:
            hint = nearest(node, model.graph.parents)
            _refuse(f"columns: {node!r} is not a node{hint}; write node: column", "columns", node)


def _check_time(model: Model) -> None:
    if model.carry_in not in ("rows", "zero"):
        _refuse(f"carry_in must be rows or zero, got {model.carry_in!r}", "carry_in")
    if model.time is not None:
        if model.time in model.graph.parents:
            _refuse(f"{model.time!r} is the time column and cannot be a node; use trend() or season()", "time")
        return
    for node in model.equation:
        for term in model.terms(node):
            if term.needs_time:
                _refuse(f"{node}: {term} runs over time; name the period's column with time:", "equations", node)


def _instant_parents(model: Model, node: str) -> list[str]:
    return [p for t in model.terms(node) if t.name != "lag" for p in t.parents]


def _check_money(model: Model) -> None:
    _check_channels(model)
    if isinstance(model.margin, bool) or not isinstance(model.margin, (int, float)) or not 0 < model.margin <= 1:
        _refuse(f"margin must be in (0, 1], got {model.margin}. Give a share, e.g. margin: 0.35", "margin")
    if not isinstance(model.value, str) and (isinstance(model.value, bool) or not 0 < model.value <= LARGEST):
        _refuse(
            f"value must be a number above zero or a column, got {model.value}. "
            "Give the money that one unit of the outcome is worth",
            "value",
        )


def _check_channels(model: Model) -> None:
    owner: dict[str, str] = {}
    for channel, spend in model.channels.items():
        where = ("channels", channel)
        if spend not in model.graph.parents:
            hint = nearest(spend, model.graph.parents)
            _refuse(f"channel {channel!r}: its spend {spend!r} is in no equation{hint}; add it where it acts", *where)
        if spend == model.outcome:
            _refuse(f"channel {channel!r}: the outcome {spend!r} cannot be its spend; name the spend's column", *where)
        if spend in owner:
            taken = f"its spend {spend!r} is that of {owner[spend]!r} already"
            _refuse(f"channel {channel!r}: {taken}; a spend belongs to one channel", *where)
        owner[spend] = channel


def _check_families(model: Model) -> None:
    for node, family in model.families.items():
        where = ("families", node)
        if family not in FAMILIES:
            hint = nearest(family, FAMILIES)
            _refuse(f"families: {node}: unknown family {family!r}{hint}; known are {', '.join(FAMILIES)}", *where)
        if node not in model.equation:
            hint = nearest(node, model.equation)
            _refuse(f"families: {node!r} has no equation{hint}; only a node with an equation has a family", *where)


def parameter_names(model: Model) -> tuple[str, ...]:
    """Return the names of all parameters, `node.role` and `node.label.role`, in the order of the equations."""
    return tuple(parameter_ranges(model))


def parameter_ranges(model: Model) -> dict[str, tuple[float, float]]:
    """Return name -> the range in which a parameter has a meaning: a retention in (0, 1), an effect anywhere."""
    anywhere = (-math.inf, math.inf)
    found: dict[str, tuple[float, float]] = {}
    for node, equation in model.equation.items():
        if equation.intercept:
            found[f"{node}.intercept"] = anywhere
        for term in equation.terms:
            prefix = f"{node}.{term.label_or_default}"
            found |= {f"{prefix}.{role}": prior.support for role, prior in term.shape_priors(_UnitScales()).items()}
            if term.fixed_effect is None:
                found[f"{prefix}.effect"] = anywhere
        found |= {f"{node}.{role}": prior.support for role, prior in model.family(node).priors(1.0).items()}
    return found


class _UnitScales(dict[str, Scale]):
    """Every column has scale one: enough to ask for the roles of priors before there are data."""

    def __missing__(self, key: str) -> Scale:
        return Scale(1.0, 1.0, 1.0, 0.0, 1.0)


def _known_priors(model: Model) -> FrozenDict[str, Prior]:
    """Return the priors by the names of the model's parameters; a name may be another spelling (NFKC) of one."""
    known = parameter_ranges(model)
    spellings = {normalise(name): name for name in known}
    found: dict[str, Prior] = {}
    for given, prior in model.priors.items():
        name = given if given in known else spellings.get(normalise(given), given)
        if name not in known:
            hint = nearest(name, known)
            _refuse(f"priors: {name!r} is not a parameter{hint}; bayes-roi check lists them", "priors", given)
        if name in found:
            _refuse(f"priors: {name!r} is there twice; keep one of the two", "priors", given)
        found[name] = _as_prior(given, prior)
        (low, high), (least, most) = known[name], found[name].support
        if least < low or most > high:
            where = f"between {low:g} and {high:g}" if math.isfinite(high) else f"above {low:g}"
            _refuse(f"priors: {name} has a meaning {where} only, and {prior} goes beyond", "priors", given)
    return FrozenDict(found)


def _as_prior(name: str, prior: Prior | str) -> Prior:
    """Return a prior read from its text, so that what a model holds can be written."""
    try:
        return parse_prior(str(prior))
    except ModelError as error:
        _refuse(f"prior of {name}: {error}", "priors", name)
    except TypeError:  # a distribution or a list where a number belongs
        _refuse(f"prior of {name}: '{prior}' is not a prior; write for example HalfNormal(sigma=3)", "priors", name)
