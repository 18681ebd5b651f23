"""Models, tables and fits that several tests read; each is made once a worker."""

from __future__ import annotations

import gc
import os
from dataclasses import replace

import hypothesis
import pytest

import bayes_roi as br
from bayes_roi.inference.at_truth import at_truth as known
from bayes_roi.inference.fit import Fit
from bayes_roi.model.language.model import Model
from bayes_roi.model.simulation.truth import Truth, read_truth
from bayes_roi.panel import Panel
from tests.long import LONG

HARDLY = 1e-3
"""Share of transitions that may diverge: a tenth of sqrt(0.05 * 0.95 / 400) = 0.011, the error that the least effective
size allowed leaves in the probability beyond the end of an interval."""

hypothesis.settings.register_profile("shared machine", deadline=None, max_examples=50)
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


def trusted(fit: Fit) -> bool:
    """Whether nothing speaks against draws by NUTS, were it not for a transition in a thousand.

    Whether one transition of some thousands diverges hangs on the last bits of the density, which are others on another
    processor: `fit.diagnosis` tells of it, and a test of what is recovered must not.
    """
    blocks = tuple(replace(b, divergences=0) for b in fit.diagnosis.blocks)
    return bool(replace(fit.diagnosis, blocks=blocks)) and hardly_diverged(fit)


def hardly_diverged(fit: Fit) -> bool:
    return fit.diagnosis.divergences < HARDLY * fit.chains * fit.draws


FLAGS = ["cxx=", "traceback__limit=0"]
"""Numba compiles, as for a user, and nothing is compiled as C++: PyTensor would do so op by op for an inner graph of
`Mode("py")`, for half a minute in a fresh clone. Nor does it note for each node of a graph which lines made it: that is
for its errors, and a tenth of what building a graph takes."""


def pytest_configure() -> None:
    """Set PyTensor's flags before anything imports it, and look for no garbage until the tests are collected."""
    os.environ["PYTENSOR_FLAGS"] = ",".join(filter(None, [*FLAGS, os.environ.get("PYTENSOR_FLAGS")]))
    gc.disable()


def pytest_collection_finish() -> None:
    """Look for garbage less often, and never among what was imported: a graph is many small objects that stay."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(LONG):
            item.add_marker("long")
