"""`bayes-roi new TABLE`: guesses are right, the model is one that `check` accepts, and bad tables end in one error."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.panel.guessing.guess import guess
from bayes_roi.panel.locale.role_words import LISTED, tokens
from bayes_roi.panel.table import read_table
from bayes_roi.shipped import shipped
from tests.surface import foreign_tables as tables
from tests.surface.conftest import Command

ROLES: dict[str, dict[str, str]] = {
    "telling_little": {
        "date_week": "time", "y": "outcome", "x1": "spend", "x2": "spend", "event_1": "promotion",
        "event_2": "promotion", "t": "left out",
    },
    "german": {
        "Kalenderwoche": "time", "Umsatz (EUR)": "outcome", "TV-Ausgaben (EUR)": "spend", "Radiowerbekosten": "spend",
        "TV Sichtkontakte": "media", "Preis": "price", "Rabattaktion": "promotion", "Filialtyp": "left out",
    },
    "panel": {
        "Region": "unit", "week": "time", "orders": "outcome", "tv_spend": "spend", "search_cost": "spend",
        "population": "population", "clicks": "media",
    },
    "daily": {
        "day": "time", **{f"{c}_spend_usd": "spend" for c in tables.CHANNELS}, "podcast_spend_usd": "left out",
        "competitor_price": "control", "orders": "left out", "revenue_usd": "outcome",
    },
    "spanish": {
        "Mes": "time", "Gasto televisión": "spend", "Inversión prensa": "spend", "Clics búsqueda": "media",
        "Promoción": "promotion", "Precio medio": "price", "Ventas": "outcome",
    },
    "chinese": {
        "日期": "time", "抖音花费": "spend", "百度花费": "spend", "抖音曝光": "media", "促销活动": "promotion",
        "销售额": "outcome",
    },
    "french": {
        "Semaine": "time", "Dépenses télé": "spend", "Dépenses affichage": "spend", "Prix": "price",
        "Jour férié": "promotion", "Chiffre d'affaires (£)": "outcome",
    },
}  # fmt: skip
FACTS: dict[str, dict[str, object]] = {
    "telling_little": {"time": "date_week", "panel": None, "currency": None, "channels": {"x1": "x1", "x2": "x2"}},
    "german": {
        "time": "Kalenderwoche", "outcome": "umsatz_eur", "currency": "EUR",
        "channels": {"tv": "tv_ausgaben_eur", "radio": "Radiowerbekosten"},
    },
    "panel": {"panel": "Region", "weights": "population", "currency": None, "outcome": "orders"},
    "daily": {"currency": "USD", "outcome": "revenue_usd"},
    "spanish": {"currency": "money", "channels": {"television": "gasto_televisión", "prensa": "inversión_prensa"}},
    "chinese": {"channels": {"抖音": "抖音花费", "百度": "百度花费"}, "outcome": "销售额"},
    "french": {"currency": "GBP", "channels": {"tele": "dépenses_télé", "affichage": "dépenses_affichage"}},
}  # fmt: skip
PERIODS = {"telling_little": ["52.18"], "daily": ["7"], "spanish": ["12"], "panel": ["52.18"]}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def made(name: str, file: str | None = None) -> str:
    """Write one of the tables into the current folder."""
    file = file or f"{name}.csv"
    make: Callable[[], tables.Columns] = getattr(tables, name)
    tables.write(make(), Path(file), ";" if name == "german" else ",")
    return file


@pytest.mark.parametrize("name", ROLES)
def test_guesses_are_right_and_check_accepts_the_model(bayes_roi: Command, folder: Path, name: str) -> None:
    table = made(name)
    found = {g.column: g.role for g in guess(read_table(table)).guesses}
    assert found == ROLES[name]
    said = bayes_roi("new", table)
    assert (said.code, said.out) == (0, f"{name}.yaml\n")
    told = said.err.splitlines()
    assert len(told) == len(ROLES[name]) + 1
    assert told[-1] == f"next: bayes-roi check {name}.yaml"
    model = br.read_model(f"{name}.yaml")
    assert {key: getattr(model, key) for key in FACTS[name]} == FACTS[name]
    assert [str(t).split("period=")[1].split(",")[0] for t in model.terms(model.outcome) if t.name == "season"] == (
        PERIODS.get(name, ["52.18"])
    )
    checked = bayes_roi("check", f"{name}.yaml")
    assert (checked.code, checked.err) == (0, "")


@pytest.mark.parametrize("name", ["robyn_weekly", "geo_funnel", "weekly_funnel"])
def test_shipped_tables_are_guessed_as_the_models_beside_them_have_them(name: str) -> None:
    model = br.read_model(shipped(f"models/{name.removesuffix('_weekly')}.yaml"))
    found = guess(read_table(shipped(f"data/{name}.csv")))
    assert set(found.of("spend")) == {model.column(node) for node in model.channels.values()}
    assert (found.one("time"), found.one("unit"), found.one("population")) == (model.time, model.panel, model.weights)
    assert found.one("outcome") == model.column(model.outcome)


def test_the_file_says_each_guess_and_what_was_left_out_and_is_one_more_model_of_the_language(
    bayes_roi: Command, folder: Path
) -> None:
    bayes_roi("new", made("daily"))
    text = Path("daily.yaml").read_text()
    assert "# its name says so (spend); zero in " in text
    assert "'podcast_spend_usd': left out; a spend that is zero in every row" in text
    assert "'orders': left out; another outcome beside 'revenue_usd'" in text
    assert "Assumes:" in text
    assert "Do not use it when:" in text


def test_the_model_as_it_is_written_finds_what_the_spends_brought(bayes_roi: Command, folder: Path) -> None:
    """Each unit of spend brought 1.5 of y at once: within intervals that a right model misses once in a hundred."""
    bayes_roi("new", made("telling_little"))
    model = br.read_model("telling_little.yaml")
    fit = br.fit(model, br.read_data("telling_little.csv", model), seed=1)
    ends = br.roas(fit).interval(0.99)
    assert (ends["lower"] < 1.5).all()
    assert (ends["upper"] > 1.5).all()


def test_a_table_in_a_locale_of_its_own_is_guessed_from_its_plain_values(bayes_roi: Command, folder: Path) -> None:
    columns = tables.german()
    plain = guess(read_table(made("german")))
    for name, cells in columns.items():
        if all(isinstance(cell, (int, float, np.number)) for cell in cells):
            columns[name] = [f"{cell:,.2f}".translate(str.maketrans(",.", ".,")) + " €" for cell in cells]
    columns["Kalenderwoche"] = [".".join(reversed(str(day)[:10].split("-"))) for day in columns["Kalenderwoche"]]
    tables.write(columns, Path("local.csv"), ";")
    local = guess(read_table("local.csv"))
    assert [(g.column, g.role) for g in local.guesses] == [(g.column, g.role) for g in plain.guesses]
    assert (local.frequency, local.periods) == (plain.frequency, plain.periods)


@pytest.mark.parametrize("more", [0.0, 7.5])
def test_a_total_of_spends_is_no_channel(folder: Path, more: float) -> None:
    rng = np.random.default_rng(3)
    tv, radio = tables.flights(rng, 120, 900), tables.flights(rng, 120, 300)
    columns = {"week": tables.dates(120, 7), "tv_spend": tv.tolist(), "radio_spend": radio.tolist()}
    columns |= {"total_spend": (tv + radio + more).tolist(), "revenue": tables.response(rng, 5000, tv, radio).tolist()}
    tables.write(columns, Path("total.csv"))
    found = guess(read_table("total.csv"))
    assert found.of("spend") == ("tv_spend", "radio_spend")
    assert "whose money would count twice" in next(str(g) for g in found.guesses if g.column == "total_spend")


def test_what_comes_of_sales_is_no_control(folder: Path) -> None:
    columns = tables.telling_little()
    tables.write({**columns, "Returns": (0.1 * np.array(columns["y"], float)).tolist()}, Path("returns.csv"))
    assert "Returns" in guess(read_table("returns.csv")).of("left out")


def test_options_overrule(bayes_roi: Command, folder: Path) -> None:
    options = ("--outcome", "orders", "--spend", "tv_spend_usd", "--spend", "competitor_price", "--time", "day")
    said = bayes_roi("new", made("daily"), *options, "-o", "mine.yaml")
    assert (said.code, said.out) == (0, "mine.yaml\n")
    assert said.err.endswith("next: bayes-roi check mine.yaml\n")
    model = br.read_model("mine.yaml")
    assert model.data == ("daily.csv",)
    assert model.outcome == "orders"
    assert set(model.channels.values()) == {"tv_spend_usd", "competitor_price"}
    assert "'radio_spend_usd': left out; a spend by its name, which no --spend names" in said.err


def test_spends_in_flights_are_told_by_their_shape(folder: Path) -> None:
    columns = {{"x1": "aaa", "x2": "bbb"}.get(name, name): cells for name, cells in tables.telling_little().items()}
    columns["level"] = np.random.default_rng(0).normal(50, 5, 150).tolist()
    tables.write(columns, Path("plain.csv"))
    found = guess(read_table("plain.csv"))
    assert (found.of("spend"), found.of("control")) == (("aaa", "bbb"), ("level",))


def test_numbered_weeks_and_a_parquet_file(folder: Path, bayes_roi: Command) -> None:
    import pandas as pd

    frame = pd.DataFrame(tables.telling_little()).drop(columns="date_week").rename(columns={"t": "week"})
    frame.to_parquet("numbered.parquet")
    assert bayes_roi("new", "numbered.parquet").code == 0
    assert br.read_model("numbered.yaml").time == "week"
    assert bayes_roi("check", "numbered.yaml").code == 0


def test_an_existing_file_is_never_overwritten(bayes_roi: Command, folder: Path) -> None:
    Path("daily.yaml").write_text("mine")
    for options in ((), ("-o", "daily.yaml")):
        said = bayes_roi("new", made("daily"), *options)
        assert (said.code, said.out) == (2, "")
        assert said.err == "error: daily.yaml is there already; choose another name\n"
    assert Path("daily.yaml").read_text() == "mine"


def test_a_name_that_is_a_model_and_a_table(bayes_roi: Command, folder: Path) -> None:
    """The table counts only by its whole name; the name without its ending stays that of the shipped model."""
    made("telling_little", "acquisition.csv")
    assert bayes_roi("new", "acquisition").out == "acquisition.yaml\n"
    assert br.read_model("acquisition.yaml").outcome == "revenue"
    assert bayes_roi("new", "acquisition.csv", "-o", "other.yaml").code == 0
    assert br.read_model("other.yaml").outcome == "y"


def test_names_that_equations_cannot_have(bayes_roi: Command, folder: Path) -> None:
    columns = tables.telling_little()
    renamed = {"x1": "hill spend", "x2": "trend", "event_1": "1. Event # a: b", "event_2": "class", "y": "Sales\t"}
    odd = {renamed.get(name, name): cells for name, cells in columns.items()}
    odd |= {"Hill_spend": odd["trend"], "media $": odd.pop("hill spend"), "trend": columns["x2"]}
    tables.write(odd, Path("odd.csv"))
    said = bayes_roi("new", "odd.csv", "--spend", "media $", "--spend", "trend")
    assert said.code == 0, said.err
    model = br.read_model("odd.yaml")
    assert set(model.columns.values()) == {"media $", "trend", "1. Event # a: b", "class"}
    assert bayes_roi("check", "odd.yaml").code == 0


def error_of(bayes_roi: Command, columns: tables.Columns, *options: str) -> str:
    """Return the one message of a table that cannot be made a model; nothing is printed or written."""
    tables.write(columns, Path("bad.csv"))
    said = bayes_roi("new", "bad.csv", *options)
    assert (said.code, said.out) == (2, "")
    assert not Path("bad.yaml").exists()
    return said.err


def without(columns: tables.Columns, *names: str) -> tables.Columns:
    return {name: cells for name, cells in columns.items() if name not in names}


def test_no_date_is_one_error_that_names_the_columns_and_the_option(bayes_roi: Command, folder: Path) -> None:
    table = without(tables.spanish(), "Mes")
    assert error_of(bayes_roi, table) == (
        "error: bad.csv: no column holds dates that can be read; name it with --time NAME. The columns are "
        "'Gasto televisión', 'Inversión prensa', 'Clics búsqueda', 'Promoción', 'Precio medio', 'Ventas'.\n"
    )


def test_two_candidates_for_the_date(bayes_roi: Command, folder: Path) -> None:
    table = tables.telling_little()
    table["date_end"] = tables.dates(150, 7, tables.date(2022, 1, 9))
    told = error_of(bayes_roi, table)
    assert told.startswith("error: bad.csv: the period may be 'date_week', 'date_end': each holds dates; name it with")
    assert bayes_roi("new", "bad.csv", "--time", "date_week").code == 0
    assert br.read_model("bad.yaml").time == "date_week"


def test_no_spend_and_no_outcome(bayes_roi: Command, folder: Path) -> None:
    table = without(tables.spanish(), "Gasto televisión", "Inversión prensa")
    assert "no column looks like a spend; name it with --spend NAME, once for each. The col" in error_of(
        bayes_roi, table
    )
    table = without(tables.spanish(), "Ventas")
    told = error_of(bayes_roi, table)
    assert "no column is called an outcome, such as revenue or orders; name it with --outcome NAME" in told


def test_numbers_that_read_in_two_ways_are_asked_about_once(bayes_roi: Command, folder: Path) -> None:
    rows = "".join(f"2025-01-{6 + 7 * i:02d},{1 + i * i}.234,{9 - i * i}.345,{20 + i % 2}.456\n" for i in range(3))
    (folder / "open.csv").write_text(f"week,tv_spend,radio_spend,revenue\n{rows}")
    failed = bayes_roi("new", "open.csv")
    assert failed.code == 2
    assert "3 cells like '1.234' in column 'tv_spend' and 2 more have a point" in failed.err
    assert "--decimal , or --decimal ." in failed.err
    assert bayes_roi("new", "open.csv", "--decimal", ".").code == 0


def test_dates_that_repeat_with_nothing_to_tell_them_apart(bayes_roi: Command, folder: Path) -> None:
    told = error_of(bayes_roi, without(tables.panel(), "Region"))
    assert "periods repeat in 'week', and no column of labels tells their rows apart" in told
    assert "--panel NAME" in told


def in_rows(label: str) -> tables.Columns:
    """A table whose rows are a channel's spend, each beside the revenue of all channels together."""
    wide = tables.spanish()
    twice = [(month, sales) for month, sales in zip(wide["Mes"], wide["Ventas"], strict=True) for _ in range(2)]
    spends = [s for pair in zip(wide["Gasto televisión"], wide["Inversión prensa"], strict=True) for s in pair]
    return {
        "month": [month for month, _ in twice],
        label: ["tv", "press"] * 60,
        "spend": spends,
        "revenue": [sales for _, sales in twice],
    }


