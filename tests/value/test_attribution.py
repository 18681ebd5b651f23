"""Attribution against its definition, the axioms that make it the Shapley value, and simulated truth."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bayes_roi as br
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.model.law.parameters import node_parameters
from bayes_roi.model.law.prior_draws import prior_draws
from bayes_roi.model.rows.design import design
from bayes_roi.queries import expect as expectations
from bayes_roi.value.attribution import attribution as module
from bayes_roi.value.attribution import coalitions
from tests.model.made import regions, series, units

SPENDS = {"a": "a_spend", "b": "b_spend", "c": "c_spend"}


def table(seed: int = 0, rows: int = 24) -> br.Panel:
    rng = np.random.default_rng(seed)
    spends = {s: rng.gamma(2.0, 5.0, rows) * (rng.random(rows) < 0.8) for s in SPENDS.values()}
    others = {n: rng.normal(50.0, 5.0, rows) for n in ("z", "m", "n", "y", "y1", "y2")}
    return series(spends | others)


def of_channels(equations: str, outcome: str = "y") -> br.Model:
    channels = {c: s for c, s in SPENDS.items() if s in equations}
    return br.Model(name="m", equations=equations, outcome=outcome, time="t", channels=channels)


def prior_fit_of(equations: str, *, outcome: str = "y", seed: int = 0, count: int = 3) -> Fit:
    """Return a fit with draws of the prior."""
    model, data = of_channels(equations, outcome), table(seed)
    data = replace(data, columns={n: x for n, x in data.columns.items() if n in model.measured})
    return fit_of(model, data, prior_draws(model, design(model, data), count, seed))


def worth(fit: Fit, kept: frozenset[str], during: object = None) -> np.ndarray:
    """Return v(S) by draw, as `do` has it, which shares nothing with attribution but the forward pass."""
    change = [
        br.scale_by(s, 1.0) if c in kept else br.turn_off(s, during=during)  # type: ignore[arg-type]
        for c, s in fit.model.channels.items()
    ]
    return br.do(fit, *change, hold_spend=True)[fit.model.outcome].values.values.reshape(-1, fit.design.length).sum(-1)


def by_definition(fit: Fit, during: object = None) -> np.ndarray:
    """Return Shapley values and the baseline (draws, channels + 1): what each adds, on average over all orders."""
    channels = tuple(fit.model.channels)
    orders = list(permutations(channels))
    asked: dict[frozenset[str], np.ndarray] = {}

    def v(kept: frozenset[str]) -> np.ndarray:
        if kept not in asked:
            asked[kept] = worth(fit, kept, during)
        return asked[kept]

    added = dict.fromkeys(channels, 0.0)
    for order in orders:
        for i, c in enumerate(order):
            added[c] += (v(frozenset(order[: i + 1])) - v(frozenset(order[:i]))) / len(orders)
    return np.stack([*added.values(), v(frozenset())], axis=1)


def ours(fit: Fit, **options: object) -> np.ndarray:
    draws = br.attribution(fit, **options).arrays.values.array  # type: ignore[arg-type]
    return draws.reshape(-1, *draws.shape[2:])


def total(fit: Fit) -> np.ndarray:
    return worth(fit, frozenset(fit.model.channels))


MEDIATORS = ("{}", "hill({})", "hill(adstock({}, max_lag=2))", "root({})")


@st.composite
def models(draw: st.DrawFn) -> str:
    """Return equations in which three channels act on y through m, n or alone, some of them together."""
    term = lambda s: draw(st.sampled_from(MEDIATORS)).format(s)  # noqa: E731
    a, b, c = SPENDS.values()
    first = [f"m ~ z + {term(a)}", f"m ~ {term(a)} + {term(b)}", f"m ~ interact({a}, {b})"]
    last = ["m + n", "hill(m) + n", "interact(m, n)", f"m + interact(n, {c})", f"m + {term(c)} + n"]
    second = draw(st.sampled_from([f"n ~ z + {term(c)}", f"n ~ {term(b)} + {term(c)}"]))
    return f"{draw(st.sampled_from(first))}\n{second}\ny ~ z + {draw(st.sampled_from(last))}"


@settings(max_examples=8)
@given(models(), st.integers(0, 10_000))
def test_attribution_is_its_definition_and_sums_to_the_total(equations: str, seed: int) -> None:
    """Where a curve is fed by noise both sides are means over the same noise, as many pairs of it on both."""
    fit = prior_fit_of(equations, seed=seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expectations, "MOST_PAIRS", expectations.FIRST_PAIRS)
        found, right = ours(fit, horizon=0), by_definition(fit)
        np.testing.assert_allclose(found.sum(axis=1), total(fit), rtol=1e-9)
        np.testing.assert_allclose(ours(fit).sum(axis=1), ours_total(fit), rtol=1e-9)
    np.testing.assert_allclose(found, right, rtol=1e-9, atol=1e-11 * np.abs(right).max())


def ours_total(fit: Fit) -> np.ndarray:
    """Return E[Y | do(A)] by draw, and what it brings after the last row, with the noise that attribution has."""
    share = {c: 1 / len(fit.model.channels) for c in fit.model.channels}
    values = br.allocation(fit, share).arrays.values.array
    return values.reshape(-1, values.shape[-1]).sum(axis=1)


@settings(max_examples=8)
@given(models(), st.integers(0, 10_000))
def test_channels_that_do_not_interact_need_not_be_asked_together(equations: str, seed: int) -> None:
    fit = prior_fit_of(equations, seed=seed)
    apart = ours(fit)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "interacting", lambda model: [tuple(model.channels)])
        together = ours(fit)
    np.testing.assert_allclose(apart, together, rtol=1e-9, atol=1e-12 * np.abs(together).max())


def test_a_window_and_its_carry_over_are_attributed_as_they_are_defined() -> None:
    """The outcome of the window, and of the three periods after it what the spend of the window adds to them."""
    fit = prior_fit_of("m ~ hill(adstock(a_spend, max_lag=3)) + hill(b_spend)\ny ~ m + interact(m, c_spend)", count=4)
    window = (9, 12)
    rows = np.flatnonzero(fit.design.window(window))
    after = np.arange(rows[-1] + 1, rows[-1] + 4)

    def y(kept: frozenset[str]) -> np.ndarray:
        change = [br.turn_off(s, during=window) for c, s in fit.model.channels.items() if c not in kept]
        asked = br.do(fit, *(change or [br.scale_by("a_spend", 1.0)]), hold_spend=True)["y"].values.values
        return asked.reshape(-1, fit.design.length)

    def v(kept: frozenset[str]) -> np.ndarray:
        return y(kept)[:, rows].sum(-1) + (y(kept) - y(frozenset()))[:, after].sum(-1)

    everybody = frozenset(SPENDS)
    pairs = [v(frozenset(s)) for s in ((), "a", "b", "c", "ab", "ac", "bc")]
    none, a, b, c, ab, ac, bc = pairs
    of_a = (a - none) / 3 + (ab - b + ac - c) / 6 + (v(everybody) - bc) / 3
    found = ours(fit, during=window)
    np.testing.assert_allclose(found[:, 0], of_a, rtol=1e-9)
    np.testing.assert_allclose(found.sum(axis=1), v(everybody), rtol=1e-9)
    np.testing.assert_allclose(found[:, -1], none, rtol=1e-12)


def test_two_channels_that_only_work_together_share_what_they_made() -> None:
    """By hand: y = 3 + 2 a + 0.5 a b, so that a gets 2 sum(a) + 0.25 sum(ab), b 0.25 sum(ab), and 3 a row is left."""
    data = table()
    model = br.Model(
        name="m",
        equations="y ~ a_spend + interact(a_spend, b_spend)",
        outcome="y",
        channels={"a": "a_spend", "b": "b_spend"},
    )
    data = br.Panel({n: data.columns[n] for n in ("a_spend", "b_spend", "y")}, None, None, None, "made")
    names = design_names(model, data, "y")
    values = dict(zip(names, (3.0, 2.0, 0.5, 1.0), strict=True))
    fit = fit_of(model, data, {n: np.array([v]) for n, v in values.items()})
    a, b = data.columns["a_spend"], data.columns["b_spend"]
    both = 0.5 * (a * b).sum()
    np.testing.assert_allclose(ours(fit)[0], [2 * a.sum() + both / 2, both / 2, 3.0 * data.rows], rtol=1e-12)
    assert "a and b interact" in br.attribution(fit).note
    lost = br.removal_effect(fit).mean()
    everything = 3.0 * data.rows + 2 * a.sum() + both
    np.testing.assert_allclose(lost, [(2 * a.sum() + both) / everything, both / everything], rtol=1e-12)


def design_names(model: br.Model, data: br.Panel, node: str) -> list[str]:
    return list(node_parameters(model, design(model, data), node).names)


def test_symmetry_channels_that_do_the_same_get_the_same() -> None:
    fit = prior_fit_of("m ~ root(a_spend) + root(b_spend)\ny ~ m + interact(m, c_spend)", count=4)
    columns = {**fit.data.columns, "b_spend": fit.data.columns["a_spend"]}
    same = {n.replace(".b_spend.", ".a_spend."): x for n, x in fit.parameters.items()}
    twins = {n: same.get(n.replace(".b_spend.", ".a_spend."), x) for n, x in fit.parameters.items()}
    found = ours(fit_of(fit.model, replace(fit.data, columns=columns), twins))
    np.testing.assert_allclose(found[:, 0], found[:, 1], rtol=1e-12)
    assert (found[:, 0] != 0).all()


def test_dummy_a_channel_without_effect_gets_nothing() -> None:
    fit = prior_fit_of("m ~ hill(a_spend) + hill(b_spend) + c_spend\ny ~ interact(m, c_spend) + m", count=4)
    nothing = fit.parameters | {"m.b_spend.effect": np.zeros(4)}
    found = ours(fit_of(fit.model, fit.data, nothing))
    np.testing.assert_allclose(found[:, 1], 0.0, atol=1e-9 * np.abs(found).max())
    aside = prior_fit_of("m ~ hill(b_spend)\ny ~ hill(a_spend) + c_spend", count=4)  # nothing leads from m to y
    assert (ours(aside)[:, 1] == 0).all()
    assert (np.abs(ours(aside)[:, [0, 2]]) > 0).all()


def test_additivity_the_attribution_of_a_sum_is_the_sum_of_attributions() -> None:
    base = "m ~ hill(a_spend) + b_spend\ny1 ~ interact(m, c_spend)\ny2 ~ m + root(c_spend) + interact(a_spend, b_spend)"
    both = prior_fit_of(f"{base}\ny := y1 + y2", count=4)
    parts = [fit_of(of_channels(base, o), both.data, both.parameters) for o in ("y1", "y2")]
    np.testing.assert_allclose(ours(both), ours(parts[0]) + ours(parts[1]), rtol=1e-9)


def test_sampled_orders_are_within_the_error_they_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is a standard error of means over 8 groups: with 5 channels, 3.5 of its (Student) errors hold all."""
    names = [f"c{i}" for i in range(5)]
    rng = np.random.default_rng(3)
    columns = {n: rng.gamma(2.0, 5.0, 12) for n in names} | {n: rng.normal(50.0, 5.0, 12) for n in "my"}
    inner = " + ".join(names) + " + interact(c0, c1)"
    equations = f"m ~ {inner}\ny ~ interact(m, c2) + interact(m, c3)"
    model = br.Model(name="m", equations=equations, outcome="y", channels={n: n for n in names})
    data = br.Panel(columns, None, None, None, "made")
    parameters = [*design_names(model, data, "m"), *design_names(model, data, "y")]
    fit = fit_of(model, data, {n: rng.uniform(0.5, 1.0, 6) for n in parameters})
    exact = ours(fit)
    monkeypatch.setattr(module, "EXACT_PLAYERS", 2)
    monkeypatch.setattr(coalitions, "PAIRS", 1)
    monkeypatch.setattr(module, "PAIRS", 1)
    sampled = br.attribution(fit)
    told = float(sampled.note.rpartition("at most ")[2].replace(",", ""))
    found = sampled.arrays.values.array[0]
    assert 0 < np.abs(found - exact).max() < 3.5 * told * math.sqrt(6)  # told: root mean square over the 6 draws
    np.testing.assert_allclose(found.sum(axis=1), exact.sum(axis=1), rtol=1e-9)
    assert "16 orders" in sampled.note


