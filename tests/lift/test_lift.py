"""Lift tests in the posterior, against closed forms, against joint sampling, and as laws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.errors import FitError, QueryError
from bayes_roi.experiments.lift_test import LiftTest
from bayes_roi.inference.blocks import Block
from bayes_roi.inference.diagnosis import LiftReport
from bayes_roi.inference.engines import BlockFit, Settings
from bayes_roi.inference.fit import Fit, engines_of, fit_of
from bayes_roi.lift.joint import sampled_together
from bayes_roi.lift.place import place
from bayes_roi.lift.weights import weighted
from bayes_roi.model.language.model import Model
from bayes_roi.panel import Panel
from bayes_roi.value.priors.prior_check import prior_fit

CHANNELS = {"tv": "tv", "search": "search"}
LINEAR = Model(
    name="m",
    equations="y ~ tv + search",
    outcome="y",
    time="week",
    channels=CHANNELS,
    value=2.0,
    priors={"y.tv.effect": "Normal(mu=0, sigma=50)"},
)
CURVED = Model(
    name="m",
    equations="clicks ~ hill(adstock(search, max_lag=4)) \n y ~ clicks + tv",
    outcome="y",
    time="week",
    channels=CHANNELS,
)


def table(model: Model, weeks: int = 80, seed: int = 1) -> Panel:
    return br.simulate(model, periods=weeks, seed=seed)


@pytest.fixture(scope="module")
def curved() -> Fit:
    return br.fit(CURVED, table(CURVED), seed=3)


def weeks(fit: Fit, first: int, last: int) -> str:
    assert fit.data.periods is not None
    return f"{fit.data.periods[first]}:{fit.data.periods[last]}"


def asked(fit: Fit, **changes: object) -> LiftTest:
    given = {"channel": "search", "during": weeks(fit, 40, 45), "estimate": -10.0, "se": 5.0, "rows": "elsewhere"}
    return LiftTest(**(given | {"randomised": True} | changes))  # type: ignore[arg-type]


def near(draws: np.ndarray, mean: float, sd: float, size: float) -> bool:
    """Whether draws of such an effective size have that mean and standard deviation, to four standard errors."""
    close = abs(draws.mean() - mean) < 4 * sd / np.sqrt(size)
    return close and abs(draws.std() / sd - 1) < 4 / np.sqrt(size)


def test_a_linear_effect_is_updated_as_the_closed_form_has_it() -> None:
    """A test of tv x 2 measures its coefficient: with normal draws the posterior is that of two normal measurements."""
    data = table(LINEAR)
    base = br.fit(LINEAR, data, seed=3, draws=4000)
    beta = base.parameters["y.tv.effect"]
    spent = float(data.columns["tv"][40:46].sum())
    se = float(beta.std()) * spent
    test = asked(base, channel="tv", design=2.0, estimate=float(beta.mean() + beta.std()) * spent, se=se)
    told = br.fit(LINEAR, data, experiments=[test], seed=3, draws=4000)
    size = told.diagnosis.min_ess_bulk
    assert near(told.parameters["y.tv.effect"], beta.mean() + beta.std() / 2, beta.std() / np.sqrt(2), size)
    assert told.diagnosis.lifts[0].tension == pytest.approx(1 / np.sqrt(2), abs=0.05)


def test_the_expected_lift_is_that_of_the_intervention(curved: Fit) -> None:
    test = asked(curved, design=0.5)
    half = br.do(curved, br.scale_by("search", 0.5, during=test.during), nodes=["y"], hold_spend=True)["y"]
    none = br.do(curved, br.scale_by("search", 1.0, during=test.during), nodes=["y"], hold_spend=True)["y"]
    assert half.values.sizes["time"] == curved.design.length
    inside = curved.design.window(test.during)
    difference = (half.values.to_numpy() - none.values.to_numpy()).reshape(-1, curved.design.length)
    assert place(test, curved).expected == pytest.approx(difference[:, inside].sum(axis=1), rel=1e-9, abs=1e-9)


def test_a_lift_of_some_customers_is_theirs_of_what_would_have_been_spent_on_all(curved: Fit) -> None:
    """Where a quarter of the customers saw no ads the table's spend is that of the others: 3/4 of the usual one."""
    table_spend = curved.data.columns["search"][40:46]
    part = place(asked(curved, share=0.25), curved)
    whole = place(asked(curved, usual=(table_spend / 0.75).tolist()), curved)
    assert part.expected == pytest.approx(0.25 * whole.expected)
    doubled = place(asked(curved, share=0.25, design=2.0), curved)
    as_if = place(asked(curved, usual=(table_spend / 1.25).tolist(), design=2.0), curved)
    assert doubled.expected == pytest.approx(0.25 * as_if.expected)
    with pytest.raises(QueryError, match="usual="):
        place(asked(curved, share=0.25, design=[1.0] * 6), curved)


