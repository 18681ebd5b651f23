"""Laws of every family of noise, old or new."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayes_roi.mechanisms.families import FAMILIES

families = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
discrete = [f for f in FAMILIES.values() if f.discrete]
with_atoms = [f for f in FAMILIES.values() if f.atoms]
TRIALS = 40.0
inside = st.floats(0, 1, exclude_min=True, exclude_max=True)


def names(family):
    return family.name


def parameters(family, q=0.5, trials=TRIALS):
    own = {role: np.array([[prior.ppf(q)]]) for role, prior in family.priors(0.7).items()}
    return own | ({"trials": np.array([trials])} if family.takes_trials else {})


@families
@given(u=st.floats(1e-6, 1 - 1e-6), eta=st.floats(-5, 5), q=st.floats(0.1, 0.9), place=inside)
def test_abduction_recovers_the_noise_and_gives_the_value_back(family, u, eta, q, place):
    p, eta = parameters(family, q), np.array([[eta]])
    z = family.noise(np.array([[u]]), p)
    y = family.respond(np, eta, z, p)
    back = family.abduct(y, eta, p, np.array([[place]]))
    if family.atoms:
        np.testing.assert_allclose(family.respond(np, eta, back, p), y, rtol=0 if family.discrete else 1e-12)
    else:
        if family.name != "beta":  # of a beta value near one, 1 - y holds few digits or none
            np.testing.assert_allclose(back, z, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(family.respond(np, eta, back, p), y, rtol=1e-9)


@families
@given(shift=st.floats(-30, 30), u=st.floats(1e-6, 1 - 1e-6), eta=st.floats(-5, 9), place=inside)
def test_the_value_comes_back_however_badly_the_parents_fit_it(family, shift, u, eta, place):
    """Whatever the tail, a probability of zero to the last float among them: posterior draws go there."""
    p = parameters(family)
    y = family.respond(np, np.array([[eta]]), family.noise(np.array([[u]]), p), p)
    other = np.array([[eta + shift]])
    if family.name == "beta":  # near one the floats of y, not its quantile, are what is too coarse
        y = np.clip(y, 1e-9, 1 - 1e-9)
    back = family.respond(np, other, family.abduct(y, other, p, np.array([[place]])), p)
    rounding = (
        1e-14 * (abs(eta) + abs(shift)) if family.link_name == "identity" else 0.0
    )  # what is left where they cancel
    np.testing.assert_allclose(back, y, rtol=0 if family.discrete else 1e-9, atol=rounding)


@pytest.mark.parametrize(
    ("name", "mean", "y"),
    [
        ("poisson", 5.0, 60.0),
        ("poisson", 5.0, 1000.0),
        ("poisson", 1000.0, 700.0),
        ("poisson", 1e6, 0.0),
        ("negative_binomial", 5.0, 3000.0),
        ("negative_binomial", 1e5, 1.0),
        ("binomial", 0.2, 40.0),
        ("binomial", 39.999, 0.0),
        ("bernoulli", 1e-12, 1.0),
        ("zero_inflated_poisson", 1000.0, 700.0),
        ("zero_inflated_poisson", 5.0, 60.0),
        ("hurdle_lognormal", 1e9, 1.0),
    ],
)
def test_values_far_in_either_tail_come_back_exactly(name, mean, y):
    family = FAMILIES[name]
    share = TRIALS if family.takes_trials else 1.0
    eta = np.full((1, 1000), family.inverse_mean(mean / share))
    u = np.concatenate([np.random.default_rng(3).random(996), [1e-300, 1e-17, 0.5, 1 - 2**-53]])
    p = parameters(family)
    back = family.respond(np, eta, family.abduct(np.full(1000, y), eta, p, u), p)
    np.testing.assert_allclose(back, y, rtol=0 if family.discrete else 1e-14)


@pytest.mark.parametrize("family", with_atoms, ids=names)
def test_noise_abducted_from_values_is_noise(family):
    """Values drawn from z, and z drawn from the values: its quantiles are uniform (Dunn and Smyth 1996).

    The Kolmogorov distance of n uniforms is below 1.95 / sqrt(n) but once in a thousand.
    """
    rng, p, n = np.random.default_rng(5), parameters(family), 40_000
    eta = np.full((1, n), 0.3)
    y = family.respond(np, eta, family.noise(rng.random((1, n)), p), p)
    z = family.residual(family.abduct(y, eta, p, rng.random((1, n))), p)
    from scipy.stats import kstest

    assert kstest(z[0], "norm").statistic < 1.95 / np.sqrt(n)


@pytest.mark.parametrize("family", with_atoms, ids=names)
def test_totals_of_counterfactuals_change_as_the_means_do(family):
    """By total variance, z stays N(0, 1) over the values, so that E[change] is the difference of the means."""
    rng, p, n = np.random.default_rng(6), parameters(family), 50_000
    eta = np.full((1, n), 0.3)
    y = family.respond(np, eta, family.noise(rng.random((1, n)), p), p)
    for shift in (0.02, -0.3):
        would_be = family.respond(np, eta + shift, family.abduct(y, eta, p, rng.random((1, n))), p)
        change, expected = would_be - y, family.mean(np, eta + shift, p) - family.mean(np, eta, p)
        error = change.std() / np.sqrt(n)
        assert error < 0.2 * abs(expected[0, 0])
        assert abs(change.mean() - expected[0, 0]) < 4 * error


@families
def test_the_mean_is_the_mean_of_its_values(family):
    p = parameters(family)
    u = (np.arange(100_000) + 0.5) / 100_000
    eta = np.full((1, len(u)), 0.3)
    y = family.respond(np, eta, family.noise(u[None], p), p)
    np.testing.assert_allclose(y.mean(), family.mean(np, eta[:, :1], p).item(), rtol=1e-3)


@families
@given(u=st.floats(1e-9, 1 - 1e-9), eta=st.floats(-5, 5))
def test_the_quantile_is_the_least_value_that_the_cdf_reaches(family, u, eta):
    p, eta, u = parameters(family), np.array([[eta]]), np.array([[u]])
    y = family.quantile(u, eta, p)
    below = y - 1 if family.discrete else y - np.where(y == 0, 1.0, 1e-6 * np.abs(y))
    assert family.cdf(y, eta, p) >= u * (1 - 1e-8)
    assert family.cdf(below, eta, p) <= u * (1 + 1e-8) + 1e-15
    assert ((family.residual(family.noise(u, p), p) > 0) == (u > 0.5)) or abs(u - 0.5) < 1e-9


@families
def test_the_density_is_that_of_the_pymc_distribution(family):
    """Masses are differences of the cdf, densities its central differences: their error is h^2 / 6 f'' and eps / h."""
    pm = pytest.importorskip("pymc")
    p = parameters(family)
    plain = {role: float(v.item()) for role, v in p.items()}
    law = getattr(pm, family.pymc_name).dist(**family.pymc_args(np, 0.3, plain))
    y = np.unique(family.quantile(np.array([[0.03, 0.3, 0.5, 0.9, 0.99]]), np.array([[0.3]]), p))
    wanted = np.exp(pm.logp(law, y.astype(int) if family.discrete else y).eval(mode="FAST_COMPILE"))
    h = 1e-5 * np.maximum(np.abs(y), 0.1)
    above, below = (y, y - 1) if family.discrete else (y + h, y - h)
    mass = np.ravel(family.cdf(above, np.array([[0.3]]), p) - family.cdf(below, np.array([[0.3]]), p))
    if not family.discrete:
        at_zero = family.atoms & (y == 0)
        mass = np.where(at_zero, np.ravel(family.cdf(y, np.array([[0.3]]), p)), mass / (above - below))
    np.testing.assert_allclose(mass, wanted, rtol=1e-9 if family.discrete else 1e-6)


@families
def test_the_log_density_is_that_of_the_pymc_distribution_less_its_base(family):
    from bayes_roi.mechanisms.autodiff import tape

    pm = pytest.importorskip("pymc")
    y = np.unique(family.quantile(np.array([[0.03, 0.3, 0.5, 0.9, 0.99]]), np.array([[0.3]]), parameters(family)))
    apart = []
    for q, eta in ((0.3, 0.1), (0.5, 0.3), (0.8, 0.7)):
        p = parameters(family, q)
        plain = {role: float(v.item()) for role, v in p.items()}
        law = getattr(pm, family.pymc_name).dist(**family.pymc_args(np, eta, plain))
        theirs = pm.logp(law, y.astype(int) if family.discrete else y).eval(mode="FAST_COMPILE")
        apart.append(family.log_density(tape, y, np.full((1, 1), eta), p)[0] - theirs)
    close = 1e-8 if family.name == "hurdle_lognormal" else 1e-10  # PyMC cuts the lognormal off at its epsilon
    np.testing.assert_allclose(apart[1:], np.broadcast_to(apart[0], (2, len(y))), rtol=close, atol=close)
    base = np.broadcast_to(family.log_base(y.astype(float), p), (1, len(y)))[0]
    np.testing.assert_allclose(-apart[0], base, rtol=close, atol=close)


@families
def test_the_mean_is_that_of_the_pymc_distribution(family):
    pm = pytest.importorskip("pymc")
    p = parameters(family)
    plain = {role: float(v.item()) for role, v in p.items()}
    law = getattr(pm, family.pymc_name).dist(**family.pymc_args(np, 0.3, plain), shape=20_000)
    drawn = pm.draw(law, random_seed=8, mode="FAST_COMPILE")
    error = drawn.std() / np.sqrt(len(drawn))
    assert abs(drawn.mean() - family.mean(np, np.array([[0.3]]), p).item()) < 4 * error


@families
def test_more_is_more(family):
    p = parameters(family)
    z = family.noise(np.linspace(0.01, 0.99, 50)[None], p)
    assert (np.diff(z) > 0).all()
    steps = np.diff(family.respond(np, np.full((1, 50), 2.0), z, p))
    assert (steps >= 0).all()
    assert steps.max() > 0


@families
def test_an_amount_grows_with_the_size_of_the_row_and_a_share_does_not(family):
    p, eta = parameters(family), np.array([[0.3, -1.0, 2.0]])
    size = np.array([0.5, 3.0, 40.0])
    larger, own = family.sized(np, eta, p, size)
    factor = size if family.amount else 1.0
    np.testing.assert_allclose(family.mean(np, larger, own), factor * family.mean(np, eta, p), rtol=1e-12)
    if not family.discrete:
        z = family.noise(np.array([[0.2, 0.7, 0.9]]), p)
        wanted = factor * family.respond(np, eta, z, p)
        np.testing.assert_allclose(family.respond(np, larger, z, own), wanted, rtol=1e-10)


def test_size_is_an_exposure_of_counts():
    """Poisson counts of a row three times as large are those of three rows."""
    eta, sized = np.array([[0.3]]), FAMILIES["poisson"].sized(np, np.array([[0.3]]), {}, np.array([3.0]))
    one, three = (np.diff(FAMILIES["poisson"].cdf(np.arange(-1.0, 60), e, {})[0]) for e in (eta, sized[0]))
    np.testing.assert_allclose(np.convolve(np.convolve(one, one), one)[:60], three[:60], atol=1e-14)


@pytest.mark.parametrize("family", discrete, ids=names)
@given(eta=st.floats(-8, 14), q=st.floats(0.05, 0.95), p=st.floats(0.01, 0.99))
def test_the_quantile_is_that_of_scipy(family, eta, q, p):
    from scipy import stats

    own = parameters(family, p, trials=5000.0)
    mu, alpha = np.exp(eta), own.get("alpha", np.ones(1)).item()
    laws = {
        "poisson": lambda: stats.poisson(mu),
        "negative_binomial": lambda: stats.nbinom(alpha, alpha / (alpha + mu)),
        "binomial": lambda: stats.binom(5000, 1 / (1 + np.exp(-eta))),
        "bernoulli": lambda: stats.bernoulli(1 / (1 + np.exp(-eta))),
    }
    if family.name in laws:
        law, y = laws[family.name](), family.quantile(np.array([[q]]), np.array([[eta]]), own).item()
        assert law.cdf(y) >= q * (1 - 1e-9)
        assert law.cdf(y - 1) <= q * (1 + 1e-9)


def test_successes_need_trials():
    binomial = FAMILIES["binomial"]
    y, trials = np.array([3.0, 12.0]), np.array([10.0, 10.0])
    assert binomial.objection_to_trials(y, trials) == (
        "the binomial family needs at most as many successes as trials; one is 12 of 10"
    )
    assert binomial.objection_to_trials(y, np.array([10.0, 12.0])) is None
    assert binomial.objection_to_trials(y, np.array([10.5, 12.0])) == (
        "of its trials, the binomial family needs whole numbers, one is 10.5"
    )
    np.testing.assert_allclose(binomial.link_of(y, np.array([10.0, 12.0])), np.log([3.5 / 7.5, 12.5 / 0.5]))
    with pytest.raises(TypeError, match="needs trials"):
        binomial.link(y)


def test_no_trials_no_successes():
    binomial = FAMILIES["binomial"]
    p, eta = {"trials": np.array([0.0, 10.0])}, np.array([[0.3, 0.3]])
    y = binomial.respond(np, eta, np.array([[1.5, 1.5]]), p)
    assert y[0, 0] == 0
    back = binomial.respond(np, eta, binomial.abduct(y, eta, p, np.array([0.4, 0.4])), p)
    np.testing.assert_array_equal(back, y)


@families
def test_every_family_says_what_it_is(family):
    page = family.__doc__
    assert "$" in page
    assert "mean" in page.lower()
    assert any(f"{year}" in page for year in range(1930, 2030)), "no source"


@pytest.mark.parametrize("trials", [1.0, 7.0, 40.0, 900.0])
def test_tails_of_a_beta_binomial_are_the_sums_of_its_masses(trials):
    """Those of few trials are summed, those of many integrated: both against SciPy's masses, on either side."""
    from scipy import stats

    from bayes_roi.mechanisms.families.tails.beta_tails import chance_above

    rng = np.random.default_rng(int(trials))
    for kappa, mu in zip(np.exp(rng.uniform(-1, 7, 40)), rng.uniform(0.02, 0.98, 40), strict=True):
        a, b = kappa * mu, kappa * (1 - mu)
        masses = stats.betabinom.pmf(np.arange(trials + 1), trials, a, b)
        k = np.minimum(rng.integers(0, int(trials), 5), trials - 1).astype(float)
        upper, lower = (np.array([masses[at].sum() for at in pick]) for pick in (_after(k), _until(k)))
        law = tuple(np.full(5, x) for x in (trials, a, b))
        for wanted, side in ((upper, True), (lower, False)):
            found = FAMILIES["beta_binomial"].tail(k, np.full(5, side), *law)
            np.testing.assert_allclose(found, wanted, rtol=1e-7, atol=1e-300)
        integrated = chance_above(law[1], law[2], k + 1, trials - k)
        np.testing.assert_allclose(integrated, upper, rtol=1e-7, atol=1e-15)


def _after(k):
    return [slice(int(i) + 1, None) for i in k]


def _until(k):
    return [slice(None, int(i) + 1) for i in k]


def test_many_trials_of_a_beta_binomial_come_back():
    family, rng = FAMILIES["beta_binomial"], np.random.default_rng(2)
    for trials, kappa in ((1e4, 150.0), (1e6, 300.0), (1e5, 1e5)):
        p = {"trials": np.full((1, 500), trials), "kappa": np.array([[kappa]])}
        eta = np.full((1, 500), -4.0)
        y = family.respond(np, eta, rng.standard_normal((1, 500)), p)
        z = family.abduct(y, eta, p, rng.random((1, 500)))
        np.testing.assert_array_equal(family.respond(np, eta, z, p), y)


@pytest.mark.parametrize("family", ["poisson", "negative_binomial"])
def test_counts_of_an_infinite_mean_are_infinite(family):
    """As a posterior draw may have them: a zero would be a wrong number that nobody sees."""
    with np.errstate(all="ignore"):
        y = FAMILIES[family].respond(np, np.array([800.0, np.inf]), np.array([-1.0, 2.0]), {"alpha": np.array(5.0)})
    assert y.tolist() == [np.inf, np.inf]