def test_channels_in_rows_become_columns(bayes_roi: Command, folder: Path) -> None:
    """Their revenue, the same beside each, counts once."""
    tables.write(in_rows("Channel"), Path("long.csv"))
    said = bayes_roi("new", "long.csv")
    assert said.code == 0, said.err
    assert said.err.startswith(
        "pivoted: Channel: its rows are columns, a measure and a label each: spend_tv, spend_press"
    )
    model = br.read_model("long.yaml")
    assert model.channels == {"tv": "spend_tv", "press": "spend_press"}
    panel = br.read_data("long.csv", model)
    assert panel.columns["revenue"].tolist() == tables.spanish()["Ventas"]


def test_what_is_credited_to_channels_is_no_outcome(bayes_roi: Command, folder: Path) -> None:
    table = in_rows("Channel")
    table["revenue"] = [i + 0.5 for i in range(120)]
    assert "no column is called an outcome, such as revenue or orders; name it with --outcome" in error_of(
        bayes_roi, table
    )


def test_channels_in_rows_are_no_panel(bayes_roi: Command, folder: Path) -> None:
    """Their revenue would count twice."""
    told = "'revenue' is the same in all rows of a period, so that 'kind' is no unit of its own; make a table with one"
    assert told in error_of(bayes_roi, in_rows("kind"))


