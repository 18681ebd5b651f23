"""What a graph implies, held against tables whose truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

import bayes_roi as br
from bayes_roi.inference.diagnosis.dependence import Left
from bayes_roi.inference.diagnosis.innovations import Innovations, innovations
from bayes_roi.inference.diagnosis.separations import separations
from bayes_roi.inference.fit import Fit
from bayes_roi.panel import Panel
from tests.recovery.falsified_study import power
from tests.recovery.falsified_worlds import KINDS

CHAIN = "clicks ~ tv\nsales ~ clicks"


def model(equations: str, **options: object) -> br.Model:
    known: dict[str, object] = {"name": "m", "outcome": "sales", "channels": {"tv": "tv"}} | options
    return br.Model(equations=equations, **known)  # type: ignore[arg-type]


def table(rows: int = 200, *, direct: float = 0.0, hidden: float = 0.0, seed: int = 1) -> Panel:
    """Return spend, clicks and sales with a direct arrow tv -> sales or a hidden cause of clicks and sales."""
    rng = np.random.default_rng(seed)
    tv, a, b, u = rng.uniform(1, 9, rows), *rng.standard_normal((3, rows))
    clicks = 10 + tv + a + hidden * u
    sales = 20 + clicks + direct * tv + b + hidden * u
    return Panel({"tv": tv, "clicks": clicks, "sales": sales}, None, None, None, "made")


@pytest.fixture(scope="module")
def refuted() -> Fit:
    return br.fit(model(CHAIN), table(direct=1.0), seed=1, draws=250)


def test_pairs_are_those_that_an_observed_set_separates() -> None:
    def pairs(text: str, **options: object) -> set[str]:
        return {" ".join(sorted((s.one, s.node))) for s in separations(model(text, **options))}

    assert pairs(CHAIN) == {"sales tv"}
    assert pairs("clicks ~ tv + demand\nsales ~ clicks") == {"sales tv", "demand sales"}
    assert pairs("sales ~ tv + demand") == set()  # exogenous against exogenous
    assert pairs("clicks ~ tv\nsales ~ clicks\nclicks ~~ sales") == set()  # tv -> clicks <-> sales: an inducing path
    known = pairs("clicks ~ tv\nsales ~ clicks + u\nindex ~ u", unobserved=("u",))  # of index and sales u moves both
    assert known == {"sales tv", "index tv", "clicks index"}


def test_what_separates_is_a_separating_set() -> None:
    found = {(s.one, s.node): s for s in separations(model("clicks ~ tv + demand\nsales ~ clicks + demand"))}
    assert set(found["tv", "sales"].given) == {"demand", "clicks"}


def test_an_arrow_left_out_rings_and_fails_the_diagnosis(refuted: Fit) -> None:
    (found,) = refuted.diagnosis.implications
    assert (found.one, found.node, found.of) == ("tv", "sales", "tv")
    assert found.rings(1)
    assert found.material
    assert not refuted.diagnosis
    assert "an arrow or a hidden common cause between tv and sales; the data do not tell which" in str(
        refuted.diagnosis
    )


def test_effects_of_a_refuted_graph_are_assumed_and_say_why(refuted: Fit) -> None:
    stands = br.fit(model(CHAIN), table(), seed=1, draws=250)
    for question in (br.roi, br.contribution, lambda f: br.ate(f, "tv", shift=1.0), br.attribution, br.influence):
        assert set(question(stands).words().array.ravel()) == {"identified"}
        found = question(refuted)
        assert set(found.words().array.ravel()) == {"assumed"}
        assert "the data contradict the graph" in found.why_assumed


def test_a_contradiction_that_moves_no_return_is_a_note() -> None:
    budget = "search ~ weather\nsales ~ tv + search"
    rng = np.random.default_rng(2)
    weather, tv, noise = rng.standard_normal(200), rng.uniform(1, 9, 200), rng.standard_normal((2, 200))
    search = 20 + weather + 2 * tv + noise[0]
    columns = {"weather": weather, "tv": tv, "search": search, "sales": 50 + tv + search + noise[1]}
    channels = {"tv": "tv", "search": "search"}
    fit = br.fit(model(budget, channels=channels), Panel(columns, None, None, None, "made"), seed=1, draws=250)
    (rings,) = (i for i in fit.diagnosis.implications if i.rings(len(fit.diagnosis.implications)))
    assert {rings.one, rings.node} == {"tv", "search"}
    assert fit.diagnosis
    assert not fit.diagnosis.refuted
    assert any("between tv and search" in w for w in fit.diagnosis.warnings)


def test_the_statistic_is_the_score_test_of_least_squares() -> None:
    """With flat priors and ranks that are those of the noise: partial correlation, on the degrees of freedom left."""
    data = table(400, direct=0.15)
    own = model(CHAIN, families={}, priors={"sales.clicks.effect": "Normal(mu=0, sigma=1e3)"})
    fit = br.fit(own, data, seed=1)
    left = Left(innovations(own, fit.design, fit.parameters, "sales"), fit.design.starts)
    r, chance = left.tested(data.columns["tv"]) or (np.nan, np.nan)
    columns = np.stack([np.ones(400), data.columns["clicks"]], axis=1)
    y, x = (v - columns @ np.linalg.lstsq(columns, v)[0] for v in (data.columns["sales"], data.columns["tv"]))
    expected = float(x @ y / np.sqrt(x @ x * (y @ y)))
    # normal scores of ranks have a correlation above .99 with normal noise of 400 rows
    assert abs(r - expected) < 2.6 * np.sqrt((1 - 0.99**2) / 400)
    assert len(left.fitted) == 2
    assert left.free == 400 - 3
    t = abs(r) * np.sqrt(left.free / (1 - r * r))
    assert chance == pytest.approx(2 * stats.t.sf(t, left.free))


def noise(z: np.ndarray, **options: object) -> Left:
    """Return what is left of a node: noise of one draw, with the order of a series."""
    n = len(z)
    given = {"asked": {}, "position": np.arange(n), "covariates": {}} | options
    return Left(Innovations(z[None], **given), np.arange(n) == 0)  # type: ignore[arg-type]


def test_series_and_heavy_tails_do_not_ring() -> None:
    """At 5 % each; of 400 independent tests 20 ring, 39 with probability 1e-4."""
    rng, rings = np.random.default_rng(5), {"series": 0, "heavy": 0, "periods": 0}
    for _ in range(400):
        e = rng.standard_normal((2, 150))
        slow = np.zeros((2, 150))
        for t in range(1, 150):
            slow[:, t] = 0.7 * slow[:, t - 1] + e[:, t]
        rings["series"] += (noise(slow[0]).tested(slow[1]) or (0, 1))[1] < 0.05
        pulses = np.where(rng.random(150) < 0.04, 1.0, 0.0) * rng.standard_cauchy(150)
        rings["heavy"] += (noise(rng.standard_cauchy(150)).tested(pulses) or (0, 1))[1] < 0.05
        period, shock, national = np.tile(np.arange(25), 6), rng.standard_normal(25), rng.standard_normal(25)
        shared = {"period": period, "unit": np.repeat(np.arange(6), 25), "position": period}
        rings["periods"] += (noise(shock[period] + e[0], **shared).tested(national[period]) or (0, 1))[1] < 0.05
    assert max(rings.values()) < 39, rings


def test_power_is_that_of_the_likelihood_ratio_test() -> None:
    """Within five points, and two sd of a difference of tests that agree in nine worlds of ten (40 worlds)."""
    ours, theirs = power(40, 0.35)
    assert ours > theirs - 0.05 - 2 * np.sqrt(0.1 / 40)


@pytest.mark.parametrize("kind", ["demand -> revenue left out", "tv -> revenue left out"])
def test_a_funnel_with_an_arrow_left_out_is_told(kind: str) -> None:
    known = KINDS[kind]
    fit = br.fit(known.fitted, known.table(2), seed=2, draws=250)
    assert fit.diagnosis.refuted


def test_the_shipped_funnel_stands_and_permuted_graphs_do_not(funnel_fit: Fit) -> None:
    found = br.falsify(funnel_fit)
    assert found
    assert not funnel_fit.diagnosis.refuted
    assert found.permuted.as_good < 0.05
    assert found.permuted.alike < 0.05
    assert "nothing contradicts the graph" in str(found)
    assert len(found.to_frame()) == len(found.implications) == found.to_dict()["permuted"]["tests"]


def test_a_graph_without_independences_says_so() -> None:
    data = table()
    whole = br.fit(model("clicks ~ tv\nsales ~ clicks + tv"), data, seed=1, draws=100)
    found = br.falsify(whole)
    assert found
    assert not found.implications
    assert "implies nothing" in str(found)
    assert "no data can contradict" in str(found.permuted)


def test_a_hidden_common_cause_rings_too() -> None:
    """Of two nodes neither of which acts on the other."""
    rng = np.random.default_rng(3)
    u, tv = rng.standard_normal(200), rng.uniform(1, 9, 200)
    columns = {"tv": tv, "clicks": tv + u + rng.standard_normal(200), "sales": tv + u + rng.standard_normal(200)}
    shop = model("clicks ~ tv\nsales ~ tv")
    fit = br.fit(shop, Panel(columns, None, None, None, "made"), seed=1, draws=250)
    (found,) = fit.diagnosis.implications
    assert found.form == "residual"
    assert found.rings(1)
    mended = replace(shop, equations="clicks ~ tv\nsales ~ tv\nclicks ~~ sales")
    assert not separations(mended)


def test_graphs_must_be_a_count(funnel_fit: Fit) -> None:
    with pytest.raises(br.QueryError, match="graphs must be a whole number, 0 or more"):
        br.falsify(funnel_fit, graphs=-1)
