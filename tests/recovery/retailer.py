"""A table as a retailer has it: four years, ten channels that are small beside sales, twenty controls.

    python -m tests.recovery.retailer FOLDER [SEED]

Media cost 2.2 % of sales and make some 5 %; one channel has a five-hundredth of the money, one never pauses, two are
planned together, and most of what moves sales is holidays, markdowns, prices and weather. It is where defaults are
put to the test: a prior that looks harmless for three channels says here that media make nearly all. FOLDER gets
model.yaml, table.csv and truth.json.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

import bayes_roi as br
from bayes_roi.model.simulation.write_table import write_table
from tests.recovery.markets import PERIOD, WARM_UP, Additive, Market, flights, response, table, wave

WEEKS = 209
SALES = 10_000_000.0
SPEND = 0.022
MONEY = {
    "tv": 0.30,
    "search": 0.22,
    "social": 0.14,
    "display": 0.10,
    "video": 0.08,
    "radio": 0.06,
    "affiliates": 0.05,
    "mail": 0.03,
    "outdoor": 0.018,
    "podcasts": 0.002,
}
"""Share of the money."""
HOLIDAYS = {
    "new_year": 0,
    "easter": 15,
    "mothers_day": 19,
    "fathers_day": 24,
    "back_to_school": 34,
    "black_friday": 47,
    "cyber_week": 48,
    "christmas": 51,
}
"""Week of the year."""
MARKDOWNS = ("markdown_food", "markdown_home", "markdown_clothes")
OTHERS = ("temperature", "rain", "price_index", "competitor_price", "competitor_adverts")
OTHERS += ("consumer_confidence", "fuel_price", "shops_open", "stock_outs")
CONTROLS = (*HOLIDAYS, *MARKDOWNS, *OTHERS)


def controls(rng: np.random.Generator, week: np.ndarray) -> dict[str, np.ndarray]:
    """Return the controls in units of their own."""
    year = 2 * np.pi * week / PERIOD
    found = {name: (week % 52 == (at + WARM_UP) % 52).astype(float) for name, at in HOLIDAYS.items()}
    found |= {m: flights(rng, len(week)) * rng.lognormal(9.0, 0.4, len(week)) for m in MARKDOWNS}
    scales = {"temperature": (15.0, 8.0), "rain": (20.0, 8.0), "price_index": (100.0, 3.0)}
    for name in OTHERS:
        mean, sd = scales.get(name, (50.0, 6.0))
        found[name] = mean + sd * wave(rng, len(week), 0.85)
    found["temperature"] = found["temperature"] - 12 * np.cos(year)
    return found


def retailer(seed: int = 0) -> Market:
    """Return the retailer's table with its truth."""
    rng = np.random.default_rng([seed, 209])
    week = np.arange(WARM_UP + WEEKS)
    around = controls(rng, week)
    moved = sum(rng.uniform(0.05, 0.3) * around[h] for h in HOLIDAYS)
    for name in (*MARKDOWNS, *OTHERS):
        moved = moved + rng.uniform(-0.03, 0.05) * (around[name] - around[name].mean()) / around[name].std()
    moved = moved + 0.05 * np.sin(2 * np.pi * week / PERIOD) + 0.08 * week / len(week)
    festive = sum(around[h] for h in ("black_friday", "cyber_week", "christmas"))
    spends, works = {}, {}
    for channel, share in MONEY.items():
        chased = 0.5 * (moved - moved.mean()) / moved.std() + 0.8 * wave(rng, len(week), 0.6)
        shape = np.exp(0.4 * chased) * (1 + festive)
        shape = shape if channel in ("search", "affiliates") else shape * flights(rng, len(week))
        if channel == "video":
            shape = spends["tv"][0] * rng.lognormal(0.0, 0.15, len(week))
        spend = (shape * share * SPEND * SALES / shape.mean())[None]
        roas = float(np.exp(rng.uniform(np.log(0.8), np.log(5.0))))
        spends[channel], works[channel] = spend, response(rng, spend, roas * spend.mean(), own=True)
    made = sum(r(spends[c])[:, WARM_UP:].mean() for c, r in works.items())
    mean = Additive((SALES - made) * (1 + moved - moved.mean())[None], works)
    sales = mean(spends)
    sales = sales + 0.03 * SALES * wave(rng, len(week), 0.2)
    columns = {"sales": sales} | around | {f"{c}_spend": x for c, x in spends.items()}
    return Market(model_of(), table(columns, source="retailer"), spends, mean, works)


def model_of() -> br.Model:
    """Return the model that an analyst would write, with defaults throughout."""
    media = " + ".join(f"hill(adstock({c}_spend))" for c in MONEY)
    return br.Model(
        name="retailer",
        equations=f"sales ~ {' + '.join(CONTROLS)} + {media} + trend() + season(period={PERIOD}, order=2)",
        outcome="sales",
        time="week",
        channels={c: f"{c}_spend" for c in MONEY},
        currency="USD",
        margin=0.3,
        story="A retailer's four years of weeks, made up by tests/recovery/retailer.py; its truth is beside it.",
    )


def truth(market: Market) -> dict[str, object]:
    """Return what is true of a market, as truth.json has it: ROAS by channel, and what media make of sales."""
    made, spent = market.contributions, market.spent
    sales = market.data.columns["sales"][market.window.start - WARM_UP :].sum()
    return {
        "roas": {c: made[c] / spent[c] for c in made},
        "media_share": sum(made.values()) / float(sales),
        "spend_share": sum(spent.values()) / float(sales),
    }


def write(folder: Path, seed: int = 0) -> Market:
    """Write the model, the table and the truth into a folder, and return the market."""
    market = retailer(seed)
    folder.mkdir(parents=True, exist_ok=True)
    br.write_model(market.model, folder / "model.yaml")
    write_table(market.data, folder / "table.csv")
    (folder / "truth.json").write_text(json.dumps(truth(market), indent=1) + "\n", encoding="utf-8")
    return market


if __name__ == "__main__":
    write(Path(sys.argv[1]), *map(int, sys.argv[2:]))
