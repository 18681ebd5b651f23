"""What docs/experiments.md shows runs, and every answer says of itself what a reader must know."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import bayes_roi as br
from bayes_roi.experiments.ab.groups import TwoGroups
from tests.surface.pages import blocks, run_python

PAGE = "docs/experiments.md"


@pytest.fixture(scope="module")
def shown() -> dict[str, object]:
    names: dict[str, object] = {}
    for at, (kind, text) in enumerate(blocks(PAGE)):
        if kind == "python":
            run_python(text, names, f"{PAGE}, block {at + 1}")
    return names


@pytest.mark.parametrize("name", ["did", "control", "test", "matched", "earlier", "staggered", "series", "promotion"])
def test_every_answer_has_what_evidence_is_made_of(shown: dict[str, object], name: str) -> None:
    found = shown[name]
    assert isinstance(found, br.WindowEffect | TwoGroups)
    assert isinstance(found.estimate, br.Draws)
    assert found.estimate.arrays.values.dims == ("chain", "draw")
    assert found.assumption
    assert found.units
    evidence = "experimental" if found.randomised else "assumed"
    assert str(found.estimate.labels().item()) == evidence
    assert found.estimate.why_assumed == ("" if found.randomised else found.assumption)
    assert found.assumption in str(found) or found.randomised
    assert "<pre>" in found._repr_html_()
    with pytest.raises(AttributeError, match=r"there is br.plot"):
        found.plot()


@pytest.mark.parametrize("name", ["did", "control", "test", "matched", "staggered", "series"])
def test_periods_add_up_and_the_table_has_them(shown: dict[str, object], name: str) -> None:
    found = shown[name]
    assert isinstance(found, br.WindowEffect)
    total, parts = found.estimate.arrays.values.array, found.by_period.sum("time").arrays.values.array
    assert total == pytest.approx(parts)
    table = found.to_frame()
    assert list(table.index) == list(found.times)
    assert (table["observed"] - table["counterfactual"]).to_numpy() == pytest.approx(table["effect"].to_numpy())
    inside = found.treated_units > 0
    added = (table["effect"] * len(found.units)).to_numpy()[inside].sum()
    assert float(found.estimate.mean()) == pytest.approx(added)
    cells = found.treated_units.sum()
    assert float(found.average.mean()) == pytest.approx(added / cells)
    assert [str(t) for t in found.window] == [str(t)[:10] for t in found.times[inside][[0, -1]]]


@pytest.mark.parametrize("name", ["did", "control", "matched", "series", "promotion"])
def test_every_answer_has_a_picture(shown: dict[str, object], name: str) -> None:
    axes = br.plot(shown[name])
    above = axes[0] if isinstance(axes, tuple) else axes
    if name == "promotion":
        labels = [t.get_text() for t in above.get_yticklabels()]
        assert labels == ["posterior, 90 % credible interval", "Wald, 90 % confidence", "bootstrap, 90 % confidence"]
        return
    observed = next(line for line in above.lines if line.get_label() == "observed")
    assert np.asarray(observed.get_ydata(), float) == pytest.approx(shown[name].observed)


def test_the_same_seed_gives_the_same_draws_and_the_order_of_rows_does_not_matter() -> None:
    smoking = pd.read_csv(br.shipped("data/prop99.csv"), sep=";")
    mixed = smoking.sample(frac=1, random_state=0)
    asked = {"outcome": "PacksPerCapita", "unit": "State", "time": "Year", "draws": 200}
    for verb, who in (
        (br.difference_in_differences, {"treated": "treated"}),
        (br.synthetic_control, {"treated": "California", "start": 1989}),
        (br.matched_regions, {"treated": "California", "start": 1989}),
    ):
        one, two = verb(smoking, **asked, **who, seed=3), verb(mixed, **asked, **who, seed=3)
        assert np.array_equal(one.estimate.arrays.values.array, two.estimate.arrays.values.array)
        assert not np.array_equal(one.gap, verb(smoking, **asked, **who, seed=4).gap)


@pytest.mark.parametrize("name", ["test", "matched"])
def test_a_placebo_in_time_ends_before_the_window_and_finds_nothing(shown: dict[str, object], name: str) -> None:
    placebo = shown[name].placebo_in_time("2021-03-11")
    assert placebo.window == ("2021-03-11", "2021-03-31")
    lower, upper = placebo.average.arrays.interval(0.99)
    assert lower.array < 0 < upper.array
