r"""Worlds for simulation-based calibration: pairs of parameters and data whose posterior is the one that is fitted.

Ranks are uniform when $(\theta, y)$ comes from any joint distribution whose conditional given $y$ is what the engine
draws from. Two things look at $y$ before the likelihood does: default priors take their scale $s(y)$ from it, and the
room that media leave is a factor $c(\theta, y)$ that looks at its mean. So to draw $\theta$ from a prior and
$y$ given it is not enough. But

$$p(\theta \mid y) \propto p(\theta; s(y))\, c(\theta, y)\, p(y \mid \theta)$$

is the conditional of $p(\theta; s(y))\, c(\theta, y)\, p(y \mid \theta)\, r(y)$ for every $r \ge 0$, and that is drawn
from by rejection: $\theta$ from $p_0$, the priors at the scale of a reference made wider; $y$ given $\theta$; the pair
is kept with probability $c(\theta, y)\, p(\theta; s(y)) / (M(y)\, p_0(\theta))$, where $M(y)$ is the largest ratio of
the two priors, so that $r = 1 / M$. Priors that the model writes out do not look at $y$: their ratio is one, and what
is left is $c$.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from bayes_roi.mechanisms.media import Joint, MediaPrior, Roas, Share
from bayes_roi.mechanisms.prior import Beta, HalfNormal, Normal, Prior, parse_prior
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.conditional import Conditional
from bayes_roi.model.law.forward import Parameters, linear_predictor
from bayes_roi.model.law.parameters import NodeParameters, node_parameters
from bayes_roi.model.rows.design import design
from bayes_roi.model.rows.layout import carry_in_rows
from bayes_roi.model.rows.view import View
from bayes_roi.panel import Panel

WIDER = 1.25
"""How much wider than the reference's the priors are from which parameters are proposed."""
BATCH = 2_000


