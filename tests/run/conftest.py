"""Fits of the shop, which take milliseconds."""

from __future__ import annotations

from pathlib import Path

import pytest

import bayes_roi as br
from bayes_roi.inference.fit import Fit
from bayes_roi.model.file.model_file import parse_model
from bayes_roi.panel import Panel
from tests.surface import shop


@pytest.fixture(scope="session")
def shop_data(tmp_path_factory: pytest.TempPathFactory) -> Panel:
    table = tmp_path_factory.mktemp("shop") / "shop.csv"
    table.write_text(shop.table())
    return br.read_data(table, parse_model(shop.MODEL), clean={"outliers": "iqr"})


@pytest.fixture(scope="session")
def shop_fit(shop_data: Panel) -> Fit:
    return br.fit(parse_model(shop.MODEL), shop_data, seed=3, draws=500)


@pytest.fixture(scope="session")
def other_fit(shop_data: Panel) -> Fit:
    return br.fit(parse_model(shop.MODEL), shop_data, seed=4, draws=500)


@pytest.fixture
def run(shop_fit: Fit, tmp_path: Path) -> Path:
    """A run folder of the shop, without its report."""
    return br.write_run(shop_fit, tmp_path / "run", report=False)