def test_a_design_that_changes_nothing_is_told(curved: Fit) -> None:
    with pytest.raises(QueryError, match="the spend is the same"):
        place(asked(curved, design=1.0), curved)


def test_money_is_the_outcome_times_its_value_and_percent_is_of_the_usual_arm() -> None:
    data = table(LINEAR)
    fit = br.fit(LINEAR, data, seed=3, draws=100)
    plain, money, share = (place(asked(fit, unit=u), fit) for u in ("outcome", "money", "percent"))
    assert money.expected == pytest.approx(2.0 * plain.expected)
    usual = br.do(fit, br.scale_by("search", 1.0), nodes=["y"], hold_spend=True)["y"].values.to_numpy()
    of = usual.reshape(-1, fit.design.length)[:, fit.design.window(plain.test.during)].sum(axis=1)
    assert share.expected == pytest.approx(100 * plain.expected / of)


def test_weights_and_joint_sampling_agree(curved: Fit) -> None:
    """Two ways to one posterior: draws weighted by the likelihood, and the blocks sampled together with it."""
    expected = place(asked(curved), curved).expected
    test = asked(curved, estimate=float(expected.mean() - expected.std()), se=float(expected.std()))
    placed = [place(test, curved)]
    parts = parts_of(curved, placed[0].lift.nodes)
    by_weights = weighted(curved, parts, placed, engines_of("auto"), False)
    together = sampled_together(replace(curved, settings=Settings(draws=250, tune=300)), parts, placed, "auto", False)
    assert by_weights is not None
    assert together[0].engine == "hmc"
    found = []
    for fits in (by_weights, together):
        own = {n: x.reshape(-1, *x.shape[2:]) for f in fits for n, x in f.draws.items()}
        found.append(place(test, fit_of(CURVED, curved.data, {**curved.parameters, **own})).expected)
    sizes = by_weights[0].stats["kish"].sum(), 1_000.0
    sd = found[0].std()
    error = sd * np.sqrt(1 / sizes[0] + 1 / sizes[1])
    assert abs(found[0].mean() - found[1].mean()) < 4 * error
    assert abs(np.log(found[1].std() / sd)) < 4 * np.sqrt(1 / sizes[0] + 1 / sizes[1])
    assert sd < 0.85 * expected.std()


def parts_of(fit: Fit, nodes: tuple[str, ...]) -> list[BlockFit]:
    parts = []
    for node in nodes:
        own = {n: x.array for n, x in fit.groups["posterior"].items() if n.startswith(f"{node}.")}
        parts.append(BlockFit(Block((node,)), "collapsed", "", own, 0.0))
    return parts


def test_a_sharp_test_makes_more_draws_and_keeps_the_number_asked_for(curved: Fit) -> None:
    expected = place(asked(curved), curved).expected
    sharp = asked(curved, estimate=float(expected.mean()), se=float(expected.std() / 12))
    told = br.fit(CURVED, curved.data, experiments=[sharp], seed=3)
    assert (told.chains, told.draws) == (curved.chains, curved.draws)
    assert place(sharp, told).expected.std() < 1.2 * sharp.spread[0]
    assert told.diagnosis.lifts[0].by == "weights"
    assert min(b.ess_bulk for b in told.diagnosis.blocks) > 900