@dataclass(frozen=True, eq=False)
class World:
    """One equation of a node y over columns that never change.

    Parameters
    ----------
    name, equation
        What it is called, and the equation of y.
    priors
        Parameter -> prior. Those of curves may be left to their defaults, which look at spend alone.
    spends
        Which columns are spend.
    reference
        Mean and sd of the y that default priors are proposed from; None where all that look at y are written out.
    rows
        Rows of the table, carry-in included.
    family
        Of the noise.
    money
        Whether y is money, so that its spends have returns.
    """

    name: str
    equation: str
    priors: Mapping[str, str] = field(default_factory=dict)
    spends: tuple[str, ...] = ("tv",)
    reference: tuple[float, float] | None = None
    rows: int = 60
    family: str = "normal"
    money: bool = False

    @cached_property
    def model(self) -> Model:
        return Model(
            name=self.name,
            equations=self.equation,
            outcome="y",
            time="week",
            channels={s: s for s in self.spends},
            priors={name: parse_prior(text) for name, text in self.priors.items()},
            families={"y": self.family},
            currency="EUR" if self.money else None,
        )

    @cached_property
    def columns(self) -> dict[str, np.ndarray]:
        """The columns beside y; spends go dark in one week of five, and radio follows television."""
        rng = np.random.default_rng(11)
        tv, radio, search = (rng.gamma(2.0, 25.0, self.rows) * (rng.random(self.rows) > 0.2) for _ in range(3))
        demand, price = rng.standard_normal(self.rows), 10 + rng.standard_normal(self.rows)
        many = {f"s{j}": rng.gamma(2.0, 0.5 + 0.2 * j, self.rows) * (rng.random(self.rows) > 0.3) for j in range(10)}
        columns = many | {"tv": tv, "radio": 0.7 * radio + 0.3 * tv, "search": search, "demand": demand, "price": price}
        return {n: columns[n] for n in self.model.nodes if n != "y"}

    def panel(self, y: np.ndarray) -> Panel:
        """Return the table whose likelihood rows hold `y`; in the carry-in, where nothing reads y, stands its mean."""
        history = np.full(carry_in_rows(self.model), y.mean())
        columns = self.columns | {"y": np.concatenate([history, y])}
        return Panel({n: columns[n] for n in self.model.nodes}, np.arange(self.rows), "week", "week", "simulated")

    def look(self, y: np.ndarray) -> tuple[NodeParameters, View]:
        """Return the priors given y, and the rows."""
        rows = design(self.model, self.panel(y))
        return node_parameters(self.model, rows, "y"), View(np, rows, rows.rows)

    @cached_property
    def proposal(self) -> tuple[NodeParameters, View]:
        """The priors that parameters are proposed from, and the rows."""
        mean, sd = self.reference or (0.0, 1.0)
        wave = np.sin(np.arange(self.rows - carry_in_rows(self.model)))
        node, view = self.look(mean + sd * (wave - wave.mean()) / wave.std())
        return wider(node, frozenset(self.model.priors)), view

    def pair(self, seed: int) -> tuple[dict[str, np.ndarray], Panel]:
        """Return parameters, each (1,) or (1, size), and the data they made."""
        rng = np.random.default_rng([seed, 5])
        base, view = self.proposal
        while True:
            parameters = draw(base, view, BATCH if self.reference else 8, rng)
            y = respond(self.model, base, view, parameters, rng)
            for i in self._candidates(y):
                one = {name: values[i : i + 1] for name, values in parameters.items()}
                node, _ = self.look(y[i])
                ratio = log_prior(node, view, one)[0] - log_prior(base, view, one)[0] - log_bound(node, base)
                if math.log(rng.random()) < ratio:
                    return one, self.panel(y[i])

    def densities(self, table: Panel, parameters: Parameters) -> dict[str, np.ndarray]:
        """Return the log likelihood and the log prior (count,), which see all parameters at once."""
        node, view = self.look(table.columns["y"][carry_in_rows(self.model) :])
        likelihood = log_likelihood(self.model, node, view, parameters)
        return {"log likelihood": likelihood, "log prior": log_prior(node, view, parameters)}

    def _candidates(self, y: np.ndarray) -> np.ndarray:
        """Return which y (count, time) may be kept: r is zero for those whose scale is not near the reference's."""
        if self.reference is None:
            return np.arange(len(y))
        mean, sd = self.reference
        size, shift = y.std(axis=1) / sd, np.abs(y.mean(axis=1) - mean) / sd
        return np.flatnonzero((size > 0.6) & (size < WIDER) & (shift < 1) & (y.min(axis=1) >= 0))


def priors(node: NodeParameters) -> dict[str, tuple[Prior, int | None]]:
    """Return parameter -> its prior, and how many there are of it (None for one); the level under the intercept."""
    found: dict[str, tuple[Prior, int | None]] = {}
    if node.intercept:
        found[f"{node.node}.intercept"] = (node.user_intercept or node.level, None)
    for t in node.terms:
        found |= {t.shape_names[role]: (prior, None) for role, prior in t.shape.items()}
        found |= {} if t.effect in (None, Joint()) else {t.effect_name: (t.effect, t.width)}
    found |= {name: (prior, None) for name, prior in node.hyper.items()}
    return found | {node.family_names[role]: (prior, None) for role, prior in node.family.items()}


def media(node: NodeParameters, view: View, parameters: Parameters) -> np.ndarray:
    """Return the mean contribution (count,) of all media to the linear predictor."""
    terms = [t for t in node.terms if t.media and t.effect is not None]
    used = (parameters[t.effect_name] * np.mean(t.curve(view, parameters), axis=-1) for t in terms)
    return sum(used, np.zeros(1))


