"""Random models: a random graph, random terms with random options, and everything else that a model can hold."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from bayes_roi.mechanisms import Fixed, Node, Term
from bayes_roi.mechanisms.adstock import KINDS, Adstock
from bayes_roi.mechanisms.baseline.season import Season
from bayes_roi.mechanisms.baseline.trend import Trend
from bayes_roi.mechanisms.families import FAMILIES
from bayes_roi.mechanisms.node import Interact, Lag
from bayes_roi.mechanisms.prior import (
    Beta,
    Exponential,
    Gamma,
    HalfNormal,
    LogNormal,
    Normal,
    Prior,
    ShiftedGamma,
    Uniform,
)
from bayes_roi.mechanisms.saturation import SATURATIONS
from bayes_roi.model.equations import Confounding, Equation
from bayes_roi.model.model import Model, parameter_ranges

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
NAMES = ("tv", "social", "demand", "clicks", "no", "on", "null", "e1", "umsätze", "реклама", "y")

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["1e5", "12", "no", "~", "", "2025-01-01", "a: b", "# x", "- x", "1:30", "0x1f", ".5", "!x", "&x", "*x", "<<", "|"]
)
labels = st.text(st.characters(exclude_characters="./\n", exclude_categories=["Cs"]), min_size=1, max_size=8).filter(
    lambda label: label.strip() and label.isprintable()
) | st.sampled_from(['"', "\\", "# ~", "~~", "1)", "'", "¹"])
stories = (
    texts
    | st.lists(texts, max_size=5).map("\n".join)
    | st.sampled_from(["a\nb\n", "\na\n\n", " a\nb ", "\n", "a\n b\n"])
)
positive = st.floats(1e-6, 1e6)
priors = st.one_of(
    st.builds(Normal, st.floats(-1e6, 1e6), positive),
    st.builds(HalfNormal, positive | st.integers(1, 9)),
    st.builds(LogNormal, st.floats(-9, 9), positive),
    st.builds(Beta, positive, positive),
    st.builds(Gamma, positive, positive),
    st.builds(Exponential, positive),
    st.builds(Uniform, st.floats(-9, 0), st.floats(1, 9)),
    st.builds(ShiftedGamma, st.builds(Gamma, positive, positive), st.floats(0, 9)),
)


def within(prior: Prior, ends: tuple[float, float]) -> bool:
    """Whether a prior stays in a range."""
    return ends[0] <= prior.support[0] and prior.support[1] <= ends[1]


@st.composite
def terms(draw: st.DrawFn, parents: tuple[str, ...]) -> Term:
    """Draw a term over some of `parents`."""
    node = st.sampled_from(parents).map(Node)
    label = st.none() | labels
    adstock = st.builds(Adstock, node, kind=st.sampled_from(sorted(KINDS)), max_lag=st.integers(0, 30), label=label)
    saturated = [st.builds(cls, node | adstock, label=label) for cls in SATURATIONS.values()]
    kinds = [
        node,
        adstock,
        *saturated,
        st.builds(Fixed, st.floats(-1e9, 1e9) | st.integers(-3, 3), node),
        st.builds(Lag, node, st.integers(1, 52), label=label),
        st.builds(Interact, node, node, label=label),
        st.builds(Trend, label=label),
        st.builds(Season, period=st.floats(10, 400), order=st.integers(1, 5), label=label),
    ]
    return draw(st.one_of(kinds))


@st.composite
def equations(draw: st.DrawFn, node: str, parents: tuple[str, ...]) -> Equation:
    """Draw the equation of a node; no two of its terms have the same name."""
    found = draw(st.lists(terms(parents), max_size=4, unique_by=lambda term: term.label_or_default))
    return Equation(node, tuple(found), intercept=not found or draw(st.booleans()))


@st.composite
def models(draw: st.DrawFn) -> Model:
    """Draw a model that could have been written."""
    order = tuple(draw(st.permutations(NAMES))[: draw(st.integers(2, 6))])
    first = draw(st.integers(1, len(order) - 1))
    lines = [draw(equations(order[i], order[:i])) for i in range(first, len(order))]
    lines = list(draw(st.permutations(lines)))
    ends = [e.node for e in lines]
    pairs = st.lists(st.sampled_from(ends), min_size=2, max_size=2, unique=True) if len(ends) > 1 else st.nothing()
    twice = draw(st.lists(pairs, max_size=2, unique_by=frozenset)) if len(ends) > 1 else []
    plain: dict[str, Any] = {
        "name": draw(texts.filter(str.strip)),
        "equations": tuple(lines),
        "confounding": tuple(Confounding(a, b) for a, b in twice),
        "outcome": draw(st.sampled_from(ends)),
        "time": draw(texts.map(lambda text: f"t {text}")),
    }
    bare = Model(**plain)
    nodes = st.sampled_from(bare.nodes)
    spends = (
        draw(st.lists(nodes.filter(lambda n: n != bare.outcome), unique=True, max_size=3))
        if len(bare.nodes) > 1
        else []
    )
    known = sorted(n for n, family in FAMILIES.items() if not family.takes_trials)
    families = draw(st.dictionaries(st.sampled_from(ends), st.sampled_from(known), max_size=3))
    ranges = parameter_ranges(Model(**plain, families=families))
    chosen = (
        draw(st.lists(st.sampled_from(sorted(n for n in ranges if not n.endswith(".nu"))), max_size=3, unique=True))
        if ranges
        else []
    )
    channels = draw(st.lists(texts, min_size=len(spends), max_size=len(spends), unique=True))
    return Model(
        **plain,
        channels=dict(zip(channels, spends, strict=True)),
        currency=draw(st.none() | texts),
        margin=draw(st.floats(1e-9, 1)),
        value=draw(st.floats(1e-300, 1e300) | st.integers(1, 10**20) | texts),
        families=families,
        priors={name: draw(priors.filter(lambda p, name=name: within(p, ranges[name]))) for name in chosen},
        carry_in=draw(st.sampled_from(["rows", "zero"])),
        columns=draw(st.dictionaries(nodes, texts, max_size=3)),
        story=draw(stories),
    )