def test_by_unit_it_sums_to_the_total_of_all_units() -> None:
    model = regions("y ~ z + hill(adstock(x, max_lag=2)) + interact(x, z)")
    data = units({"n": range(8), "s": range(2, 10)})
    fit = fit_of(model, data, prior_draws(model, design(model, data), 3, 1))
    by = br.attribution(fit, by="geo")
    assert by.values.dims == ("chain", "draw", "channel", "geo")
    np.testing.assert_allclose(by.sum("geo").values, br.attribution(fit).values, rtol=1e-9)


def test_where_channels_do_not_interact_it_is_the_contribution(funnel_fit: Fit) -> None:
    found = br.attribution(funnel_fit)
    np.testing.assert_allclose(
        found.values.sel(channel=["tv", "social", "search"]), br.contribution(funnel_fit).values, rtol=1e-9
    )
    found = br.attribution(funnel_fit, horizon=0)
    everything = br.do(funnel_fit, *[br.scale_by(s, 1.0) for s in funnel_fit.model.spends], hold_spend=True)["revenue"]
    np.testing.assert_allclose(found.sum("channel").values, everything.sum("time").values, rtol=1e-9)
    share = br.removal_effect(funnel_fit, horizon=0).values * everything.sum("time").values
    np.testing.assert_allclose(
        share.transpose("chain", "draw", "channel"), br.contribution(funnel_fit, horizon=0).values, rtol=1e-9
    )
    assert found.unit == "USD"
    assert found.labels().sel(channel="tv") == "identified"


