"""Days of users by loops over rows, and the answers of maximum likelihood, as the page defines them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from bayes_roi.journeys.logistic.days import UserDays
from bayes_roi.journeys.logistic.rows import Rows
from tests.journeys.oracle import Row, by_user

FORGOTTEN = 0.01
Kinds = dict[tuple[float, ...], list[int]]
"""What is remembered of each channel, and the intent where there is one -> days, and days with a purchase."""


@dataclass
class Days:
    """What a loop over users and days finds."""

    kinds: Kinds = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    counted: int = 0
    before: int = 0
    without_intent: int = 0


def days_of(
    rows: list[Row],
    channels: tuple[str, ...],
    *,
    kept: float,
    lagged: tuple[str, ...] = (),
    intent: Mapping[tuple[str, date], float] | None = None,
    bot_touches: int = 200,
) -> Days:
    """Return the days of users."""
    first, last = min(r[1] for r in rows).date(), max(r[1] for r in rows).date()
    found = Days()
    for user, events in by_user(rows, bot_touches).items():
        remembered = dict.fromkeys(channels, 0.0)
        begun, wanted = False, None
        measured = sorted((d, v) for (u, d), v in (intent or {}).items() if u == user)
        for t in range((last - first).days + 1):
            day = first + timedelta(days=t)
            now, later, sold = [], [], 0
            for _, kind, channel, _ in (e for e in events if e[0].date() == day):
                sold += kind
                if kind == 0:
                    (later if sold or channel in lagged else now).append(channel)
            for c in channels:
                remembered[c] = kept * remembered[c] + now.count(c)
                remembered[c] = 0.0 if remembered[c] < FORGOTTEN else remembered[c]
            begun = begun or any(remembered.values())
            wanted = next((v for d, v in reversed(measured) if d <= day), None)
            if not begun:
                found.before += sold
            elif intent is not None and wanted is None:
                found.without_intent += 1
            else:
                cells = (*(remembered[c] for c in channels), *([] if wanted is None else [wanted]))
                kind_of_day = found.kinds[tuple(round(x, 9) for x in cells)]
                kind_of_day[0] += 1
                kind_of_day[1] += sold > 0
                found.counted += sold
            for c in later:
                remembered[c] += 1
    return found


def kinds_of(days: UserDays) -> Kinds:
    """Return days of users as the loop has them."""
    rows = days.rows
    cells = rows.remembered if rows.intent is None else np.column_stack([rows.remembered, rows.intent])
    each = zip(cells.round(9).tolist(), rows.days.tolist(), rows.bought.tolist(), strict=True)
    return {tuple(x + 0.0 for x in c): [int(n), int(b)] for c, n, b in each}


def likeliest(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Return each channel's share of the purchases of these days by maximum likelihood, and its standard error."""
    parts = [np.ones(len(rows)), rows.remembered, *([] if rows.intent is None else [rows.intent])]
    x = np.column_stack(parts)
    beta = np.zeros(x.shape[1])
    for _ in range(25):
        p = 1 / (1 + np.exp(-x @ beta))
        information = (x * (rows.days * p * (1 - p))[:, None]).T @ x
        beta = beta + np.linalg.solve(information, x.T @ (rows.bought - rows.days * p))
    shares, errors = [], []
    for c in range(1, rows.remembered.shape[1] + 1):
        off = x.copy()
        off[:, c] = 0.0
        q = 1 / (1 + np.exp(-off @ beta))
        total = (rows.days * p).sum()
        slope = (x.T @ (rows.days * p * (1 - p)) - off.T @ (rows.days * q * (1 - q))) / total
        shares.append((rows.days * (p - q)).sum() / total)
        slope = slope - shares[-1] * (x.T @ (rows.days * p * (1 - p))) / total
        errors.append(np.sqrt(slope @ np.linalg.inv(information) @ slope))
    return np.array(shares), np.array(errors)