def log_prior(node: NodeParameters, view: View, parameters: Parameters) -> np.ndarray:
    """Return the log density (count,) of the joint prior up to a constant, -inf where media leave no room."""
    every, total = media(node, view, parameters), np.zeros(1)
    if node.media is not None:
        total = total + node.log_media(np, view, parameters)
    for name, (prior, size) in priors(node).items():
        on_level = name == f"{node.node}.intercept" and node.user_intercept is None
        density = prior.logpdf(parameters[name] + every if on_level else parameters[name])
        total = total + (density.sum(axis=-1) if size else density)
    return total


def log_likelihood(model: Model, node: NodeParameters, view: View, parameters: Parameters) -> np.ndarray:
    """Return the log density (count,) of the rows of a node, on the scale of its link."""
    from scipy import stats

    law = Conditional.of(model, node, view, linear_predictor(np, node, view, parameters), parameters)
    z = law.abduct(view.values[node.node], np.float64(0.5))
    standard = stats.t.logpdf(z, law.parameters["nu"]) if law.family.name == "student_t" else stats.norm.logpdf(z)
    return (standard - np.log(law.parameters["sigma"])).sum(axis=-1)


def wider(node: NodeParameters, fixed: frozenset[str]) -> NodeParameters:
    """Return a node with wider priors of what looks at y: all but those of curves and those in `fixed`."""

    def of(name: str, prior: Prior) -> Prior:
        return prior if name in fixed or not hasattr(prior, "sigma") else replace(prior, sigma=WIDER * prior.sigma)  # type: ignore[type-var]

    return replace(
        node,
        level=Normal(node.level.mu, WIDER * node.level.sigma),
        terms=tuple(t if t.effect is None else replace(t, effect=of(t.effect_name, t.effect)) for t in node.terms),
        media=roomier(node.media),
        family={role: of(node.family_names[role], prior) for role, prior in node.family.items()},
    )


def roomier(prior: MediaPrior | None) -> MediaPrior | None:
    """Return a joint prior of media without the factor that looks at y, its ratio to which is bounded."""
    if isinstance(prior, Roas):
        return replace(prior, room="open")
    return replace(prior, share=Beta(1.0, 1.0), top=WIDER * prior.top) if isinstance(prior, Share) else None


def log_bound_of_media(node: MediaPrior | None, base: MediaPrior | None) -> float:
    """Return the largest log ratio of a joint prior of media and a roomier one; that of a Beta(1, b) is at zero."""
    if not isinstance(node, Share) or not isinstance(base, Share):
        return 0.0
    assert node.share.alpha == 1 <= node.share.beta
    return math.log(node.share.beta * base.top / node.top) if base.top >= node.top else math.inf


def log_bound(node: NodeParameters, base: NodeParameters) -> float:
    """Return the largest log ratio of the priors of a node and a base, inf where it has none."""
    theirs, total = priors(base), log_bound_of_media(node.media, base.media)
    for name, (prior, size) in priors(node).items():
        other = theirs[name][0]
        if prior == other:
            continue
        assert isinstance(prior, (Normal, HalfNormal)), f"{name}: no bound for {prior}"
        s, wide = prior.sigma, other.sigma  # type: ignore[attr-defined]
        if s >= wide:
            return math.inf
        apart = getattr(prior, "mu", 0.0) - getattr(other, "mu", 0.0)
        total += (size or 1) * (math.log(wide / s) + 0.5 * apart**2 / (wide**2 - s**2))
    return total


