"""Sums over coalitions of channels of what the outcome would have been under their spend alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.by_row import summed
from bayes_roi.model.design import During
from bayes_roi.model.intervention import turn_off
from bayes_roi.queries.expect import expect, scene
from bayes_roi.queries.shapley import coalition_weights, orders
from bayes_roi.value.increments import counted_rows

PAIRS = 4
"""Pairs of orders in which many players join that stand for all orders."""

Coalition = frozenset[str]
"""The channels that keep their spend."""


@dataclass(frozen=True, eq=False)
class Sums:
    """Answers that are weighted sums over coalitions of the expected outcome v(S) under their spend alone."""

    channels: tuple[str, ...]
    answers: int
    weights: dict[Coalition, np.ndarray] = field(default_factory=dict)

    def add(self, answer: int, coalition: Collection[str], weight: float) -> None:
        """Add weight x v(coalition) to an answer."""
        of_all = self.weights.setdefault(frozenset(coalition), np.zeros(self.answers))
        of_all[answer] += weight

    def add_shapley(self, players: tuple[str, ...], start: int) -> None:
        """Add the Shapley values of players, everybody else staying; answers begin at `start`."""
        others = set(self.channels) - set(players)
        weights = coalition_weights(len(players))
        for coalition in range(weights.shape[1]):
            inside = others | {p for i, p in enumerate(players) if coalition >> i & 1}
            for player, weight in zip(players, weights[:, coalition], strict=True):
                self.add(start + self.channels.index(player), inside, weight)

    def add_orders(self, players: tuple[str, ...], start: int, rng: np.random.Generator) -> None:
        """Add what each player brings when it joins, on average over pairs of orders."""
        for order in islice(orders(len(players), rng), 2 * PAIRS):
            inside = set(self.channels) - set(players)
            for player in (players[i] for i in order):
                answer = start + self.channels.index(player)
                self.add(answer, inside, -0.5 / PAIRS)
                inside = inside | {player}
                self.add(answer, inside, 0.5 / PAIRS)

    def of(self, fit: Fit, during: During, horizon: int | None, by: str | None, seed: int | None) -> np.ndarray:
        """Return the answers by posterior draw, (draws, answers), with `by` (draws, answers, units)."""
        target = fit.model.outcome
        stage = scene(fit, means_only=during is None)
        counted, _ = counted_rows(fit, during, horizon)
        counted = counted if stage.design is fit.design else np.ones(1, bool)
        base = stage.held([], hold_spend=True)
        spends = {c: fit.model.channels[c] for c in self.channels}
        dark = {s: stage.held([turn_off(s, during=during)], hold_spend=False)[s] for s in spends.values()}
        coalitions = sorted(
            self.weights, key=len, reverse=True
        )  # the pass of all spends comes first: others start there
        arms = [base | {s: dark[s] for c, s in spends.items() if c not in kept} for kept in coalitions]

        def total(values: list[dict[str, Array]]) -> Array:
            rows = values[0][target] * counted
            if by is not None and fit.design.codes is not None:
                return summed(rows, fit.design.codes, len(fit.design.units))
            return rows.sum(axis=-1) * stage.design.copies

        weights = np.stack([self.weights[s] for s in coalitions], axis=1)
        first = fit.seed if seed is None else seed
        return expect(stage, arms, total, frozenset({target}), seed=first, weights=weights)
