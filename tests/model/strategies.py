"""Random models: a random graph, random terms with random options, and everything else that a model can hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from bayes_roi.mechanisms import Fixed, Node, Term, Varying
from bayes_roi.mechanisms.adstock import KINDS, Adstock
from bayes_roi.mechanisms.baseline.season import Season
from bayes_roi.mechanisms.baseline.trend import Trend
from bayes_roi.mechanisms.factor import Factor
from bayes_roi.mechanisms.families import FAMILIES
from bayes_roi.mechanisms.node import Interact, Lag
from bayes_roi.mechanisms.noise import NodeNoise
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
from bayes_roi.model.language.equation import Confounding, Equation, Structural
from bayes_roi.model.language.equations import parse_equations
from bayes_roi.model.language.identity import Identity
from bayes_roi.model.language.model import Model
from bayes_roi.model.language.names import GIVEN_BY_OTHERS, parameter_ranges
from bayes_roi.plain_text import TURNING

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
UNIT = "geo"
TIME = "week"
CATEGORY = "weather"
HIDDEN = "mood"
NAMES = ("tv", "social", "demand", "clicks", "no", "on", "null", "e1", "umsätze", "реклама", "y")

plain = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="".join(TURNING))
texts = st.text(plain, max_size=20) | st.sampled_from(
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


CLEANS = (
    {},
    {"missing": "model"},
    {"missing": {"all": "zero", "x": "mean"}, "outliers": "iqr", "outlier_threshold": 4.5},
)


@st.composite
def terms(draw: st.DrawFn, parents: tuple[str, ...], panel: str | None = None) -> Term:
    """Draw a term over some of `parents`, in a panel perhaps one that varies."""
    node = st.sampled_from(parents).map(Node)
    label = st.none() | labels
    adstock = st.builds(Adstock, node, kind=st.sampled_from(sorted(KINDS)), max_lag=st.integers(0, 30), label=label)
    kinds = [
        node,
        adstock,
        *(st.builds(cls, node | adstock, label=label) for cls in SATURATIONS.values()),
        st.builds(Lag, node, st.integers(1, 52), label=label),
        st.builds(Interact, node, node, label=label),
        st.builds(Trend, label=label),
    ]
    if panel is not None:
        kinds.append(st.builds(Varying, st.one_of(kinds), st.just(panel)))
    fixed = [
        st.builds(Fixed, st.floats(-1e9, 1e9) | st.integers(-3, 3), node),
        st.builds(Season, period=st.floats(10, 400), order=st.integers(1, 5), label=label),
        st.builds(Factor, st.just(Node(CATEGORY)), label=label),
    ]
    return draw(st.one_of(kinds + fixed))


@st.composite
def equations(draw: st.DrawFn, node: str, parents: tuple[str, ...], panel: str | None = None) -> Equation:
    """Draw the equation of a node; no two of its terms have the same name."""
    found = draw(st.lists(terms(parents, panel), max_size=4, unique_by=lambda term: term.label_or_default))
    by = draw(st.lists(st.sampled_from([TIME, panel]), unique=True)) if panel is not None else []
    kinds = ["implied", *(["common", "none"] if (found or by) and panel not in by else [])]
    return Equation(node, tuple(found), draw(st.sampled_from(kinds)), tuple(by))


@st.composite
def identities(draw: st.DrawFn, node: str, parents: tuple[str, ...]) -> Identity:
    """Draw arithmetic on some of `parents`."""
    leaf = st.sampled_from(parents)
    number = st.floats(0, 1e9).map(repr) | st.integers(0, 10**20).map(str)

    def wider(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        both = st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner | number)
        return both | inner.map("-{}".format)

    (found,), _ = parse_equations(f"{node} := {draw(st.recursive(leaf, wider, max_leaves=4))}")
    assert isinstance(found, Identity)
    return found


def more(line: Structural, term: Term) -> Structural:
    """Return an equation with one more term, where no term of it has its name."""
    free = isinstance(line, Equation) and term.label_or_default not in {t.label_or_default for t in line.terms}
    return replace(line, terms=(*line.terms, term)) if isinstance(line, Equation) and free else line


@st.composite
def structures(draw: st.DrawFn) -> dict[str, Any]:
    """Draw what of a model is no text: equations and identities over a random graph, and where they run."""
    panel = draw(st.sampled_from([None, UNIT]))
    order = tuple(draw(st.permutations(NAMES))[: draw(st.integers(2, 6))])
    first = draw(st.integers(1, len(order) - 1))
    lines: list[Structural] = []
    for i in range(first, len(order)):
        computed = draw(st.integers(0, 4)) == 0
        lines.append(draw(identities(order[i], order[:i]) if computed else equations(order[i], order[:i], panel)))
    share = draw(st.none() | labels.filter(lambda text: text not in {*NAMES, HIDDEN, CATEGORY}))
    if share is not None:
        kind = draw(st.sampled_from(sorted(SATURATIONS)))
        lines = [more(line, SATURATIONS[kind](Node(order[0]), label="as elsewhere", share=share)) for line in lines]
    seen = [n for n, line in enumerate(lines) if isinstance(line, Equation)]
    hidden = len(seen) > 1 and draw(st.booleans())
    if hidden:
        lines = [more(line, Node(HIDDEN)) for line in lines]
    lines = list(draw(st.permutations(lines)))
    ends = [e.node for e in lines if isinstance(e, Equation)]
    pairs = st.lists(st.sampled_from(ends), min_size=2, max_size=2, unique=True) if len(ends) > 1 else st.nothing()
    twice = draw(st.lists(pairs, max_size=2, unique_by=frozenset)) if len(ends) > 1 else []
    return {
        "equations": tuple(lines),
        "confounding": tuple(Confounding(a, b) for a, b in twice),
        "outcome": draw(st.sampled_from([e.node for e in lines])),
        "time": TIME if panel is not None else draw(texts.map(lambda text: f"t {text}")),
        "panel": panel,
        "unobserved": (HIDDEN,) if hidden else (),
    }


@st.composite
def noises(draw: st.DrawFn, model: Model) -> dict[str, NodeNoise]:
    """Draw how the noise of some nodes hangs together, as far as their families allow."""
    found = {}
    for node in model.modelled:
        family = model.family(node)
        runs = family.link_noise == "normal" and draw(st.booleans())
        unit = model.panel if "sigma" in family.priors(1.0) and draw(st.booleans()) else None
        if runs or unit is not None:
            found[node] = NodeNoise(runs, unit)
    return found


@st.composite
def families_of(draw: st.DrawFn, model: Model) -> dict[str, str]:
    """Draw the families of some nodes, with their trials."""
    trials = [n for n in model.exogenous if n not in model.categorical]
    known = sorted(name for name, family in FAMILIES.items() if trials or not family.takes_trials)
    nodes = st.sampled_from(model.modelled) if model.modelled else st.nothing()
    found = draw(st.dictionaries(nodes, st.sampled_from(known), max_size=3)) if model.modelled else {}
    return {
        node: f"{name}({draw(st.sampled_from(trials))})" if FAMILIES[name].takes_trials else name
        for node, name in found.items()
    }


@st.composite
def models(draw: st.DrawFn) -> Model:
    """Draw a model that could have been written."""
    plain: dict[str, Any] = {"name": draw(texts.filter(str.strip)), **draw(structures())}
    bare = Model(**plain)
    may_be_spend = sorted(set(bare.measured) - {bare.outcome} - bare.categorical)
    spends = draw(st.lists(st.sampled_from(may_be_spend), unique=True, max_size=3)) if may_be_spend else []
    plain["families"] = draw(families_of(bare))
    plain["noise"] = draw(noises(Model(**plain)))
    ranges = parameter_ranges(Model(**plain))
    known = sorted(n for n in ranges if not n.endswith((".nu", *GIVEN_BY_OTHERS)))
    chosen = draw(st.lists(st.sampled_from(known), max_size=3, unique=True)) if known else []
    channels = draw(st.lists(texts, min_size=len(spends), max_size=len(spends), unique=True))
    if not bare.identity and draw(st.booleans()):
        plain["weights"] = draw(texts.map(lambda text: f"w {text}"))
    return Model(
        **plain,
        channels=dict(zip(channels, spends, strict=True)),
        currency=draw(st.none() | texts),
        margin=draw(st.floats(1e-9, 1)),
        value=draw(st.floats(1e-300, 1e300) | st.integers(1, 10**20) | texts),
        priors={name: draw(priors.filter(lambda p, name=name: within(p, ranges[name]))) for name in chosen},
        carry_in=draw(st.sampled_from(["rows", "zero"])),
        columns=draw(st.dictionaries(st.sampled_from(bare.measured), texts, max_size=3)),
        data=draw(st.lists(texts, max_size=2)),
        every=draw(st.sampled_from([None, "week"] if plain.get("time") else [None])),
        clean=draw(st.sampled_from(CLEANS)),
        story=draw(stories),
    )
