"""Power-scaling sensitivity: held to ArviZ's, and to worlds whose returns the data do or do not tell."""

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.value.money.money import Money
from bayes_roi.value.money.never_paused import never_paused
from bayes_roi.value.priors.never_harms import never_harms
from bayes_roi.value.priors.prior_check import prior_fit
from bayes_roi.value.uncertainty.prior_weight import POWERS, PriorWeight, prior_weights, sensitivity
from tests.recovery.label_worlds import WORLDS


@pytest.mark.parametrize("pull", [0.0, 0.3, 2.0])
def test_sensitivity_is_arviz_s(pull):
    from arviz_stats.base import array_stats

    rng = np.random.default_rng(3)
    quantity = rng.gamma(2.0, 1.0, 2000)
    density = pull * quantity + rng.normal(size=2000)
    lower, upper = (np.exp((a - 1) * (density - density.mean())) for a in POWERS)
    wanted = array_stats.power_scale_sense(
        quantity[None], lower[None], upper[None], lower_alpha=POWERS[0], upper_alpha=POWERS[1]
    )
    assert sensitivity(quantity, density) == pytest.approx(float(wanted), rel=1e-4)


def fitted(name):
    made = WORLDS[name](np.random.default_rng([0, list(WORLDS).index(name)]))
    return br.fit(made.model, made.panel(0), seed=1)


def test_the_prior_carries_what_the_data_cannot_tell_and_nothing_else():
    tied, apart = fitted("rule of demand, no effect"), fitted("independent bursts")
    assert prior_weights(Money(tied))["search"].carries
    told = prior_weights(Money(apart), Money(prior_fit(apart.model, apart.data, draws=200)))["search"]
    assert not told.carries
    assert 0.2 < told.positive_before < 0.8


def test_words():
    assert PriorWeight(0.2, 0.01).word == "carried by the prior"
    assert PriorWeight(0.2, 0.3).word == "leans on the prior"
    assert PriorWeight(0.01).word == ""


def test_a_way_through_an_effect_of_either_sign_can_do_harm(funnel, funnel_data):
    from bayes_roi.model.rows.design import design

    assert never_harms(funnel, design(funnel, funnel_data)) == ()
    made = WORLDS["independent bursts"](np.random.default_rng(0))
    assert never_harms(made.model, design(made.model, made.panel(0))) == ("tv", "search")


def test_a_channel_that_never_pauses_says_so_in_its_roi(funnel, funnel_data):
    prior = prior_fit(funnel, funnel_data, draws=20)
    assert list(never_paused(prior)) == ["search"]
    assert "search never pauses" in repr(br.roi(prior))