def test_what_is_measured_late_tells_of_carry_over(curved: Fit) -> None:
    """Two results of one test, while it ran and after it, say more of retention than their table: some .56 is left."""
    parts = [asked(curved), asked(curved, measured=weeks(curved, 46, 49))]
    expected = [place(t, curved).expected for t in parts]
    tests = [
        replace(t, estimate=float(np.median(x)), se=float(abs(np.median(x)) / 10))
        for t, x in zip(parts, expected, strict=True)
    ]
    told = br.fit(CURVED, curved.data, experiments=tests, seed=3)
    name = "clicks.search.retention"
    assert told.parameters[name].std() < 0.7 * curved.parameters[name].std()


def test_discount_zero_changes_nothing_and_one_half_is_a_wider_result(curved: Fit) -> None:
    expected = place(asked(curved), curved).expected
    estimate, se = float(expected.mean() * 1.5), float(expected.std())
    none = place(asked(curved, estimate=estimate, se=se, discount=0.0), curved).log_likelihood
    half = place(asked(curved, estimate=estimate, se=se, discount=0.5), curved).log_likelihood
    wide = place(asked(curved, estimate=estimate, se=se * np.sqrt(2)), curved).log_likelihood
    assert not none.any()
    assert half == pytest.approx(wide)


def test_rows_set_aside_are_not_counted() -> None:
    """What the outcome was in the rows of a test changes nothing once the test speaks for them."""
    data = table(LINEAR)
    noisy = data.columns["y"].copy()
    noisy[40:46] += 1e3
    fits = []
    for panel in (data, data.with_columns({**data.columns, "y": noisy})):
        test = LiftTest(
            "search",
            during=f"{data.periods[40]}:{data.periods[45]}",
            design=2.0,
            estimate=5.0,
            se=9e3,
            rows="table",  # type: ignore[index]
        )
        fits.append(br.fit(LINEAR, panel, experiments=[test], seed=3, draws=100))
    assert fits[0].design.length == data.rows - 6
    for name, draws in fits[0].parameters.items():
        assert np.array_equal(draws, fits[1].parameters[name])


def test_rows_that_may_be_counted_twice_are_refused() -> None:
    data = table(LINEAR)
    window = str(data.periods[40])  # type: ignore[index]
    with pytest.raises(QueryError, match=r"rows='table'.*rows='elsewhere'"):
        br.fit(LINEAR, data, experiments=[LiftTest("search", during=window, estimate=1.0, se=1.0)], draws=50)


def test_a_conflict_fails_the_diagnosis_and_is_told() -> None:
    data = table(LINEAR)
    fit = br.fit(LINEAR, data, seed=3, draws=500)
    expected = place(asked(fit, channel="tv"), fit).expected
    wrong = asked(
        fit, channel="tv", estimate=float(expected.mean() + 4 * expected.std()), se=float(expected.std() * 1.1)
    )
    told = br.fit(LINEAR, data, experiments=[wrong], seed=3, draws=4000)
    assert not told.diagnosis
    assert any("contradicts" in p and "discount=" in p for p in told.diagnosis.problems)
    assert told.diagnosis.lifts[0].tension == pytest.approx(4 / np.sqrt(1 + 1.1**2), rel=0.1)


def test_after_the_table_and_before_it(curved: Fit) -> None:
    last = np.datetime64(str(curved.data.periods[-1]))  # type: ignore[index]
    later = [str(last + np.timedelta64(7 * k, "D")) for k in (2, 5)]
    ahead = place(
        asked(curved, during=f"{later[0]}:{later[1]}", usual=float(curved.data.columns["search"].mean())), curved
    )
    assert "after the last row" in ahead.note
    assert (ahead.expected < 0).mean() > 0.95
    first = np.datetime64(str(curved.data.periods[0]))  # type: ignore[index]
    weeks_before = [str(first - np.timedelta64(7 * k, "D")) for k in (20, 15)]
    before = place(asked(curved, during=":".join(weeks_before)), curved)
    assert "1 year later" in before.note
    assert (before.lift.test["search"] != before.lift.usual["search"]).sum() == 6
    early = place(asked(curved, during=f"{curved.data.periods[0]}:{curved.data.periods[2]}"), curved)  # type: ignore[index]
    assert "1 year later" in early.note


UNITS = Model(
    name="regions",
    equations="y ~ (search | geo) + (1 | geo)",
    outcome="y",
    time="week",
    panel="geo",
    channels={"search": "search"},
)


