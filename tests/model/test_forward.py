"""The forward pass against a slow one in plain Python, and against itself: later passes, chunks, seeds."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.inference.fit import fit_of
from bayes_roi.mechanisms.adstock import KINDS
from bayes_roi.mechanisms.saturation import SATURATIONS
from bayes_roi.model.law.forward import Forward, Pass
from bayes_roi.model.law.prior_draws import prior_draws
from bayes_roi.model.rows.design import design
from bayes_roi.queries import expect as expecting
from bayes_roi.queries.expect import Scene, expect, scene

LAG = 3
CURVES = {
    "hill": lambda u, p: u ** p("slope") / (p("half") ** p("slope") + u ** p("slope")),
    "logistic": lambda u, p: (1 - math.exp(-u / p("half"))) / (1 + math.exp(-u / p("half"))),
    "michaelis_menten": lambda u, p: u / (p("half") + u),
    "exponential": lambda u, p: 1 - math.exp(-u / p("half")),
    "tanh": lambda u, p: math.tanh(u / p("half")),
    "log1p": lambda u, p: math.log(1 + u / p("half")),
    "root": lambda u, p: (u / p("unit")) ** p("exponent"),
}
WEIGHTS = {
    "geometric": lambda lag, p: p("retention") ** lag,
    "delayed": lambda lag, p: p("retention") ** ((lag - p("delay")) ** 2),
}


def funnel_with(curve: str, kind: str = "geometric") -> br.Model:
    """Spends that are dark for a while, a curve of an adstock, a curve of a plain spend and one of another node."""
    return br.Model(
        name="all in one",
        equations=f"""
            clicks  ~ demand + {curve}(adstock(tv, kind="{kind}", max_lag={LAG})) + {curve}(radio, label="on_air")
            calls   ~ 0.5*demand + {curve}(adstock(clicks, kind="{kind}", max_lag={LAG}))
            revenue ~ clicks + lag(calls, 2) + interact(demand, clicks, label="both") + trend()
                      + season(period=13.0, order=2) + adstock(tv, kind="{kind}", max_lag=2, label="direct")
        """,
        outcome="revenue",
        time="week",
        channels={"tv": "tv", "radio": "radio"},
    )


def setting(curve: str, kind: str = "geometric", draws: int = 4) -> tuple[br.Model, Scene]:
    model = funnel_with(curve, kind)
    data = br.simulate(model, periods=30, seed=2)
    rows = design(model, data)
    return model, scene(fit_of(model, data, prior_draws(model, rows, draws, 5)))


def slowly(stage: Scene, held: dict[str, np.ndarray], draw: int, kind: str, curve: str) -> dict[str, list[float]]:
    """Return the mean of every node in every period for one draw, by the formulas as textbooks have them."""
    rows, parameters = stage.design, stage.fit.parameters
    values: dict[str, list[float]] = {n: [] for n in stage.model.nodes}

    def at(node, t):
        return values[node][t] if t >= 0 else float(rows.carry[node][len(rows.carry[node]) + t])

    def centred(node, t):
        return at(node, t) - (0.0 if node in ("tv", "radio") else rows.scales[node].mean)

    def of(prefix):
        return lambda role: float(parameters[f"{prefix}.{role}"][draw])

    def carried(node, t, prefix, most):
        w = [WEIGHTS[kind](lag, of(prefix)) for lag in range(most + 1)]
        return sum(w[lag] * at(node, t - lag) for lag in range(most + 1)) / sum(w)

    def bent(u, prefix, node):
        unit, own = rows.scales[node].positive_mean, of(prefix)
        return CURVES[curve](u, lambda role: unit if role == "unit" else own(role)) if u > 0 else 0.0

    def wave(t):
        angle = [2 * math.pi * k * t / 13.0 for k in (1, 2)]
        return [math.sin(a) for a in angle] + [math.cos(a) for a in angle]

    reference = [int(i) for i in rows.reference]
    middle = sum(reference) / len(reference)
    means = [sum(w) / len(reference) for w in zip(*(wave(i) for i in reference), strict=True)]
    p = {n: v[draw] for n, v in parameters.items()}
    for node in stage.model.nodes:
        if node in held or node not in stage.model.equation:
            values[node] = [float(v) for v in held.get(node, rows.rows[node])]
            continue
        for t in range(rows.length):
            y = float(p[f"{node}.intercept"])
            if node == "clicks":
                y += p["clicks.demand.effect"] * centred("demand", t)
                y += p["clicks.tv.effect"] * bent(carried("tv", t, "clicks.tv", LAG), "clicks.tv", "tv")
                y += p["clicks.on_air.effect"] * bent(at("radio", t), "clicks.on_air", "radio")
            elif node == "calls":
                y += 0.5 * centred("demand", t)
                y += p["calls.clicks.effect"] * bent(
                    carried("clicks", t, "calls.clicks", LAG), "calls.clicks", "clicks"
                )
            else:
                y += p["revenue.clicks.effect"] * centred("clicks", t)
                y += p["revenue.calls.effect"] * (at("calls", t - 2) - rows.scales["calls"].mean)
                y += p["revenue.both.effect"] * centred("demand", t) * centred("clicks", t)
                y += p["revenue.trend.effect"] * (int(rows.index[t]) - middle)
                waves = zip(p["revenue.season.effect"], wave(int(rows.index[t])), means, strict=True)
                y += sum(e * (w - m) for e, w, m in waves)
                y += p["revenue.direct.effect"] * carried("tv", t, "revenue.direct", 2)
            values[node].append(float(y))
    return values


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("curve", SATURATIONS)
def test_the_pass_is_the_formulas_of_the_textbook(curve, kind):
    model, stage = setting(curve, kind)
    dark = np.where(np.arange(stage.design.length) < 12, 0.0, stage.observed["tv"])
    arms = [
        {"tv": stage.observed["tv"], "radio": stage.observed["radio"]},
        {"tv": dark, "radio": 0.0 * stage.observed["radio"]},
        {"tv": 7.0 * dark, "radio": stage.observed["radio"]},
    ]
    first = None
    for arm in arms:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            done = stage.forward.run(stage.fit.parameters, arm, start=first)
        first = first or done
        for draw in range(4):
            for node, slow in slowly(stage, arm, draw, kind, curve).items():
                fast = np.broadcast_to(done.values[node], (4, stage.design.length))[draw]
                size = max(np.abs(stage.design.rows[node]).max(), np.abs(slow).max())
                np.testing.assert_allclose(fast, slow, rtol=1e-10, atol=1e-12 * size, err_msg=f"{node}, {model.name}")


@pytest.mark.parametrize("curve", SATURATIONS)
def test_a_later_pass_gives_the_bits_of_a_first_one_and_changes_nothing_of_it(curve):
    _, stage = setting(curve)
    parameters, held = stage.fit.parameters, {n: stage.observed[n] for n in ("tv", "radio")}
    first = stage.forward.run(parameters, held)
    before = [{k: np.copy(v) for k, v in part.items()} for part in (first.values, first.pieces, first.sums, parameters)]
    for node, factor in (("tv", 0.0), ("radio", 3.0), ("tv", 1.2)):
        arm = held | {node: factor * held[node]}
        later, fresh = stage.forward.run(parameters, arm, start=first), stage.forward.run(parameters, arm)
        for n in stage.model.nodes:
            np.testing.assert_array_equal(later.values[n], fresh.values[n])
    for part, kept in zip((first.values, first.pieces, first.sums, parameters), before, strict=True):
        for key, value in kept.items():
            np.testing.assert_array_equal(part[key], value)


def test_facts_handed_over_as_a_pass_are_left_as_they_were(funnel_fit):
    few = {n: v[:5] for n, v in funnel_fit.parameters.items()}
    facts = {n: x.copy() for n, x in funnel_fit.design.rows.items()}
    Forward(funnel_fit.model, funnel_fit.design).run(
        few, facts | {"tv_spend": 2 * facts["tv_spend"]}, start=Pass(facts)
    )
    for node, rows in funnel_fit.design.rows.items():
        np.testing.assert_array_equal(facts[node], rows)


def test_rows_before_a_change_keep_their_bits(funnel_fit):
    stage = scene(funnel_fit)
    held = stage.held([], hold_spend=True)
    later = held["tv_spend"].copy()
    later[50:] *= 2
    first = stage.forward.run(funnel_fit.parameters, held)
    second = stage.forward.run(funnel_fit.parameters, held | {"tv_spend": later}, start=first)
    np.testing.assert_array_equal(first.values["revenue"][:, :50], second.values["revenue"][:, :50])
    assert (first.values["revenue"][:, 50] < second.values["revenue"][:, 50]).all()


def test_a_node_that_one_pass_holds_and_the_next_lets_go_responds_again(funnel_fit):
    few = {n: v[:5] for n, v in funnel_fit.parameters.items()}
    stage = scene(fit_of(funnel_fit.model, funnel_fit.data, few))
    free = stage.held([br.turn_off("tv_spend")], hold_spend=True)
    held = free | {"organic_clicks": 0 * stage.observed["organic_clicks"]}
    first = stage.forward.run(few, held)
    after, alone = stage.forward.run(few, free, start=first), stage.forward.run(few, free)
    for node in ("organic_clicks", "revenue"):
        np.testing.assert_allclose(after.values[node], alone.values[node], rtol=1e-12)
    assert not np.allclose(after.values["revenue"], first.values["revenue"])


@pytest.mark.parametrize("noise", ["mean", "predictive"])
@pytest.mark.parametrize("cells", [156, 10_000, 1 << 30])
def test_chunks_and_runs_do_not_change_the_answer(funnel_fit, monkeypatch, noise, cells):
    """A row of a matrix product may be summed in another order where it stands elsewhere, hence not the bits."""
    stage = scene(fit_of(funnel_fit.model, funnel_fit.data, {n: v[:300] for n, v in funnel_fit.parameters.items()}))
    arms = [stage.held([br.scale_by("search_spend", factor)], hold_spend=True) for factor in (1.0, 0.0, 1.7)]

    def answer():
        def revenue(values):
            return np.stack([v["revenue"] for v in values], axis=1)

        return expect(stage, arms, revenue, frozenset({"revenue"}), noise=noise, seed=4)

    usual = answer()
    np.testing.assert_array_equal(answer(), usual)
    monkeypatch.setattr(expecting, "CELLS", cells)
    np.testing.assert_allclose(answer(), usual, rtol=1e-12)


def test_numpy_buffers_are_as_they_were_after_a_pass(funnel_known):
    before = np.getbufsize()
    br.do(funnel_known, br.turn_off("tv_spend"))
    assert np.getbufsize() == before
