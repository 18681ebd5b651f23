"""The graph: order, relatives, cycles, intervention."""

from __future__ import annotations

import pytest

from bayes_roi.errors import ModelError
from bayes_roi.graph import Dag

FUNNEL = Dag(
    {"demand": (), "spend": ("demand",), "clicks": ("spend", "demand"), "revenue": ("clicks", "demand")},
    frozenset({frozenset({"spend", "revenue"})}),
)


def test_causes_come_first():
    assert FUNNEL.order == ("demand", "spend", "clicks", "revenue")


def test_relatives_include_the_nodes_themselves():
    assert FUNNEL.ancestors(["clicks"]) == {"demand", "spend", "clicks"}
    assert FUNNEL.descendants(["spend"]) == {"spend", "clicks", "revenue"}


def test_an_intervention_cuts_arrows_and_unobserved_causes_into_its_node():
    cut = FUNNEL.without_causes_of({"spend"})
    assert cut.parents["spend"] == ()
    assert cut.parents["clicks"] == ("spend", "demand")
    assert not cut.confounded


def test_a_cycle_is_printed():
    with pytest.raises(ModelError) as error:
        Dag({"a": ("c",), "b": ("a",), "c": ("b",)}).order  # noqa: B018
    assert "the equations form a cycle: " in str(error.value)
    assert set("abc") <= set(str(error.value).split("cycle: ")[1].split(";")[0])
