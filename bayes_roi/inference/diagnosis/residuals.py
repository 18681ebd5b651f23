"""Residuals of each node: do they look like the independent noise that the intervals take them for?"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from bayes_roi.inference.diagnosis.autocorrelation import autocorrelation
from bayes_roi.inference.diagnosis.claim import Claim, Kind
from bayes_roi.inference.diagnosis.dispersion import dispersion
from bayes_roi.inference.diagnosis.driven import driven
from bayes_roi.inference.diagnosis.innovations import Innovations, innovations
from bayes_roi.inference.diagnosis.shocks import shocks
from bayes_roi.inference.diagnosis.variance import variance
from bayes_roi.mechanisms.baseline.season import Season
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.forward import Parameters
from bayes_roi.model.rows.design import Design

SEASONS = {"day": 7, "week": 52, "month": 12, "quarter": 4}
"""Rows of a season, by how far apart the rows are."""


@dataclass(frozen=True)
class Residuals:
    """What is left of a node: the claims about its noise, tested.

    Parameters
    ----------
    node, family, trials, wider
        The node, the family of its noise, what counts its trials, and the family that lets its rows vary more.
    rows
        Number of rows.
    autocorrelation
        Lag-one autocorrelation; NaN for exchangeable rows.
    excess_kurtosis
        Excess kurtosis: zero for normal noise.
    claims
        What the model says of its noise, tested.
    unit, period
        The columns of the panel unit, and of the period where the equation may have an effect of it.
    budget
        Whether the node is a spend. Money questions hold spend and do not use its equation, so that what is left of it
        is worth a note but does not make their intervals too narrow.
    noise, can_be_autoregressive
        What `noise:` says of it, and whether its family allows ar(1).
    positive
        Whether all its values are above zero.
    """

    node: str
    autocorrelation: float
    excess_kurtosis: float
    rows: int
    claims: tuple[Claim, ...] = ()
    family: str = "normal"
    trials: str = ""
    wider: str = ""
    unit: str = ""
    period: str = ""
    budget: bool = False
    noise: str = ""
    can_be_autoregressive: bool = True
    positive: bool = False

    @property
    def dispersion(self) -> float:
        """Standard deviation of the residuals, one where rows vary as the family says; NaN where it was not tested."""
        return next((c.size for c in self.claims if c.kind == "dispersion"), math.nan)

    def ringing(self, level: float) -> tuple[Claim, ...]:
        """Return of each kind the test that rings loudest at a level a unit of weight, if any does."""
        found: dict[Kind, Claim] = {}
        for t in self.claims:
            if t.rings(level) and (t.kind not in found or _louder(t, found[t.kind])):
                found[t.kind] = t
        return tuple(found.values())


def _louder(one: Claim, other: Claim) -> bool:
    """Whether a test says more than another of its kind.

    Of autocorrelations it is the less likely one, of which those at other lags are echoes; else a problem says more
    than a note.
    """
    material = (one.material, other.material) if one.kind != "autocorrelation" else (False, False)
    return (material[0], -one.chance / one.weight) > (material[1], -other.chance / other.weight)


def residuals(model: Model, rows: Design, parameters: Parameters, node: str, frequency: str | None = None) -> Residuals:
    """Return what is left of a node at a hundred draws of the posterior, and the tests of it.

    `frequency` says how far apart the rows are ("week"), from which follows how long a season is.
    """
    return residuals_of(model, rows, innovations(model, rows, parameters, node), node, frequency)


def residuals_of(model: Model, rows: Design, left: Innovations, node: str, frequency: str | None = None) -> Residuals:
    """Return the same from what is left of a node."""
    claims = (
        *dispersion(left),
        *autocorrelation(left, _seasons(model, frequency)),
        *shocks(left),
        *driven(left),
        *variance(left),
    )
    family = model.family(node)
    later = np.flatnonzero(left.position > 0)
    z = left.scaled
    return Residuals(
        node=node,
        autocorrelation=float((z[:, later] * z[:, later - 1]).mean())
        if rows.periods is not None and len(later)
        else math.nan,
        excess_kurtosis=float((z**4).mean() - 3),
        rows=left.rows,
        claims=claims,
        family=family.name,
        trials=model.trials(node) or "",
        wider=family.wider,
        unit=model.panel or "",
        period="" if model.shares_periods(node) or model.time is None else model.time,
        budget=node in model.spends,
        noise=str(model.noise_of(node)),
        can_be_autoregressive=family.link_noise == "normal",
        positive=bool(np.nanmin(rows.rows[node]) > 0),
    )


def _seasons(model: Model, frequency: str | None) -> Collection[int]:
    """Return the lengths of the seasons in rows: those of the model's own terms, and that of the year or the week."""
    own = {round(t.period) for e in model.equation.values() for t in e.terms if isinstance(t, Season)}
    return own | ({SEASONS[frequency]} if frequency in SEASONS else set())
