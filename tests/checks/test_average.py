"""Several graphs of one table."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.inference.fit import Fit
from bayes_roi.panel import Panel

TEXTS = {"through clicks": "clicks ~ tv\nsales ~ clicks", "also directly": "clicks ~ tv\nsales ~ clicks + tv"}


def shop(text: str, rows: int = 200, **options: object) -> Fit:
    rng = np.random.default_rng(1)
    tv, a, b = rng.uniform(1, 9, rows), *rng.standard_normal((2, rows))
    clicks = 10 + tv + a
    data = Panel({"tv": tv, "clicks": clicks, "sales": 20 + clicks + tv + b}, None, None, None, "made")
    known: dict[str, object] = {"outcome": "sales", "channels": {"tv": "tv"}} | options
    model = br.Model(name="m", equations=text, **known)  # type: ignore[arg-type]
    return br.fit(model, data, seed=1, draws=500)


@pytest.fixture(scope="module")
def fits() -> dict[str, Fit]:
    return {name: shop(text) for name, text in TEXTS.items()}


def test_a_weight_of_nearly_one_is_that_graph(fits: dict[str, Fit]) -> None:
    found = br.average(fits, weights={"through clicks": 1e-9, "also directly": 1.0})
    own = br.roi(fits["also directly"]).interval(0.9)
    all_ = found.rows()[-1]
    assert all_["lower"] == pytest.approx(float(own.lower[0]), rel=0.02)
    assert all_["upper"] == pytest.approx(float(own.upper[0]), rel=0.02)


def test_the_average_is_a_mixture(fits: dict[str, Fit]) -> None:
    """Its mean is the weighted mean, its variance what is within graphs and between them."""
    weights = {"through clicks": 1.0, "also directly": 3.0}
    found = br.average(fits, weights=weights)
    each = {n: np.ravel(br.roi(f).values.values) for n, f in fits.items()}
    mixed = np.ravel(found.roi.values.values)
    mean = sum(w / 4 * each[n].mean() for n, w in weights.items())
    apart = sum(w / 4 * (each[n].mean() - mean) ** 2 for n, w in weights.items())
    within = sum(w / 4 * each[n].var() for n, w in weights.items())
    # of 2,000 draws of a graph a thousand or more are taken, evenly: four standard errors of their mean
    assert mixed.mean() == pytest.approx(mean, abs=4 * np.sqrt(within / 1000))
    assert found.between("tv") == pytest.approx(apart / (apart + within))
    assert mixed.var() == pytest.approx(apart + within, rel=0.1)


def test_what_the_data_contradict_is_marked_and_assumptions_are_told(fits: dict[str, Fit]) -> None:
    found = br.average(fits)
    assert set(found.rejected) == {"through clicks"}
    assert found.assumptions == {"also directly": "tv -> sales"}
    assert "rejected: through clicks: the data contradict the graph" in str(found)
    assert set(found.roi.words().array.ravel()) == {"assumed"}
    assert len(found.to_frame()) == 3
    assert found.to_dict()["between"]["tv"] > 0


def test_a_mediator_predicts_better_and_is_wrong() -> None:
    """Why predictive weights are never the default: what is conditioned on clicks predicts, and tv seems to do less."""
    wrong, right = shop("sales ~ clicks + tv"), shop("sales ~ tv")
    found = br.average({"total": right, "with the mediator": wrong})
    assert found.predictive is not None
    assert found.predictive["with the mediator"] > 0.99
    medians = {r["graph"]: r["median"] for r in found.rows()}
    assert medians["total"] == pytest.approx(2 - 1, abs=0.15)  # clicks and directly: 1 + 1 per unit of spend
    assert medians["with the mediator"] < 0.3


def test_what_cannot_be_averaged_is_told(fits: dict[str, Fit]) -> None:
    one = fits["also directly"]
    for wrong, said in (
        ({"a": one}, "two graphs or more"),
        ({"a": one, "b": shop(TEXTS["also directly"], rows=150)}, "fitted to other rows"),
        ({"a": one, "b": replace(one, model=replace(one.model, channels={"radio": "tv"}))}, "no channel in common"),
        ({"a": one, "b": shop("clicks ~ tv\nsales ~ clicks", outcome="clicks")}, "b is about clicks"),
    ):
        with pytest.raises(br.QueryError, match=said):
            br.average(wrong)
    with pytest.raises(br.QueryError, match="there is no graph 'x'"):
        br.average(fits, weights={"x": 1.0})
    with pytest.raises(br.QueryError, match="also directly has no weight"):
        br.average(fits, weights={"through clicks": 1.0})
