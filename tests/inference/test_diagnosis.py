"""Diagnosis: when it is falsy, what it says then, and that its figures are ArviZ's."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.inference.blocks import Block
from bayes_roi.inference.diagnosis import Claim, Diagnosis, Residuals, diagnose, report_block
from bayes_roi.inference.engines import BlockFit
from bayes_roi.model.language.model import Model
from bayes_roi.panel import Panel

CHAINS, DRAWS = 4, 1000


def white(seed: int = 0, *, chains: int = CHAINS, draws: int = DRAWS) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((chains, draws))


def slow(retention: float, seed: int = 0) -> np.ndarray:
    """Chains that forget slowly: AR(1)."""
    found, shocks = np.zeros((CHAINS, DRAWS)), white(seed)
    for t in range(1, DRAWS):
        found[:, t] = retention * found[:, t - 1] + np.sqrt(1 - retention**2) * shocks[:, t]
    return found


def block_fit(
    draws: Mapping[str, np.ndarray] | None = None,
    stats: Mapping[str, np.ndarray] | None = None,
    *,
    engine: str = "nuts",
    independent: bool = False,
) -> BlockFit:
    draws = {"y.a": white(1), "y.b": white(2)} if draws is None else draws
    return BlockFit(Block(("x", "y")), engine, "asked for", draws, 0.1, stats or {}, independent)


def autocorrelated(node: str, r: float, rows: int = 156) -> Residuals:
    """Residuals with one test, of their autocorrelation."""
    chance, factor = math.erfc(r * math.sqrt(rows / 2)), math.sqrt((1 + r) / (1 - r))
    return Residuals(node, r, 0.0, rows, (Claim("autocorrelation", r, chance, narrow_level=factor, lag=1),))


def problems(fit: BlockFit) -> tuple[str, ...]:
    return diagnose([fit], []).problems


def test_good_draws_are_truthy_and_say_so() -> None:
    diagnosis = diagnose([block_fit(stats={"diverging": np.zeros((4, 1000), bool), "energy": white(5)})], [])
    assert diagnosis
    assert str(diagnosis).startswith("the draws can be used: max R-hat 1.00")
    assert str(diagnosis).endswith("0 divergences")
    size = min(diagnosis.min_ess_bulk, diagnosis.min_ess_tail)
    assert repr(diagnosis).splitlines()[1:] == [f"  x + y by nuts: 0.1 s, effective size {size:,.0f} (asked for)"]


def test_the_figures_are_those_of_arviz() -> None:
    import arviz as az
    import xarray as xr

    wide = np.random.default_rng(3).standard_normal((CHAINS, DRAWS, 3))
    draws, energy = {"a": slow(0.9), "b": wide, "c": np.exp(slow(0.5, 4))}, slow(0.7, 5)
    report = report_block(block_fit(draws, {"energy": energy}))
    tree = xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset({n: (("chain", "draw", *"k"[: v.ndim - 2]), v) for n, v in draws.items()}),
            "sample_stats": xr.Dataset({"energy": (("chain", "draw"), energy)}),
        }
    )

    def every(figures: xr.DataTree) -> np.ndarray:
        return np.concatenate([np.atleast_1d(figures[n].values) for n in draws])

    assert report.rhat == pytest.approx(every(az.rhat(tree)).max(), rel=1e-12)
    assert report.ess_bulk == pytest.approx(every(az.ess(tree, method="bulk")).min(), rel=1e-12)
    assert report.ess_tail == pytest.approx(every(az.ess(tree, method="tail", prob=(0.05, 0.95))).min(), rel=1e-12)
    assert report.ebfmi == pytest.approx(float(az.bfmi(tree)["energy"].min()), rel=1e-12)
    assert report.worst == "a"


def test_divergences_are_counted_over_blocks_and_told() -> None:
    diverging = np.zeros((CHAINS, DRAWS), bool)
    few = int(CHAINS * DRAWS / 1000)
    diverging[1, :few] = True
    fit = block_fit(stats={"diverging": diverging})
    assert diagnose([fit, fit], []).divergences == 2 * few
    assert problems(fit) == ()
    assert report_block(fit).warnings == (f"x + y: {few} of {CHAINS * DRAWS} transitions diverged",)
    diverging[2, 0] = True
    assert problems(fit) == (
        f"x + y: {few + 1} divergent transitions; the sampler missed a part of the posterior: "
        "give tighter priors or simplify the equation",
    )


def test_chains_that_disagree_are_told_with_the_parameter_that_does() -> None:
    apart = white(1) + 0.25 * np.arange(CHAINS)[:, None]
    fit = block_fit({"y.slow": slow(0.99), "y.apart": apart - apart.mean() + 100 * (np.arange(CHAINS)[:, None] == 2)})
    report = report_block(fit)
    (told, *_) = problems(fit)
    assert report.worst_rhat == "y.apart"
    assert told == (
        f"x + y: R-hat of y.apart is {report.rhat:.3f}, should be below 1.01: "
        "the chains disagree; draw more, or give tighter priors"
    )


def test_r_hat_and_effective_size_each_name_their_own_worst() -> None:
    shifted = white(1) + 0.12 * np.array([-1, 1, -1, 1])[:, None]  # R-hat about sqrt(1 + 0.12^2) = 1.007
    trending = slow(0.985)
    report = report_block(block_fit({"a": shifted, "b": trending}))
    alone = {n: report_block(block_fit({n: v})) for n, v in (("a", shifted), ("b", trending))}
    assert report.worst == min(alone, key=lambda n: min(alone[n].ess_bulk, alone[n].ess_tail))
    assert report.worst_rhat == max(alone, key=lambda n: alone[n].rhat)


def test_few_effective_draws_are_told_to_draw_more() -> None:
    fit = block_fit({"y.a": white(1, draws=90), "y.b": white(2, draws=90)})
    report = report_block(fit)
    size = min(report.ess_bulk, report.ess_tail)
    assert problems(fit)[-1] == (
        f"x + y: effective sample size of {report.worst} is {size:.0f}, should be above 400: draw more"
    )


def test_heavy_tailed_energy_is_told() -> None:
    energy = slow(0.95)  # E-BFMI of AR(1) is 2 (1 - retention) = 0.1
    (told,) = problems(block_fit(stats={"energy": energy}))
    assert report_block(block_fit(stats={"energy": energy})).ebfmi == pytest.approx(0.1, abs=0.05)
    assert told.startswith("x + y: E-BFMI is 0.")
    assert told.endswith("should be above 0.3: heavy tails of the posterior are explored slowly; give tighter priors")


@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")  # ArviZ divides by no variance
def test_a_parameter_that_does_not_move_is_not_passed_over() -> None:
    assert problems(block_fit({"y.a": white(), "y.stuck": np.ones((CHAINS, DRAWS))}))


def test_independent_draws_count_as_they_are() -> None:
    report = report_block(block_fit({"y.a": slow(0.99)}, engine="exact", independent=True))
    assert (report.rhat, report.ess_bulk, report.ess_tail) == (1.0, 4000.0, 4000.0)
    assert report.problems == ()


def test_weighted_draws_count_by_kish_and_never_more_than_drawn() -> None:
    report = report_block(block_fit(stats={"kish": np.array([300.0, 5000.0, 200.0, 100.0])}, engine="collapsed"))
    assert report.ess_bulk == report.ess_tail == 300 + 1000 + 200 + 100
    assert report.problems == ()


def test_weighted_draws_that_are_few_are_told_of_no_parameter_in_particular() -> None:
    fit = block_fit(stats={"kish": np.full(CHAINS, 60.0)}, engine="collapsed")
    assert problems(fit) == ("x + y: effective sample size is 240, should be above 400: draw more",)


def test_weighted_chains_that_disagree_are_told() -> None:
    means = np.array([-1.5, -0.5, 0.5, 1.5])[:, None] * 0.3
    apart = white(1)
    apart = (apart - apart.mean(axis=1, keepdims=True)) / apart.std(axis=1, keepdims=True) + means
    fit = block_fit({"y.a": white(), "y.apart": apart}, {"kish": np.full(CHAINS, 900.0)}, engine="collapsed")
    rhat = np.sqrt(1 + means.var(ddof=1))  # within-chain variance is one
    assert report_block(fit).rhat == pytest.approx(rhat)
    assert problems(fit)[0].startswith(f"x + y: R-hat of y.apart is {rhat:.3f}")


def test_one_weighted_chain_has_none_to_disagree_with() -> None:
    fit = block_fit({"y.a": white(chains=1)}, {"kish": np.array([900.0])}, engine="collapsed")
    assert report_block(fit).rhat == 1
    assert not problems(fit)


def test_a_problem_of_one_node_makes_all_falsy_and_a_note_does_not() -> None:
    good = [block_fit()]
    assert diagnose(good, [autocorrelated("y", 0.28)])
    assert "slightly autocorrelated" in diagnose(good, [autocorrelated("y", 0.28)]).warnings[0]
    bad = diagnose(good, [autocorrelated("x", 0.0), autocorrelated("y", 0.6)])
    assert not bad
    assert str(bad).startswith("do not trust these intervals yet: ")
    assert "\n  problem: y: its residuals are autocorrelated" in str(bad)


def test_what_is_printed_in_a_notebook_is_escaped() -> None:
    diagnosis = diagnose([block_fit()], [autocorrelated("<b>", 0.6)])
    assert "&lt;b&gt;: its residuals" in diagnosis._repr_html_()
    assert "<b>" not in diagnosis._repr_html_()


def test_nothing_fitted_is_nothing_wrong() -> None:
    diagnosis = Diagnosis((), ())
    assert diagnosis
    assert (diagnosis.max_rhat, diagnosis.divergences) == (1.0, 0)


@pytest.mark.parametrize(("engine", "right_side"), [("exact", "x"), ("collapsed", "tanh(tv)")])
def test_fifty_draws_a_chain_are_told_to_be_too_few(engine: str, right_side: str) -> None:
    rng = np.random.default_rng(0)
    tv, x = rng.gamma(1.2, 50.0, 80), rng.standard_normal(80)
    y = 60 + 4 * x + 20 * np.tanh(tv / 60) + 3 * rng.standard_normal(80)
    channels = {"tv": "tv"} if "tv" in right_side else {}
    model = Model(name="few", equations=f"y ~ x + {right_side}".replace("x + x", "x"), outcome="y", channels=channels)
    columns = {"tv": tv, "x": x, "y": y}
    diagnosis = br.fit(model, Panel({n: columns[n] for n in model.nodes}, None, None, None, "made"), draws=50).diagnosis
    assert diagnosis.blocks[0].engine == engine
    assert not diagnosis
    assert "effective sample size" in str(diagnosis)
    assert "should be above 400: draw more" in str(diagnosis)


def test_data_that_contradict_a_sign_are_told_of() -> None:
    signs = {"signs:y.a.effect": np.array(0.6), "signs:y.b.effect": np.array(0.003)}
    diagnosis = diagnose([block_fit(stats=signs, engine="exact", independent=True)], [])
    assert diagnosis
    (warning,) = diagnosis.warnings
    assert warning.startswith(
        "y.b.effect: the data contradict the assumed sign; left open, it would be above zero with"
    )
    assert "probability 0.003" in warning
    (block,) = diagnosis.blocks
    assert (block.sign_of, block.sign_probability, block.khat) == ("y.b.effect", 0.003, None)


def test_the_tail_index_of_weights_is_told() -> None:
    stats = {"kish": np.full(CHAINS, 900.0), "khat": np.array(0.31)}
    (block,) = diagnose([block_fit(stats=stats, engine="collapsed")], []).blocks
    assert block.khat == 0.31
    assert ", Pareto k 0.31 (" in str(block)
    assert not diagnose([block_fit(stats={"signs:y.a.effect": np.array(0.06)})], []).warnings
