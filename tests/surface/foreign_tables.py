"""Tables as they come from elsewhere, made for the tests of `bayes-roi new TABLE`."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import numpy as np

Columns = dict[str, list[object]]


def write(columns: Columns, file: Path, delimiter: str = ",") -> None:
    """Write columns as text, row by row."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=delimiter)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def dates(rows: int, days: int, first: date = date(2022, 1, 3)) -> list[object]:
    return [first + timedelta(days * i) for i in range(rows)]


def flights(rng: np.random.Generator, rows: int, level: float, share: float = 0.6) -> np.ndarray:
    """Return spends that pause in some rows."""
    return np.round(rng.gamma(4, level / 4, rows) * (rng.random(rows) < share), 2)


def response(rng: np.random.Generator, level: float, *spends: np.ndarray) -> np.ndarray:
    """Return an outcome that spends raise, with noise of a tenth of its level."""
    rows = spends[0].size
    return np.round(level + sum(1.5 * s for s in spends) + rng.normal(0, level / 10, rows), 2)


def telling_little() -> Columns:
    """Names that tell little, 150 weeks."""
    rng, rows = np.random.default_rng(1), 150
    x1, x2 = flights(rng, rows, 400), flights(rng, rows, 300)
    event = (np.arange(rows) % 40 == 7).astype(int)
    y = response(rng, 5000, x1, x2) + 800 * event
    return {
        "date_week": dates(rows, 7), "y": y.tolist(), "x1": x1.tolist(), "x2": x2.tolist(),
        "event_1": event.tolist(), "event_2": np.roll(event, 9).tolist(), "t": list(range(rows)),
    }  # fmt: skip


def german() -> Columns:
    """German names that are no identifiers, 120 weeks, in euros."""
    rng, rows = np.random.default_rng(2), 120
    tv, radio = flights(rng, rows, 900), flights(rng, rows, 200)
    price = np.round(rng.normal(20, 1, rows), 2)
    return {
        "Kalenderwoche": dates(rows, 7),
        "Umsatz (EUR)": (response(rng, 9000, tv, radio) - 100 * price).tolist(),
        "TV-Ausgaben (EUR)": tv.tolist(),
        "Radiowerbekosten": radio.tolist(),
        "TV Sichtkontakte": (tv * 80 + rng.integers(0, 50, rows)).round().tolist(),
        "Preis": price.tolist(),
        "Rabattaktion": rng.integers(0, 2, rows).tolist(),
        "Filialtyp": ["gross"] * rows,
    }


def panel() -> Columns:
    """Three regions of 80 weeks one after the other, with their population; orders, not money."""
    rng, weeks = np.random.default_rng(3), 80
    columns: Columns = {n: [] for n in ("Region", "week", "orders", "tv_spend", "search_cost", "population", "clicks")}
    for region, size in (("north", 1.0), ("south", 2.0), ("west", 0.5)):
        tv, search = flights(rng, weeks, 500 * size), flights(rng, weeks, 200 * size, 0.9)
        columns["Region"] += [region] * weeks
        columns["week"] += dates(weeks, 7)
        columns["orders"] += response(rng, 3000 * size, tv, search).round().tolist()
        columns["tv_spend"] += tv.tolist()
        columns["search_cost"] += search.tolist()
        columns["population"] += [int(1e6 * size)] * weeks
        columns["clicks"] += (search * 3).round().tolist()
    return columns


CHANNELS = ("facebook", "google", "tiktok", "youtube", "tv", "radio", "print", "podcast")


def daily() -> Columns:
    """Eight channels over 150 days, one of which nothing was ever spent on."""
    rng, rows = np.random.default_rng(4), 150
    spends = {name: flights(rng, rows, 50 * (i + 1)) for i, name in enumerate(CHANNELS)}
    spends["podcast"] = np.zeros(rows)
    return {
        "day": dates(rows, 1),
        **{f"{name}_spend_usd": spend.tolist() for name, spend in spends.items()},
        "competitor_price": rng.normal(10, 1, rows).round(2).tolist(),
        "orders": rng.integers(50, 90, rows).tolist(),
        "revenue_usd": response(rng, 8000, *spends.values()).tolist(),
    }


def spanish() -> Columns:
    """Spanish names, 60 months."""
    rng, rows = np.random.default_rng(5), 60
    tv, press = flights(rng, rows, 2000), flights(rng, rows, 700)
    return {
        "Mes": [f"{2019 + i // 12}-{i % 12 + 1:02d}" for i in range(rows)],
        "Gasto televisión": tv.tolist(),
        "Inversión prensa": press.tolist(),
        "Clics búsqueda": rng.integers(100, 900, rows).tolist(),
        "Promoción": rng.integers(0, 2, rows).tolist(),
        "Precio medio": rng.normal(30, 2, rows).round(2).tolist(),
        "Ventas": response(rng, 20000, tv, press).tolist(),
    }


def chinese() -> Columns:
    """Chinese names, where no blanks set words apart, 110 weeks."""
    rng, rows = np.random.default_rng(6), 110
    douyin, search = flights(rng, rows, 800), flights(rng, rows, 300)
    return {
        "日期": dates(rows, 7), "抖音花费": douyin.tolist(), "百度花费": search.tolist(),
        "抖音曝光": (douyin * 9).round().tolist(), "促销活动": rng.integers(0, 2, rows).tolist(),
        "销售额": response(rng, 9000, douyin, search).tolist(),
    }  # fmt: skip


def french() -> Columns:
    """French names, 100 weeks, in pounds of a header's sign."""
    rng, rows = np.random.default_rng(7), 100
    tv, poster = flights(rng, rows, 800), flights(rng, rows, 300)
    return {
        "Semaine": dates(rows, 7), "Dépenses télé": tv.tolist(), "Dépenses affichage": poster.tolist(),
        "Prix": rng.normal(12, 1, rows).round(2).tolist(), "Jour férié": rng.integers(0, 2, rows).tolist(),
        "Chiffre d'affaires (£)": response(rng, 9000, tv, poster).tolist(),
    }  # fmt: skip
