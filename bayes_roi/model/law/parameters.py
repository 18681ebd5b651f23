"""The parameters of a model and their priors, in the units of the data.

The default priors of the whole project stand here and nowhere else:

- effects of spends: the joint prior of what they contribute (`model/law/media.py`); where there is none, as of a single
  spend or under a logit link, HalfNormal(mean(y)) per unit of the curve where y is never negative, else
  HalfNormal(max - min);
- effects of spends with `signed=True`: Normal around zero, as wide as what else they would have (`of_either_sign`);
- any other effect: Normal(0, 2.5 sd(y)) per standard deviation of the curve;
- level (the mean of y at average curves): Normal(mean(y), 10 sd(y)), put on the level because on the intercept it would
  move the share of media;
- parameters inside a curve, of a family and of its noise: from their own classes;
- what varies by panel unit is drawn around the common parameter: a sigma with a HalfNormal(0.5) spread of its log, an
  intercept with a HalfNormal(sd(y)), an effect with a HalfNormal of a quarter of its prior's scale (under a joint
  prior of media, of what contributes `usual`);
- what all units share in a period: a HalfNormal(sd(y)) spread, as of intercepts;
- effect of an unobserved node: as of any other covariate, with the sign of the first of them positive.

For a family with a log link, mean, sd and range are read on the link scale, where zero has no meaning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from bayes_roi.mechanisms import OfPeriod, Term, Varying
from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.media import Joint, MediaPrior
from bayes_roi.mechanisms.pooling import BY_PERIOD, OfPeriods, Pooled, UnitLaw, default_spread
from bayes_roi.mechanisms.prior import HalfNormal, Normal, Prior
from bayes_roi.mechanisms.scale import Scale
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.media import media_prior, of_either_sign
from bayes_roi.model.rows.design import Design
from bayes_roi.model.rows.view import View

LEVEL_WIDTH = 10.0
"""Width of the prior of a level, in sd(y)."""
UNIT_SHARE = 0.25
"""Scale of the prior of the spread of effects by panel unit, as a share of that of the common effect."""


@dataclass(frozen=True, eq=False)
class TermParameters:
    """A term of one equation with its priors.

    Parameters
    ----------
    term, prefix
        The term, and what the names of its parameters begin with.
    shape, effect
        Priors of what stands inside the curve, by role, and of the effect (None where the equation fixes it).
    media
        Whether it contains a spend.
    width, labels
        Length of its vector of effects and what they are called; None for a single effect, or where numbers do.
    pooled
        How its effect varies by panel unit, if it does.
    periods
        The effects of periods, where it is these.
    idle
        Of a spend that is zero in all rows: the amount of its curve that default priors call one.
    """

    term: Term
    prefix: str
    shape: Mapping[str, Prior]
    effect: Prior | None
    media: bool
    width: int | None = None
    labels: tuple[str, ...] | None = None
    pooled: Pooled | None = None
    periods: OfPeriods | None = None
    idle: float | None = None

    @property
    def effect_name(self) -> str:
        """Name of the effect."""
        return f"{self.prefix}.effect"

    @property
    def basis_dim(self) -> str:
        """Name of the dim of a vector of effects."""
        return f"{self.prefix}.basis"

    @property
    def shape_names(self) -> dict[str, str]:
        """Role -> name of the parameter."""
        return {role: f"{self.prefix}.{role}" for role in self.shape}

    def curve(self, view: View, parameters: Mapping[str, Array]) -> Array:
        """Return the curve of the term (..., time)."""
        return self.term.curve(view.xp, view, self.inside(parameters))

    def inside(self, parameters: Mapping[str, Array]) -> dict[str, Array]:
        """Return role -> parameters of the curve, each with a trailing axis of length one."""
        names = self.shape_names | ({} if self.periods is None else {BY_PERIOD: self.periods.periods_name})
        return {role: parameters[name][..., None] for role, name in names.items()}


@dataclass(frozen=True, eq=False)
class NodeParameters:
    """The parameters of one node's equation."""

    node: str
    scale: Scale
    intercept: bool
    level: Normal
    terms: tuple[TermParameters, ...]
    family: Mapping[str, Prior]
    user_intercept: Prior | None
    noise: Mapping[str, Prior]
    media: MediaPrior | None = None
    hyper: Mapping[str, Prior] = field(default_factory=dict)
    pooled_intercept: Pooled | None = None
    pooled_sigma: Pooled | None = None

    @property
    def family_names(self) -> dict[str, str]:
        """Role -> name of the parameters of the node's family."""
        return {role: f"{self.node}.{role}" for role in self.family}

    @property
    def noise_names(self) -> dict[str, str]:
        """Role -> name of the parameters of how its noise depends on other rows."""
        return {role: f"{self.node}.{role}" for role in self.noise}

    @cached_property
    def pooled(self) -> tuple[Pooled, ...]:
        """All parameters that vary by panel unit."""
        found = (self.pooled_intercept, *(t.pooled for t in self.terms), self.pooled_sigma)
        return tuple(p for p in found if p is not None)

    @cached_property
    def periods(self) -> OfPeriods | None:
        """What all units share in a period, where the equation has it."""
        return next((t.periods for t in self.terms if t.periods is not None), None)

    @cached_property
    def media_terms(self) -> tuple[TermParameters, ...]:
        """The terms under the joint prior of media, in its order."""
        by_name = {t.effect_name: t for t in self.terms}
        return () if self.media is None else tuple(by_name[name] for name in self.media.effects)

    @cached_property
    def other_media_terms(self) -> tuple[TermParameters, ...]:
        """The terms of spends with a prior of their own whose contributions take room."""
        by_name = {t.effect_name: t for t in self.terms}
        return () if self.media is None else tuple(by_name[name] for name in self.media.others)

    @property
    def jointly(self) -> tuple[str, ...]:
        """Names of the effects that the joint prior speaks of, be it of their density or of the room they take."""
        return () if self.media is None else (*self.media.effects, *self.media.others)

    def log_media(self, xp: Namespace, view: View, parameters: Mapping[str, Array]) -> Array:
        r"""Return the log density (...,) that the joint prior of media gives its effects, and the room left.

        With $m_j$ the contribution of an effect of one, $c_j = b_j m_j$ and
        $\log p(b) = \log p(c) + \sum_j \log m_j$. The priors of `hyper` and of the other effects are not in it.
        """
        assert self.media is not None
        sizes = {
            t.effect_name: self.contribution(t, view, parameters) for t in (*self.other_media_terms, *self.media_terms)
        }
        used = {name: parameters[name] * m for name, m in sizes.items()}
        others = sum((used[name] for name in self.media.others), 0.0)
        if not self.media.effects:
            return self.media.log_density(xp, others, others, parameters)
        contributions = xp.stack([used[name] for name in self.media.effects], axis=-1)
        jacobian = sum(xp.log(sizes[name]) for name in self.media.effects)
        return self.media.log_density(xp, contributions, others, parameters) + jacobian

    def contribution(self, term: TermParameters, view: View, parameters: Mapping[str, Array]) -> Array:
        """Return what an effect of one of a spend's term contributes in the mean (...,), as `media` counts it."""
        return self.contribution_of(term, term.curve(view, parameters))

    def contribution_of(self, term: TermParameters, curve: Array) -> Array:
        """Return the same from the curve (..., time); for a spend that never flows, what its priors call one."""
        unit = np.float64(1.0 if self.media is None else self.media.unit)
        size = (curve if term.shape else abs(curve)).mean(axis=-1) if term.idle is None else np.float64(term.idle)
        return unit * size

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All parameters, in the order of the equation."""
        names = [f"{self.node}.intercept"] if self.intercept else []
        for t in self.terms:
            names += [*t.shape_names.values(), *([t.effect_name] if t.effect is not None else [])]
        names += [*self.hyper, *self.family_names.values(), *self.noise_names.values()]
        names += [name for p in self.pooled for name in (p.spread_name, p.units_name)]
        return (*names, *(() if self.periods is None else (self.periods.spread_name, self.periods.periods_name)))


def node_parameters(model: Model, design: Design, node: str) -> NodeParameters:
    """Return the parameters of a node and their priors: the model file's where it has them, else the defaults."""
    scale, family = design.outcome_scales[node], model.family(node)
    media = media_prior(model, design, node)
    equation, noise = model.equation[node], model.noise_of(node)
    has_intercept = equation.intercept != "none" and node not in model.hidden
    return NodeParameters(
        node=node,
        scale=scale,
        intercept=has_intercept,
        level=Normal(scale.mean, LEVEL_WIDTH * scale.sd),
        terms=tuple(_term_parameters(model, design, node, t, media) for t in model.terms(node)),
        family={role: model.priors.get(f"{node}.{role}", prior) for role, prior in family.priors(scale.sd).items()},
        user_intercept=model.priors.get(f"{node}.intercept"),
        noise={role: model.priors.get(f"{node}.{role}", prior) for role, prior in noise.priors.items()},
        pooled_intercept=_pooled(model, f"{node}.intercept", scale.sd, "normal")
        if has_intercept and model.pools_intercept(node)
        else None,
        pooled_sigma=_pooled(model, f"{node}.sigma", scale.sd, "log") if noise.unit else None,
        media=media,
        hyper={} if media is None else {n: model.priors.get(n, prior) for n, prior in media.hyper.items()},
    )


