"""Models, tables and fits that several tests read; each is made once a worker."""

from __future__ import annotations

import hypothesis
import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.model.model import Model
from bayes_roi.model.truth import Truth, read_truth
from bayes_roi.panel import Panel

hypothesis.settings.register_profile("shared machine", deadline=None)
hypothesis.settings.load_profile("shared machine")


@pytest.fixture(scope="session")
def acquisition() -> Model:
    return br.read_model(br.shipped("models/acquisition.yaml"))


@pytest.fixture(scope="session")
def acquisition_data(acquisition: Model) -> Panel:
    return br.read_data(br.shipped("data/acquisition.csv"), acquisition)


@pytest.fixture(scope="session")
def acquisition_fit(acquisition: Model, acquisition_data: Panel) -> Fit:
    return br.fit(acquisition, acquisition_data, seed=7)


@pytest.fixture(scope="session")
def funnel() -> Model:
    return br.read_model(br.shipped("models/weekly_funnel.yaml"))


@pytest.fixture(scope="session")
def funnel_data(funnel: Model) -> Panel:
    return br.read_data(br.shipped("data/weekly_funnel.csv"), funnel)


@pytest.fixture(scope="session")
def funnel_truth() -> Truth:
    return read_truth(br.shipped("data/weekly_funnel.truth.json"))


@pytest.fixture(scope="session")
def funnel_fit(funnel: Model, funnel_data: Panel) -> Fit:
    return br.fit(funnel, funnel_data, seed=7)


@pytest.fixture(scope="session")
def funnel_known(funnel: Model, funnel_data: Panel, funnel_truth: Truth) -> Fit:
    """The funnel with the truth as its one draw: every question then has the true answer."""
    return known(funnel, funnel_data, funnel_truth)


def known(model: Model, data: Panel, truth: Truth) -> Fit:
    """Return a fit whose one draw is the truth."""
    return fit_of(model, data, {name: np.asarray(value, float)[None] for name, value in truth.parameters.items()})