def test_one_pass_has_the_answers_of_two(funnel_fit: Fit) -> None:
    split, without = module.attribution_and_removal(funnel_fit, during="2023")
    for one, alone in (
        (split, br.attribution(funnel_fit, during="2023")),
        (without, br.removal_effect(funnel_fit, during="2023")),
    ):
        np.testing.assert_allclose(one.values, alone.values, rtol=1e-9)
        assert (one.estimand, one.note, one.reason) == (alone.estimand, alone.note, alone.reason)


def test_memory_does_not_grow_with_the_number_of_coalitions() -> None:
    """Ten channels that all interact, 1,024 coalitions of 200 draws x 60 rows, which kept would take 98 MB."""
    import tracemalloc

    names = [f"c{i}" for i in range(10)]
    rng = np.random.default_rng(3)
    columns = {n: rng.gamma(2.0, 5.0, 60) for n in names} | {"y": rng.poisson(5.0, 60).astype(float)}
    equations, channels = f"y ~ {' + '.join(names)}", {n: n for n in names}
    model = br.Model(name="m", equations=equations, outcome="y", channels=channels, time="t", families={"y": "poisson"})
    data = series(columns)
    effects = {f"y.{n}.effect": rng.uniform(0.0, 0.01, 200) for n in names}
    fit = fit_of(model, data, effects | {"y.intercept": rng.normal(1.0, 0.1, 200)})
    assert module.interacting(model) == [tuple(names)]
    tracemalloc.start()
    found = ours(fit)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50 * 2**20
    assert (found > 0).all()
    np.testing.assert_allclose(found.sum(axis=1), total(fit), rtol=1e-9)