def regions(weeks: int = 40, units: int = 4) -> Panel:
    rng = np.random.default_rng(2)
    search = rng.gamma(4.0, 25.0, units * weeks)
    y = 200 + np.repeat(rng.normal(0, 20, units), weeks) + 0.8 * search + rng.normal(0, 15, units * weeks)
    return Panel(
        columns={"search": search, "y": y},
        periods=np.tile(
            (np.datetime64("2024-01-01") + 7 * np.arange(weeks).astype("timedelta64[D]")).astype(str), units
        ),
        time="week",
        frequency="week",
        source="regions.csv",
        unit="geo",
        units=np.repeat([f"r{i}" for i in range(units)], weeks),
    )


def test_a_test_in_some_units_moves_their_rows_alone() -> None:
    data = regions()
    fit = br.fit(UNITS, data, seed=3, draws=200)
    names = fit.design.units
    window = f"{data.periods[20]}:{data.periods[25]}"  # type: ignore[index]
    each = [
        place(LiftTest("search", during=window, units=[u], estimate=-1, se=1, rows="elsewhere"), fit).expected
        for u in names
    ]
    both = place(LiftTest("search", during=window, units=names[:2], estimate=-1, se=1, rows="elsewhere"), fit).expected
    assert both == pytest.approx(each[0] + each[1])
    with pytest.raises(QueryError, match="is not a unit of geo"):
        place(LiftTest("search", during=window, units=["nowhere"], estimate=-1, se=1), fit)
    aside = LiftTest("search", during=window, units=names[:2], design=0.5, estimate=-1, se=1e4, rows="table")
    assert br.fit(UNITS, data, experiments=[aside], seed=3, draws=100).design.length == fit.design.length - 12


def test_the_result_of_an_estimator_is_taken_as_it_is() -> None:
    """Two of eight regions switch search off; matched regions estimate it, their rows leave, and it is counted once."""
    data = regions(weeks=60, units=8)
    at = np.isin(data.units, ["r0", "r1"]) & (data.clock >= 40) & (data.clock < 48)  # type: ignore[operator]
    search, y = data.columns["search"].copy(), data.columns["y"].copy()
    usual = np.array([search[at & (data.clock == t)].sum() for t in range(40, 48)])
    y[at] -= 0.8 * search[at]
    search[at] = 0.0
    tested = data.with_columns({"search": search, "y": y})
    window = {"start": "2024-10-07", "end": "2024-11-25"}
    effect = br.matched_regions(tested.to_frame(), outcome="y", unit="geo", time="week", treated=["r0", "r1"], **window)
    test = LiftTest("search", estimate=effect, usual=usual.tolist(), rows="table")
    assert test.units == ("r0", "r1")
    assert abs(test.found + 0.8 * usual.sum()) < 4 * max(test.spread)
    told = br.fit(UNITS, tested, experiments=[test], seed=3, draws=250)
    assert told.design.length == tested.rows - 16
    assert abs(told.diagnosis.lifts[0].tension) < 3
    assert "experimental" not in " ".join(br.roi(told).words().array.ravel())


HIDDEN = Model(
    name="m",
    equations="search ~ demand \n y ~ demand + search + tv \n search ~~ y",
    outcome="y",
    time="week",
    channels=CHANNELS,
)


def told_by(fit: Fit, test: LiftTest) -> Fit:
    """Return a fit with a test beside it, its draws as they are: labels read no more of it."""
    placed = place(test, fit)
    report = LiftReport(test.label, test.found, 1.0, test.found, 2.0, doses=placed.doses)
    return replace(fit, experiments=(test,), diagnosis=replace(fit.diagnosis, lifts=(report,)))


def test_chance_makes_evidence_experimental_where_the_graph_has_none() -> None:
    prior = prior_fit(HIDDEN, table(HIDDEN, weeks=60), draws=40)
    labels = {
        chance: dict(zip(CHANNELS, br.roi(told).words().array.tolist(), strict=True))
        for chance in (True, False)
        for told in [told_by(prior, asked(prior, randomised=chance))]
    }
    plain = dict(zip(CHANNELS, br.roi(prior).words().array.tolist(), strict=True))
    assert plain["search"] == labels[False]["search"] == "assumed"
    assert labels[True]["search"] == "experimental"
    assert not labels[True]["tv"].startswith("experimental")
    told = told_by(prior, asked(prior))
    off = br.do(told, br.turn_off("search"), nodes=["y"])["y"]
    assert str(np.ravel(off.words().array)[0]) == "experimental"
    assert str(br.ate(told, "search", between=(100.0, 0.0)).words().array).startswith(("experimental", "identified"))


