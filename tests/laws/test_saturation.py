"""Laws of every saturation, old or new."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayes_roi.mechanisms.saturation import SATURATIONS
from bayes_roi.mechanisms.scale import Scale

curves = pytest.mark.parametrize("curve", SATURATIONS.values(), ids=SATURATIONS)
SCALE = Scale(mean=0.8, sd=0.5, positive_mean=1.0, low=0.0, high=3.0)
U = np.concatenate([[0.0], np.geomspace(1e-6, 1e4, 200)])


def stated(curve):
    """Return the formula of a curve's docstring, the first between dollar signs, as a function of s and parameters.

    s is u / half, and k the one parameter beside it.
    """
    text = re.search(r"\$([^$]+)\$", curve.__doc__)[1]
    text = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1) / (\2))", text)
    text = re.sub(r"e\^\{([^{}]*)\}", r"exp(\1)", text).replace("^", "**").replace("\\", "")
    code = compile(re.sub(r"\)\s+(?=[a-z])", ") * ", text), curve.name, "eval")

    def formula(s, p):
        others = [value for role, value in p.items() if role != "half"]
        return eval(code, {name: getattr(np, name, None) for name in code.co_names} | {"s": s, "k": sum(others)})

    return formula


def parameters(curve, q):
    return {role: np.array([prior.ppf(q)]) for role, prior in curve.own_priors(SCALE).items()}


@curves
@given(q=st.floats(0.05, 0.95))
def test_nothing_in_gives_nothing_out(curve, q):
    assert curve.response(np, np.zeros(3), parameters(curve, q)).tolist() == [0, 0, 0]


@curves
@given(q=st.floats(0.05, 0.95))
def test_more_gives_no_less(curve, q):
    response = curve.response(np, U, parameters(curve, q))
    assert np.isfinite(response).all()
    assert (np.diff(response) >= 0).all()
    assert response[120] > 0


@curves
@given(q=st.floats(0.05, 0.95))
def test_returns_fall_in_the_end(curve, q):
    p = parameters(curve, q)
    per_unit = [float(curve.response(np, np.array([u]), p)[0]) / u for u in (10.0, 100.0, 1000.0)]
    assert per_unit[0] > per_unit[1] > per_unit[2]


@curves
@given(q=st.floats(0.05, 0.95))
def test_it_is_the_formula_it_says(curve, q):
    p = parameters(curve, q)
    s = U / p.get("half", 1.0)
    np.testing.assert_allclose(curve.response(np, U, p), stated(curve)(s, p), rtol=1e-9, atol=1e-15)


@curves
@pytest.mark.parametrize("q", [0.001, 0.5, 0.999])
def test_the_ends_of_double_precision_neither_warn_nor_overflow(curve, q):
    ends = np.array([0.0, 5e-324, 1e-300, 1e-30, 1.0, 1e30, 1e300])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        response = curve.response(np, ends, parameters(curve, q))
    assert np.isfinite(response).all()
    assert response[0] == 0
    assert (np.diff(response) >= 0).all()


@curves
def test_one_series_and_a_series_a_draw_give_the_same(curve):
    p = {role: np.repeat(value, 3)[:, None] for role, value in parameters(curve, 0.4).items()}
    np.testing.assert_array_equal(curve.response(np, U, p), curve.response(np, np.tile(U, (3, 1)), p))


@curves
def test_the_gradient_at_zero_is_finite(curve):
    pt = pytest.importorskip("pytensor.tensor")
    import pytensor

    u = pt.dvector()
    p = {role: pt.as_tensor_variable(v) for role, v in parameters(curve, 0.5).items()}
    total = curve.response(pt, u, p).sum()
    gradient = pytensor.function([u], pytensor.grad(total, list(p.values())[-1:] if len(p) else u), mode="FAST_COMPILE")
    assert all(np.isfinite(g).all() for g in gradient(np.array([0.0, 1.0])))
