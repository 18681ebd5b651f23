r"""Whether a channel's return is told by the data or carried by its prior: power-scaling sensitivity.

With the prior (or the likelihood) raised to a power $\alpha$ near one, the draws have weights
$w \propto p(\theta)^{\alpha - 1}$; how far that moves the distribution of the return is measured by the cumulative
Jensen-Shannon distance, per doubling of the power (Kallioinen et al. 2024, section 3). A prior that moves a number
which the likelihood does not carries it; where both do, the number leans on the prior.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bayes_roi.inference.fit import Fit
from bayes_roi.lift.place import place
from bayes_roi.mechanisms.media import Joint
from bayes_roi.model.law.parameters import NodeParameters, TermParameters
from bayes_roi.model.rows.view import View
from bayes_roi.value.money.money import Money

SENSITIVE = 0.05
"""Sensitivity above which the prior, or the likelihood, moves a number (Kallioinen et al. 2024)."""
POWERS = (0.99, 1.01)
LEANS = "leans on the prior"
"""Said where both move a number. The authors speak of a conflict; of positive returns and weak data it is mostly a
prior that still counts (docs/calibration.md, labels)."""
NAN = float("nan")
CELLS = 8_000_000
"""Draws times rows of which the likelihood is computed."""


@dataclass(frozen=True)
class PriorWeight:
    """What the prior and the data do to a channel's return.

    Parameters
    ----------
    prior, likelihood
        Power-scaling sensitivity of the ROAS to each; NaN where it is not defined. The likelihood's is computed where
        the prior's is above the threshold, NaN elsewhere.
    positive_before
        P(ROI > 0) before the data; NaN where it was not asked for.
    """

    prior: float
    likelihood: float = NAN
    positive_before: float = NAN

    @property
    def carries(self) -> bool:
        """Whether the prior carries the number: it moves with the prior, and not with the data."""
        return self.prior > SENSITIVE and self.likelihood < SENSITIVE

    @property
    def conflict(self) -> bool:
        """Whether prior and data both move the number."""
        return self.prior > SENSITIVE and self.likelihood >= SENSITIVE

    @property
    def word(self) -> str:
        """What a table says of it; empty where the data tell the number."""
        return "carried by the prior" if self.carries else LEANS if self.conflict else ""


def prior_weights(money: Money, before: Money | None = None) -> dict[str, PriorWeight]:
    """Return channel -> what prior and data do to its ROAS.

    Parameters
    ----------
    money
        The money quantities of a fit.
    before
        The same money quantities before the data, for P(ROI > 0) there.
    """
    fit, values = money.fit, money.roas.arrays.values
    count = fit.chains * fit.draws
    kept = np.arange(count)[:: max(-(-count * fit.design.length // CELLS), 1)]
    some = {name: x[kept] for name, x in fit.parameters.items()}
    chances = _positive_before(before)
    found = {}
    for at, (channel, spend) in enumerate(fit.model.channels.items()):
        draws = values.array[..., at].reshape(-1)[kept]
        positive = chances.get(channel, NAN)
        if not np.isfinite(draws).all() or np.ptp(draws) == 0:
            found[channel] = PriorWeight(NAN, positive_before=positive)
            continue
        equations = _equations(fit, spend, hold_spend=money.hold_spend)
        of_prior = sensitivity(draws, _log_prior(fit, equations, some))
        pulled = of_prior > SENSITIVE
        of_data = (
            sensitivity(draws, _log_likelihood(fit, equations, some) + _of_tests(fit, equations)[kept])
            if pulled
            else NAN
        )
        found[channel] = PriorWeight(of_prior, of_data, positive)
    return found


def sensitivity(quantity: np.ndarray, log_density: np.ndarray) -> float:
    """Return the power-scaling sensitivity of a quantity (draws,) to a component of its posterior.

    Parameters
    ----------
    quantity
        (draws,).
    log_density
        (draws,) of the prior or the likelihood, up to a constant.
    """
    if not np.isfinite(log_density).all():  # draws that were given, not fitted under this prior
        return NAN
    centred = log_density - log_density.mean()
    moved = [_distance(quantity, np.exp((power - 1) * centred)) / abs(np.log2(power)) for power in POWERS]
    return float(np.mean(moved))


def _distance(quantity: np.ndarray, weights: np.ndarray) -> float:
    return max(_one_sided(way * quantity, weights) for way in (1, -1))


def _one_sided(quantity: np.ndarray, weights: np.ndarray) -> float:
    """Return the cumulative Jensen-Shannon distance of draws and the same draws weighted (Nguyen and Vreeken 2015)."""
    order = np.argsort(quantity)
    widths, count = np.diff(quantity[order]), len(quantity)
    p = np.linspace(1 / count, 1 - 1 / count, count - 1)
    q = np.cumsum(weights[order] / weights.sum())[:-1]
    middle = (p + q) / 2
    gap = float(widths @ (q - p)) / (2 * np.log(2))
    one = max(float(widths @ (p * np.log2(p / middle))) + gap, 0.0)
    other = max(float(widths @ (q * np.log2(q / middle))) - gap, 0.0)
    return float(np.sqrt((one + other) / (widths @ (p + q))))


def _positive_before(before: Money | None) -> dict[str, float]:
    if before is None:
        return {}
    return dict(zip(before.fit.model.channels, before.roi.arrays.probability(above=0).array.tolist(), strict=True))


def _equations(fit: Fit, spend: str, *, hold_spend: bool) -> dict[str, tuple[TermParameters, ...]]:
    """Return node -> the terms of its equation that lie between a spend and the outcome."""
    model = fit.model
    graph = model.graph.without_causes_of(model.spends) if hold_spend else model.graph
    between = graph.descendants([spend]) & graph.ancestors([model.outcome])
    found = {}
    for node in (n for n in model.equation if n in between - {spend} and n not in model.hidden):
        found[node] = tuple(t for t in fit.forward.nodes[node].terms if set(t.term.parents) & between)
    return {node: terms for node, terms in found.items() if terms}


def _log_prior(
    fit: Fit, equations: Mapping[str, tuple[TermParameters, ...]], parameters: Mapping[str, np.ndarray]
) -> np.ndarray:
    """Return the log density (draws,) that the priors of terms give each draw, the joint prior of media included."""
    each: dict[str, np.ndarray] = {}
    for node, terms in equations.items():
        own = fit.forward.nodes[node]
        for t in terms:
            priors = {t.shape_names[role]: prior for role, prior in t.shape.items()}
            if t.effect is not None and t.effect != Joint():
                priors[t.effect_name] = t.effect
            for name, prior in priors.items():
                each[name] = prior.logpdf(parameters[name]).reshape(len(parameters[name]), -1).sum(axis=1)
        if own.media is not None and {t.effect_name for t in terms} & set(own.media.effects):
            each[f"{node}.media"] = media_density(fit, own, parameters)
    return np.asarray(sum(each.values()))


def _of_tests(fit: Fit, equations: Mapping[str, tuple[TermParameters, ...]]) -> np.ndarray:
    """Return the log likelihood (draws,) of the lift tests that read the parameters of equations."""
    placed = [place(test, fit) for test in fit.experiments]
    densities = (p.log_likelihood for p in placed if equations.keys() & set(p.lift.nodes))
    return np.asarray(sum(densities, np.zeros(fit.chains * fit.draws)))


def media_density(fit: Fit, own: NodeParameters, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the log density (draws,) of the joint prior of an equation's media, its own parameters included."""
    rows = {n: fit.design.observed(np, n) for n in fit.design.rows}
    density = own.log_media(np, View(np, fit.design, rows), parameters)
    return np.asarray(density + sum(prior.logpdf(parameters[name]) for name, prior in own.hyper.items()))


def _log_likelihood(
    fit: Fit, equations: Mapping[str, tuple[TermParameters, ...]], parameters: Mapping[str, np.ndarray]
) -> np.ndarray:
    """Return the log likelihood (draws,) of equations."""
    total = np.zeros(len(next(iter(parameters.values()))))
    for node in equations:
        reads = {n: fit.forward.observed(n, parameters) for n in (node, *fit.model.computation.parents[node])}
        total = total + fit.forward.conditional(node, reads, parameters).log_density(reads[node])
    return total