def test_a_result_that_says_nothing_lends_no_label(curved: Fit) -> None:
    """Too wide to say something, measured on another outcome, or contested: the label stays what it was."""
    expected = place(asked(curved), curved).expected
    report = LiftReport("t", float(expected.mean()), 1.0, float(expected.mean()), float(expected.std()))
    assert replace(report, se=report.sd).informs
    assert not replace(report, se=3 * report.sd).informs
    assert not replace(report, se=report.sd, discount=0.1).informs
    assert not replace(report, se=report.sd, estimate=report.expected + 5 * report.sd).informs
    told = replace(curved, experiments=(asked(curved, outcome="clicks"),))
    told = replace(told, diagnosis=replace(told.diagnosis, lifts=(replace(report, doses={"search": (0.0, 1.0)}),)))
    assert br.roi(told).words().array.tolist() == br.roi(curved).words().array.tolist()


def test_a_test_in_some_units_says_nothing_of_others_where_effects_vary() -> None:
    prior = prior_fit(UNITS, regions(), draws=40)
    window = f"{prior.data.periods[20]}:{prior.data.periods[25]}"  # type: ignore[index]
    words = {}
    for units in (("r0", "r1"), None):
        test = LiftTest("search", during=window, units=units, estimate=-1, se=1, rows="elsewhere", randomised=True)
        words[units] = br.roi(told_by(prior, test)).words().array.tolist()
    assert not any("experimental" in w for w in words["r0", "r1"])
    assert all("experimental" in w for w in words[None])


def test_one_test_is_not_counted_twice(curved: Fit) -> None:
    with pytest.raises(FitError, match="twice"):
        br.fit(CURVED, curved.data, experiments=[asked(curved), asked(curved)], draws=25)


def test_an_interrupted_series_is_taken_as_it_is(curved: Fit) -> None:
    frame = curved.data.to_frame()
    at = [str(curved.data.periods[i]) for i in (60, 65)]  # type: ignore[index]
    effect = br.interrupted_time_series(frame, outcome="y", time="week", start=at[0], end=at[1])
    test = LiftTest("search", estimate=effect, design=2.0, rows="elsewhere")
    assert (test.units, test.during, test.measured) == (None, ":".join(at), None)
    longer = LiftTest("search", during=at[0], estimate=effect, design=2.0)
    assert longer.measured == ":".join(at)
    assert place(test, curved).expected.shape == (4000,)
    with pytest.raises(QueryError, match="average or a share"):
        LiftTest("search", estimate=effect.average, during=at[0])


def test_a_small_dose_says_nothing_experimental_of_none(curved: Fit) -> None:
    test = asked(curved, design=0.9, estimate=-1.0, se=1e4)
    told = br.fit(CURVED, curved.data, experiments=[test], seed=3, draws=200)
    assert not any("experimental" in w for w in br.roi(told).words().array)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"channel": "radio"}, "'radio' is not a channel"),
        ({"during": "1999"}, "no period lies in"),
        ({"units": ["north"]}, "no panel"),
        ({"outcome": "sales"}, "'sales' is not a node"),
        ({"outcome": "tv"}, "nothing that search moves"),
        ({"usual": [1.0, 2.0]}, "2 spends of search for 6 periods"),
    ],
)
def test_what_is_not_there_is_told(curved: Fit, changes: dict[str, object], said: str) -> None:
    with pytest.raises(QueryError, match=said):
        place(asked(curved, **changes), curved)


def test_tests_without_a_result_are_planned(curved: Fit) -> None:
    planned = LiftTest("search", during="2024-03")
    assert not planned.has_result
    with pytest.raises(FitError, match="no result yet"):
        br.fit(CURVED, curved.data, experiments=[planned])
    with pytest.raises(FitError, match="takes a list"):
        br.fit(CURVED, curved.data, experiments=["search"])  # type: ignore[list-item]