def _term_parameters(model: Model, design: Design, node: str, term: Term, joint: MediaPrior | None) -> TermParameters:
    """Return a term with its priors; of terms that share their parameters the first decides on the defaults."""
    start, media = term.prefix(node), term.is_media(model.spends)
    owner, first = (node, term) if term.share_or_none is None else _first_of(model, term.share_or_none)
    scale = design.outcome_scales[owner]
    effect = None
    if term.fixed_effect is None:
        view = View(np, design, design.rows)
        default = default_effect(model, first, owner, view, scale)
        effect = model.priors.get(f"{start}.effect", default)
    pooled = None
    if isinstance(term, Varying) and effect is not None:
        size = getattr(effect, "sigma", scale.sd) * UNIT_SHARE
        if joint is not None and f"{start}.effect" in joint.effects:
            size = joint.usual(f"{start}.effect") / term.unit(View(np, design, design.rows)) * UNIT_SHARE
        pooled = _pooled(model, f"{start}.effect", size, "positive" if effect.positive else "normal")
    return TermParameters(
        term=term,
        prefix=start,
        shape={r: model.priors.get(f"{start}.{r}", p) for r, p in first.shape_priors(design.scales).items()},
        effect=Joint() if joint is not None and f"{start}.effect" in joint.effects else effect,
        media=media,
        width=term.width(design.levels),
        labels=term.basis(design.levels),
        pooled=pooled,
        periods=_periods(model, start, scale.sd) if isinstance(term, OfPeriod) else None,
        idle=term.unit(View(np, design, design.rows)) if media and not _flows(design, term) else None,
    )


