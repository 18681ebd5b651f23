"""Learners: brute force over all sets of features, the PyMC model of the network, and worlds whose truth is known."""

from __future__ import annotations

import importlib.util
import itertools

import numpy as np
import pytest
from scipy.special import log_ndtr
from scipy.stats import norm

from bayes_roi.errors import QueryError
from bayes_roi.prediction.learners.constant import Constant
from bayes_roi.prediction.learners.network import Density, Network, Shape, network_model
from bayes_roi.prediction.learners.selection import Selection
from bayes_roi.prediction.learners.trees import Trees

Rows = tuple[np.ndarray, np.ndarray]


def standard(x: np.ndarray) -> np.ndarray:
    return (x - x.mean(axis=0)) / x.std(axis=0)


def line(rows: int, columns: int, useful: int, seed: int) -> Rows:
    """Return standardised rows of which the first columns move the target by half of its noise each."""
    rng = np.random.default_rng(seed)
    x = standard(rng.normal(size=(rows, columns)))
    return x, standard(x[:, :useful].sum(axis=1) * 0.5 + rng.normal(size=rows))


def bent(rows: int, seed: int) -> Rows:
    """Return rows of six columns: a bend, a product and nothing else; the noise is a third of the variance."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 6))
    y = np.tanh(2 * x[:, 0]) + 0.8 * x[:, 1] * x[:, 2] + 0.8 * rng.normal(size=rows)
    return x, (y - y.mean()) / y.std()


def evidence(x: np.ndarray, y: np.ndarray) -> float:
    """Return log p(y | columns) by the covariance of y: the intercept and the noise are integrated out."""
    rows = len(y)
    inside = np.eye(rows) + x @ x.T
    inverse, ones = np.linalg.inv(inside), np.ones(rows)
    of_level = ones @ inverse @ ones
    left = y @ inverse @ y - (ones @ inverse @ y) ** 2 / of_level
    return float(-0.5 * np.linalg.slogdet(inside)[1] - 0.5 * np.log(of_level) - 0.5 * (rows - 1) * np.log(left))


def test_selection_is_brute_force_over_all_sets_of_features() -> None:
    """The third feature has two columns, which are in or out together; 0.03 is four standard errors of 4,000 sweeps."""
    x, y = line(40, 5, 1, seed=3)
    owner = np.array([0, 1, 2, 2, 3])
    weights = {}
    for chosen in itertools.product((False, True), repeat=4):
        own = x[:, np.array(chosen)[owner]]
        size = sum(chosen)
        sets_of_this_size = len(list(itertools.combinations(range(4), size)))
        weights[chosen] = -np.log(5 * sets_of_this_size) + evidence(own, y)
    share = np.exp(np.array(list(weights.values())) - np.logaddexp.reduce(list(weights.values())))
    right = share @ np.array(list(weights), float)
    found = Selection(draws=4000).learn(x, y, owner, binary=False, seed=1).inclusion()
    assert found == pytest.approx(right, abs=0.03)


def test_selection_of_a_binary_target_is_an_integral_on_a_grid() -> None:
    """One feature: the level and the coefficient are integrated out by sums; 0.03 is four standard errors."""
    rng = np.random.default_rng(1)
    x = standard(rng.normal(size=(60, 1)))
    sign = np.where(rng.normal(size=60) + 0.3 * x[:, 0] > 0, 1.0, -1.0)
    level, effect = np.linspace(-2, 2, 81), np.linspace(-4, 4, 161)
    whole = log_ndtr(sign * (level[:, None, None] + effect[None, :, None] * x[:, 0])).sum(axis=-1)
    inside = np.logaddexp.reduce((whole + norm.logpdf(effect)).ravel()) + np.log(effect[1] - effect[0])
    without = np.logaddexp.reduce(log_ndtr(sign * level[:, None]).sum(axis=-1))
    found = Selection(3000, 200).learn(x, (sign > 0).astype(float), np.zeros(1, int), binary=True, seed=1)
    assert found.inclusion()[0] == pytest.approx(1 / (1 + np.exp(without - inside)), abs=0.03)


@pytest.mark.parametrize("binary", [False, True])
def test_useful_features_are_selected_and_others_are_not(binary: bool) -> None:
    found = []
    for seed in range(3):
        x, y = line(200, 10, 3, seed)
        target = (y > 0).astype(float) if binary else y
        found.append(Selection(300, 100).learn(x, target, np.arange(10), binary=binary, seed=seed).inclusion())
    mean = np.mean(found, axis=0)
    assert mean[:3].min() > 0.95
    assert mean[3:].max() < 0.5  # the median model (Barbieri and Berger 2004) is the true one


@pytest.mark.parametrize("binary", [False, True])
def test_the_density_of_the_network_is_that_of_its_pymc_model(binary: bool) -> None:
    """Up to a constant, at three points; its gradient is the difference quotient."""
    rng, shape = np.random.default_rng(2), Shape(3, 2)
    x, y = rng.normal(size=(12, 3)), rng.normal(size=12)
    y = (y > 0).astype(float) if binary else y
    density, q = Density(shape, x, y, binary), rng.normal(size=(3, shape.dimension))
    model = network_model(x, y, hidden=2, binary=binary)
    log_density = model.compile_logp(mode="FAST_COMPILE")
    right = [float(log_density({n: v[i] for n, v in shape.split(q).items()})) for i in range(3)]
    height, slope = density(q)
    assert np.diff(height) == pytest.approx(np.diff(right), rel=1e-6)
    steps = 1e-5 * np.eye(shape.dimension)
    quotient = [(density(q + s)[0] - density(q - s)[0]) / 2e-5 for s in steps]
    assert slope == pytest.approx(np.transpose(quotient), rel=1e-4, abs=1e-5)


def test_the_network_finds_bends_and_products_that_a_line_does_not() -> None:
    x, y = bent(250, seed=1)
    new, came = bent(1000, seed=2)
    owner = np.arange(6)
    off = {}
    for learner in (Constant(), Selection(200, 100), Network(4, draws=50, warm_up=150)):
        learned = learner.learn(x, y, owner, binary=False, seed=1)
        off[learner.name] = float(np.mean((came - learned.expected(new).mean(axis=0)) ** 2))
    assert off["no features"] > off["linear, selected"] > off["network"]
    assert off["network"] < 0.6  # the noise alone is a third, a line leaves three quarters


def test_trees_find_them_too() -> None:
    pytest.importorskip("pymc_bart")
    x, y = bent(250, seed=1)
    new, came = bent(1000, seed=2)
    found = Trees(20, 80, 80).learn(x, y, np.arange(6), binary=False, seed=1).expected(new)
    assert found.shape[1] == 1000
    assert float(np.mean((came - found.mean(axis=0)) ** 2)) < 0.7
    shares = Trees(20, 60, 60).learn(x, (y > 0).astype(float), np.arange(6), binary=True, seed=1).expected(new)
    assert float(np.mean(((came > 0) - shares.mean(axis=0)) ** 2)) < 0.22  # a share alone has a quarter


def test_trees_that_are_not_installed_say_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(QueryError, match=r"bayes_roi\[trees\]"):
        Trees()