def test_labels_where_numbers_or_dates_should_be(bayes_roi: Command, folder: Path) -> None:
    table = tables.german()
    table["Umsatz (EUR)"] = ["n/k"] * 120
    assert "--outcome NAME" in error_of(bayes_roi, table)
    table["Kalenderwoche"] = ["32.1.22"] + ["31.12.2024 00:00:01"] * 119
    assert "--time NAME" in error_of(bayes_roi, table)


def test_a_spend_that_cannot_be_read_is_not_left_out(bayes_roi: Command, folder: Path) -> None:
    """Without it the other spends would be credited with what it brings."""
    table = tables.german()
    table["TV-Ausgaben (EUR)"] = ["#REF!"] * 120
    told = error_of(bayes_roi, table)
    assert "column 'TV-Ausgaben (EUR)': 120 cells" in told
    assert "the spreadsheet error #REF!" in told


def test_two_years_of_days_have_a_week_and_a_year(bayes_roi: Command, folder: Path) -> None:
    rows = 730
    rng = np.random.default_rng(8)
    tv = tables.flights(rng, rows, 100)
    tables.write({"date": tables.dates(rows, 1), "tv": tv.tolist(), "y": (50 + tv).tolist()}, Path("days.csv"))
    assert bayes_roi("new", "days.csv").code == 0
    model = br.read_model("days.yaml")
    assert len([t for t in model.terms("y") if t.name == "season"]) == 2
    assert bayes_roi("check", "days.yaml").code == 0


