"""estimates.json: the schema, and that its numbers are those of the queries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bayes_roi as br
from bayes_roi.inference.fit import Fit
from bayes_roi.model.language.model_file import parse_model
from bayes_roi.run.estimates import estimates, read_estimates
from bayes_roi.run.manifest import manifest_text
from tests.surface import shop

INTERVAL = {"mean", "median", "lower", "upper"}


def read(run: Path) -> dict[str, Any]:
    def refuse(text: str) -> None:
        pytest.fail(f"{text} is not JSON")

    found: dict[str, Any] = json.loads((run / "estimates.json").read_text(), parse_constant=refuse)
    return found


def test_schema_2_has_every_key_of_the_design(run: Path) -> None:
    found = read(run)
    assert found["schema"] == 2
    assert (found["model"], found["outcome"], found["currency"]) == ("shop", "revenue", "USD")
    assert found["window"] == ["2021-01-04", "2024-10-28"]
    assert found["interval"] == {"kind": "eti", "prob": 0.9}
    assert found["diagnosis"].keys() >= {"ok", "max_rhat", "min_ess_bulk", "divergences", "blocks"}
    assert [(block["nodes"], block["engine"]) for block in found["diagnosis"]["blocks"]] == [
        (["clicks"], "collapsed"),
        (["revenue"], "exact"),
    ]
    assert list(found["channels"]) == ["tv", "radio"]
    for channel in found["channels"].values():
        assert channel["evidence"] == "identified"
        assert 0 <= channel["support"] <= 1
        assert channel["adjustment"] == []
        assert channel["prior"]["carries"] is False
        assert 0 < channel["prior"]["probability_positive"] < 1
        assert set(channel["contribution"]) == set(channel["roas"]) == set(channel["marginal_roas"]) == INTERVAL
        assert set(channel["roi"]) == INTERVAL | {"probability_positive"}
        assert set(channel["cost_per"]) == {"median", "lower", "upper"}


@pytest.mark.parametrize("schema", [1, 2])
def test_a_run_of_either_schema_is_read(shop_fit: Fit, tmp_path: Path, schema: int) -> None:
    folder = br.write_run(shop_fit, tmp_path / "run", report=False)
    path = folder / "estimates.json"
    path.write_text(json.dumps(read(folder) | {"schema": schema}))
    manifest = json.loads((folder / "manifest.json").read_text())
    files = {name: (folder / name).read_bytes() for name in manifest["files"]}
    del manifest["files"], manifest["seal"]
    (folder / "manifest.json").write_text(manifest_text(manifest, files))
    assert read_estimates(folder)["schema"] == schema
    assert br.roi(br.read_run(folder)).values.identical(br.roi(shop_fit).values)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"schema": 3}', "estimates.json has schema 3, and this version reads 1 and 2; install a later one"),
        ("[]", "estimates.json is not as bayes_roi writes it"),
        ("{}", "estimates.json is not as bayes_roi writes it"),
    ],
)
def test_estimates_of_another_schema_are_refused_in_one_line(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "estimates.json").write_text(content)
    with pytest.raises(br.RunError, match=told) as error:
        read_estimates(tmp_path)
    assert "\n" not in str(error.value)


def test_the_numbers_are_those_of_the_queries(run: Path, shop_fit: Fit) -> None:
    tv = read(run)["channels"]["tv"]
    assert tv["spend"] == pytest.approx(shop_fit.data.columns["tv_spend"].sum())
    for name, query in (("contribution", br.contribution), ("roas", br.roas), ("roi", br.roi)):
        draws = query(shop_fit).sel(channel="tv")
        assert tv[name]["mean"] == float(draws.mean())
        assert tv[name]["lower"] == float(draws.interval(0.9)["lower"])
    assert tv["roi"]["probability_positive"] == float(br.roi(shop_fit).sel(channel="tv").probability(above=0))


def test_the_adjustment_set_is_what_causes_the_spend() -> None:
    rng = np.random.default_rng(2)
    demand = rng.normal(100, 10, 300)
    spend = 50 + demand + rng.normal(0, 10, 300)
    table = pd.DataFrame({"demand": demand, "tv": spend, "sales": 2 * spend + 3 * demand + rng.normal(0, 5, 300)})
    model = br.Model(name="m", equations="tv ~ demand\nsales ~ tv + demand", outcome="sales", channels={"tv": "tv"})
    found = estimates(br.fit(model, br.read_data(table, model), draws=200))
    assert found["channels"]["tv"]["adjustment"] == ["demand"]
    assert found["window"] is None  # exchangeable rows


def test_without_channels_there_are_none(shop_fit: Fit) -> None:
    model = parse_model(shop.MODEL.replace("channels: {tv: tv_spend, radio: radio_spend}\n", ""))
    assert estimates(br.fit(model, shop_fit.data, draws=50))["channels"] == {}


def test_prob_is_checked_before_anything_is_written(shop_fit: Fit, tmp_path: Path) -> None:
    with pytest.raises(br.QueryError, match=r"prob must be in \(0, 1\), got 90"):
        br.write_run(shop_fit, tmp_path / "new" / "run", prob=90)
    assert not list(tmp_path.iterdir())


def test_all_channels_together_and_parts_of_the_calendar(run: Path, shop_fit: Fit) -> None:
    joint = br.contribution(shop_fit, together=True)
    assert read(run)["total"]["contribution"]["mean"] == pytest.approx(joint.mean().item())
    assert abs(read(run)["total"]["interaction"]["mean"]) < 1e-6 * joint.mean().item()
    found = estimates(shop_fit, by="year")
    assert list(found["by"]["year"]) == ["2021", "2022", "2023", "2024"]
    right = br.roas(shop_fit, by="year").sel(channel="radio", year="2023")
    assert found["by"]["year"]["2023"]["radio"]["roas"]["mean"] == pytest.approx(float(right.mean()))
    assert set(found["remainder"]["year"]) == {"tv", "radio"}