def draw(node: NodeParameters, view: View, count: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return draws (count, ...) of the priors of a node, whatever room media leave."""
    found = {}
    for name, (prior, size) in priors(node).items():
        found[name] = prior.ppf(np.clip(rng.random(count if size is None else (count, size)), 1e-12, 1 - 1e-12))
    if node.media is not None:
        contributions, _ = node.media.draw(found, np.zeros(count), rng)
        for j, t in enumerate(node.media_terms):
            found[t.effect_name] = contributions[:, j] / node.contribution(t, view, found)
    if node.intercept and node.user_intercept is None:
        name = f"{node.node}.intercept"
        found[name] = found[name] - media(node, view, found)
    return found


def respond(
    model: Model, node: NodeParameters, view: View, parameters: Parameters, rng: np.random.Generator
) -> np.ndarray:
    """Return y (count, time) given parameters."""
    law = Conditional.of(model, node, view, linear_predictor(np, node, view, parameters), parameters)
    return law.respond(law.noise(rng.random(law.eta.shape)))


_COVARIATES = {
    "y.demand.effect": "Normal(mu=0, sigma=1)",
    "y.price.effect": "Normal(mu=1, sigma=1)",
    "y.season.effect": "Normal(mu=0, sigma=0.5)",
}
_LINEAR = _COVARIATES | {
    "y.intercept": "Normal(mu=0, sigma=2)",
    "y.tv.effect": "HalfNormal(sigma=0.04)",
    "y.trend.effect": "Normal(mu=0, sigma=0.03)",
    "y.sigma": "HalfNormal(sigma=1)",
}
_TV, _RADIO, _SEARCH = (f"hill(adstock({spend}, max_lag=4))" for spend in ("tv", "radio", "search"))


def _curves(*spends: str, level: float = 4.0) -> dict[str, str]:
    """Return priors of the level, the tops of curves and the noise."""
    tops = {f"y.{spend}.effect": "HalfNormal(sigma=3)" for spend in spends}
    return {"y.intercept": f"Normal(mu={level}, sigma=2)", "y.sigma": "HalfNormal(sigma=1)"} | tops


def _money(count: int, *, linear: bool = False) -> World:
    """Return a world of returns: y is money, and this many channels stand in its equation."""
    spends = tuple(f"s{j}" for j in range(count))
    terms = spends if linear else [f"hill(adstock({s}, max_lag=4))" for s in spends]
    name = f"money_{'linear_' * linear}{count}"
    return World(name, f"y ~ demand + {' + '.join(terms)}", {}, spends, (100.0, 20.0), rows=60 + 4 * count, money=True)


_WORLDS = (
    World("linear", "y ~ tv + demand + price + season(period=13, order=2) + trend()", _LINEAR, rows=30),
    World("linear_defaults", "y ~ tv + demand", reference=(100.0, 20.0), rows=30),
    World("one", f"y ~ {_TV}", _curves("tv")),
    World("one_around_zero", f"y ~ {_TV}", _curves("tv", level=-1.0)),
    World("two", f"y ~ {_TV} + {_RADIO}", _curves("tv", "radio"), ("tv", "radio")),
    World("three", f"y ~ {_TV} + {_RADIO} + {_SEARCH}", _curves("tv", "radio", "search"), ("tv", "radio", "search")),
    World("covariates", f"y ~ demand + price + {_TV} + season(period=13, order=1)", _curves("tv") | _COVARIATES),
    World("defaults", f"y ~ demand + {_TV}", reference=(100.0, 20.0)),
    World("linear_shares", "y ~ tv + radio + demand", {}, ("tv", "radio"), (100.0, 20.0), rows=30),
    World("shares", f"y ~ demand + {_TV} + {_RADIO}", {}, ("tv", "radio"), (100.0, 20.0)),
    _money(1),
    _money(2, linear=True),
    _money(4),
    _money(10),
    World(
        "student_t",
        f"y ~ demand + {_TV}",
        _curves("tv") | {"y.demand.effect": "Normal(mu=0, sigma=1)"},
        family="student_t",
    ),
    World(
        "lognormal",
        f"y ~ demand + {_TV}",
        {
            "y.intercept": "Normal(mu=4, sigma=1)",
            "y.tv.effect": "HalfNormal(sigma=1)",
            "y.demand.effect": "Normal(mu=0, sigma=0.3)",
            "y.sigma": "HalfNormal(sigma=0.4)",
        },
        family="lognormal",
    ),
)
WORLDS = {world.name: world for world in _WORLDS}
