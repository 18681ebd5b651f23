"""NUTS: the posterior of the PyMC model, against the other engines and known truths."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

import numpy as np
import pytest
import xarray as xr

import bayes_roi as br
from bayes_roi.inference.engines.nuts import _compiled
from bayes_roi.inference.fit import Fit
from bayes_roi.model.language.model import Model
from bayes_roi.panel import Panel
from tests.conftest import trusted

ERRORS = 4.5
"""Standard errors allowed: exceeded by chance once in 150,000 comparisons."""


def effective(draws: np.ndarray, method: str) -> float:
    """Return ArviZ's effective size of draws (chain, draw)."""
    from arviz_stats.base import array_stats

    return float(array_stats.ess(draws, chain_axis=0, draw_axis=1, method=method))


def assert_same_posterior(theirs: Fit, ours: Fit, size: float) -> None:
    """Compare means and widths of NUTS (`theirs`) with those of draws whose effective size is known."""
    assert set(theirs.parameters) == set(ours.parameters)
    for name, reference in ours.posterior["posterior"].to_dataset().items():
        a, b = theirs.posterior["posterior"].to_dataset()[name].values, reference.values
        sd = b.std()
        allowed = ERRORS * np.sqrt(1 / effective(a, "mean") + 1 / size)
        assert allowed < 0.15
        assert a.mean() == pytest.approx(b.mean(), abs=allowed * sd), name
        # Var(s^2) = (kurtosis - 1) sd^4 / n, so the relative error of s is half its root.
        kurtosis = np.mean(((b - b.mean()) / sd) ** 4)
        allowed = ERRORS * 0.5 * np.sqrt((kurtosis - 1) * (1 / effective(a, "sd") + 1 / size))
        assert a.std() == pytest.approx(sd, rel=allowed), name


