"""Two more tables as programs export them: one of a Chinese Excel, one of a shop beside one of its advertising.

They are made as those of `tests/surface/seven_tables.py` are, with the returns that are true in them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np

from tests.surface.foreign_tables import dates
from tests.surface.seven_tables import Case, World, flights


def lines(rows: Sequence[Sequence[object]], delimiter: str = ",") -> str:
    """Return rows as delimited text."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def chinese(folder: Path, seed: int = 0) -> dict[str, float]:
    """Six years of months in GB 18030: semicolons, a title and a total, 2019年1月, full-width yuan, 是 and 否."""
    months = 72
    world = World(np.random.default_rng([21, seed]), months, 2_000_000, history=3)
    spends = {
        "电视广告费": world.add("电视", flights(world.rng, months, 300_000), 1.8, 0.2),
        "搜索推广费": world.add("搜索", flights(world.rng, months, 150_000, 0.8), 1.3, 0.1),
        "抖音投放金额": world.add("抖音", flights(world.rng, months, 120_000, 0.7), 2.4, 0.1),
    }
    sale = np.array([i % 12 in (5, 10) for i in range(months)])
    sales = world.outcome(200_000 * sale, season=12)
    money = [[f"￥{x:,.2f}" for x in column] for column in (*spends.values(), sales)]
    when = [f"{2019 + i // 12}年{i % 12 + 1}月" for i in range(months)]
    rows = zip(when, *money[:3], ["是" if x else "否" for x in sale], money[3], strict=True)
    header = ["月份", *spends, "促销", "销售额"]
    total = ["合计", *(f"￥{column.sum():,.2f}" for column in spends.values()), "", f"￥{sales.sum():,.2f}"]
    table = lines([["全国销售报表"], header, *map(list, rows), total], ";")
    (folder / "sales.csv").write_bytes(table.encode("gb18030"))
    return world.truth


def shop(folder: Path, seed: int = 0) -> dict[str, float]:
    """A shop's days beside rows of ads: dollars, "Jan 1, 2023", returns below zero, no row where nothing was spent."""
    weeks = 84
    world = World(np.random.default_rng([22, seed]), weeks, 42_000)
    names = {"Meta Ads": 1.5, "Google Ads": 2.2, "TikTok Ads": 0.7}
    weekly = [flights(world.rng, weeks, level) for level in (6_300, 4_200, 2_100)]
    for (name, roas), spend in zip(names.items(), weekly, strict=True):
        world.add(name.lower().replace(" ", "_"), spend, roas, 0.3)
    days = dates(7 * weeks, 1, date(2023, 1, 1))
    sales = (world.outcome()[:, None] * np.array([8, 12, 14, 15, 16, 20, 15]) / 100).ravel()
    returns = -sales * world.rng.uniform(0.01, 0.05, sales.size)
    rows = [
        [f"{day:%b} {day.day}, {day.year}", f"{sold / 48:,.0f}", f"${sold:,.2f}", f"-${-back:,.2f}"]  # type: ignore[attr-defined, str-format]
        for day, sold, back in zip(days, sales, returns, strict=True)
    ]
    (folder / "shop.csv").write_text("\ufeff" + lines([["Day", "Orders", "Total sales", "Returns"], *rows]), "utf-8")
    ads: list[list[object]] = [["Date", "Platform", "Campaign", "Clicks", "Amount spent (USD)"]]
    for i, day in enumerate(days):
        for name, spend in zip(names, weekly, strict=True):
            if spend[i // 7] > 0:
                half = spend[i // 7] / 14
                ads += [[day, name, which, round(half), f"${half:,.4f}"] for which in ("prospecting", "retargeting")]
    (folder / "ads.csv").write_text(lines(ads))
    return world.truth


EXPORTS = {
    "chinese": Case(("sales.csv",), chinese),
    "shop": Case(
        ("shop.csv", "ads.csv"),
        shop,
        ("--every", "week from Sunday", "--clean", "gaps=add", "--clean", "missing.spends=zero"),
    ),
}
