r"""Sums over coalitions of channels of what the outcome would have been under their spend alone.

Of a coalition S, A the actual spends and W the window, that is

$v(S) = \sum_{t \in W} E[Y_t \mid do(A, x_c = 0 \text{ in } W \text{ for } c \notin S)]$, and over the periods t after W
in which spend of W still acts, the same less $E[Y_t \mid do(A, x = 0 \text{ in } W)]$:

the outcome of the window itself, and of what comes after it only what the spend of the window adds.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.language.edges import carry_over
from bayes_roi.model.law.intervention import turn_off
from bayes_roi.queries.expect import expect
from bayes_roi.queries.shapley import coalition_weights, joining, orders
from bayes_roi.value.money.parted import Parted
from bayes_roi.value.money.window import Window

PAIRS = 4
"""Pairs of orders in which many players join that stand for all orders."""

Coalition = frozenset[str]
"""The channels that keep their spend."""


@dataclass(frozen=True, eq=False)
class Sums:
    """Answers that are weighted sums over coalitions of the outcome v(S) under their spend alone."""

    channels: tuple[str, ...]
    size: int
    weights: dict[Coalition, np.ndarray] = field(default_factory=dict)

    def add(self, answer: int, coalition: Collection[str], weight: float) -> None:
        """Add weight x v(coalition) to an answer."""
        of_all = self.weights.setdefault(frozenset(coalition), np.zeros(self.size))
        of_all[answer] += weight

    def add_shapley(self, players: tuple[str, ...], start: int) -> None:
        """Add the Shapley values of players, everybody else staying; size begin at `start`."""
        for coalition, of_players in enumerate(coalition_weights(len(players)).T):
            inside = self._inside(players, coalition)
            for player, weight in zip(players, of_players, strict=True):
                self.add(start + self.channels.index(player), inside, weight)

    def _inside(self, players: tuple[str, ...], coalition: int) -> set[str]:
        """Return the channels of a coalition of players, everybody else among them."""
        return set(self.channels) - {p for i, p in enumerate(players) if not coalition >> i & 1}

    def add_orders(self, players: tuple[str, ...], start: int, rng: np.random.Generator) -> None:
        """Add what each player brings when it joins, on average over pairs of orders."""
        for order in islice(orders(len(players), rng), 2 * PAIRS):
            for i, before, after in joining(order):
                answer = start + self.channels.index(players[i])
                self.add(answer, self._inside(players, before), -0.5 / PAIRS)
                self.add(answer, self._inside(players, after), 0.5 / PAIRS)

    def of(self, fit: Fit, asked: Window, by: Parted, seed: int | None) -> np.ndarray:
        """Return the size by posterior draw, (draws, size), and the axes of `by` after these."""
        groups = asked.groups(carry_over(fit.model))
        parts = [self._of_group(fit, asked.only(group), by, seed) for group in groups]
        order = np.argsort([w for group in groups for w in group])
        return by.arranged(np.concatenate(parts, axis=2)[:, :, order])

    def _of_group(self, fit: Fit, asked: Window, by: Parted, seed: int | None) -> np.ndarray:
        """Return the size in windows that one intervention asks at once, (draws, size, windows, ...)."""
        target, stage = fit.model.outcome, asked.stage
        base, inside = stage.held([], hold_spend=True), asked.inside.any(axis=0)
        spends = {c: fit.model.channels[c] for c in self.channels}
        dark = {s: turn_off(s).apply(base[s], inside) for s in spends.values()}
        # The pass of all spends comes first: others start there. That of none is what is taken off after the window.
        coalitions = sorted({*self.weights, frozenset()}, key=len, reverse=True)
        arms = [base | {s: dark[s] for c, s in spends.items() if c not in kept} for kept in coalitions]

        def totals(values: list[dict[str, Array]]) -> Array:
            y = values[0][target]
            within = asked.sums_inside(y, by_unit=by.unit is not None)
            return np.stack([within, asked.sums(y, by_unit=by.unit is not None) - within], axis=1)

        weights = np.stack([self.weights.get(s, np.zeros(self.size)) for s in coalitions], axis=1)
        nothing = np.array([[float(not s) for s in coalitions]])
        first = fit.seed if seed is None else seed
        found = expect(stage, arms, totals, frozenset({target}), seed=first, weights=np.concatenate([weights, nothing]))
        within, after = found[:, :, 0], found[:, :, 1]
        shares = weights.sum(axis=1).reshape(-1, *[1] * (after.ndim - 2))
        return np.asarray(within[:, :-1] + after[:, :-1] - shares * after[:, -1:])
