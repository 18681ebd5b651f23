from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from bayes_roi.errors import QueryError
from bayes_roi.inference.diagnosis import BlockReport, Diagnosis
from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled
from bayes_roi.report.html import report
from bayes_roi.value.money.contribution import contribution
from bayes_roi.value.money.roas import marginal_roas, roas
from bayes_roi.value.money.roi import roi
from tests.report.conftest import weekly_fit

SECTIONS = [
    "answer",
    "each",
    "graph",
    "data",
    "money",
    "periods",
    "contribution",
    "curves",
    "channels",
    "learned",
    "checks",
    "diagnostics",
    "assumptions",
]
VOID = {"meta", "link", "br", "img", "input", "hr"}
SCRIPT = "<script>alert(1)</script>"


class Page(HTMLParser):
    """Collects tags, and fails on a tag that is closed out of order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def cells(page: str) -> list[list[str]]:
    """Rows of the money table."""
    table = page[page.index("<table", page.index('<section id="money"')) :]
    rows = re.findall(r"<tr>(.*?)</tr>", table[: table.index("</table>")], re.DOTALL)
    found = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in rows]
    return [[unescape(c) for c in row] for row in found if row and len(row) > 2]


@pytest.fixture(scope="module")
def page(weekly: Fit, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = report(weekly, tmp_path_factory.mktemp("r") / "r.html", manifest={"seed": 7, "versions": {"numpy": "2.3"}})
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> str:
    fit = weekly_fit(
        {SCRIPT: "tv_spend", "$x_1$ {{units}}": "search_spend"},
        name="</title><script>1</script>",
        currency="<b>{{$}}",
        story="</style><img src=x onerror=alert(1)>",
    )
    path = tmp_path_factory.mktemp("h") / "r.html"
    return report(fit, path, manifest={"<i>": "</pre><script>"}).read_text(encoding="utf-8")


def test_the_sections_stand_in_the_order_in_which_they_are_asked(page: str) -> None:
    assert re.findall(r'<section id="(\w+)"', page) == [*SECTIONS, "manifest"]
    Page(page)


def test_the_page_loads_nothing_and_runs_nothing(page: str, hostile: str) -> None:
    for text in (page, hostile):
        parsed = Page(text)
        assert not {"script", "link", "img", "iframe", "object", "image", "base"} & {tag for tag, _ in parsed.tags}
        for _, attributes in parsed.tags:
            assert not [a for a in attributes if a.startswith("on")]
            assert (attributes.get("href") or "#").startswith("#")
            assert (attributes.get("xlink:href") or "#").startswith("#")
        assert "@import" not in text
        assert not re.search(r"url\((?!#)", text)
        assert "http" not in text


def test_hostile_names_are_shown_as_they_are_and_never_interpreted(hostile: str) -> None:
    assert "<script" not in hostile
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in hostile
    assert [row[0] for row in cells(hostile)] == [SCRIPT, "$x_1$ {{units}}", "all channels"]
    assert "$x_1$ {{units}}" in re.findall(r"<text[^>]*>([^<]*)</text>", hostile)
    assert "&lt;b&gt;{{$}}" in hostile
    assert "<img" not in hostile


def test_the_word_is_credible(page: str, hostile: str) -> None:
    for text in (page, hostile):
        assert "confidence" not in text.lower()
        assert "credible interval" in text


def test_the_numbers_are_those_of_the_queries(page: str, weekly: Fit) -> None:
    asked = {"contribution": contribution(weekly), "roas": roas(weekly), "roi": roi(weekly), "m": marginal_roas(weekly)}
    asked |= {"all": contribution(weekly, together=True)}
    for row, name in zip(cells(page), ("tv", "search", "all channels"), strict=True):
        assert row[0] == name
        if name == "all channels":
            assert row[2] == f"{asked['all'].median().item() / 1e6:.{len(row[2].partition('.')[2])}f}"
            continue
        places = {"contribution": (2, 1e-6), "roas": (4, 1.0), "roi": (6, 100.0), "m": (10, 1.0)}
        for quantity, (at, factor) in places.items():
            draws = asked[quantity].sel(channel=name)
            ends = draws.interval(0.9)
            wanted = [draws.median().item(), ends["lower"].item(), ends["upper"].item()]
            shown = [row[at], *row[at + 1].split(" to ")]
            for want, show in zip(wanted, shown, strict=True):
                digits = len(show.partition(".")[2])
                number = float(show.replace(",", "").replace("\N{MINUS SIGN}", "-"))
                assert number == pytest.approx(factor * want, abs=0.5001 * 10.0**-digits)
        assert row[12].startswith("identified" if name == "tv" else "identified, extrapolated, never pauses")
    positive = asked["roi"].probability(above=0).sel(channel="search").item()
    assert cells(page)[1][8] == f"{100 * positive:.0f}\xa0%"


def test_another_prob_gives_other_intervals_and_says_so(page: str, weekly: Fit, tmp_path: Path) -> None:
    half = report(weekly, tmp_path / "r.html", prob=0.5).read_text(encoding="utf-8")
    assert "50 % credible interval" in half
    assert "90 %" not in half.replace("\xa0", " ")
    assert cells(half)[0][5] != cells(page)[0][5]


def test_the_same_fit_gives_the_same_bytes(weekly: Fit, tmp_path: Path) -> None:
    again = replace(weekly_fit(), diagnosis=weekly.diagnosis)  # its seconds are the clock's
    first, second = report(weekly, tmp_path / "a.html"), report(again, tmp_path / "b.html")
    assert first.read_bytes() == second.read_bytes()


def test_a_failed_diagnosis_stands_at_the_top_with_what_to_try(page: str, weekly: Fit, tmp_path: Path) -> None:
    assert "Do not trust these intervals" not in page
    bad = BlockReport(("revenue",), "nuts", "not exact", 3.0, 1.2, 90, 80, 12, 0.1, "revenue.sigma")
    failed = replace(weekly, diagnosis=Diagnosis((bad,), weekly.diagnosis.residuals))
    text = report(failed, tmp_path / "r.html").read_text(encoding="utf-8")
    assert text.index("Do not trust these intervals yet") < text.index('<section id="answer"')
    for problem in failed.diagnosis.problems:
        assert problem in unescape(text)


def test_what_is_not_identified_is_warned_of_at_the_top(weekly: Fit, tmp_path: Path) -> None:
    equations = "\n".join([*map(str, weekly.model.equations), "search_spend ~~ revenue"])
    model = replace(weekly.model, equations=equations, confounding=())
    known, draws = weekly.groups["posterior"], (weekly.chains, weekly.draws)
    named = {
        f"{n}.~~{o}.effect": np.zeros(draws) for n, o in (("search_spend", "revenue"), ("revenue", "search_spend"))
    }
    more = {name: Labelled(x, ("chain", "draw")) for name, x in named.items()}
    latent = Labelled(np.zeros((*draws, weekly.design.length)), ("chain", "draw", "time"))
    groups = {**weekly.groups, "posterior": {**known, **more, "search_spend ~~ revenue": latent}}
    assumed = replace(weekly, model=model, groups=groups)
    text = report(assumed, tmp_path / "r.html").read_text(encoding="utf-8")
    assert text.index("are not identified by these data") < text.index('<section id="answer"')
    assert text.count("Warning, not identified by the data") == 2
    assert "an unobserved cause moves search_spend and revenue" in text
    assert "caused 1" not in text
    assert {row[12].split(",")[0] for row in cells(text)} == {"assumed"}


def test_a_model_without_channels_has_a_report_without_money(tmp_path: Path) -> None:
    text = report(weekly_fit({}), tmp_path / "r.html").read_text(encoding="utf-8")
    Page(text)
    assert re.findall(r'<section id="(\w+)"', text) == [
        s for s in SECTIONS if s not in ("each", "money", "periods", "contribution", "curves", "channels")
    ]
    assert "ROAS" not in text
    assert "This model has no channels" in text


def test_a_channel_without_spend_has_dashes_and_a_reason(tmp_path: Path) -> None:
    # Its spend lies in the carry-in alone: a column of zeros would have been refused when it was read.
    equations = "revenue ~ lag(demand, 4) + tv_spend + idle + trend()"
    fit = weekly_fit({"tv": "tv_spend", "idle": "idle"}, equations=equations)
    text = report(fit, tmp_path / "r.html").read_text(encoding="utf-8")
    row = next(row for row in cells(text) if row[0] == "idle")
    assert row[4:12] == ["–"] * 8
    assert "idle: no spend in the window" in text
    assert "No money was spent in the window" in text


def test_exchangeable_rows_have_totals_instead_of_time(acquisition: Fit, tmp_path: Path) -> None:
    text = report(acquisition, tmp_path / "r.html").read_text(encoding="utf-8")
    Page(text)
    assert "Contribution over time" not in text
    assert "2,000 rows, exchangeable" in text


def test_a_funnel_of_curves_stays_small(funnel: Fit, tmp_path: Path) -> None:
    path = report(funnel, tmp_path / "r.html")
    assert path.stat().st_size < 500_000
    Page(path.read_text(encoding="utf-8"))


def test_the_manifest_is_shown_only_when_given(page: str, weekly: Fit, tmp_path: Path) -> None:
    assert "&#34;numpy&#34;: &#34;2.3&#34;" in page
    assert 'id="manifest"' not in report(weekly, tmp_path / "r.html").read_text(encoding="utf-8")


def test_what_cannot_be_written_leaves_nothing_behind(weekly: Fit, tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="make it first"):
        report(weekly, tmp_path / "none" / "r.html")
    (tmp_path / "taken").mkdir()
    with pytest.raises(QueryError, match="cannot write"):
        report(weekly, tmp_path / "taken")
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]


def test_prob_must_be_a_probability(weekly: Fit, tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="prob"):
        report(weekly, tmp_path / "r.html", prob=90)
