"""Laws of every term: the same in every array namespace, zero at zero spend, centred where it should be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytensor.tensor as pt
import pytest

import bayes_roi as br
from bayes_roi.mechanisms import TERMS
from bayes_roi.mechanisms.adstock import KINDS
from bayes_roi.model.language.equations import parse_equations
from bayes_roi.model.law.parameters import node_parameters
from bayes_roi.model.rows.design import design
from bayes_roi.model.rows.view import View
from bayes_roi.panel import Panel

EXAMPLES = {
    **{f"{name}(x)": name for name, cls in TERMS.items() if cls.saturating},
    **{f"{name}(adstock(x, max_lag=3))": name for name, cls in TERMS.items() if cls.saturating},
    **{f'adstock(x, kind="{kind}", max_lag=5)': "adstock" for kind in KINDS},
    "x": "node",
    "1*x": "fixed",
    "lag(x, 2)": "lag",
    "interact(x, z)": "interact",
    "trend()": "trend",
    "season(period=26.0, order=2)": "season",
    "factor(kind)": "factor",
    "(x | geo)": "varying",
    "(hill(adstock(x, max_lag=3)) | geo)": "varying",
    "(lag(x, 2) | geo)": "varying",
}
SPENDING = [text for text in EXAMPLES if "x" in text.replace("max_lag", "")]
terms = pytest.mark.parametrize("text", EXAMPLES)


def setting(text, spend=True):
    """Return the rows and the term of a model of one series, or where it varies by `geo` of two units in turn."""
    rng = np.random.default_rng(3)
    columns = {"x": rng.gamma(2.0, size=40), "z": 5 + rng.normal(size=40), "y": 10 + rng.normal(size=40)}
    columns["kind"] = np.arange(40.0) % 3
    extra = "" if text in ("x", "1*x") else " + lag(x, 1, label='more')"
    equations = f"y ~ z + {text}" if "z" not in text else f"y ~ {text}"
    geo = "geo" if "geo" in text else None
    channels = {"c": "x"} if spend else {}
    model = br.Model(name="m", equations=equations + extra, outcome="y", time="t", channels=channels, panel=geo)
    panel = Panel(
        columns={n: columns[n] for n in model.nodes},
        periods=np.arange(40) % 20 if geo else np.arange(40),
        time="t",
        frequency="period",
        source="made",
        unit=geo,
        units=np.repeat(["north", "south"], 20) if geo else None,
        levels={"kind": ("a", "b", "c")} if "kind" in model.nodes else {},
    )
    rows = design(model, panel)
    (wanted,) = parse_equations(f"y ~ {text}")[0][0].terms
    term = next(t for t in node_parameters(model, rows, "y").terms if t.term == wanted)
    return rows, term


def shape_of(term, q=0.4):
    return {name: np.array([term.shape[role].ppf(q)]) for role, name in term.shape_names.items()}


def test_every_term_of_the_grammar_is_among_the_examples():
    assert set(TERMS) | {"node", "fixed", "varying"} == set(EXAMPLES.values())


@terms
def test_pytensor_agrees_with_numpy(text):
    rows, term = setting(text)
    p = {name: v[0] for name, v in shape_of(term).items()}
    numpy_curve = term.curve(View(np, rows, rows.rows), {n: np.asarray(v) for n, v in p.items()})
    values = {n: pt.as_tensor_variable(v) for n, v in rows.rows.items()}
    curve = term.curve(View(pt, rows, values), {n: pt.as_tensor_variable(v) for n, v in p.items()})
    other = curve.eval(mode="FAST_COMPILE") if hasattr(curve, "eval") else curve
    np.testing.assert_allclose(other, numpy_curve, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("text", SPENDING)
def test_no_spend_has_no_effect(text):
    rows, term = setting(text)
    silent = {**rows.rows, "x": np.zeros(rows.length)}
    quiet = {n: np.zeros_like(c) for n, c in rows.carry.items()}
    curve = term.curve(View(np, replace(rows, carry=quiet), silent), shape_of(term))
    np.testing.assert_allclose(curve, 0, atol=1e-15)


@terms
def test_a_term_without_spend_that_is_linear_is_centred(text):
    rows, term = setting(text, spend=False)
    if term.term.saturating or term.term.max_lag or term.term.name in ("interact", "factor"):
        pytest.skip("centred on the node, not on the term")
    np.testing.assert_allclose(term.curve(View(np, rows, rows.rows), shape_of(term)).mean(-1), 0, atol=1e-9)


@terms
def test_draws_are_computed_together_as_one_by_one(text):
    rows, term = setting(text)
    qs = (0.2, 0.5, 0.7)
    one_by_one = [term.curve(View(np, rows, rows.rows), shape_of(term, q)) for q in qs]
    together = {n: np.concatenate([shape_of(term, q)[n] for q in qs]) for n in shape_of(term)}
    curve = term.curve(View(np, rows, rows.rows), together)
    for i in range(len(qs)) if term.shape else ():
        np.testing.assert_allclose(curve[i], np.ravel(one_by_one[i]), rtol=1e-12)
    assert curve.shape[-1] == rows.length


@terms
def test_a_curve_of_prepared_parameters_has_the_same_bits(text):
    rows, term = setting(text)
    view = View(np, rows, rows.rows)
    shape = {role: shape_of(term)[name][..., None] for role, name in term.shape_names.items()}
    prepared = term.term.prepared(np, shape)
    assert shape.keys() <= prepared.keys()
    for _ in range(2):
        np.testing.assert_array_equal(term.term.curve(np, view, prepared), term.term.curve(np, view, shape))


@terms
def test_a_curve_leaves_what_it_reads_as_it_was(text):
    rows, term = setting(text)
    shape, values = shape_of(term), {n: np.stack([x, 2 * x]) for n, x in rows.rows.items()}
    shape = {n: np.repeat(v, 2) for n, v in shape.items()}
    for given in (values, rows.rows):
        before = {
            n: np.copy(v) for n, v in (given | shape | {f"carry of {n}": c for n, c in rows.carry.items()}).items()
        }
        term.curve(View(np, rows, given), shape)
        after = given | shape | {f"carry of {n}": c for n, c in rows.carry.items()}
        for n, v in before.items():
            np.testing.assert_array_equal(after[n], v)
