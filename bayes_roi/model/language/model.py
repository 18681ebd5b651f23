"""The model: structural equations, and what money has to do with them."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass

from bayes_roi.errors import ModelError, nearest
from bayes_roi.mechanisms.prior import Prior, parse_prior
from bayes_roi.model.language.names import GIVEN_BY_OTHERS, parameter_ranges
from bayes_roi.model.language.rules import check_structure
from bayes_roi.model.language.structure import FrozenDict, Structure, refuse
from bayes_roi.model.language.tokens import normalise
from bayes_roi.numbers import plain
from bayes_roi.showing import Guessed


@dataclass(frozen=True)
class Model(Structure, Guessed):
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
        Node -> family of its noise, with the node of its trials where it has any: "binomial(impressions)"; normal where
        nothing is said.
    priors
        Name of a parameter -> `Prior` or its text, in the units of the data.
    noise
        Node -> how its noise depends on other rows: "ar(1)", "by(geo)" or both joined by "+"; independent where
        nothing is said.
    panel
        Column of the panel unit; None for a single series. Intercepts then vary by unit, partially pooled.
    weights
        Column of the size of each row, such as the population of its region. Spends and modelled amounts are then
        taken per unit of it inside the equations, and averages over rows weigh by it.
    unobserved
        Nodes without a column, known by what they cause: their noise has standard deviation one, their first effect is
        positive.
    media_roas
        What returns on spend are expected to be in the outcome's equation: `typical` (median of a typical channel's
        ROAS, 2), `common` and `between` (sd of the log of what is typical, 1, and of each channel's relative to it,
        .8). Given, it is the prior of spends there whether or not the outcome is money.
    media_share
        Share of all spends of an equation in the mean of its node, as a `Beta` or its text: of the outcome's equation,
        or node -> share.
    carry_in
        "rows": the first rows, as many as the longest lag, are history, used only for carry-over. "zero": all rows
        count and spend before them was zero.
    columns
        Node -> column of the table, where the two differ.
    data
        Files of the table, seen from the folder of the model file; several are joined on their periods and units.
    every
        "week" or "month": what rows of days are summed to, prices and shares averaged.
    clean
        What may be done about missing values, outliers and the like, as of `Clean`; what is given to `read_data` counts
        before it.
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

    it = "model"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_structure(self)
        self._set(media_roas=FrozenDict({name: float(x) for name, x in self.media_roas.items()}))
        self._set(margin=float(self.margin), value=self.value if isinstance(self.value, str) else float(self.value))
        self._set(priors=_known_priors(self))

    def __repr__(self) -> str:
        return f"<Model {self.name!r}: {len(self.nodes)} nodes, {len(self.channels)} channels, outcome {self.outcome}>"

    def _repr_html_(self) -> str:
        lines = "\n".join(str(x) for x in (*self.equations, *self.confounding))
        return f"<b>{html.escape(self.name)}</b><pre>{html.escape(lines)}</pre>"


def _known_priors(model: Model) -> FrozenDict[str, Prior]:
    """Return the priors by the names of the model's parameters; a name may be another spelling (NFKC) of one."""
    known = parameter_ranges(model)
    spellings = {normalise(name): name for name in known}
    found: dict[str, Prior] = {}
    for given, prior in model.priors.items():
        name = given if given in known else spellings.get(normalise(given), given)
        if name not in known:
            hint = nearest(name, known)
            refuse(f"priors: {name!r} is not a parameter{hint}; bayes-roi check lists them", "priors", given)
        if name.endswith(GIVEN_BY_OTHERS):
            refuse(f"priors: the law of {name} is given by its common parameter and its spread", "priors", given)
        if name in found:
            refuse(f"priors: {name!r} is there twice; keep one of the two", "priors", given)
        found[name] = _as_prior(given, prior)
        (low, high), (least, most) = known[name], found[name].support
        if least < low or most > high:
            where = f"between {plain(low)} and {plain(high)}" if math.isfinite(high) else f"above {plain(low)}"
            refuse(f"priors: {name} has a meaning {where} only, and {prior} goes beyond", "priors", given)
    return FrozenDict(found)


def _as_prior(name: str, prior: Prior | str) -> Prior:
    """Return a prior read from its text, so that what a model holds can be written."""
    try:
        return parse_prior(str(prior))
    except ModelError as error:
        refuse(f"prior of {name}: {error}", "priors", name)
    except TypeError:  # a distribution or a list where a number belongs
        refuse(f"prior of {name}: '{prior}' is not a prior; write for example HalfNormal(sigma=3)", "priors", name)
