"""Files and arguments that a user might give: models, tables, truths, plans and command lines."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import openpyxl

import bayes_roi as br
from tests.fuzz.case import Result, command, fault_of, numbers_are_json, state
from tests.fuzz.mutations import BYTE_WAYS, CELLS, TOKENS, spoiled_cells, spoiled_json, spoiled_text
from tests.surface import shop

MODELS = ("weekly_funnel", "acquisition", "hidden_demand")
SHORT = ("--draws", "40", "--chains", "2", "--tune", "40", "--no-report")


def tell(kind: str, number: int, *arguments: object, extra: Sequence[str] = ()) -> Result:
    """Run a command and return what came of it; where it refuses, nothing may have changed."""
    here = Path.cwd()
    before = state(here)
    ended = command(*arguments)
    fault = fault_of(ended)
    changed = {name for name, content in state(here).items() if before.get(name, b"?") != content} - set(extra)
    if not fault and ended.code == 2 and changed:
        fault = f"leaves {', '.join(sorted(changed))}"
    if not fault and ended.code in (0, 1) and "--json" in arguments and not numbers_are_json(ended.out):
        fault = "its JSON has a number that is none"
    said = ended.err.strip()[-300:] if fault else ""
    return Result(kind, number, ended.code, round(ended.computed, 2), fault, said)


def model(number: int) -> Result:
    """A model file, spoiled: `check` with the table of the whole one."""
    rng = random.Random(f"model {number}")
    name = rng.choice([*MODELS, "shop", "shop"])
    text = shop.MODEL if name == "shop" else br.shipped(f"models/{name}.yaml").read_text(encoding="utf-8")
    table = "shop.csv" if name == "shop" else name
    Path("spoiled.yaml").write_bytes(spoiled_text(text, rng))
    return tell("model", number, "check", "spoiled.yaml", "--data", table)


def _rows(file: str) -> list[list[str]]:
    return [line.split(",") for line in Path(file).read_text(encoding="utf-8").splitlines()]


def _written(rows: list[list[str]], stem: str, rng: random.Random, kinds: Sequence[str]) -> str:
    """Write a table as a file of some kind, now and then with its bytes spoiled too, and return its name."""
    kind = rng.choice(kinds)
    file = Path(f"{stem}.{kind}")
    if kind == "xlsx":
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append([_cell(cell) for cell in row])
        book.save(file)
    elif kind == "parquet":
        _parquet(rows, file)
    else:
        text = io.StringIO()
        csv.writer(text, delimiter={"tsv": "\t"}.get(kind, rng.choice(",,,;|")), lineterminator="\n").writerows(rows)
        file.write_bytes(text.getvalue().encode(rng.choice(["utf-8"] * 8 + ["utf-8-sig", "utf-16"]), "replace"))
    if rng.random() < 0.15:
        file.write_bytes(rng.choice(BYTE_WAYS)(file.read_bytes(), rng))
    return file.name


def _cell(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return "".join(c for c in text if c.isprintable())[:30_000]


def _parquet(rows: list[list[str]], file: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    width = len(rows[0])
    body = [[*row, *([""] * width)][:width] for row in rows[1:]]
    columns = [[_cell(row[i]) for row in body] for i in range(width)]
    arrays = [pa.array(c if all(isinstance(x, float) for x in c) else [str(x) for x in c]) for c in columns]
    pq.write_table(pa.table(arrays, names=["".join(map(str, h)).replace("\0", "") for h in rows[0]]), file)


def table(number: int) -> Result:
    """A table, spoiled: `check`."""
    rng = random.Random(f"table {number}")
    data = _written(spoiled_cells(_rows("shop.csv"), rng), "spoiled", rng, ("csv", "csv", "tsv", "xlsx", "parquet"))
    clean = rng.choice([(), (), ("--clean", "missing=interpolate"), ("--clean", "duplicates=sum")])
    return tell("table", number, "check", "shop.yaml", "--data", data, *clean)


CLEANS = (
    "missing=zero", "missing.spends=zero", "missing=model", "missing.controls=median", "gaps=add", "outliers=iqr",
    "outliers=zscore", "outlier_action=cap", "outlier_action=missing", "smooth.price=median", "smooth.controls=savgol",
    "smooth_window=7", "duplicates=sum",
)  # fmt: skip


def _channels_and_sales(rng: random.Random) -> tuple[list[list[str]], list[list[str]]]:
    """Return days of two channels in rows, some of them absent, and days or weeks of sales."""
    first, step = date(2024, 1, 1), rng.choice((1, 1, 7))
    days = [first + timedelta(i) for i in range(330)]
    spend = [["date", "channel", "spend", "clicks"]]
    spend += [
        [str(d), c, f"{rng.gammavariate(3, 20):.2f}", str(rng.randrange(50))]
        for d in days
        for c in ("TV", "Paid search")
        if rng.random() < 0.9
    ]
    sales = [["date", "price", "revenue"]]
    sales += [[str(d), f"{rng.gauss(9, 1):.2f}", f"{rng.gauss(500, 40):.2f}"] for d in days[::step]]
    return spend, sales


def shaped(number: int) -> Result:
    """Two tables, one of channels in rows, either spoiled: `new`, and `check` of what it writes."""
    rng = random.Random(f"shaped {number}")
    spend, sales = _channels_and_sales(rng)
    if (which := rng.random()) < 0.3:
        spend = spoiled_cells(spend, rng)
    elif which < 0.6:
        sales = spoiled_cells(sales, rng)
    kinds = ("csv", "csv", "tsv", "xlsx", "parquet")
    files = [_written(spend, "ads", rng, kinds), _written(sales, "sales", rng, kinds)]
    every = rng.choice([(), ("--every", "week"), ("--every", "week"), ("--every", "month")])
    usual = ("gaps=add", "missing=zero") if rng.random() < 0.8 else ()
    words = [word for key in (*usual, *rng.sample(CLEANS, rng.randrange(3))) for word in ("--clean", key)]
    found = tell("shaped", number, "new", *files, *every, *words, "-o", "made.yaml")
    if found.fault or found.code == 2:
        return found
    checked = tell("shaped", number, "check", "made.yaml", *words)
    return replace(checked, seconds=max(checked.seconds, found.seconds))


def fitted_table(number: int) -> Result:
    """The same through `run`, and where it is fitted the run is read back."""
    rng = random.Random(f"fitted {number}")
    data = _written(spoiled_cells(_rows("shop.csv"), rng), "spoiled", rng, ("csv", "csv", "parquet", "xlsx"))
    clean = rng.choice([(), ("--clean", "missing=interpolate"), ("--clean", "missing=model")])
    found = tell("fitted table", number, "run", "shop.yaml", "--data", data, "--out", "new", *SHORT, *clean)
    if found.fault or found.code == 2:
        return found
    back = tell("fitted table", number, "roi", "new", "--json")
    back = replace(back, seconds=max(back.seconds, found.seconds))
    return replace(back, fault="its run is refused") if back.code == 2 and not back.fault else back


def truth(number: int) -> Result:
    """A truth file, spoiled: `simulate`, and the table it makes is read."""
    rng = random.Random(f"truth {number}")
    content = json.loads(br.shipped("data/weekly_funnel.truth.json").read_text(encoding="utf-8"))
    text = json.dumps(spoiled_json(content, rng))
    spoiled = spoiled_text(text, rng) if rng.random() < 0.2 else text.encode()
    Path("spoiled.truth.json").write_bytes(spoiled)
    found = tell("truth", number, "simulate", "weekly_funnel", "--truth", "spoiled.truth.json", "-o", "made.csv")
    if not found.fault and found.code == 0:
        made = Path("made.csv").read_text(encoding="utf-8").casefold()
        if any(word in made.replace(",", " ").split() for word in ("inf", "-inf", "nan")):
            return Result("truth", number, 0, found.seconds, "a number that is none in the table")
    return found


def plan(number: int) -> Result:
    """A plan file, spoiled: `compare`."""
    rng = random.Random(f"plan {number}")
    rows = _rows("plan.csv")
    file = _written(spoiled_cells(rows, rng), "spoiled", rng, ("csv", "csv", "xlsx", "parquet"))
    return tell("plan", number, "compare", "run", file, *rng.choice([(), ("--json",), ("plan.csv",)]))


LIFT_TESTS = [
    [
        "channel",
        "during",
        "design",
        "estimate",
        "lower",
        "upper",
        "share",
        "usual",
        "unit",
        "rows",
        "randomised",
        "discount",
    ],
    ["tv", "2021-05", "off", "-2000", "-9000", "5000", "0.5", "", "outcome", "elsewhere", "yes", "1"],
    ["radio", "2021-06:2021-07", "1.5", "300", "-600", "900", "", "", "money", "table", "no", "0.5"],
]


def lift_tests(number: int) -> Result:
    """A file of lift tests, spoiled, as a table or as YAML: `run --experiments`."""
    rng = random.Random(f"lift tests {number}")
    if rng.random() < 0.7:
        file = _written(spoiled_cells(LIFT_TESTS, rng), "tests", rng, ("csv", "csv", "tsv", "xlsx", "parquet"))
    else:
        head, *rows = LIFT_TESTS
        entries = [{k: v for k, v in zip(head, row, strict=True) if v} for row in rows]
        Path("tests.yaml").write_bytes(spoiled_text(json.dumps({"experiments": entries}, indent=1), rng))
        file = "tests.yaml"
    return tell("lift tests", number, "run", "shop.yaml", "--experiments", file, "--out", "new", *SHORT)


COMMANDS = {
    "run": ("shop.yaml", "--out", "new", *SHORT), "check": ("shop.yaml",), "roi": ("run",),
    "ate": ("run", "tv_spend", "--shift", "1"), "do": ("run", "tv_spend=0"), "channels": ("run",),
    "influence": ("run",),
    "paths": ("run", "tv_spend"), "decompose": ("run", "2022-03-07"), "scenario": ("run", "-o", "new.csv"),
    "optimise": ("run", "--periods", "4", "--budget", "4000"), "compare": ("run", "plan.csv"),
    "value-of-information": ("run", "--periods", "8"), "report": ("run", "-o", "new.html"), "new": ("fresh",),
    "simulate": ("shop.yaml", "-o", "new.csv", "--periods", "30"), "identify": ("shop.yaml", "tv_spend", "revenue"),
    "export": ("run", "-o", "tables.xlsx"), "schema": ("estimates",),
    "falsify": ("run",), "refute": ("run", "--fast"), "sensitivity": ("run", "tv"), "average": ("run", "run"),
    "tests": ("run",), "design-test": ("run", "tv", "--periods", "4"), "predict": ("run", "--periods", "4"),
    "backtest": ("run", "--folds", "1"), "compare-models": ("run", "run", "--folds", "0"),
    "cross-validate": ("run", "--folds", "2"),
}  # fmt: skip
OPTIONS = (
    "--prob", "--seed", "--draws", "--chains", "--during", "--json", "--by", "--shift", "--between", "--hold-spend",
    "--out",
    "--periods", "--budget", "--bound", "--objective", "--target", "--level", "--spend", "--change", "--name", "--set",
    "--horizon", "--scale", "--clean", "--engine", "--truth", "--do", "--from", "-o", "--overwrite", "--path", "--help",
    "--no-report", "--tune", "--data", "--most-change", "--flighting", "--test-periods", "--cost", "--unit",
    "--given", "--decimal", "--experiments", "--known", "--folds", "--rival",
    "--power", "--start", "--factor", "--day-first", "--outcome", "--nope",
)  # fmt: skip
WORDS = (
    "0", "-1", "1", "0.5", "nan", "inf", "-inf", "1e400", "99999999999999999999", "tv=1", "tv=", "=1", "tv=nan",
    "tv=1:2",
    "tv=2:1", "tv=:", "tv=-1", "nope=1", "2022", "2022-03:2022-06", "2023:2022", ":2022", "2022:", "last 8 weeks",
    "revenue",
    "run", "nowhere", "shop.yaml", "shop.csv", ".", "..", "/", "/dev/null", "new.csv", "new.xlsx", "x/y.csv", "", " ",
    "mean",
    "cvar", "roi", "free", "tv_spend->clicks->revenue", "nuts", "missing=model", "demand=last_year", "demand=1e308",
)  # fmt: skip


def arguments(number: int) -> Result:
    """A command line of options and words that do not go together."""
    rng = random.Random(f"arguments {number}")
    name = rng.choice(list(COMMANDS))
    given = list(COMMANDS[name])
    for _ in range(rng.randint(1, 3)):
        way = rng.random()
        if way < 0.3 and given:
            given[rng.randrange(len(given))] = rng.choice(WORDS)
        elif way < 0.4 and given:
            del given[rng.randrange(len(given))]
        elif way < 0.5:
            given.append(rng.choice([w for w in (*TOKENS, *CELLS) if "\0" not in w and len(w) < 4000]))
        else:
            given += [rng.choice(OPTIONS), rng.choice(WORDS)]
    return tell("arguments", number, name, *given)
