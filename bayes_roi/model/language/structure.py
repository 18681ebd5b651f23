"""The structure of a model: its equations as a graph, their terms and families; no rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NoReturn

from bayes_roi.errors import ModelError
from bayes_roi.graph import Dag
from bayes_roi.mechanisms import Common, OfPeriod, Term, Varying
from bayes_roi.mechanisms.families import FAMILIES, Family, Latent
from bayes_roi.mechanisms.noise import INDEPENDENT, NodeNoise, parse_noise
from bayes_roi.mechanisms.prior import Beta, Prior, parse_prior
from bayes_roi.model.language.edges import Edge, edges, longest_lag
from bayes_roi.model.language.equation import Confounding, Equation, Structural
from bayes_roi.model.language.equations import parse_equations
from bayes_roi.model.language.identity import Identity
from bayes_roi.model.language.tokens import normalise
from bayes_roi.panel.shaping.every import Every


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
class Structure:
    """What the text of a model says, read and in one spelling, whether or not it obeys the rules; fields as of `Model`.

    Raises
    ------
    ModelError
        Where a text cannot be read.
    """

    name: str
    equations: tuple[Structural, ...] | str
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
    noise: Mapping[str, NodeNoise | str] = field(default_factory=dict)
    panel: str | None = None
    weights: str | None = None
    unobserved: tuple[str, ...] = ()
    media_roas: Mapping[str, float] = field(default_factory=dict)
    media_share: Mapping[str, Beta | str] | Beta | str = field(default_factory=dict)
    data: tuple[str, ...] | str = ()
    every: Every | None = None
    clean: Mapping[str, object] = field(default_factory=dict)
    story: str = ""
    confounding: tuple[Confounding, ...] = ()

    def __post_init__(self) -> None:
        # What a model holds is what its text says: equations made of objects are read back as well.
        text = self.equations if isinstance(self.equations, str) else "\n".join(map(str, self.equations))
        equations, confounding = parse_equations("\n".join([text, *map(str, self.confounding)]))
        self._set(equations=equations, confounding=confounding, outcome=normalise(self.outcome))
        self._set(channels=FrozenDict({channel: normalise(node) for channel, node in self.channels.items()}))
        self._set(families=_by_name("families", self.families), columns=_by_name("columns", self.columns))
        self._set(data=(self.data,) if isinstance(self.data, str) else tuple(self.data), clean=_frozen(self.clean))
        self._set(noise=_noises(self.noise), unobserved=tuple(normalise(n) for n in self.unobserved))
        self._set(media_roas=FrozenDict(self.media_roas), media_share=_shares(self.media_share, self.outcome))

    def _set(self, **fields: object) -> None:
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @property
    def structural(self) -> tuple[Structural, ...]:
        """The equations and identities in the order they are written."""
        assert not isinstance(self.equations, str)  # they are read when the model is made
        return self.equations

    @cached_property
    def equation(self) -> dict[str, Equation]:
        """Node -> its equation, for the nodes that have one; one without terms for an unobserved cause without one."""
        written = {e.node: e for e in self.structural if isinstance(e, Equation)}
        return {n: Equation(n, (), "none") for n in self.hidden if n not in written} | written

    @cached_property
    def identity(self) -> dict[str, Identity]:
        """Node -> its accounting identity, for the nodes that have one."""
        return {e.node: e for e in self.structural if isinstance(e, Identity)}

    @cached_property
    def hidden(self) -> tuple[str, ...]:
        """All that is not observed: the latent of each pair `a ~~ b`, called so, and the unobserved nodes."""
        return (*map(str, self.confounding), *self.unobserved)

    @cached_property
    def modelled(self) -> tuple[str, ...]:
        """The observed nodes with an equation: those that have a likelihood."""
        return tuple(n for n in self.equation if n not in self.hidden)

    @cached_property
    def measured(self) -> tuple[str, ...]:
        """The nodes with a column of the table, causes first."""
        return tuple(n for n in self.nodes if n not in self.identity and n not in self.unobserved)

    @cached_property
    def graph(self) -> Dag:
        """The causal graph that the equations are; pairs `a ~~ b` are its bidirected edges."""
        named = {n: p for n, p in self._parents.items() if n in self._written}
        pairs = frozenset(frozenset((c.a, c.b)) for c in self.confounding)
        return Dag({n: tuple(x for x in p if x in named) for n, p in named.items()}, pairs)

    @cached_property
    def computation(self) -> Dag:
        """The graph by which values are computed: every unobserved cause is a node of its own."""
        return Dag(self._parents)

    @cached_property
    def _written(self) -> frozenset[str]:
        return frozenset(self._parents) - {str(c) for c in self.confounding}

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Every way in which a node's value enters another's: what `graph` and `computation` are made of."""
        return edges(self)

    @cached_property
    def _parents(self) -> dict[str, tuple[str, ...]]:
        """Node -> its parents, latents of pairs among them; nodes without an equation first."""
        parents: dict[str, tuple[str, ...]] = {str(c): () for c in self.confounding}
        into: dict[str, dict[str, None]] = {}
        for edge in self.edges:
            into.setdefault(edge.child, {})[edge.parent] = None
        for e in self.structural:
            parents[e.node] = tuple(into.get(e.node, ()))
            for p in parents[e.node]:
                parents.setdefault(p, ())
        parents |= {n: () for n in self.unobserved if n not in parents}
        caused = {e.node for e in self.structural}
        return dict(sorted(parents.items(), key=lambda kv: kv[0] in caused))

    @cached_property
    def nodes(self) -> tuple[str, ...]:
        """All nodes, causes first."""
        return self.graph.order

    @cached_property
    def exogenous(self) -> tuple[str, ...]:
        """The observed nodes without an equation."""
        return tuple(n for n in self.measured if n not in self.equation)

    @cached_property
    def categorical(self) -> frozenset[str]:
        """The nodes that are read as categories."""
        terms = (t.term if isinstance(t, Varying) else t for e in self.equation.values() for t in e.terms)
        return frozenset(t.parents[0] for t in terms if t.name == "factor")

    @cached_property
    def amounts(self) -> frozenset[str]:
        """The nodes that grow with the size of a row: spends, modelled amounts and what is computed of them.

        Of trials it is as many successes as trials that grow.
        """
        found = set(self.spends)
        for node in (n for n in self.nodes if n not in self.spends):
            computed = node in self.identity and self.identity[node].is_amount(found)
            modelled = node in self.modelled and (self.family(node).amount or self.trials(node) in found)
            if computed or modelled:
                found.add(node)
        return frozenset(found)

    @cached_property
    def spends(self) -> frozenset[str]:
        """The nodes that are money spent."""
        return frozenset(self.channels.values())

    @cached_property
    def in_money(self) -> bool:
        """Whether the outcome is said to be money: in a currency, or at a value per unit."""
        return self.currency is not None or self.value != 1.0

    @cached_property
    def shares(self) -> Mapping[str, Beta]:
        """Node -> the prior of the share of its spends, where the model gives one."""
        return _shares(self.media_share, self.outcome)

    @cached_property
    def max_lag(self) -> int:
        """Periods of history that the longest term needs."""
        return longest_lag(self)

    def terms(self, node: str) -> tuple[Term, ...]:
        """Return the terms of a node's equation; none for an exogenous node.

        What all units share in a period and unobserved common causes come last.
        """
        written = self.equation[node].terms if node in self.equation else ()
        shared = [OfPeriod(self.time)] if self.time is not None and self.shares_periods(node) else []
        return (*written, *shared, *(Common(str(c), c.other(node)) for c in self.confounding if node in (c.a, c.b)))

    @cached_property
    def anchors(self) -> dict[str, str]:
        """Unobserved cause -> the node on which its effect is positive: the first that it acts on."""
        first = {str(c): c.a for c in self.confounding}
        for node in self.modelled:
            for term in self.equation[node].terms:
                first |= {p: node for p in term.parents if p in self.unobserved and p not in first}
        return first

    def family(self, node: str) -> type[Family]:
        """Return the family of a node's noise."""
        return Latent if node in self.hidden else FAMILIES[_family_name(self.families.get(node, "normal"))]

    def trials(self, node: str) -> str | None:
        """Return the node that is the number of trials of another, as in binomial(impressions)."""
        inside = self.families.get(node, "").partition("(")[2].removesuffix(")").strip()
        return normalise(inside) or None

    def noise_of(self, node: str) -> NodeNoise:
        """Return how the noise of a node depends on other rows."""
        return self.noise.get(node, INDEPENDENT)  # type: ignore[return-value]

    def pools_intercept(self, node: str) -> bool:
        """Whether a node's intercept varies by panel unit."""
        return self.panel is not None and node not in self.hidden and self.equation[node].intercept == "implied"

    def shares_periods(self, node: str) -> bool:
        """Whether a node's equation has an effect of each period on all units, `(1 | week)`."""
        return node in self.equation and self.time is not None and self.time in self.equation[node].by

    def column(self, node: str) -> str:
        """Return the column of the table that holds a node."""
        return self.columns.get(node, node)