def _flows(design: Design, term: Term) -> bool:
    """Whether any of a term's spends is above zero in any row."""
    spends = (p for p in term.parents if p in design.spends)
    return any(p not in design.rows or np.nanmax(design.rows[p]) > 0 for p in spends)


def _first_of(model: Model, share: str) -> tuple[str, Term]:
    return next((n, t) for n in model.equation for t in model.terms(n) if t.share_or_none == share)


def _pooled(model: Model, name: str, size: float, law: UnitLaw) -> Pooled:
    default = Pooled(name, default_spread(size, law), law)
    return Pooled(name, model.priors.get(default.spread_name, default.spread), law)


def _periods(model: Model, stem: str, size: float) -> OfPeriods:
    default = OfPeriods(stem, default_spread(size, "normal"))
    return OfPeriods(stem, model.priors.get(default.spread_name, default.spread))


def default_effect(model: Model, term: Term, node: str, view: View, outcome: Scale) -> Prior:
    """Return the default prior of a term's effect on a node (the table above)."""
    identity = model.family(node).link_name == "identity"
    if term.is_media(view.spends):
        zero_is_real = identity and outcome.never_negative and outcome.mean > 0
        top = outcome.mean if zero_is_real else (outcome.high - outcome.low) or outcome.sd
        if term.either_sign:
            contributed = of_either_sign(model, view.design, node, term)
            return Normal(0.0, top / term.unit(view) if contributed is None else contributed / _mean_curve(term, view))
        return HalfNormal(top / term.unit(view))
    size = 2.5 * outcome.sd / term.unit(view)
    anchored = any(model.anchors.get(p) == node for p in term.parents)
    return HalfNormal(size) if anchored else Normal(0.0, size)


def _mean_curve(term: Term, view: View) -> float:
    """Return the mean size of a curve at the prior medians of its parameters; its unit where no spend flows."""
    if not all(p in view.values for p in term.parents):
        return term.unit(view)
    middle = {role: np.asarray(p.ppf(np.array(0.5)))[..., None] for role, p in term.shape_priors(view.scales).items()}
    return float(np.nanmean(np.abs(term.curve(np, view, middle)))) or term.unit(view)


def each_prior(node: NodeParameters, rows: Design) -> Iterator[tuple[str, Prior, str]]:
    """Yield name, prior and a note of each parameter of a node."""
    if node.intercept:
        prior, note = (node.user_intercept, "") if node.user_intercept else (node.level, "of the level")
        yield f"{node.node}.intercept", prior, note
    for t in node.terms:
        yield from ((t.shape_names[role], prior, "") for role, prior in t.shape.items())
        if t.effect is not None:
            yield t.effect_name, t.effect, _effect_note(node, t, rows)
    yield from ((name, prior, "of the joint prior of media") for name, prior in node.hyper.items())
    yield from ((node.family_names[role], prior, "") for role, prior in node.family.items())
    yield from ((node.noise_names[role], prior, "") for role, prior in node.noise.items())
    yield from ((p.spread_name, p.spread, "of the units" + " (log)" * (p.law == "log")) for p in node.pooled)
    if node.periods is not None:
        yield node.periods.spread_name, node.periods.spread, "of the periods"


def _effect_note(node: NodeParameters, term: TermParameters, rows: Design) -> str:
    if not term.media:
        return ""
    never_dark = all(rows.scales[p].low > 0 for p in term.term.parents if p in rows.spends)
    warning = "never without spend: prior and curvature carry its level" if never_dark else ""
    room = "takes room" if term in node.other_media_terms else ""
    return "; ".join(n for n in (room, warning) if n)
