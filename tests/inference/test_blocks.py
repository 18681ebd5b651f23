"""Which nodes are fitted together, by which engine and why, and how wrong options are told."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.inference.blocks import blocks
from bayes_roi.inference.engines import ENGINES, Nuts, Settings
from bayes_roi.inference.fit import Fit
from bayes_roi.model.language.model import Model
from bayes_roi.model.rows.design import design
from bayes_roi.panel import Panel

FUNNEL = "clicks ~ demand + tv\nvisits ~ demand\nrevenue ~ clicks + visits"


def world(
    equations: str = FUNNEL, *, effect: float = 2.0, rows: int = 60, gaps: Mapping[str, int] | None = None
) -> tuple[Model, Panel]:
    """Return a linear weekly funnel and data of it; `gaps` empties one cell of a column."""
    rng = np.random.default_rng(3)
    tv, demand = rng.gamma(2.0, 20.0, rows), rng.standard_normal(rows)
    clicks = 200 + effect * tv + 10 * demand + 5 * rng.standard_normal(rows)
    visits = 50 + 5 * demand + 2 * rng.standard_normal(rows)
    revenue = 300 + 3 * clicks + 2 * visits + 20 * rng.standard_normal(rows)
    columns = {"tv": tv, "demand": demand, "clicks": clicks, "visits": visits, "revenue": revenue}
    for node, row in (gaps or {}).items():
        columns[node][row] = np.nan
    outcome = equations.rsplit("\n", 1)[-1].split()[0]
    channels = {"tv": "tv"} if "tv" in equations else {}
    model = Model(name="blocks", equations=equations, outcome=outcome, time="week", channels=channels)
    return model, Panel({n: columns[n] for n in model.nodes}, np.arange(rows), "week", "period", "simulated")


def nodes_of_blocks(equations: str = FUNNEL, **gaps: int) -> set[tuple[str, ...]]:
    """Return the nodes of each block in the order of the alphabet, once it is checked that causes come first."""
    model, data = world(equations, gaps=gaps)
    found = [block.nodes for block in blocks(model, design(model, data))]
    for nodes in (*found, [nodes[0] for nodes in found]):
        assert list(nodes) == [n for n in model.computation.order if n in nodes]
    return {tuple(sorted(nodes)) for nodes in found}


def engines_of(fit: Fit) -> dict[str, str]:
    return {str(node): block.engine for block in fit.diagnosis.blocks for node in block.nodes}


def test_every_node_with_an_equation_is_a_block_of_its_own_causes_first() -> None:
    assert nodes_of_blocks() == {("clicks",), ("visits",), ("revenue",)}
    assert nodes_of_blocks("revenue ~ clicks\nclicks ~ demand") == {("clicks",), ("revenue",)}


def test_a_missing_cell_joins_its_node_with_those_that_read_it() -> None:
    assert nodes_of_blocks(clicks=4) == {("clicks", "revenue"), ("visits",)}
    assert nodes_of_blocks(revenue=4) == {("clicks",), ("visits",), ("revenue",)}


def test_a_missing_cell_of_an_exogenous_node_brings_it_into_the_block() -> None:
    assert nodes_of_blocks(tv=4) == {("clicks", "tv"), ("visits",), ("revenue",)}
    assert nodes_of_blocks(demand=4) == {("clicks", "demand", "visits"), ("revenue",)}


def test_blocks_joined_through_a_third_are_one() -> None:
    assert nodes_of_blocks(tv=4, clicks=5, visits=6) == {("clicks", "revenue", "tv", "visits")}


def test_a_block_says_why_it_is_one() -> None:
    model, data = world(gaps={"clicks": 4})
    alone, joined = sorted(blocks(model, design(model, data)), key=lambda block: len(block.nodes))
    assert str(joined) == "clicks + revenue"
    assert joined.why == "missing cells are left to the model"
    assert alone.why == "its parents are observed and its parameters its own"


def test_an_unobserved_common_cause_joins_the_two_it_acts_on() -> None:
    latent = "clicks ~~ visits"
    assert nodes_of_blocks(f"{latent}\n{FUNNEL}") == {("clicks", latent, "visits"), ("revenue",)}
    assert nodes_of_blocks(f"{latent}\n{FUNNEL}", visits=4) == {("clicks", latent, "revenue", "visits")}
    model, data = world(f"clicks ~~ visits\n{FUNNEL}")
    (joined,) = (b for b in blocks(model, design(model, data)) if len(b.nodes) > 1)
    assert joined.why == "clicks ~~ visits: an unobserved cause is shared"


def test_a_linear_equation_is_fitted_exactly() -> None:
    fit = br.fit(*world(), seed=1)
    assert engines_of(fit) == {"clicks": "exact", "visits": "exact", "revenue": "exact"}
    assert {b.why for b in fit.diagnosis.blocks} == {"its parents are observed and its parameters its own"}
    assert fit.diagnosis.min_ess_bulk == 4000
    assert fit.diagnosis.max_rhat == 1


def test_a_curve_goes_to_the_collapsed_engine_which_says_why() -> None:
    fit = br.fit(*world("revenue ~ demand + hill(tv)", effect=0.0), seed=1)
    (block,) = fit.diagnosis.blocks
    assert block.engine == "collapsed"
    assert block.why == "not exact: hill(tv) is not linear in its parameters"


def test_signs_that_the_data_contradict_go_on_to_the_next_engine_and_stay_positive() -> None:
    # effect / standard error is about -70, so that no draw without the sign's truncation is positive
    fit = br.fit(*world("clicks ~ demand + tv", effect=-2.0), seed=1)
    (block,) = fit.diagnosis.blocks
    assert block.engine != "exact"
    assert block.why.startswith("not exact: the data contradict the assumed signs: 0 % of the exact draws have them")
    assert (fit.parameters["clicks.tv.effect"] >= 0).all()
    assert fit.parameters["clicks.tv.effect"].mean() < 0.1


def test_what_every_engine_refused_for_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def sample(self: Nuts, model: Model, rows: object, block: object, settings: Settings, *_: object) -> object:
        asked.append(str(block))
        return {"clicks.sigma": np.ones((settings.chains, settings.draws))}, {}

    monkeypatch.setattr(Nuts, "sample", sample)
    model, data = world("clicks ~ demand + tv\nrevenue ~ clicks", gaps={"clicks": 4})
    for told in ("innovations", "residuals_of", "implications", "with_moves"):
        monkeypatch.setattr(f"bayes_roi.inference.fit.{told}", lambda *_: None)
    monkeypatch.setattr("bayes_roi.inference.fit.diagnose", lambda fits, *_: fits)
    fits: object = br.fit(model, data).diagnosis
    assert isinstance(fits, list)
    assert asked == ["clicks + revenue"]
    assert fits[0].why == (
        "not exact: missing cells are left to the model; not collapsed: missing cells are left to the model; "
        "not hmc: clicks has an equation and missing cells that are left to the model"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"draws": 0}, "draws must be a whole number, 1 or more, got 0"),
        ({"draws": 10.0}, "draws must be a whole number, 1 or more, got 10.0"),
        ({"draws": True}, "draws must be a whole number, 1 or more, got True"),
        ({"chains": -1}, "chains must be a whole number, 1 or more, got -1"),
        ({"tune": -1}, "tune must be a whole number, 0 or more, got -1"),
        ({"seed": -1}, "seed must be a whole number, 0 or more, got -1"),
        ({"seed": "7"}, "seed must be a whole number, 0 or more, got '7'"),
        ({"engine": "fast"}, "engine must be 'auto' or 'nuts', got 'fast'"),
        ({"engine": "exact"}, "engine must be 'auto' or 'nuts', got 'exact'"),
    ],
)
def test_a_wrong_option_is_told_exactly(options: dict[str, object], message: str) -> None:
    with pytest.raises(br.FitError) as error:
        br.fit(*world(), **options)  # type: ignore[arg-type]
    assert str(error.value) == message


@pytest.mark.parametrize(("lowest", "shown"), [(0.0, "0"), (-2.5, "-2.5")])
def test_a_lognormal_node_needs_values_above_zero(lowest: float, shown: str) -> None:
    x = np.arange(30.0)
    y = np.where(x == 7, lowest, 10 + x)
    model = Model(name="zero", equations="y ~ x", outcome="y", families={"y": "lognormal"})
    with pytest.raises(br.FitError) as error:
        br.fit(model, Panel({"x": x, "y": y}, None, None, None, "made"))
    assert str(error.value) == (
        f"y: the lognormal family needs values above zero, the lowest is {shown}; mend the data, or choose "
        "another family in families:"
    )


def test_a_lognormal_node_without_any_value_above_zero_is_told_the_same() -> None:
    x = np.arange(30.0)
    model = Model(name="zero", equations="y ~ x", outcome="y", families={"y": "lognormal"})
    with pytest.raises(br.FitError, match="needs values above zero, the lowest is -29"):
        br.fit(model, Panel({"x": x, "y": -x}, None, None, None, "made"))


def test_an_unobserved_common_cause_is_left_to_the_samplers() -> None:
    model, data = world(f"clicks ~~ visits\n{FUNNEL}")
    rows = design(model, data)
    (joined,) = (b for b in blocks(model, rows) if len(b.nodes) > 1)
    refusals = {engine.name: engine.refuses(model, rows, joined) for engine in ENGINES}
    assert [name for name, why in refusals.items() if why is None] == ["hmc", "nuts"]


def test_one_seed_gives_the_same_bits_and_another_gives_others(
    funnel: Model, funnel_data: Panel, funnel_fit: Fit
) -> None:
    again = br.fit(funnel, funnel_data, seed=7)
    assert again.posterior.identical(funnel_fit.posterior)
    model, data = world()
    first, second = br.fit(model, data, seed=7, draws=50), br.fit(model, data, seed=8, draws=50)
    assert not np.array_equal(first.parameters["clicks.sigma"], second.parameters["clicks.sigma"])
