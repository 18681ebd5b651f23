"""Credit by a touch log beside what was caused: the factor, windows, names, and credit as a measurement."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bayes_roi as br
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit
from bayes_roi.journeys.counts.audit import JourneyAudit
from bayes_roi.journeys.counts.path_types import PathTypes
from bayes_roi.journeys.privacy.domain import domain
from tests.journeys.private_worlds import counted, release, world

NAMED = {"tv": "display", "social": "social"}


@pytest.fixture(scope="module")
def table() -> br.CreditTable:
    """Credit by a log of 2024."""
    pytest.importorskip("duckdb", reason="the extra `journeys` is not installed")
    log = br.simulate_journeys(1, users=800).log
    log["time"] += pd.Timestamp("2024-02-01") - log.time.min()
    counts = br.journey_windows(br.read_log(log), windows=2)
    return br.credit_table(counts, ["first", "last", "markov"])


@pytest.fixture(scope="module")
def found(funnel_fit: Fit, table: br.CreditTable) -> br.OverCredit:
    """Beside a fit."""
    return br.over_credit(funnel_fit, table, named=NAMED)


def test_the_window_is_that_of_the_log(funnel_fit: Fit, found: br.OverCredit, table: br.CreditTable) -> None:
    assert found.window == ("2024-02-05", "2024-04-29")
    same = br.removal_effect(funnel_fit, during=found.window)
    for channel in NAMED:
        assert float(found.caused.sel(channel=channel).mean()) == pytest.approx(float(same.sel(channel=channel).mean()))
    assert table.counts.first is not None
    assert f"{table.counts.first:%Y-%m-%d}" == "2024-02-01"


def test_the_factor_is_credit_over_cause(found: br.OverCredit, table: br.CreditTable) -> None:
    for rule, draws in table.credit.items():
        for one, own in zip(found.compared[rule], NAMED.values(), strict=True):
            credit = float(draws.sel(channel=own).median())
            cause = float(found.caused.sel(channel=one.channel).median())
            assert one.kind == "ratio"
            assert one.median == pytest.approx(credit / cause, rel=0.03)
            assert one.lower < one.median < one.upper


def test_what_the_two_do_not_share_is_said(found: br.OverCredit) -> None:
    text = repr(found)
    assert "affiliate, brand_search, direct and email, which the model does not have" in text
    assert "not in the log: search" in text
    assert "descriptive" in text
    for rule, share in found.not_in_model.items():
        assert share == pytest.approx(1 - float(found.credit[rule].mean().sum()))


def test_a_channel_table_has_it_beside(funnel_fit: Fit, table: br.CreditTable, tmp_path: Path) -> None:
    whole = br.channel_table(funnel_fit, journeys=table, named=NAMED)
    assert whole.journeys is not None
    assert "credit by the touch log beside what was caused" in repr(whole)
    assert "display" not in repr(whole.journeys).splitlines()[1]
    page = br.report(funnel_fit, tmp_path / "report.html", table=whole).read_text(encoding="utf-8")
    assert "By the touch log, 2024-02-05 to 2024-04-29" in page
    assert br.channel_table(funnel_fit).journeys is None


def test_it_is_drawn_and_framed(found: br.OverCredit) -> None:
    frame = found.to_frame()
    assert frame.shape[0] == 6
    assert set(frame.evidence) == {"descriptive against identified"}
    assert br.plot(found) is not None
    assert "<table>" in found._repr_html_()


def test_a_release_stands_beside_a_fit_and_does_not_say_of_which_time_it_is(funnel_fit: Fit) -> None:
    known = domain([*"ab"], journeys_per_user=2, touches_per_journey=4, with_sets=True)
    rng = np.random.default_rng(1)
    private = release(counted(world(1, 2, spread=1.0), known, 3_000, rng), known, 2.0, rng)
    found = br.over_credit(funnel_fit, private, named={"tv": "a", "social": "b"})
    assert list(found.credit) == ["last", "markov", "shapley"]
    assert "a release does not say of which time it is" in repr(found)
    during = ("2024-02-05", "2024-04-29")
    again = br.over_credit(funnel_fit, private, named={"tv": "a", "social": "b"}, during=during)
    assert again.window == during
    assert "of which time" not in repr(again)


def test_mistakes_are_told(funnel_fit: Fit, acquisition_fit: Fit, table: br.CreditTable) -> None:
    with pytest.raises(QueryError, match="did you mean 'social'"):
        br.over_credit(funnel_fit, table, named={"socal": "social"})
    with pytest.raises(QueryError, match="not a channel of the log, did you mean 'display'"):
        br.over_credit(funnel_fit, table, named={"tv": "dislpay"})
    early = replace(table, counts=replace(table.counts, first=datetime(2010, 1, 1), last=datetime(2010, 3, 1)))
    with pytest.raises(QueryError, match=r"no period in common; give during"):
        br.over_credit(funnel_fit, early, named=NAMED)
    strange = replace(table, counts=replace(table.counts, paths=replace(table.counts.paths, channels=tuple("abcdef"))))
    with pytest.raises(QueryError, match="none in common"):
        br.over_credit(funnel_fit, strange)
    assert "have no dates" in repr(br.over_credit(acquisition_fit, table))


EQUATIONS = "y ~ tv + mail"


def _world(rng: np.random.Generator) -> tuple[Fit, br.JourneyCounts, dict[str, float]]:
    """A table whose channels did what is known, a sample of its journeys, and the true factors of last touch."""
    tv, mail = rng.gamma(2.0, 50.0, 104), rng.gamma(2.0, 20.0, 104)
    y = 1_000 + 1.2 * tv + 2.5 * mail + rng.normal(0, 60, 104)
    weeks = pd.date_range("2024-01-01", periods=104, freq="W-MON").strftime("%Y-%m-%d")
    frame = pd.DataFrame({"week": weeks, "tv": tv, "mail": mail, "y": y})
    model = br.Model(name="m", equations=EQUATIONS, outcome="y", time="week", channels={"tv": "tv", "mail": "mail"})
    fit = br.fit(model, br.read_data(frame, model), seed=int(rng.integers(1_000)))
    paths, chances = [[0], [1], [0, 1], [2]], np.array([0.3, 0.25, 0.15, 0.3])
    often = rng.multinomial(800, chances)
    codes, starts = np.concatenate(paths).astype(np.uint8), np.cumsum([0, *map(len, paths)])
    types = PathTypes(
        ("mail", "tv", "web"), codes, starts, often, often, often * 1.0, often * 1.0, np.zeros(len(codes))
    )
    counts = br.JourneyCounts(types, JourneyAudit(0, 0, 0, 0, 0, 0, 800, 0, 0), 30, 30, 7)
    share = {"mail": 0.3, "tv": 0.4}
    expected = 1_000 + 1.2 * tv.mean() + 2.5 * mail.mean()
    cause = {"tv": 1.2 * tv.mean() / expected, "mail": 2.5 * mail.mean() / expected}
    return fit, counts, {c: share[c] / cause[c] for c in share}


def test_intervals_hold_the_true_factor() -> None:
    """90 % intervals in 60 worlds x 2 channels."""
    inside = 0
    for seed in range(60):
        fit, counts, truth = _world(np.random.default_rng([71, seed]))
        found = br.over_credit(fit, br.credit_table(counts, ["last"], seed=seed))
        for one in found.compared["last"]:
            assert one.kind == "ratio"
            inside += one.lower < truth[one.channel] < one.upper
    assert 0.82 <= inside / 120 <= 0.97


def _credit(rng: np.random.Generator, channels: int = 8) -> br.Draws:
    from bayes_roi.labelled import Labelled, along

    values = rng.uniform(50, 200, channels) * np.exp(rng.normal(0, 0.01, (4, 250, channels)))
    labels = along(channel=[f"c{i}" for i in range(channels)])
    return br.Draws(
        values=Labelled(values, ("chain", "draw", "channel"), labels),
        unit="value",
        estimand="credit",
        evidence=Labelled(np.array(int(br.Evidence.DESCRIPTIVE))),
    )


def test_credit_corrected_by_experiments_holds_what_other_channels_caused() -> None:
    """Five of eight channels are tested; factors differ in truth. 90 % intervals of the other three, 150 worlds."""
    inside, tested = 0, 0
    for seed in range(150):
        rng = np.random.default_rng([72, seed])
        credit = _credit(rng)
        means = credit.mean().values
        truth = rng.normal(0.6, 0.25, 8) * means
        effects = {f"c{i}": (float(truth[i] + rng.normal(0, 8)), 8.0) for i in range(5)}
        found = br.credit_bias(credit, effects, draws=400, seed=seed)
        lower, upper = (found.factor * credit).arrays.interval(0.9)
        within = (lower.array < truth) & (truth < upper.array)
        inside, tested = inside + int(within[5:].sum()), tested + int(within[:5].sum())
    assert 0.85 <= inside / 450 <= 0.97
    assert 0.86 <= tested / 750 <= 0.94


def test_one_experiment_says_next_to_nothing_of_another_channel() -> None:
    found = br.credit_bias(_credit(np.random.default_rng(1)), {"c0": (60.0, 1.0)})
    assert float(found.factor.sel(channel="c5").sd()) > 0.4
    assert float(found.factor.sel(channel="c0").sd()) < 0.05


def test_it_is_a_measurement_that_a_fit_takes_and_no_experiment(funnel_fit: Fit) -> None:
    fit, counts, _ = _world(np.random.default_rng(5))
    credit = br.credit(counts, "last", unit="conversions") * 15.0  # a sample of what made the outcome
    found = br.credit_bias(credit, {"mail": (5_200.0, 400.0)})
    test = found.as_test("tv", "2024")
    assert not test.randomised
    assert "not an experiment" in test.assumption
    again = br.fit(fit.model, fit.data, seed=1, experiments=[test])
    assert br.roi(again).words().sel(channel="tv").array[()] != "experimental"
    with pytest.raises(QueryError, match="has an experiment"):
        found.as_test("mail", "2024")
    with pytest.raises(QueryError, match="is not a channel"):
        found.as_test("radio", "2024")


def test_a_bias_that_cannot_be_learned() -> None:
    credit = _credit(np.random.default_rng(2))
    for effects, match in (
        ({}, "give one or more"),
        ({"x": (1.0, 1.0)}, "not a channel"),
        ({"c0": (1.0, 0.0)}, "above zero"),
    ):
        with pytest.raises(QueryError, match=match):
            br.credit_bias(credit, effects)