def refuse(message: str, *where: str) -> NoReturn:
    """Raise an error at a place of the model file."""
    raise ModelError(message, where=where)


def _frozen(given: Mapping[str, object]) -> FrozenDict[str, object]:
    """Return a mapping, and what mappings are in it, such that they cannot be changed."""
    return FrozenDict({key: _frozen(x) if isinstance(x, Mapping) else x for key, x in given.items()})


def _by_name[V](key: str, given: Mapping[str, V]) -> FrozenDict[str, V]:
    """Return a mapping with its names as the equations have them."""
    found: dict[str, V] = {}
    for name, value in given.items():
        if normalise(name) in found:
            refuse(f"{key}: {normalise(name)!r} is there twice; keep one of the two", key, name)
        found[normalise(name)] = value
    return FrozenDict(found)


def _shares(given: Mapping[str, Beta | str] | Beta | str, outcome: str) -> FrozenDict[str, Beta]:
    """Return node -> prior of the share of its spends; one alone is that of the outcome."""
    found: dict[str, Beta] = {}
    single = not isinstance(given, Mapping)
    shares = {outcome: given} if single else _by_name("media_share", given)  # type: ignore[arg-type]
    for node, share in shares.items():
        where = ("media_share",) if single else ("media_share", node)
        try:
            prior = parse_prior(str(share))
        except ModelError as error:
            refuse(f"media_share: {node}: {error}", *where)
        if not isinstance(prior, Beta):
            refuse(
                f"media_share: {node}: a share lies between 0 and 1; write for example Beta(2, 6), got {share}", *where
            )
        found[node] = prior
    return FrozenDict(found)


def _family_name(text: str) -> str:
    return text.partition("(")[0].strip()


def _noises(given: Mapping[str, NodeNoise | str]) -> FrozenDict[str, NodeNoise]:
    found: dict[str, NodeNoise] = {}
    for node, noise in _by_name("noise", given).items():
        try:
            found[node] = noise if isinstance(noise, NodeNoise) else parse_noise(noise)
        except ModelError as error:
            refuse(f"noise: {node}: {error}", "noise", node)
    return FrozenDict(found)
