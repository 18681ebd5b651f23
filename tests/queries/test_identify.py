"""`identify` on models: two ways of writing one graph, time, identities, and the labels of every number."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.draws import UNSUPPORTED, Evidence
from bayes_roi.inference.fit import fit_of
from bayes_roi.panel import Panel
from bayes_roi.queries.evidence import evidence, evidence_of_all
from bayes_roi.queries.identification.over_control import moving_together, over_controls
from bayes_roi.queries.questions import questions
from bayes_roi.value.priors.prior_check import prior_fit

HIDDEN = "u"


def model(equations: str, outcome: str = "y", **options: object) -> br.Model:
    return br.Model(name="m", equations=equations, outcome=outcome, **options)  # type: ignore[arg-type]


def asked(equations: str, x: str | tuple[str, ...] = "x", **options: object) -> br.Identification:
    return br.identify(model(equations, **options), x, "y")


CASES = {
    "back door": ("x ~ z\ny ~ x + z", True, "back door", ("z",)),
    "front door": ("z ~ x\ny ~ z\nx ~~ y", True, "front door", None),
    "bow": ("y ~ x\nx ~~ y", False, "none", None),
    "instrument": ("x ~ z\ny ~ x\nx ~~ y", False, "instrument", None),
    "napkin": ("z ~ w\nx ~ z\ny ~ x\nw ~~ x\nw ~~ y", True, "ID algorithm", None),
    "m-bias": ("y ~ x\nw ~~ x\nw ~~ y", True, "back door", ()),
    "butterfly": ("x ~ a + w\nw ~ a + b\ny ~ b + w + x", True, "back door", ("a", "w")),
    "mediator tied to the treatment": ("z ~ x\ny ~ z\nx ~~ y\nx ~~ z", False, "none", None),
    "front door and an arrow": ("z ~ x\ny ~ z + x\nx ~~ y", False, "none", None),
    "mediator and outcome": ("z ~ x\ny ~ z + x\nz ~~ y", True, "back door", ()),
    "confounded mediator": ("z ~ x\ny ~ z + x\nx ~~ z", False, "none", None),
}


def respelled(equations: str) -> tuple[str, tuple[str, ...]]:
    """Return equations with a hidden node for each pair, and the hidden nodes."""
    lines = [line for line in equations.splitlines() if "~~" not in line]
    pairs = [line.split(" ~~ ") for line in equations.splitlines() if "~~" in line]
    for i, pair in enumerate(pairs):
        for node in pair:
            at = next((j for j, line in enumerate(lines) if line.startswith(f"{node} ~")), None)
            if at is None:
                lines.append(f"{node} ~ {HIDDEN}{i}")
            else:
                lines[at] += f" + {HIDDEN}{i}"
    return "\n".join(lines), tuple(f"{HIDDEN}{i}" for i in range(len(pairs)))


@pytest.mark.parametrize("name", CASES)
def test_cases_with_known_answers_in_both_ways_of_writing_a_hidden_cause(name):
    equations, identified, strategy, adjustment = CASES[name]
    other, hidden = respelled(equations)
    found, again = asked(equations), asked(other, unobserved=hidden)
    assert bool(found) is bool(again) is identified
    assert found.strategy == again.strategy == strategy
    assert found.adjustment == again.adjustment == adjustment
    assert found.estimand == again.estimand
    assert bool(found.estimand) is identified
    assert bool(found.open_path) is not identified


def test_a_refusal_names_what_is_shared_and_the_open_path():
    found = asked("x ~ intent\ny ~ x + intent", unobserved=("intent",))
    assert found.reason.startswith("an unobserved cause moves x and y (intent) beside x -> y")
    assert found.open_path == ("x", "<-", "intent", "->", "y")
    far = asked("m ~ x\ny ~ m\nx ~~ m")
    assert far.open_path == ("x", "<->", "m", "->", "y")


def test_an_instrument_is_marked_and_not_identified():
    found = asked("x ~ z + w\ny ~ x + w\nz ~ w\nx ~~ y")
    assert not found
    assert str(found.instruments[0]) == "z given w"
    assert "if the equations are linear, z given w tells it as an instrument" in found.reason


def test_joint_interventions_and_those_one_after_the_other():
    """The second follows what the first moved: no set of nodes to adjust for, but the g-formula."""
    steps = "z ~ x\nv ~ z\ny ~ x + v\nz ~~ y"
    found = asked(steps, ("x", "v"))
    assert (found.strategy, found.adjustment) == ("g-computation", None)
    assert found.estimand == "sum_{z} P(y | x, z, v) P(z | x)"
    assert not asked("z ~ x\nv ~ z\ny ~ x + v + z\nz ~~ y\nz ~~ v", ("x", "v"))


def test_what_is_known_besides():
    plain = model("x ~ z\nm ~ x\ny ~ m + z")
    assert br.identify(plain, "x", "y", given=["z"]).adjustment == ("z",)
    assert br.identify(plain, "x", "y", given=["z"]).estimand == "P(y | x, z)"
    assert br.identify(plain, "y", "m", given=["x"]).reason == "y is no cause of m or of what is known"
    over = br.identify(plain, "x", "y", given="m")
    assert over.notes == ("m is moved by x: known, it takes away what the effect sends through it",)
    assert not br.identify(model("y ~ x\nz ~ x + y\nx ~~ z"), "x", "y", given=["z"])


def test_a_treated_node_that_moves_only_what_is_known_is_still_set():
    """x and y both move c: with c known they are dependent under do(x), and x ~~ c hides by how much."""
    collider = "y ~ 1\nx ~ 1\nc ~ x + y"
    plain = br.identify(model(collider), "x", "y", given=["c"])
    assert plain.estimand == "P(y | x, c)"
    hidden = br.identify(model(f"{collider}\nx ~~ c"), "x", "y", given=["c"])
    assert not hidden
    assert hidden.reason.startswith("an unobserved cause moves x and c (x ~~ c) beside x -> c")
    assert hidden.open_path == ("x", "<->", "c", "<-", "y")
    assert "open with c known: x <-> c <- y" in str(hidden)


def test_what_is_known_and_computed():
    assert br.identify(model("k ~ x\ny := 2 * k"), "x", "y", given=["k"]).reason == (
        "y is computed from what is known, k"
    )
    part = br.identify(model("i := a * b\ny ~ i"), "i", "y", given=["a"])
    assert not part
    assert part.reason.startswith("a is given, and i, which is set, is computed from it")


# --- time ---------------------------------------------------------------------------------------------------------


def test_effects_that_come_later_than_what_confounds_them_are_identified():
    later = asked("y ~ lag(x, 1)\nx ~~ y", time="week")
    assert (bool(later), later.strategy, later.estimand) == (True, "order of time", "P(y | x[t-1])")
    assert not asked("y ~ adstock(x, max_lag=2)\nx ~~ y", time="week")


def test_autocorrelated_noise_is_a_hidden_cause_through_time():
    """u of last week moved x, u of this week moves y: one cause once u goes on from week to week."""
    lagged = "x ~ u\ny ~ lag(x, 1) + u"
    assert asked(lagged, unobserved=("u",), time="week")
    assert not asked(lagged, unobserved=("u",), time="week", noise={"u": "ar(1)"})


def test_a_lagged_rule_of_the_budget_is_adjusted_for_what_it_follows():
    found = asked("x ~ lag(s, 1)\ny ~ x + s", time="week")
    assert found.adjustment == ("s",)
    assert asked("x ~ lag(s, 1)\ns ~~ y\ny ~ x", time="week")


def test_what_has_no_equation_may_go_on_from_period_to_period():
    """z of two weeks ago moved x of last week, and z of this week moves y: two weeks of one series."""
    found = asked("x ~ lag(z, 1)\ny ~ lag(x, 1) + z\nx ~~ y", time="week")
    assert (found.strategy, found.adjustments) == ("order of time", (("z[t-2]",), ("z",)))
    assert found.estimand == "sum_{z[t-2]} P(y | x[t-1], z[t-2]) P(z[t-2])"


def test_what_is_known_in_time_is_known_in_the_period_of_the_outcome():
    later = model("y ~ lag(x, 1) + z\nx ~~ y", time="week")
    assert br.identify(later, "x", given=["z"]).estimand == "P(y | x[t-1], z)"
    assert br.identify(later, "x", given=["z"]).strategy == "order of time"
    assert not br.identify(model("y ~ adstock(x, max_lag=2) + z\nx ~~ y", time="week"), "x", given=["z"])


# --- accounting identities ----------------------------------------------------------------------------------------


def test_an_identity_is_what_it_is_computed_from():
    assert asked("i := 2 * x\ny ~ i", "i")
    same = asked("i := 2 * x\ny ~ i + x", "i")
    assert not same
    assert same.reason.startswith("i is computed from x alone, which acts on y in other ways too")
    assert not asked("i := 2 * x\ny ~ i\nx ~~ y", "i")


def test_adjusting_for_the_inputs_of_an_identity_saves_nothing():
    confounded = "orders := visits * rate\ny ~ orders + u\nvisits ~ u"
    found = asked(confounded, "orders", unobserved=("u",))
    assert not found
    assert "an unobserved cause moves visits and y (u)" in found.reason
    assert asked("orders := visits * rate\ny ~ orders\nvisits ~~ y", "rate")


def test_an_outcome_that_is_computed_is_asked_as_its_inputs():
    money = "units ~ x\nprice ~ 1\ny := units * price\nx ~~ price"
    assert asked(money)
    assert not asked("units ~ x\ny := units * price\nx ~~ units")


# --- what a model should not condition on -------------------------------------------------------------------------


def test_clicks_without_an_equation_are_told():
    channels = {"tv": "tv_spend"}
    bare = model("y ~ tv_spend + clicks", channels=channels)
    (told,) = over_controls(bare)
    assert told.startswith("clicks has no equation")
    assert br.identify(bare, "tv_spend").notes == (told,)
    assert over_controls(model("clicks ~ tv_spend\ny ~ clicks", channels=channels)) == ()
    assert over_controls(model("y ~ clicks")) == ()


def test_what_goes_with_spend_and_has_no_equation_is_told():
    """Pages follow the spend, in both units alike; the units differ in size, which says nothing."""
    rng = np.random.default_rng(1)
    units = np.repeat(["north", "south"], 60)
    size = np.where(units == "north", 1.0, 20.0)
    spend = size * rng.gamma(2.0, 50.0, 120)
    free = size * rng.gamma(2.0, 50.0, 120)
    columns = {"tv_spend": spend, "pages": 0.8 * spend + size * rng.normal(0, 20, 120), "rain": free, "y": spend}
    panel = Panel(columns=columns, periods=None, time=None, frequency=None, source="made", unit="geo", units=units)
    channels = {"tv": "tv_spend"}
    (told,) = moving_together(model("y ~ tv_spend + pages + rain", channels=channels), panel)
    assert told.startswith("pages goes with tv_spend (correlation 0.9")
    assert moving_together(model("pages ~ tv_spend\ny ~ tv_spend + pages + rain", channels=channels), panel) == ()
    assert moving_together(model("tv_spend ~ pages\ny ~ tv_spend + pages + rain", channels=channels), panel) == ()


# --- labels -------------------------------------------------------------------------------------------------------


def made(seed: int, *, weeks: bool = False) -> tuple[br.Model, br.Model]:
    """Return a random linear model with hidden causes as pairs, and the same with a hidden node for each.

    In one of weeks most spends act a week late, and what m adds goes through a computed node.
    """
    rng = np.random.default_rng(seed)
    lags = np.random.default_rng([seed, 1])
    names = ["z", "a_spend", "m", "b_spend", "n", "y"]
    lines = []
    for at, node in enumerate(names[1:], start=1):
        parents = [p for p in names[:at] if rng.random() < 0.5] or [names[at - 1]]
        late = [p.endswith("spend") and lags.random() < 0.8 for p in parents] if weeks else [False] * len(parents)
        terms = [f"lag({p}, 1)" if is_late else p for p, is_late in zip(parents, late, strict=True)]
        lines.append(f"{node} ~ {' + '.join(terms)}")
    if weeks:
        lines = [" ".join("double" if word == "m" and at else word for at, word in enumerate(x.split())) for x in lines]
        lines.append("double := 2 * m")
    pairs = {tuple(sorted(rng.choice(5, 2, replace=False) + 1)) for _ in range(rng.integers(0, 4))}
    lines += [f"{names[a]} ~~ {names[b]}" for a, b in sorted(pairs)]
    text, hidden = respelled("\n".join(lines))
    channels = {"a": "a_spend", "b": "b_spend"}
    time = "week" if weeks else None
    whole = model("\n".join(lines), channels=channels, time=time)
    return whole, model(text, channels=channels, unobserved=hidden, time=time)


def drawn(known: br.Model, seed: int) -> br.Fit:
    rng = np.random.default_rng(seed)
    columns = {n: rng.gamma(2.0, 50.0, 40) for n in known.measured}
    periods = np.arange(40) if known.time else None
    panel = Panel(columns=columns, periods=periods, time=known.time, frequency=None, source="made")
    return prior_fit(known, panel, draws=20, seed=seed)


@pytest.mark.parametrize("weeks", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_labels_are_those_of_identify_in_both_ways_of_writing(seed, weeks):
    """The ATE, the ROI of each channel and the joint question, of generated models."""
    kinds = []
    for known in made(seed, weeks=weeks):
        spends = [n for n in known.nodes if n in known.spends]
        joint = br.identify(known, spends)
        fit = drawn(known, seed)
        alone = br.identify(known, "a_spend")
        told = [(br.ate(fit, "a_spend", shift=1.0), alone), (br.roi(fit), joint), (br.attribution(fit), joint)]
        for draws, expected in told:
            _, found, support = draws.arrays
            reached = np.broadcast_to(support.array, found.array.shape) >= UNSUPPORTED
            assert (found.array[reached] == (Evidence.IDENTIFIED if expected else Evidence.ASSUMED)).all()
            assert (found.array[~reached] == Evidence.ASSUMED).all()
            assert expected or draws.reason
        held = br.ate(fit, "a_spend", shift=1.0, hold_spend=True)
        assert bool(joint) or int(held.evidence) == Evidence.ASSUMED
        kinds.append([(bool(q), q.strategy, q.adjustments) for q in (alone, joint)])
    assert kinds[0] == kinds[1]


@pytest.mark.parametrize("weeks", [False, True])
@pytest.mark.parametrize("seed", range(100))
def test_both_ways_of_writing_are_one_graph(seed, weeks):
    pair, hidden = made(seed, weeks=weeks)
    for x in (["a_spend"], ["b_spend"], ["a_spend", "b_spend"], ["m"], ["z"]):
        one, other = br.identify(pair, x), br.identify(hidden, x)
        assert (bool(one), one.strategy, one.adjustments) == (bool(other), other.strategy, other.adjustments)
        assert evidence(pair, x, "y") == evidence(hidden, x, "y")


def test_a_row_s_counterfactual_is_assumed_where_the_mean_is_identified():
    known = model("x ~ z\ny ~ x + z", families={"y": "poisson"})
    rng = np.random.default_rng(1)
    columns = {"z": rng.normal(size=30), "x": rng.normal(size=30), "y": 1.0 * rng.poisson(5.0, 30)}
    panel = Panel(columns=columns, periods=None, time=None, frequency=None, source="made")
    fit = fit_of(
        known,
        panel,
        {"x.intercept": [0.0], "x.z.effect": [0.1], "x.sigma": [1.0]}
        | {"y.intercept": [1.0], "y.x.effect": [0.1], "y.z.effect": [0.1]},
    )
    row = br.counterfactual(fit, br.set_to("x", 0.0), rows=True)["y"]
    assert set(row.evidence.values.ravel().tolist()) == {Evidence.ASSUMED}
    assert row.why_assumed.startswith("what a single row would have been rests on the form of its noise")
    assert int(br.counterfactual(fit, br.set_to("x", 0.0))["y"].evidence) == Evidence.IDENTIFIED
    moved = br.counterfactual(fit, br.shift_by("x", 1.0))  # z makes rows with one x like those with another
    assert {n: int(draws.evidence) for n, draws in moved.items()} == {
        "x": Evidence.IDENTIFIED,
        "y": Evidence.IDENTIFIED,
    }
    assert int(br.do(fit, br.set_to("x", 0.0))["y"].evidence) == Evidence.IDENTIFIED


def test_the_influence_asks_for_every_equation():
    assert evidence_of_all(model("z ~ x\ny ~ z"), "y") == Evidence.IDENTIFIED
    assert evidence_of_all(model("z ~ x\ny ~ z + x\nz ~~ y"), "y") == Evidence.ASSUMED


# --- the noun -----------------------------------------------------------------------------------------------------


def test_it_describes_itself():
    found = asked("x ~ z\ny ~ x + z")
    assert "P(y | do(x)): identified (back door: z)" in repr(found)
    assert "P(y | do(x)): identified (back door: z)" in found._repr_html_()
    assert json.loads(json.dumps(found.to_dict()))["adjustment"] == ["z"]
    both = asked("x ~ a + w\nw ~ a + b\ny ~ b + w + x")
    assert both.adjustments == (("a", "w"), ("b", "w"))
    assert "adjusting for {b, w} does as well" in repr(both)


def test_questions_are_the_money_and_the_effect_of_each_spend():
    channels = {"tv": "tv", "search": "search"}
    known = model("search ~ tv + z\ny ~ tv + search + z", channels=channels)
    assert [q.name for q in questions(known)] == [
        "money of all channels",
        "money of tv, in total",
        "ATE of tv",
        "ATE of search",
    ]


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda m: br.identify(m, "xx"), "did you mean 'x'?"),
        (lambda m: br.identify(m, "x", "x"), "'x' is what is done and what responds"),
        (lambda m: br.identify(m, ("x", "x")), "'x' is named twice"),
        (lambda m: br.identify(m, ()), "name at least one treated node"),
        (lambda m: br.identify(m, "x", given=["u"]), "'u' is not observed"),
        (lambda m: br.identify(m, "x", given=["i"]), "'i' is computed: i := 2 * x"),
    ],
)
def test_mistakes_are_told(ask, message):
    known = model("x ~ u\ni := 2 * x\ny ~ x + u", unobserved=("u",))
    with pytest.raises(br.QueryError, match=message.replace("?", r"\?").replace("*", r"\*")):
        ask(known)


LARGE = """
import sys, time
import numpy as np
import bayes_roi as br
rng = np.random.default_rng(3)
spends = [f"n{i}" for i in range(3, 13)]
term = lambda p: f"hill(adstock(n{p}, max_lag=8))" if f"n{p}" in spends else f"n{p}"
lines = [f"n{i} ~ " + " + ".join(term(p) for p in range(i) if rng.random() < 0.3 or p == i - 1) for i in range(3, 30)]
pairs = {tuple(sorted(map(int, rng.choice(np.arange(3, 30), 2, replace=False)))) for _ in range(8)}
lines += [f"n{a} ~~ n{b}" for a, b in pairs]
channels = {s: s for s in spends}
model = br.Model(name="m", equations="\\n".join(lines), outcome="n29", time="week", channels=channels)
br.identify
start = time.process_time()
asked = [br.identify(model, s) for s in spends] + [br.identify(model, spends)]
print(time.process_time() - start, "pymc" in sys.modules, len(model.nodes), len(model.confounding))
"""


def test_thirty_nodes_with_eight_hidden_causes_take_less_than_a_second_without_pymc():
    said = subprocess.run([sys.executable, "-c", LARGE], capture_output=True, text=True, check=True).stdout.split()
    assert float(said[0]) < 1.0
    assert said[1:] == ["False", "30", "8"]
