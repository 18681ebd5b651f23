"""The gradient of everything that is written over the array namespace, against central differences."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from bayes_roi.mechanisms.autodiff import NoGradient, Traced, gradient, plain, tape, value_and_gradient
from bayes_roi.mechanisms.autodiff.namespace import SLOPES
from bayes_roi.mechanisms.families import FAMILIES
from bayes_roi.model.rows.view import View
from tests.laws.test_families import parameters as family_parameters
from tests.laws.test_terms import EXAMPLES, setting

STEP = 1e-5
POSITIVE = np.array([[0.2, 0.7, 1.3], [2.0, 0.4, 0.9]])
FUNCTIONS = {
    "exp": tape.exp,
    "log": tape.log,
    "tanh": tape.tanh,
    "log1p": tape.log1p,
    "softplus": tape.softplus,
    "gammaln": tape.gammaln,
    "share_at": tape.share_at,
    "inverse_of_one_plus_exp": tape.inverse_of_one_plus_exp,
    **{name: lambda x, name=name: getattr(tape, name)(0.4 * x) for name in SLOPES},  # in (0, 1), where all are smooth
    "maximum": lambda x: tape.maximum(x * x, x + 0.1) + tape.maximum(0.8, x),
    "minimum": lambda x: tape.minimum(x * x, x + 0.1) + tape.minimum(x, 0.8),
    "mean": tape.mean,
    "sum": lambda x: x.sum(-1),
    "swapaxes": lambda x: tape.swapaxes(x, 0, 1),
    "where": lambda x: tape.where(plain(x) > 0.8, x * x, -x),
    "concatenate": lambda x: tape.concatenate([x, x * x], axis=-1),
    "stack": lambda x: tape.stack([x, x * x], axis=0),
    "matmul": lambda x: tape.matmul(x, POSITIVE.T) + tape.matmul(POSITIVE, tape.swapaxes(x, 0, 1)),
    "combined": lambda x: tape.combined(x[..., :1][None], x[None]),
    "power": lambda x: x**2.5 + x ** np.array([0.0, 1.0, 2.0]) + x ** (0.5 * x),
    "quotient": lambda x: (1 - x) / (x + 2) - 3 / x,
    "abs": lambda x: abs(x - 0.8),
    "slice": lambda x: x[:, 1:] * x[:, :-1],
    "positions": lambda x: x[..., np.array([0, 2, 2])],
    "units": lambda x: x[..., np.arange(60) % 3] * np.arange(60.0),
}


def differences(f, x):
    """Return the gradient of the sum of f at x, entry by entry."""
    found = np.empty_like(x)
    for at in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[at] = STEP
        found[at] = (np.sum(plain(f(x + step))) - np.sum(plain(f(x - step)))) / (2 * STEP)
    return found


def assert_gradient(f, x):
    """The error of central differences is h^2 / 6 f''' and eps / h, of sums of some tens of terms of order one."""
    _, slope = value_and_gradient(f, x)
    wanted = differences(f, x)
    np.testing.assert_allclose(slope, wanted, rtol=1e-6, atol=1e-7 * max(1.0, np.abs(wanted).max()))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_of_the_tape(name):
    assert_gradient(FUNCTIONS[name], POSITIVE)
    leaf = Traced(POSITIVE)
    result = FUNCTIONS[name](leaf)
    (slope,) = gradient(result, np.ones(result.shape), [leaf])
    np.testing.assert_allclose(slope, value_and_gradient(FUNCTIONS[name], POSITIVE)[1], rtol=1e-12)


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_curve_by_its_parameters(text):
    rows, term = setting(text)
    names = list(term.shape_names.values())
    if not names:
        return
    middle = {term.shape_names[role]: float(prior.ppf(np.array(0.4))) for role, prior in term.shape.items()}
    values = {n: rows.observed(np, n) for n in rows.rows}
    weights = np.cos(np.arange(rows.length))

    def curve(x):
        return term.curve(View(tape, rows, values), {n: x[:, i] for i, n in enumerate(names)}) * weights

    assert_gradient(curve, np.array([[middle[n] for n in names]]))


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_every_density_by_its_parameters_and_its_linear_predictor(family):
    p = family_parameters(family)
    own = [role for role in p if role != "trials"]
    y = np.ravel(family.quantile(np.array([[0.03, 0.3, 0.5, 0.9]]), np.array([[0.3]]), p))

    def density(x):
        named = {role: x[:, i + 1 : i + 2] for i, role in enumerate(own)}
        return family.log_density(tape, y, x[:, :1] + 0.0 * y, {**p, **named})

    assert_gradient(density, np.array([[0.4, *(p[role].item() for role in own)]]))


@pytest.mark.parametrize("name", SLOPES)
def test_elementary_functions_are_those_of_both_namespaces(name):
    import pytensor.tensor as pt

    wanted = getattr(np, name)(0.4 * POSITIVE)
    np.testing.assert_array_equal(getattr(tape, name)(0.4 * POSITIVE), wanted)
    found = getattr(pt, name)(pt.constant(0.4 * POSITIVE)).eval(mode="FAST_COMPILE")
    np.testing.assert_allclose(found, wanted, rtol=1e-14)


def test_a_function_without_a_gradient_is_named():
    with pytest.raises(NoGradient, match=r"uses xp\.clip, whose gradient is not known; write it with abs, arcsinh"):
        value_and_gradient(lambda x: tape.clip(x, 0.0, 1.0), POSITIVE)


def test_threads_do_not_share_what_they_write_down():
    points = [POSITIVE * (1 + i) for i in range(8)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda x: value_and_gradient(lambda t: tape.exp(-t * t), x)[1], points * 20))
    for slope, x in zip(found, points * 20, strict=True):
        np.testing.assert_allclose(slope, -2 * x * np.exp(-x * x))


def test_what_is_not_traced_stays_plain():
    value, slope = value_and_gradient(lambda x: tape.log(np.full(3, 2.0)), POSITIVE)
    assert type(value) is np.ndarray
    assert not slope.any()
