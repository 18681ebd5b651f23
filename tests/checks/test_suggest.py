"""Arrows that a table suggests: exact where correlations are, what is known kept, time kept, and told as hypotheses."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex

import bayes_roi as br
from bayes_roi.checks.suggest.knowledge import known
from bayes_roi.checks.suggest.lagged_rows import LaggedRows, lagged_rows
from bayes_roi.checks.suggest.search import independence, library, search
from bayes_roi.errors import QueryError
from bayes_roi.panel import Panel
from bayes_roi.report.plots.style import WARNING
from tests.recovery.suggest_study import counts, ordered, scores, study

pytest.importorskip("causallearn", reason="the extra `discovery` is not installed")
ROWS = 400


def exact(covariance: np.ndarray) -> np.ndarray:
    """Return rows whose sample covariance is just the given one, so that no test errs."""
    noise = np.random.default_rng(0).standard_normal((ROWS, len(covariance)))
    noise -= noise.mean(axis=0)
    white = noise @ np.linalg.inv(np.linalg.cholesky(np.cov(noise.T)).T)
    return white @ np.linalg.cholesky(covariance).T


def implied(effects: dict[tuple[int, int], float], nodes: int) -> np.ndarray:
    """Return the covariance of a linear graph with unit noise."""
    b = np.zeros((nodes, nodes))
    for (cause, effect), size in effects.items():
        b[effect, cause] = size
    whole = np.linalg.inv(np.eye(nodes) - b)
    return whole @ whole.T


def shop(rows: int = 160, seed: int = 1, **more: np.ndarray) -> Panel:
    """Return weeks in which tv brings clicks, and clicks bring sales a week later."""
    rng = np.random.default_rng(seed)
    tv, price = rng.gamma(2.0, 1.0, rows), rng.standard_normal(rows)
    clicks = tv + 0.7 * rng.standard_normal(rows)
    sales = np.append(0.0, clicks[:-1]) + price + 0.7 * rng.standard_normal(rows)
    columns = {"tv": tv, "price": price, "clicks": clicks, "sales": sales, **more}
    return Panel(columns, np.arange(1, rows + 1), "week", "week", "shop")


@pytest.fixture(scope="module")
def found() -> br.Suggestion:
    return br.suggest_edges(shop(), outcome="sales", spends=("tv",), resamples=20)


def test_exact_correlations_give_the_arrows_that_they_tell() -> None:
    """a -> c <- b, c -> d: the collider directs its arrows, and what follows of it the third."""
    rows = exact(implied({(0, 2): 1.0, (1, 2): 1.0, (2, 3): 1.0}, 4))
    got = search(rows, known(tuple("abcd"), 0), alpha=0.01)
    assert {tuple(p) for p in np.argwhere(got.directed[0]).tolist()} == {(0, 2), (1, 2), (2, 3)}


def test_a_chain_leaves_its_directions_open_also_where_its_ends_may_not_be_joined() -> None:
    """That a pair is forbidden is no evidence that what stands between them is a collider."""
    rows = exact(implied({(0, 1): 1.0, (1, 2): 1.0}, 3))
    for forbidden in ((), (("a", "c"), ("c", "a"))):
        got = search(rows, known(tuple("abc"), 0, forbidden=forbidden), alpha=0.01)
        assert not got.directed.any()
        assert {tuple(p) for p in np.argwhere(got.adjacent[0]).tolist()} == {(0, 1), (1, 0), (1, 2), (2, 1)}


def test_the_test_is_the_one_of_the_library() -> None:
    from causallearn.utils.cit import CIT

    rows = np.random.default_rng(2).standard_normal((60, 4)) @ np.triu(np.full((4, 4), 0.6))
    theirs = CIT(rows, "fisherz")
    for pair, given in (((0, 3), ()), ((0, 1), (2,)), ((1, 3), (0, 2))):
        ours = independence(np.corrcoef(rows.T), (*pair, *given), len(rows))
        assert ours == pytest.approx(theirs(*pair, given), rel=1e-6, abs=1e-12)


def test_arrows_are_found_at_their_lags(found: br.Suggestion) -> None:
    assert set(found.arrows()) | set(found.undirected()) >= {("clicks", "sales"), ("price", "sales")}
    assert found.lags("clicks", "sales") == (1,)
    assert ("sales", "clicks") not in found.arrows()
    assert set(found.arrows()) & {("tv", "sales"), ("price", "clicks")} == set()


def test_the_outcome_moves_no_spend_of_its_period_unless_allowed() -> None:
    rng = np.random.default_rng(3)
    sales = rng.standard_normal(160)
    data = shop(tv=sales + 0.5 * rng.standard_normal(160), sales=sales).select(["tv", "sales"])
    told = br.suggest_edges(data, outcome="sales", spends=("tv",), max_lag=1, resamples=5)
    assert told.directed[0, 1, 0] == 0
    assert told.directed[0, 0, 1] == 1
    free = br.suggest_edges(data, outcome="sales", spends=("tv",), allowed=[("sales", "tv", 0)], max_lag=1, resamples=5)
    assert free.undirected() == {("tv", "sales"): 1.0}


def test_what_is_known_is_in_every_resample(found: br.Suggestion) -> None:
    told = br.suggest_edges(
        shop(), forbidden=[("clicks", "sales"), ("sales", "price", 0)], required=[("tv", "sales", 2)], resamples=8
    )
    names = told.names
    assert told.directed[2, names.index("tv"), names.index("sales")] == 1
    assert told.directed[:, names.index("clicks"), names.index("sales")].max() == 0
    assert told.directed[0, names.index("sales"), names.index("price")] == 0
    assert found.directed[0].diagonal().max() == 0


def test_trend_and_season_are_no_arrows() -> None:
    """Two series with one trend and one season go together in every period, and are independent given time."""
    rng, t = np.random.default_rng(4), np.arange(160)
    shared = 0.05 * t + 2 * np.sin(2 * np.pi * t / 52.18)
    data = replace(shop(), columns={n: shared + rng.standard_normal(160) for n in ("a", "b")})
    assert np.corrcoef(data.columns["a"], data.columns["b"])[0, 1] > 0.7
    rows = lagged_rows(data, ("a", "b"), 0).values
    # the correlation of independent normal rows is within 3.3 / sqrt(rows) in all but one of a thousand tables
    assert abs(np.corrcoef(rows.T)[0, 1]) < 3.3 / np.sqrt(160)


def test_lags_stay_within_units_and_stop_at_gaps() -> None:
    values = np.array([1.0, 4, 2, 8, 5, 7, 3, 6, 1])
    clock = np.array([0, 1, 2, 4, 5, 0, 1, 2, 3])
    units = np.array(["north"] * 5 + ["south"] * 4)
    data = Panel({"a": values}, clock + 1, "n", "period", "made", unit="geo", units=units, clock=clock)
    rows = lagged_rows(data, ("a",), 1)
    whole = lagged_rows(data, ("a",), 0)
    assert len(rows.values) == 6
    now, before = rows.values.T
    at = {float(v): i for i, v in enumerate(whole.values[:, 0])}
    assert [(at[float(b)], at[float(n)]) for b, n in zip(before, now, strict=True)] == [
        (0, 1), (1, 2), (3, 4), (5, 6), (6, 7), (7, 8)
    ]  # fmt: skip


def test_blocks_go_on_as_often_as_their_length_says_and_do_not_leave_their_unit() -> None:
    values, runs = np.arange(20_000.0)[:, None], np.repeat([0, 1], 10_000)
    drawn = LaggedRows(values, runs, 0).resampled(np.random.default_rng(5), 8.0)[:, 0]
    followed = np.diff(drawn) == 1
    # a share of 20,000 rows: four standard errors of sqrt(p (1 - p) / n)
    assert followed.mean() == pytest.approx(1 - 1 / 8, abs=4 * np.sqrt(1 / 8 * 7 / 8 / 20_000))
    assert not followed[drawn[:-1] == 9_999].any()


def test_it_tells_what_it_is_and_what_it_assumes(found: br.Suggestion) -> None:
    text = str(found)
    assert text.startswith("hypothesis")
    assert "assumes that no hidden cause moves two of these columns" in text
    assert json.loads(json.dumps(found.to_dict()))["hypothesis"] is True
    frame = found.to_frame()
    assert (frame["directed"] <= frame["adjacent"]).all()
    assert len(frame) == len(found.rows())
    assert "&gt;" in found._repr_html_()
    figure = br.plot(found).get_figure(root=True)
    assert figure is not None
    legend = figure.axes[0].get_legend()
    assert legend is not None
    assert legend.get_title().get_text().startswith("hypothesis, not fitted")


def test_its_equations_are_a_model(found: br.Suggestion) -> None:
    lines = [line for line in found.equations(at_least=0.2, carry_over=4) if not line.startswith("#")]
    model = br.Model(name="m", equations="\n".join(lines), outcome="sales", channels={"tv": "tv"}, time="week")
    assert ("clicks", "sales") in {(e.parent, e.child) for e in model.edges}


def test_equations_have_no_cycle_and_keep_the_more_frequent_arrows(found: br.Suggestion) -> None:
    ever = np.zeros_like(found.directed_ever)
    ever[0, 1], ever[1, 2], ever[2, 0] = 0.9, 0.8, 0.7
    looped = replace(found, directed=np.stack([ever, ever * 0, ever * 0]), directed_ever=ever, adjacent_ever=ever)
    kept, closing = looped.acyclic()
    assert kept == [("tv", "price"), ("price", "clicks")]
    assert closing == {("clicks", "tv"): 0.7}
    assert "# clicks -> tv: found in 70 %, but more frequent arrows lead back" in looped.equations()


Asked = dict[str, object]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"forbidden": [("tv", "sales", 1)], "required": [("tv", "sales", 1)]}, "is required and forbidden"),
        ({"forbidden": [("tv", "sales")], "required": [("tv", "sales")]}, "tv -> sales is required and forbidden"),
        ({"required": [("tv", "sales", 0), ("sales", "tv", 0)]}, "within a period form a cycle"),
        ({"outcome": "sale"}, "no column 'sale', did you mean 'sales'"),
        ({"required": [("tvv", "sales")]}, "required: there is no column 'tvv'"),
        ({"forbidden": [("tv", "sales", 3)]}, "a lag must be a whole number from 0 to max_lag, which is 2"),
        ({"forbidden": ["tv -> sales"]}, "forbidden takes arrows as"),
        ({"forbidden": [("tv", "tv", 0)]}, "nothing is its own cause in the same period"),
        ({"max_lag": 40}, "needs 492. Give fewer columns, or a smaller max_lag"),
        ({"alpha": 5}, "alpha must be in"),
        ({"required": [("tv", "sales", 1)], "max_lag": 0}, "from 0 to max_lag, which is 0"),
        ({"spends": ("flat",)}, "'flat' cannot be searched: it never changes"),
    ],
)
def test_what_cannot_be_asked_is_told(asked: Asked, said: str) -> None:
    with pytest.raises(QueryError, match=said):
        br.suggest_edges(shop(flat=np.ones(160)), resamples=1, **asked)  # type: ignore[arg-type]


def test_two_columns_that_are_one_are_told() -> None:
    tv = shop().columns["tv"]
    with pytest.raises(QueryError, match="'tv' and 'cents' rise and fall together in every row"):
        br.suggest_edges(shop(cents=100 * tv), resamples=1)


def test_a_picture_of_nothing_and_of_a_cycle(found: br.Suggestion) -> None:
    none = replace(found, directed_ever=0 * found.directed_ever, adjacent_ever=0 * found.adjacent_ever)
    ever = np.zeros_like(found.directed_ever)
    ever[0, 1], ever[1, 2], ever[2, 0] = 0.9, 0.8, 0.7
    looped = replace(found, directed=np.stack([ever, ever * 0, ever * 0]), directed_ever=ever, adjacent_ever=ever)
    for shown, brown in ((none, 0), (looped, 1)):
        axes = br.plot(shown)
        assert not isinstance(axes, tuple)
        dashed = [p for p in axes.patches if to_hex(p.get_edgecolor()) == WARNING]
        assert len(dashed) == brown


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "causallearn.utils.cit", None)
    library.cache_clear()
    with pytest.raises(QueryError, match=r"needs causal-learn\. Install it: pip install 'bayes_roi\[discovery\]'"):
        br.suggest_edges(shop())
    library.cache_clear()


def test_the_study_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """Of `make suggested`, whose pairs are there in nineteen of twenty.

    Of some thirty pairs five or more are not there once in a hundred: with fewer, precision is above 0.8.
    """
    lines = study(range(6), tmp_path, resamples=4)
    assert json.loads(json.dumps(lines)) == study(range(6), tmp_path, resamples=4)
    assert scores(lines, "joined")[0] > 0.8


def test_time_order_directs_pairs_and_counts_are_counts(found: br.Suggestion) -> None:
    arrows = ordered(found, (("price",), ("tv",), ("clicks",), ("sales",)))
    assert arrows >= {("clicks", "sales"), ("price", "sales"), ("tv", "clicks")}
    assert counts({("a", "b"), ("b", "c")}, {("a", "b"), ("a", "c")}) == (1, 1, 1)


def test_a_seed_is_the_same_answer_again() -> None:
    again = [br.suggest_edges(shop(), max_lag=0, resamples=4, seed=7).to_dict() for _ in range(2)]
    assert again[0] == again[1]
