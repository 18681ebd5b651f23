"""Panels, weights, categories, shared parameters, trials and noise together: against formulas written row by row."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.mechanisms.families import FAMILIES
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.conditional import Conditional
from bayes_roi.model.law.forward import Forward
from bayes_roi.model.law.prior_draws import prior_draws
from bayes_roi.model.rows.by_row import by_row
from bayes_roi.model.rows.design import design
from bayes_roi.model.simulation.made_up_truth import made_up_truth
from tests.conftest import known
from tests.model.made import regions

EVERYTHING = Model(
    name="everything",
    equations="""
        mood    ~ z
        visits  ~ (hill(adstock(tv, max_lag=2)) | geo) + (z | geo) + mood
        calls   ~ 1 + factor(weather) + mood + lag(z, 1)
                  + michaelis_menten(tv, share="reach") + michaelis_menten(radio, share="reach")
        buyers  ~ calls
        basket  ~ visits + adstock(radio, max_lag=1)
        revenue := visits * price - 2 * basket
        visits ~~ calls
    """,
    outcome="revenue",
    time="week",
    panel="geo",
    weights="people",
    channels={"tv": "tv", "radio": "radio"},
    unobserved=("mood",),
    families={"buyers": "binomial(leads)", "basket": "lognormal", "calls": "student_t"},
    noise={"visits": "ar(1) + by(geo)", "basket": "ar(1)"},
)
LATENT = "visits ~~ calls"


@pytest.fixture(scope="module")
def stage() -> Fit:
    data = br.simulate(EVERYTHING, periods=14, seed=3)
    return fit_of(EVERYTHING, data, prior_draws(EVERYTHING, design(EVERYTHING, data), 3, 5))


def uniforms(model: Model, rows: int) -> dict[str, np.ndarray]:
    """Return a uniform for each row of each node."""
    rng = np.random.default_rng(11)
    return {n: rng.uniform(0.01, 0.99, rows) for n in model.computation.order}


def slowly(fit: Fit, held: dict[str, np.ndarray], u: dict[str, np.ndarray], draw: int) -> dict[str, list[float]]:
    """Return every node in every row of one draw, by the formulas as textbooks have them.

    The table is read as it is: the first two periods of each region are carry-in, sizes are people over their mean.
    """
    from scipy import special, stats

    data, p = fit.data, {n: v[draw] for n, v in fit.parameters.items()}
    units = list(dict.fromkeys(data.units.tolist()))
    at = {key: i for i, key in enumerate(zip(data.units.tolist(), data.clock.tolist(), strict=True))}
    keys = [k for k in at if k[1] >= 2]
    people = data.columns["people"]
    mean_people = sum(people[at[k]] for k in keys) / len(keys)
    size = {k: float(people[i]) / mean_people for k, i in at.items()}
    amounts = {"tv", "radio", "visits", "calls", "basket", "revenue"}
    mean = {}
    for n in ("z", "visits", "calls"):
        seen = [data.columns[n][at[k]] / (size[k] if n in amounts else 1) for k in keys]
        mean[n] = sum(seen) / len(seen)
    values: dict[str, list[float]] = {n: [] for n in EVERYTHING.computation.order}
    noise: dict[tuple[str, str, int], float] = {}

    place: list = []  # region, period and number of the row that is written

    def then(n: str, lag: int = 0) -> float:
        """A node per unit of size, `lag` periods before; rows of the carry-in stay as they were observed."""
        unit = size[place[0], place[1] - lag] if n in amounts else 1.0
        if place[1] - lag < 2:
            return float(data.columns[n][at[place[0], place[1] - lag]]) / unit
        return values[n][place[2] - lag] / unit

    def carried(n: str, most: int, retention: float) -> float:
        w = [retention**k for k in range(most + 1)]
        return sum(w[k] * then(n, k) for k in range(most + 1)) / sum(w)

    def running(n: str) -> float:
        rho, z = p[f"{n}.autocorrelation"], stats.norm.ppf(u[n][place[2]])
        before = noise.get((n, place[0], place[1] - 1))
        noise[n, place[0], place[1]] = z / math.sqrt(1 - rho**2) if before is None else rho * before + z
        return noise[n, place[0], place[1]]

    for row, (geo, t) in enumerate(keys):
        place[:] = geo, t, row
        s, g = size[geo, t], units.index(geo)

        for n in EVERYTHING.computation.order:
            if n in held:
                value = held[n][row]
            elif n in ("z", "tv", "radio", "price", "leads", "weather"):
                value = data.columns[n][at[geo, t]]
            elif n == LATENT:
                value = stats.norm.ppf(u[n][row])
            elif n == "mood":
                value = p["mood.z.effect"] * (then("z") - mean["z"]) + stats.norm.ppf(u[n][row])
            elif n == "visits":
                x = carried("tv", 2, p["visits.tv.retention"])
                k = p["visits.tv.slope"]
                eta = p["visits.intercept.by_unit"][g] + p["visits.z.by_unit"][g] * (then("z") - mean["z"])
                eta += p["visits.tv.by_unit"][g] * (x**k / (p["visits.tv.half"] ** k + x**k))
                eta += p["visits.mood.effect"] * then("mood") + p["visits.~~calls.effect"] * then(LATENT)
                value = s * (eta + p["visits.sigma.by_unit"][g] * running(n))
            elif n == "calls":
                eta = p["calls.intercept"] + p["calls.mood.effect"] * then("mood")
                eta += [0.0, *p["calls.weather.effect"]][int(then("weather"))]
                eta += p["calls.z.effect"] * (then("z", 1) - mean["z"])
                eta += sum(p["reach.effect"] * then(x) / (p["reach.half"] + then(x)) for x in ("tv", "radio"))
                eta += p["calls.~~visits.effect"] * then(LATENT)
                value = s * (eta + p["calls.sigma"] * stats.t.ppf(u[n][row], p["calls.nu"]))
            elif n == "buyers":
                eta = p["buyers.intercept.by_unit"][g] + p["buyers.calls.effect"] * (then("calls") - mean["calls"])
                value = stats.binom.ppf(u[n][row], round(then("leads")), special.expit(eta))
            elif n == "basket":
                eta = p["basket.intercept.by_unit"][g] + p["basket.visits.effect"] * (then("visits") - mean["visits"])
                eta += p["basket.radio.effect"] * carried("radio", 1, p["basket.radio.retention"])
                value = s * math.exp(eta + p["basket.sigma"] * running(n))
            else:
                value = values["visits"][row] * values["price"][row] - 2 * values["basket"][row]
            values[n].append(float(value))
    return values


@pytest.mark.parametrize("factor", [1.0, 0.0, 2.5])
def test_the_pass_is_the_formulas_of_the_textbook(stage: Fit, factor: float) -> None:
    rows = stage.design
    held = {"tv": factor * rows.rows["tv"], "radio": rows.rows["radio"]}
    u = uniforms(EVERYTHING, rows.length)

    def noise(node: str, law: Conditional) -> np.ndarray:
        return law.noise(np.tile(u[node], (3, 1)))

    with np.errstate(over="ignore"):
        done = Forward(EVERYTHING, rows).run(stage.parameters, held, noise=noise).values
    for draw in range(3):
        for node, slow in slowly(stage, held, u, draw).items():
            fast = np.broadcast_to(done[node], (3, rows.length))[draw]
            np.testing.assert_allclose(fast, slow, rtol=1e-9, atol=1e-9 * np.abs(slow).max(), err_msg=node)


def test_the_observed_rows_of_everything_come_back_when_nothing_is_changed(stage: Fit) -> None:
    assert_unchanged(stage, "tv", "radio", "price", "leads", "z", "weather")


def assert_unchanged(fit: Fit, *nodes: str) -> None:
    """Assert that a counterfactual in which a node is what it was has the data of every node."""
    rows = fit.design
    for moved in nodes:
        found = br.counterfactual(fit, br.scale_by(moved, 1.0))
        assert set(found) >= set(fit.model.graph.children[moved])
        for node in (n for n in found if n not in fit.model.hidden):
            seen = np.broadcast_to(rows.rows[node], (fit.chains, fit.draws, rows.length))
            wanted = by_row(seen, ("chain", "draw"), fit.model, rows).array
            got = found[node].values.values
            atol = 1e-9 * np.nanmax(np.abs(wanted))
            np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=atol, err_msg=f"{node} when {moved} stays")


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("weights", [None, "people"])
def test_of_every_family_too(family: str, weights: str | None) -> None:
    kind = FAMILIES[family]
    parts = ["ar(1)"] * (kind.link_noise == "normal") + ["by(geo)"] * ("sigma" in kind.priors(1.0))
    model = regions(
        "y ~ (z | geo) + hill(adstock(x, max_lag=2)) + factor(weather)\nmoney := y * price",
        outcome="money",
        weights=weights,
        families={"y": f"{family}(leads)" if kind.takes_trials else family},
        noise={"y": " + ".join(parts)} if parts else {},
    )
    truth = made_up_truth(model, seed=2)
    data = br.simulate(model, truth, periods=12)
    nodes = ("x", "z", "weather", "price", *(["leads"] if kind.takes_trials else []))
    assert_unchanged(known(model, data, truth), *nodes)


WEIGHTED = regions(
    "y ~ (hill(adstock(x, max_lag=2)) | geo) + z + adstock(r, max_lag=1)",
    weights="people",
    channels={"x": "x", "r": "r"},
    noise={"y": "ar(1) + by(geo)"},
)


def answers(data: br.Panel, model: Model = WEIGHTED) -> tuple[np.ndarray, np.ndarray]:
    """Return contribution and ROAS of draws of the prior, which looks at the data as the posterior does."""
    fit = fit_of(model, data, prior_draws(model, design(model, data), 20, 4))
    return br.contribution(fit).values.values, br.roas(fit).values.values


def times(data: br.Panel, **factors: object) -> br.Panel:
    return replace(data, columns={n: c * factors.get(n, 1.0) for n, c in data.columns.items()})


@pytest.fixture(scope="module")
def weighted() -> br.Panel:
    return br.simulate(WEIGHTED, periods=20, seed=6)


def test_the_unit_of_the_weights_changes_nothing(weighted: br.Panel) -> None:
    for one, other in zip(answers(weighted), answers(times(weighted, people=1e6)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10)


def test_where_every_region_is_as_many_times_as_large_so_is_its_contribution_and_roas_is_the_same(
    weighted: br.Panel,
) -> None:
    small, large = answers(weighted), answers(times(weighted, people=7.0, x=7.0, r=7.0, y=7.0))
    np.testing.assert_allclose(large[0], 7 * small[0], rtol=1e-9)
    np.testing.assert_allclose(large[1], small[1], rtol=1e-9)


def test_a_region_that_is_larger_than_others_of_the_same_kind_has_that_much_more_contribution(
    weighted: br.Panel,
) -> None:
    """Every amount and the weight of a region k times as large: its people spend and buy as they did."""
    k = np.where(weighted.units == "north", 4.0, 1.0)
    grown = times(weighted, people=k, x=k, r=k, y=k)
    p = prior_draws(WEIGHTED, design(WEIGHTED, weighted), 20, 4)
    before = br.contribution(fit_of(WEIGHTED, weighted, p), by="geo").values
    # Sizes are people over their mean: what is per unit of size has another unit, which only curves and slopes see.
    ratio = np.average(grown.columns["people"]) / np.average(weighted.columns["people"])
    rescaled = {n: v * (ratio if is_amount_of_size(n) else 1.0) for n, v in p.items()}
    after = br.contribution(fit_of(WEIGHTED, grown, rescaled), by="geo").values
    for unit in before["geo"].values:
        factor = 4.0 if unit == "north" else 1.0
        np.testing.assert_allclose(after.sel(geo=unit), factor * before.sel(geo=unit), rtol=1e-9)


def is_amount_of_size(name: str) -> bool:
    """Whether a parameter of `WEIGHTED` is an amount per unit of size; an effect of a spend is a ratio of two."""
    return name.startswith(("y.intercept", "y.sigma", "y.z.", "y.x.half", "y.x.effect", "y.x.by_unit", "y.x.spread"))


def test_the_same_data_in_cents_give_the_same_roas(weighted: br.Panel) -> None:
    cents = answers(times(weighted, x=100.0, r=100.0, y=100.0))
    np.testing.assert_allclose(cents[1], answers(weighted)[1], rtol=1e-9)


def test_the_average_effect_weighs_rows_by_their_size(weighted: br.Panel) -> None:
    model = replace(WEIGHTED, equations="y ~ (x | geo) + z + r")
    fit = fit_of(model, weighted, prior_draws(model, design(model, weighted), 5, 4))
    size = fit.design.size
    effect = fit.parameters["y.x.by_unit"][:, fit.design.codes]
    wanted = (effect * size).sum(-1) / size.sum()
    np.testing.assert_allclose(br.ate(fit, "x", shift=1.0).values.values[0], wanted, rtol=1e-9)


def test_a_category_moves_its_rows_by_its_effect_and_the_first_by_none() -> None:
    model = regions("y ~ factor(weather) + x")
    data = br.simulate(model, periods=10, seed=1)
    rows = design(model, data)
    p = prior_draws(model, rows, 4, 2)
    labels = data.levels["weather"]
    forward = Forward(model, rows)
    at = {k: forward.predictor("y", rows.rows | {"weather": np.full(rows.length, float(k))}, p) for k in range(3)}
    assert labels == ("high", "low", "middle")
    for k in (1, 2):
        np.testing.assert_allclose(at[k] - at[0], np.repeat(p["y.weather.effect"][:, [k - 1]], rows.length, axis=1))
    named = fit_of(model, data, p).posterior["posterior"]["y.weather.effect"]
    assert named["y.weather.basis"].values.tolist() == ["low", "middle"]


def test_the_density_in_pymc_is_that_of_the_conditional_laws() -> None:
    """Trials, categories, weights, shared and varying effects, both kinds of latents, two series: all at the truth."""
    pytest.importorskip("pymc")
    from pymc.model.transform.conditioning import remove_value_transforms
    from scipy import stats

    truth = made_up_truth(EVERYTHING, seed=3)
    data = br.simulate(EVERYTHING, truth, periods=9)
    rows = design(EVERYTHING, data)
    rng = np.random.default_rng(2)
    p = {n: np.asarray(v, float) for n, v in truth.parameters.items()}
    p |= {n: rng.standard_normal(rows.length) for n in ("mood", LATENT)}
    plain = remove_value_transforms(br.to_pymc(EVERYTHING, data))
    nodes = ("mood", LATENT, "visits", "calls", "buyers", "basket")
    values = [plain.rvs_to_values[v] for v in plain.free_RVs]
    densities = plain.compile_fn(
        plain.logp(vars=[plain[n] for n in nodes], sum=False),
        inputs=values,
        on_unused_input="ignore",
        mode="FAST_COMPILE",
    )
    found = densities({plain.rvs_to_values[v].name: p[v.name] for v in plain.free_RVs})
    forward = Forward(EVERYTHING, rows)
    facts = {n: forward.observed(n, p) for n in EVERYTHING.computation.order}
    for node, density in zip(nodes, found, strict=True):
        law, y = forward.conditional(node, facts, p), facts[node]
        own = law.parameters
        if node == "buyers":
            wanted = stats.binom.logpmf(y, own["trials"], 1 / (1 + np.exp(-law.eta)))
        else:
            z = law.innovations(y, np.float64(0.5))
            wanted = stats.t.logpdf(z, own["nu"]) if node == "calls" else stats.norm.logpdf(z)
            wanted = wanted - np.log(own.get("sigma", 1.0))
            wanted = wanted - np.log(y) if node == "basket" else wanted
            wanted = wanted if law.rho is None else wanted + rows.starts * 0.5 * np.log(1 - law.rho**2)
        assert density.sum() == pytest.approx(np.sum(wanted), rel=1e-9, abs=1e-7), node  # log n! is about 2e5