def linear() -> tuple[Model, Panel]:
    """Return the smallest node there is, where the exact engine knows the answer."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal(50)
    columns = {"x": x, "y": 100 + 5 * x + 3 * rng.standard_normal(50)}
    return Model(name="linear", equations="y ~ x", outcome="y"), Panel(columns, None, None, None, "made")


def weeks(seed: int) -> tuple[Model, Panel]:
    """Return a small node with one adstocked Hill curve and a covariate."""
    rng = np.random.default_rng(seed)
    tv, demand = rng.gamma(1.2, 50.0, 60) * (rng.random(60) < 0.8), rng.standard_normal(60)
    y = 60 + 30 * tv / (tv + 60) + 5 * demand + 5 * rng.standard_normal(60)
    equation = "y ~ demand + hill(adstock(tv, max_lag=1))"
    model = Model(name="curve", equations=equation, outcome="y", time="week", channels={"tv": "tv"})
    columns = {"tv": tv, "demand": demand, "y": y}
    return model, Panel({n: columns[n] for n in model.nodes}, np.arange(60), "week", "period", "simulated")


@pytest.fixture(scope="module")
def curve() -> tuple[Model, Panel]:
    return weeks(0)


@pytest.fixture(scope="module")
def told() -> list[tuple[str, float]]:
    return []


@pytest.fixture(scope="module")
def curve_nuts(curve: tuple[Model, Panel], told: list[tuple[str, float]]) -> Fit:
    @contextlib.contextmanager
    def recorded(show: bool | None) -> Iterator[object]:
        yield lambda what, share: told.append((what, share))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bayes_roi.inference.fit.progress_bar", recorded)
        return br.fit(*curve, seed=7, engine="nuts", draws=2000)


@pytest.mark.slow
def test_it_agrees_with_the_collapsed_engine(curve: tuple[Model, Panel], curve_nuts: Fit) -> None:
    auto = br.fit(*curve, seed=7, draws=2000)
    assert [b.engine for b in auto.diagnosis.blocks] == ["collapsed"]
    assert_same_posterior(curve_nuts, auto, auto.diagnosis.min_ess_bulk)


@pytest.mark.slow
def test_its_draws_can_be_trusted(curve_nuts: Fit) -> None:
    (block,) = curve_nuts.diagnosis.blocks
    assert trusted(curve_nuts), curve_nuts.diagnosis
    assert block.engine == "nuts"
    assert block.ebfmi is not None
    assert block.seconds > 0


@pytest.mark.slow
def test_what_the_sampler_says_is_kept(curve_nuts: Fit) -> None:
    diverging = curve_nuts.posterior["sample_stats"]["diverging"]
    assert dict(diverging.sizes) == {"chain": 4, "draw": 2000}
    assert int(diverging.sum()) == curve_nuts.diagnosis.divergences


@pytest.mark.slow
def test_progress_is_told_from_beginning_to_end(curve_nuts: Fit, told: list[tuple[str, float]]) -> None:
    assert {what.partition(" by ")[0] for what, _ in told} == {"y"}
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert any(0 < share < 1 for share in shares)


@pytest.fixture(scope="module")
def linear_exact() -> Fit:
    return br.fit(*linear(), seed=1)


@pytest.fixture(scope="module")
def linear_nuts() -> Fit:
    return br.fit(*linear(), seed=1, engine="nuts")


@pytest.mark.slow
def test_it_agrees_with_the_exact_engine(linear_nuts: Fit, linear_exact: Fit) -> None:
    assert [b.engine for b in linear_exact.diagnosis.blocks] == ["exact"]
    assert [b.engine for b in linear_nuts.diagnosis.blocks] == ["nuts"]
    assert trusted(linear_nuts), linear_nuts.diagnosis
    assert_same_posterior(linear_nuts, linear_exact, linear_exact.diagnosis.min_ess_bulk)


@pytest.mark.slow
def test_one_seed_gives_the_same_bits(linear_nuts: Fit) -> None:
    again = br.fit(*linear(), seed=1, engine="nuts")
    assert again.posterior.identical(linear_nuts.posterior)


@pytest.mark.slow
def test_other_data_compile_nothing_and_get_the_draws_of_a_compilation_of_their_own(curve_nuts: Fit) -> None:
    def draws(seed: int) -> xr.DataTree:
        return br.fit(*weeks(seed), seed=3, engine="nuts", draws=200, tune=300, chains=2).posterior

    earlier = _compiled.cache_info()  # a block of this structure among them
    first, reused, first_again = draws(1), draws(2), draws(1)
    kept = _compiled.cache_info()
    assert (kept.misses - earlier.misses, kept.hits - earlier.hits) == (0, 3)
    _compiled.cache_clear()
    alone = draws(2)
    assert _compiled.cache_info().misses == 1
    assert reused.identical(alone)
    assert first_again.identical(first)
    assert not reused.identical(first)


@pytest.mark.slow
def test_without_nutpie_pymc_samples_the_same_posterior(linear_exact: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nutpie", None)
    fit = br.fit(*linear(), seed=1, engine="nuts", draws=200, tune=300, chains=2)
    assert [b.engine for b in fit.diagnosis.blocks] == ["nuts"]
    assert fit.posterior["sample_stats"]["diverging"].shape == (2, 200)
    for name, reference in linear_exact.parameters.items():
        draws = fit.posterior["posterior"].to_dataset()[name].values
        allowed = ERRORS * reference.std() * np.sqrt(1 / effective(draws, "mean") + 1 / len(reference))
        assert draws.mean() == pytest.approx(reference.mean(), abs=allowed), name


@pytest.mark.slow
def test_families_recover_what_the_data_were_simulated_with() -> None:
    rng = np.random.default_rng(2)
    truth = {
        "clicks.intercept": 3.0,
        "clicks.demand.effect": 0.4,
        "clicks.sigma": 0.25,
        "revenue.intercept": 200.0,
        "revenue.clicks.effect": 3.0,
        "revenue.sigma": 8.0,
        "revenue.nu": 4.0,
    }
    rows = 200
    demand = rng.standard_normal(rows)
    demand -= demand.mean()
    clicks = np.exp(3.0 + 0.4 * demand + 0.25 * rng.standard_normal(rows))
    revenue = 200 + 3 * (clicks - clicks.mean()) + 8 * rng.standard_t(4, rows)
    model = Model(
        name="families",
        equations="clicks ~ demand\nrevenue ~ clicks",
        outcome="revenue",
        families={"clicks": "lognormal", "revenue": "student_t"},
    )
    columns = {"demand": demand, "clicks": clicks, "revenue": revenue}
    data = Panel({n: columns[n] for n in model.nodes}, None, None, None, "simulated")
    fit, auto = br.fit(model, data, seed=3, engine="nuts"), br.fit(model, data, seed=3)
    assert {b.nodes: b.why for b in auto.diagnosis.blocks} == {
        ("clicks",): "its parents are observed and its parameters its own",
        ("revenue",): "not exact: its noise is student_t",
    }
    assert trusted(fit), fit.diagnosis
    assert fit.diagnosis.warnings == ()
    for name, value in truth.items():
        draws, others = fit.parameters[name], auto.parameters[name]
        assert abs(draws.mean() - value) < 4 * draws.std(), name
        allowed = ERRORS * draws.std() * np.sqrt(2 / fit.diagnosis.min_ess_bulk)
        assert others.mean() == pytest.approx(draws.mean(), abs=allowed), name
    assert fit.parameters["revenue.nu"].min() > 1.96
