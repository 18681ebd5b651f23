"""Days with the same covariates, taken together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Rows:
    """Days of users by what was remembered and wanted on them.

    Parameters
    ----------
    remembered
        Touches of each channel that were remembered (rows, channels).
    intent
        As measured (rows,); None where it was not.
    days, bought
        How many days were so, and on how many of them somebody bought (rows,).
    """

    remembered: np.ndarray
    intent: np.ndarray | None
    days: np.ndarray
    bought: np.ndarray

    def __len__(self) -> int:
        return len(self.days)


def nothing(channels: int, with_intent: bool) -> Rows:
    """Return no rows."""
    return Rows(np.zeros((0, channels)), np.zeros(0) if with_intent else None, np.zeros(0), np.zeros(0))


def alike(parts: list[Rows]) -> Rows:
    """Return the rows of all parts, each kind once, in an order that no order of users changes."""
    remembered = np.concatenate([p.remembered for p in parts])
    known = [p.intent for p in parts if p.intent is not None]
    intent = np.concatenate(known) if known else None
    days, bought = (np.concatenate([getattr(p, name) for p in parts]) for name in ("days", "bought"))
    cells = remembered if intent is None else np.column_stack([remembered, intent])
    first, to = _kinds(cells)
    return Rows(
        remembered[first],
        None if intent is None else intent[first],
        np.bincount(to, days, len(first)),
        np.bincount(to, bought, len(first)),
    )


def _kinds(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where each kind of row stands first, and the kind of each row.

    Rows are told apart by a number made of their cells; where two that differ got the same one, others are made.
    """
    if not len(cells):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    bits = np.ascontiguousarray(cells + 0.0).view(np.uint64)
    for seed in range(100):
        odd = np.random.default_rng(seed).integers(1, 2**63, (2, cells.shape[1]), np.uint64) * np.uint64(2) + np.uint64(
            1
        )
        mixed = (bits ^ (bits >> np.uint64(29))) * odd[0]
        keys = ((mixed ^ (mixed >> np.uint64(32))) * odd[1]).sum(axis=1, dtype=np.uint64)
        _, first, to = np.unique(keys, return_index=True, return_inverse=True)
        if all(np.array_equal(column[first][to], column) for column in cells.T):
            return first, to
    raise AssertionError("no numbers tell rows apart")