def interacting_world(seed: int) -> tuple[Fit, np.ndarray]:
    """Return a fit of 80 periods in which tv and social work through visits and also together, and the true split."""
    rng = np.random.default_rng([seed, 3])
    a, b, z = rng.gamma(2.0, 5.0, 80), rng.gamma(2.0, 5.0, 80), rng.normal(20.0, 2.0, 80)
    m = 10 + 2 * z + 1.5 * a + 1.0 * b + rng.normal(scale=6.0, size=80)
    y = 50 + 2.0 * m + 0.15 * a * b + rng.normal(scale=15.0, size=80)
    equations = "m ~ z + a_spend + b_spend\ny ~ m + interact(a_spend, b_spend)"
    data = series({"a_spend": a, "b_spend": b, "z": z, "m": m, "y": y})
    fit = br.fit(of_channels(equations), data, seed=seed, draws=500, chains=2, progress=False)
    both = 0.15 * (a * b).sum() / 2
    none = (50 + 2.0 * (10 + 2 * z)).sum()
    return fit, np.array([3.0 * a.sum() + both, 2.0 * b.sum() + both, none])


def test_attribution_is_covered_over_a_hundred_and_twenty_worlds() -> None:
    """Channels that interact and the baseline: each 90 % interval within 3.5 errors of a binomial rate."""
    hits = []
    for seed in range(120):
        fit, right = interacting_world(seed)
        low, high = br.attribution(fit).arrays.interval(0.9)
        hits.append((low.array <= right) & (right <= high.array))
    rates = np.mean(hits, axis=0)
    assert (np.abs(rates - 0.9) < 3.5 * math.sqrt(0.9 * 0.1 / len(hits))).all(), rates


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda f: br.attribution(f, horizon=-1), "horizon must be a whole number of periods, 0 or more, got -1"),
        (
            lambda f: br.attribution(f, by="geo"),
            "by= takes the column of the panel unit, or month, quarter, year, got 'geo'",
        ),
        (lambda f: br.attribution(f, during="1999"), "no period lies in '1999'"),
        (lambda f: br.removal_effect(f, during="1999"), "no period lies in '1999'"),
    ],
)
def test_a_question_that_cannot_be_asked_says_why(funnel_known: Fit, ask, message) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(QueryError) as error:
        ask(funnel_known)
    assert str(error.value).startswith(message)


def test_a_channel_cannot_be_called_baseline_and_a_model_without_channels_has_none_to_ask() -> None:
    data = br.Panel({"x": np.arange(4.0), "y": np.arange(4.0)}, None, None, None, "made")
    values = {n: np.ones(1) for n in ("y.intercept", "y.x.effect", "y.sigma")}
    for channels, message in (
        ({"baseline": "x"}, "a channel is called 'baseline'"),
        ({}, "the model has no channels:"),
    ):
        model = br.Model(name="m", equations="y ~ x", outcome="y", channels=channels)
        with pytest.raises(QueryError, match=message):
            br.attribution(fit_of(model, data, values))


def test_there_is_no_share_of_a_total_that_is_not_positive() -> None:
    data = br.Panel({"x": np.arange(4.0), "y": np.arange(4.0)}, None, None, None, "made")
    model = br.Model(name="m", equations="y ~ x", outcome="y", channels={"c": "x"})
    values = {"y.intercept": -9.0, "y.x.effect": 1.0, "y.sigma": 1.0}
    effect = br.removal_effect(fit_of(model, data, {n: np.array([v]) for n, v in values.items()}))
    assert np.isnan(effect.values).all()
    assert "not positive" in effect.note
