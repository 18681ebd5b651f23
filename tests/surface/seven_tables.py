"""Seven tables as people have them, unlike the shipped ones, each with the returns that are true in it.

`python -m tests.surface.seven_tables FOLDER` writes them; docs/data.md says how each goes from file to ROI.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openpyxl

from tests.surface.foreign_tables import Columns, dates, write


@dataclass(frozen=True)
class Case:
    """A table's files, the words after `new`, `check` and `run` that are typed, and what spends bring in truth."""

    files: tuple[str, ...]
    make: Callable[..., dict[str, float]]  # (folder, seed) writes the files and returns channel -> true ROAS
    options: tuple[str, ...] = ()  # of `new`


def carried(spend: np.ndarray, retention: float) -> np.ndarray:
    """Return what spend does by row: its own part and what is left of earlier rows, weights of one in all."""
    weights = retention ** np.arange(9)
    return np.convolve(spend, weights / weights.sum())[: spend.size]


def curve(spend: np.ndarray, half: float, top: float) -> np.ndarray:
    """Return a saturating response, half its top at a spend of `half`."""
    return top * spend / (spend + half)


def flights(rng: np.random.Generator, rows: int, level: float, on: float = 0.6) -> np.ndarray:
    """Return spends in flights of some rows with pauses between them."""
    state = np.repeat(rng.random(rows // 3 + 1) < on, 3)[:rows]
    return np.round(state * rng.gamma(4, level / 4, rows), 2)


@dataclass
class World:
    """Spends, what they do, and an outcome that is their sum with level, season and noise."""

    rng: np.random.Generator
    rows: int
    level: float
    history: int = 8  # first rows that a model uses for carry-over only: what it says is of the spend after them

    first: int = 0  # row of the calendar on which it begins

    def __post_init__(self) -> None:
        self.spends: dict[str, np.ndarray] = {}
        self.done: dict[str, np.ndarray] = {}
        self.brought: dict[str, float] = {}

    def add(self, name: str, spend: np.ndarray, roas: float, retention: float = 0.4) -> np.ndarray:
        """Add a channel that brings `roas` per unit of its spend over all rows."""
        half = 2 * spend.mean() + 1
        top = roas * spend.sum() / max(curve(carried(spend, retention), half, 1.0).sum(), 1e-9)

        def effect(spent: np.ndarray) -> np.ndarray:
            return curve(carried(np.append(spent, np.zeros(9)), retention), half, top)

        before = np.where(np.arange(spend.size) < self.history, spend, 0.0)
        self.spends[name], self.done[name] = spend, effect(spend)[: spend.size]
        self.brought[name] = float((effect(spend) - effect(before)).sum())
        return spend

    def outcome(self, *more: np.ndarray, noise: float = 0.03, season: float = 52.18) -> np.ndarray:
        """Return the outcome of all rows."""
        t = self.first + np.arange(self.rows)
        base = self.level * (1 + 0.08 * np.sin(2 * np.pi * t / season) + 0.0005 * t)
        return np.asarray(
            sum(self.done.values()) + sum(more) + base + self.rng.normal(0, noise * self.level, self.rows)
        )

    @property
    def truth(self) -> dict[str, float]:
        """Channel -> what its spend after the history brought, in the table and after it, per unit."""
        after = {name: float(spend[self.history :].sum()) for name, spend in self.spends.items()}
        return {name: self.brought[name] / spent for name, spent in after.items() if spent}


def german(folder: Path, seed: int = 0) -> dict[str, float]:
    """Decimal commas, thousands points, euros, days before months, semicolons, Windows-1252, 130 weeks."""
    world = World(np.random.default_rng([11, seed]), 130, 90_000)
    tv = world.add("tv", flights(world.rng, 130, 12_000), 1.8)
    post = world.add("postwurf", flights(world.rng, 130, 5_000), 1.1, 0.2)
    price = np.round(world.rng.normal(24, 1, 130), 2)
    sales = world.outcome(-1500 * (price - 24))

    def money(values: np.ndarray) -> list[object]:
        return [f"{x:,.2f}".translate(str.maketrans(",.", ".,")) + " €" for x in values]

    columns: Columns = {
        "Woche ab": [f"{day:%d.%m.%Y}" for day in dates(130, 7)],  # type: ignore[str-format]
        "Umsatz": money(sales),
        "Ausgaben TV": money(tv),
        "Kosten Postwurf": money(post),
        "Preis Ø": [f"{p:.2f}".replace(".", ",") for p in price],
        "Straßenfest": [int(i % 31 == 5) for i in range(130)],
    }
    write(columns, folder / "umsatz.csv", ";")
    text = (folder / "umsatz.csv").read_text(encoding="utf-8")
    (folder / "umsatz.csv").write_bytes(text.encode("cp1252"))
    return world.truth


def two_files(folder: Path, seed: int = 0) -> dict[str, float]:
    """Ads in rows of days and channels, without rows where nothing was spent; revenue of weeks in a file of its own."""
    weeks, days = 110, 770
    rng = np.random.default_rng([12, seed])
    names = ("Facebook", "Google Brand", "OOH")
    daily = {n: flights(rng, days, level) for n, level in zip(names, (300, 200, 500), strict=True)}
    world = World(rng, weeks, 30_000)
    for name, roas in zip(names, (2.2, 1.2, 0.9), strict=True):
        world.add("_".join(name.lower().split()), daily[name].reshape(weeks, 7).sum(axis=1), roas)
    when = dates(days, 1)
    rows = [(when[i], n, daily[n][i], round(3 * daily[n][i])) for i in range(days) for n in names if daily[n][i] > 0]
    table = dict(zip(("date", "channel", "spend", "clicks"), map(list, zip(*rows, strict=True)), strict=True))
    write(table, folder / "ads.csv")  # type: ignore[arg-type]
    write({"week": dates(weeks, 7), "revenue": world.outcome().round(2).tolist()}, folder / "shop.csv")
    return world.truth


def eight_channels(folder: Path, seed: int = 0) -> dict[str, float]:
    """Two years of days with eight channels, of which nothing was spent on one."""
    world = World(np.random.default_rng([13, seed]), 730, 9_000, history=14)
    names = ("meta", "google", "tiktok", "youtube", "tv", "radio", "print", "podcast")
    for i, name in enumerate(names):
        level = 0.0 if name == "podcast" else 150.0 * (i + 2)
        world.add(name, flights(world.rng, 730, level) if level else np.zeros(730), 1.0 + 0.3 * i, 0.3)
    rival = np.round(world.rng.normal(12, 0.5, 730), 2)
    week = 400 * np.sin(2 * np.pi * np.arange(730) / 7)
    write(
        {
            "day": dates(730, 1),
            **{f"{name}_spend_usd": spend.tolist() for name, spend in world.spends.items()},
            "competitor_price": rival.tolist(),
            "revenue_usd": world.outcome(200 * (rival - 12), week, season=365.25).round(2).tolist(),
        },
        folder / "days.csv",
    )
    return world.truth


def late_region(folder: Path, seed: int = 0) -> dict[str, float]:
    """Four regions of 100 weeks, the last of which starts 30 weeks later."""
    rng, weeks = np.random.default_rng([14, seed]), 100
    columns: Columns = {n: [] for n in ("week", "region", "population", "tv_spend", "radio_spend", "revenue")}
    total, done = {"tv": 0.0, "radio": 0.0}, {"tv": 0.0, "radio": 0.0}
    for region, size, start in (("north", 1.0, 0), ("south", 1.6, 0), ("east", 0.6, 0), ("west", 1.2, 30)):
        world = World(rng, weeks - start, 20_000 * size, first=start)
        world.add("tv", flights(rng, weeks - start, 2_500 * size), 1.6)
        world.add("radio", flights(rng, weeks - start, 1_000 * size), 1.1, 0.2)
        columns["week"] += dates(weeks, 7)[start:]
        columns["region"] += [region] * (weeks - start)
        columns["population"] += [round(1e6 * size)] * (weeks - start)
        columns["revenue"] += world.outcome().round(2).tolist()
        for name, spend in world.spends.items():
            columns[f"{name}_spend"] += spend.tolist()
            total[name] += spend[world.history :].sum()
            done[name] += world.brought[name]
    write(columns, folder / "regions.csv")
    return {name: done[name] / total[name] for name in total}


def telling_little(folder: Path, seed: int = 0) -> dict[str, float]:
    """The names of a textbook's table: date_week, y, x1, x2, event_1, event_2."""
    world = World(np.random.default_rng([15, seed]), 160, 5_000)
    x1, x2 = world.add("x1", flights(world.rng, 160, 900), 1.4), world.add("x2", flights(world.rng, 160, 500), 2.0, 0.2)
    events = [(np.arange(160) % 40 == k).astype(int) for k in (7, 23)]
    y = world.outcome(700 * events[0], -400 * events[1])
    write(
        {
            "date_week": dates(160, 7), "y": y.round(2).tolist(), "x1": x1.tolist(), "x2": x2.tolist(),
            "event_1": events[0].tolist(), "event_2": events[1].tolist(),
        },
        folder / "mmm_example.csv",
    )  # fmt: skip
    return world.truth


def excel(folder: Path, seed: int = 0) -> dict[str, float]:
    """A sheet with a title above the header and a row of totals below, 120 weeks."""
    world = World(np.random.default_rng([16, seed]), 120, 40_000)
    search = world.add("search", flights(world.rng, 120, 6_000, 0.8), 1.5, 0.1)
    display = world.add("display", flights(world.rng, 120, 3_000), 0.9)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Media report 2022 to 2024, all brands"])
    sheet.merge_cells("A1:D1")
    sheet.append([])
    sheet.append(["Week", "Search spend (EUR)", "Display spend (EUR)", "Revenue (EUR)"])
    revenue = world.outcome().round(2)
    for row in zip(dates(120, 7), search.tolist(), display.tolist(), revenue.tolist(), strict=True):
        sheet.append(list(row))
    sheet.append(["Total", float(search.sum()), float(display.sum()), float(revenue.sum())])
    book.save(folder / "report.xlsx")
    return world.truth


def gaps(folder: Path, seed: int = 0) -> dict[str, float]:
    """400 weeks, three of which are absent, with empty cells where nothing was spent."""
    world = World(np.random.default_rng([17, seed]), 400, 12_000)
    tv, online = flights(world.rng, 400, 2_000, 0.5), flights(world.rng, 400, 1_200, 0.7)
    absent = [101, 250, 251]
    tv[absent], online[absent] = 0.0, 0.0
    world.add("tv", tv, 1.7)
    world.add("online", online, 1.2, 0.2)
    keep = np.setdiff1d(np.arange(400), absent)
    columns: Columns = {
        "week": dates(400, 7, dates(1, 1)[0].replace(year=2017)),  # type: ignore[attr-defined]
        "tv_cost": [x or None for x in tv.tolist()],
        "online_cost": [x or None for x in online.tolist()],
        "sales": world.outcome().round(2).tolist(),
    }
    write({name: [cells[i] for i in keep] for name, cells in columns.items()}, folder / "long_history.csv")
    return world.truth


GAPS = ("gaps=add", "missing.spends=zero", "missing.explained=model")
CASES = {
    "german": Case(("umsatz.csv",), german),
    "two files": Case(
        ("ads.csv", "shop.csv"), two_files, ("--every", "week", "--clean", "missing.spends=zero", "--clean", "gaps=add")
    ),
    "eight channels": Case(("days.csv",), eight_channels),
    "late region": Case(("regions.csv",), late_region),
    "telling little": Case(("mmm_example.csv",), telling_little),
    "excel": Case(("report.xlsx",), excel),
    "gaps": Case(("long_history.csv",), gaps, tuple(word for key in GAPS for word in ("--clean", key))),
}


def main(arguments: Sequence[str]) -> None:
    """Write the tables into folders of a folder; a second argument is the seed."""
    seed = int(arguments[1]) if len(arguments) > 1 else 0
    for name, case in CASES.items():
        folder = Path(arguments[0]) / name.replace(" ", "_")
        folder.mkdir(parents=True, exist_ok=True)
        truth = ", ".join(f"{channel} {roas:.2f}" for channel, roas in case.make(folder, seed).items())
        print(f"{name}: {' '.join(case.files)}; true ROAS {truth}")


if __name__ == "__main__":
    main(sys.argv[1:])