def holes() -> tables.Columns:
    """Weeks of which two are absent and some spends empty."""
    table = tables.telling_little()
    table["x1"] = [None if x == 0 else x for x in table["x1"]]
    return {name: [c for i, c in enumerate(cells) if i not in (40, 90)] for name, cells in table.items()}


def test_what_cleaning_would_settle_is_offered_and_not_taken(bayes_roi: Command, folder: Path) -> None:
    tables.write(holes(), Path("holes.csv"))
    said = bayes_roi("new", "holes.csv")
    assert said.code == 0
    options = ("gaps=add", "missing.spends=zero", "missing.explained=model", "missing.controls=interpolate")
    clean = [word for option in options for word in ("--clean", option)]
    open_ = next(line for line in said.err.splitlines() if line.startswith("open: "))
    assert "2 periods have no row, and 52 cells of spends are empty, as reports leave out rows without spend" in open_
    assert f"this would settle it: {' '.join(clean)}, or take the # off clean: in the file" in open_
    assert bayes_roi("check", "holes.yaml").code == 2
    assert bayes_roi("check", "holes.yaml", *clean).code == 0
    text = Path("holes.yaml").read_text()
    Path("holes.yaml").write_text(text.replace("# clean:", "clean:"))
    assert bayes_roi("check", "holes.yaml").code == 0
    assert bayes_roi("new", "holes.csv", "-o", "said.yaml", *clean).code == 0
    assert br.read_model("said.yaml").clean == br.read_model("holes.yaml").clean


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sit at a terminal and give these answers."""
    from bayes_roi.cli.new import drafting

    def _answers(*lines: str) -> None:
        monkeypatch.setattr(drafting, "at_terminal", lambda: True)
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))

    return _answers


def test_what_is_open_is_asked_at_a_terminal(bayes_roi: Command, folder: Path, answers: Callable[..., None]) -> None:
    """Two columns of dates and names that say nothing: by number, by name, again where the answer is none of them."""
    table = {{"x1": "aa", "x2": "bb", "y": "cc"}.get(n, n): c for n, c in tables.telling_little().items()}
    table["date_end"] = tables.dates(150, 7, tables.date(2022, 1, 9))
    table["aa"] = [x + 1 for x in table["aa"]]
    table["bb"] = [x + 1 for x in table["bb"]]
    tables.write(table, Path("open.csv"))
    answers("1", "9", "cc", "2 3")
    said = bayes_roi("new", "open.csv")
    assert said.code == 0, said.err
    assert "write a number from 1 to" in said.err
    model = br.read_model("open.yaml")
    assert (model.time, model.outcome, set(model.channels.values())) == ("date_week", "cc", {"aa", "bb"})


def test_an_offer_is_taken_at_a_terminal_when_it_is_answered_yes(
    bayes_roi: Command, folder: Path, answers: Callable[..., None]
) -> None:
    tables.write(holes(), Path("holes.csv"))
    answers("y")
    assert bayes_roi("new", "holes.csv").code == 0
    assert bayes_roi("check", "holes.yaml").code == 0


@pytest.mark.parametrize(
    "parts", [("January", "February", "March"), ("Q1", "Q2", "Q3"), ("Week 1", "Week 2", "Week 3")]
)
def test_parts_of_a_year_beside_it_are_no_regions(bayes_roi: Command, folder: Path, parts: tuple[str, ...]) -> None:
    table = {
        "Year": [2019 + i // 3 for i in range(18)],
        "part": [parts[i % 3] for i in range(18)],
        "TV spend": [5 + i % 4 for i in range(18)],
        "Revenue": [100 + 3 * i % 7 for i in range(18)],
    }
    told = error_of(bayes_roi, table)
    assert "periods repeat in 'Year', and 'part' says which part of one a row is; write the two as one column" in told


def test_five_thousand_labels_are_no_unit(bayes_roi: Command, folder: Path) -> None:
    rows = 10_000
    table = {
        "customer": [f"c{i % 5_000}" for i in range(rows)],
        "week": ["2024-01-01"] * 5_000 + ["2024-01-08"] * 5_000,
        "tv_spend": [i % 7 for i in range(rows)],
        "revenue": list(range(rows)),
    }
    told = error_of(bayes_roi, table)
    assert told == (
        "error: bad.csv: 1 problem\n  - column 'customer': it has 5,000 different labels, and each unit of a panel has "
        "parameters of its own; name the column of a region, market or store; sum rows of customers to periods, or "
        "leave time: and panel: out where rows are exchangeable\n"
    )
    model = br.Model("m", "revenue ~ tv_spend", "revenue", time="week", panel="customer")
    with pytest.raises(br.DataError) as caught:
        br.read_data("bad.csv", model)
    assert f"error: {caught.value}\n" == told


@pytest.mark.parametrize(
    ("revenue", "options", "told"),
    [
        (
            tables.dates(60, 1, tables.date(2025, 1, 1)),
            (),
            "the files share no dates: a.csv has 2022-01-03 to 2022-03-03",
        ),
        (
            tables.dates(60, 7),
            (),
            "the files differ in how far their rows are apart: a.csv has days, b.csv has weeks; put",
        ),
        (tables.dates(60, 7), ("--every", "month"), "the files differ in how far their rows are apart"),
    ],
)
def test_files_that_cannot_be_joined(
    bayes_roi: Command, folder: Path, revenue: list[object], options: tuple[str, ...], told: str
) -> None:
    tables.write({"date": tables.dates(60, 1), "tv_spend": [i % 7 for i in range(60)]}, Path("a.csv"))
    tables.write({"date": revenue, "revenue": [i % 9 for i in range(60)]}, Path("b.csv"))
    said = bayes_roi("new", "a.csv", "b.csv", *options)
    assert (said.code, said.out) == (2, "")
    assert told in said.err


def test_a_column_in_two_files_is_one_error(bayes_roi: Command, folder: Path) -> None:
    for name in ("a", "b"):
        tables.write(
            {"date": tables.dates(60, 1), "tv_spend": [i % 7 for i in range(60)], "sales": [i % 9 for i in range(60)]},
            Path(f"{name}.csv"),
        )
    told = bayes_roi("new", "a.csv", "b.csv").err
    assert "column 'tv_spend': it is in a.csv and in b.csv; rename one of the two, or take it out" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    {
        ("new nope.csv",): "there is no such file",
        (
            "new mine --outcome y",
        ): "--outcome is a column of a table, and 'mine' is none; name a file such as sales.csv",
        ("new t.csv --from acquisition",): "--from copies a model and takes no table; leave one of the two away",
        ("new t.csv --outcome z",): "column 'z': there is no such column",
        ("new t.csv --outcome y --time y",): "'y' is named twice by options; a column has one role",
        ("new t.csv -o t.txt",): "-o: the name of the file must end in .yaml or .yml, got t.txt",
    }.items(),
)
def test_options_at_fault(bayes_roi: Command, folder: Path, arguments: tuple[str], told: str) -> None:
    made("telling_little", "t.csv")
    said = bayes_roi(*arguments[0].split())
    assert (said.code, said.out) == (2, "")
    assert told in said.err


def test_words_are_written_as_names_are_compared() -> None:
    """A word with an accent, a capital or a blank would never be found."""
    for role, words in LISTED.items():
        assert len(set(words)) == len(words), role
        for word in words:
            assert tokens(word) == (word,)
