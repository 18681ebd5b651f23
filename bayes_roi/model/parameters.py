"""The parameters of a model and their priors, in the units of the data.

The default priors of the whole project stand here and nowhere else:

- effect of a spend: HalfNormal(mean(y)) per unit of the curve where y is never negative, else HalfNormal(max - min);
- any other effect: Normal(0, 2.5 sd(y)) per standard deviation of the curve;
- level (the mean of y at average curves): Normal(mean(y), 10 sd(y)), put on the level because on the intercept it would
  move the share of media;
- parameters inside a curve and of a family: from their own classes.

For a family with a log link, mean, sd and range are read on the link scale, where zero has no meaning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bayes_roi.mechanisms import Term
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.mechanisms.prior import HalfNormal, Normal, Prior
from bayes_roi.mechanisms.scale import Scale
from bayes_roi.model.design import Design, View
from bayes_roi.model.design import design as design_of
from bayes_roi.model.model import Model
from bayes_roi.panel import Panel

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class TermParameters:
    """A term of one equation with its priors: `shape` by role, and `effect` (None where the equation fixes it)."""

    term: Term
    prefix: str
    shape: Mapping[str, Prior]
    effect: Prior | None
    media: bool

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
        shape = {role: parameters[name][..., None] for role, name in self.shape_names.items()}
        return self.term.curve(view.xp, view, shape)


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
    capped: bool

    @property
    def family_names(self) -> dict[str, str]:
        """Role -> name of the parameters of the node's family."""
        return {role: f"{self.node}.{role}" for role in self.family}

    @cached_property
    def capped_terms(self) -> tuple[TermParameters, ...]:
        """The media terms whose mean contributions together may not exceed the mean of the outcome."""
        return tuple(t for t in self.terms if self.capped and t.media and t.effect and t.effect.support[0] == 0)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All parameters, in the order of the equation."""
        names = [f"{self.node}.intercept"] if self.intercept else []
        for t in self.terms:
            names += [*t.shape_names.values(), *([t.effect_name] if t.effect is not None else [])]
        return (*names, *self.family_names.values())


def node_parameters(model: Model, design: Design, node: str) -> NodeParameters:
    """Return the parameters of a node and their priors: the model file's where it has them, else the defaults."""
    scale = design.outcome_scales[node]
    identity = model.family(node).identity_link
    top = scale.mean if identity and scale.never_negative and scale.mean > 0 else (scale.high - scale.low) or scale.sd
    view = View(np, design, design.rows)

    def of_term(term: Term) -> TermParameters:
        prefix, media = f"{node}.{term.label_or_default}", term.is_media(model.spends)
        effect = None if term.fixed_effect is not None else default_effect(term, view, scale, top)
        shape = term.shape_priors(design.scales)
        return TermParameters(
            term=term,
            prefix=prefix,
            shape={role: model.priors.get(f"{prefix}.{role}", prior) for role, prior in shape.items()},
            effect=effect and model.priors.get(f"{prefix}.effect", effect),
            media=media,
        )

    return NodeParameters(
        node=node,
        scale=scale,
        intercept=model.equation[node].intercept,
        level=Normal(scale.mean, 10 * scale.sd),
        terms=tuple(of_term(t) for t in model.terms(node)),
        family={
            role: model.priors.get(f"{node}.{role}", prior)
            for role, prior in model.family(node).priors(scale.sd).items()
        },
        user_intercept=model.priors.get(f"{node}.intercept"),
        capped=identity and scale.never_negative and scale.mean > 0,
    )


def default_effect(term: Term, view: View, outcome: Scale, top: float) -> Prior:
    """Return the default prior of a term's effect (the table above)."""
    if term.is_media(view.spends):
        return HalfNormal(top / term.unit(view))
    return Normal(0.0, 2.5 * outcome.sd / term.unit(view))


def priors(model: Model, data: Panel) -> pd.DataFrame:
    """Return every parameter with its prior in the data's units.

    Returns
    -------
    pandas.DataFrame
        Index `parameter`; columns `prior` (text), `source` ("default" or "model file"), `q05`, `median`, `q95`, `note`.
    """
    import pandas as pd

    return pd.DataFrame([asdict(row) for row in listed_priors(model, data)]).set_index("parameter")


@dataclass(frozen=True)
class ListedPrior:
    """A prior as a table shows it: its text, who said so, its quantiles, and what must be said beside it."""

    parameter: str
    prior: str
    source: str
    q05: float
    median: float
    q95: float
    note: str


def listed_priors(model: Model, data: Panel) -> list[ListedPrior]:
    """Return the rows of `priors` one by one, for those who can do without pandas."""
    rows, found = design_of(model, data), []
    for node in model.equation:
        for name, prior, note in _listed(node_parameters(model, rows, node), rows):
            low, median, high = prior.ppf(np.array([0.05, 0.5, 0.95])).tolist()
            source = "model file" if name in model.priors else "default"
            found.append(ListedPrior(name, prior.text(digits=4), source, low, median, high, note))
    return found


def _listed(node: NodeParameters, rows: Design) -> Iterator[tuple[str, Prior, str]]:
    """Yield name, prior and a note of each parameter of a node."""
    if node.intercept:
        prior, note = (node.user_intercept, "") if node.user_intercept else (node.level, "of the level")
        yield f"{node.node}.intercept", prior, note
    for t in node.terms:
        yield from ((t.shape_names[role], prior, "") for role, prior in t.shape.items())
        if t.effect is not None:
            yield t.effect_name, t.effect, _effect_note(node, t, rows)
    yield from ((node.family_names[role], prior, "") for role, prior in node.family.items())


def _effect_note(node: NodeParameters, term: TermParameters, rows: Design) -> str:
    if not term.media:
        return ""
    never_dark = all(rows.scales[p].low > 0 for p in term.term.parents if p in rows.spends)
    warning = "never dark: prior and curvature carry its level" if never_dark else ""
    return "; ".join(n for n in ("capped" if term in node.capped_terms else "", warning) if n)
