"""Rules over touches: laws of all, answers worked by hand, and the sampling error of what they hand out."""

from __future__ import annotations

import re

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.draws import Evidence
from bayes_roi.errors import QueryError
from bayes_roi.journeys.counts.path_types import PathTypes
from bayes_roi.journeys.credit import RULES, credits
from bayes_roi.journeys.rules import TOUCH_RULES, resampled
from bayes_roi.journeys.rules.base import TouchRule
from bayes_roi.journeys.rules.last_non_direct import LastNonDirect
from bayes_roi.journeys.rules.resampled import by_channel
from bayes_roi.journeys.rules.u_shaped import UShaped
from bayes_roi.journeys.rules.w_shaped import WShaped

NAMES = ("a", "b", "direct")


def paths(*walks: str, conversions: list[int] | None = None) -> PathTypes:
    """Return path types of walks such as "ab": the letters of channels."""
    codes = np.array(["abd".index(c) for walk in walks for c in walk], np.uint8)
    lengths = [len(walk) for walk in walks]
    often = np.array(conversions or [1] * len(walks))
    decay = np.concatenate([np.arange(1, n + 1) / (n * (n + 1) / 2) * k for n, k in zip(lengths, often, strict=True)])
    return PathTypes(NAMES, codes, np.cumsum([0, *lengths]), often, often, 10.0 * often, 100.0 * often, decay)


WALKS = paths("a", "ab", "abd", "bdda", "dd", "abaab")


@pytest.mark.parametrize("rule", TOUCH_RULES)
def test_every_rule_hands_out_all_of_each_conversion(rule: str) -> None:
    weights = TOUCH_RULES[rule]().weights(WALKS)
    assert np.all(weights >= 0)
    np.testing.assert_allclose(by_channel(WALKS, weights).sum(axis=1), 1.0, rtol=1e-12)


@pytest.mark.parametrize("rule", TOUCH_RULES)
def test_a_path_of_one_channel_gives_it_all(rule: str) -> None:
    assert by_channel(paths("bbb"), TOUCH_RULES[rule]().weights(paths("bbb"))).tolist() == [[0, pytest.approx(1.0), 0]]


@pytest.mark.parametrize(
    ("rule", "walk", "wanted"),
    [
        ("first", "bad", [1, 0, 0]),
        ("last", "bad", [0, 0, 1]),
        ("last_non_direct", "badd", [0, 1, 0, 0]),
        ("last_non_direct", "dd", [0, 1]),
        ("linear", "bad", [1 / 3] * 3),
        ("time_decay", "bad", [1 / 6, 2 / 6, 3 / 6]),
        ("u_shaped", "b", [1]),
        ("u_shaped", "ba", [0.5, 0.5]),
        ("u_shaped", "bad", [0.4, 0.2, 0.4]),
        ("u_shaped", "baad", [0.4, 0.1, 0.1, 0.4]),
        ("w_shaped", "ba", [0.5, 0.5]),
        ("w_shaped", "bad", [1 / 3] * 3),
        ("w_shaped", "baab", [0.3, 0.1, 0.3, 0.3]),
        ("w_shaped", "baaab", [0.3, 0.05, 0.3, 0.05, 0.3]),
    ],
)
def test_paths_worked_by_hand(rule: str, walk: str, wanted: list[float]) -> None:
    np.testing.assert_allclose(TOUCH_RULES[rule]().weights(paths(walk)), wanted, atol=1e-12)


def test_options_of_rules() -> None:
    np.testing.assert_allclose(UShaped(first=0.6, last=0.2).weights(paths("baa")), [0.6, 0.2, 0.2])
    np.testing.assert_allclose(WShaped(each=0.25).weights(paths("baaa")), [0.25] * 4)
    assert LastNonDirect(direct=("a",)).weights(paths("bda")).tolist() == [0, 1, 0]
    with pytest.raises(QueryError, match="together at most one"):
        UShaped(first=0.8, last=0.3)
    with pytest.raises(QueryError, match="at most a third"):
        WShaped(each=0.5)


@pytest.mark.parametrize("rule", ["last", "linear"])
def test_the_variance_of_a_share_is_that_of_dirichlet_weights(rule: str) -> None:
    """Over weights Dirichlet(n_p) of path types a share has variance (sum w a^2 - m^2) / (n + 1)."""
    walks = paths("a", "ab", "abd", "bdda", "dd", conversions=[20, 12, 5, 3, 9])
    draws, often = 20_000, walks.conversions
    credit = by_channel(walks, TOUCH_RULES[rule]().weights(walks))
    weights = often / often.sum()
    mean = weights @ credit
    wanted = (weights @ credit**2 - mean**2) / (often.sum() + 1)
    rng = np.random.default_rng(5)
    found = resampled.shares(walks, [TOUCH_RULES[rule]().weights(walks)], in_value=False, draws=draws, rng=rng)[0]
    np.testing.assert_allclose(found.mean(axis=0), mean, atol=4 * np.sqrt(wanted.max() / draws))
    # the variance of n draws has relative error sqrt((kurtosis - 1) / n), here sqrt(2 / n) and little more
    np.testing.assert_allclose(found.var(axis=0), wanted, rtol=5 * np.sqrt(2.5 / draws))


def test_rare_path_types_are_taken_together_without_a_change(counts, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = br.credit(counts, "linear", draws=4_000)
    monkeypatch.setattr(resampled, "HEAVIEST", 20)
    together = br.credit(counts, "linear", draws=4_000)
    sd = whole.sd().values
    np.testing.assert_allclose(together.mean(), whole.mean(), atol=5 * sd.max() * np.sqrt(2 / 4_000))
    np.testing.assert_allclose(together.sd(), sd, rtol=5 * np.sqrt(2 / 2 / 4_000) + 0.02)


def test_value_is_drawn_with_the_spread_that_conversions_of_one_path_have() -> None:
    """One path of a and one of b, each 50 times: values of 2 and 0 in turn double the variance that all 1 have."""
    even = paths("a", "b", conversions=[50, 50])
    flat, mixed = (PathTypes(*_fields(even)[:5], np.full(2, 50.0), np.full(2, s), even.decay) for s in (50.0, 100.0))
    variance = [
        resampled.shares(p, [np.ones(2)], in_value=True, draws=40_000, rng=np.random.default_rng(1))[0][:, 0].var()
        for p in (flat, mixed)
    ]
    assert variance[0] == pytest.approx(0.25 / 101, rel=0.05)
    assert variance[1] / variance[0] == pytest.approx(2.0, rel=0.08)


def _fields(p: PathTypes) -> list:
    return [p.channels, p.codes, p.starts, p.journeys, p.conversions, p.value, p.squares, p.decay]


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_descriptive_and_hands_out_all(rule: str) -> None:
    audit = br.JourneyAudit(0, 0, 0, 0, 0, 0, 0, 0, 0)
    small = br.JourneyCounts(paths("a", "ab", "abd", "dda", conversions=[4, 3, 2, 5]), audit, 30, 30, 7)
    share = br.credit(small, rule, draws=100)
    assert share.words().array[()] == "descriptive"
    assert int(share.arrays.evidence.array) == Evidence.DESCRIPTIVE
    assert "not doubt about an effect" in share.note
    np.testing.assert_allclose(share.values.sum("channel"), 1.0, rtol=1e-9)
    total = br.credit(small, rule, unit="conversions", draws=100).values.sum("channel")
    np.testing.assert_allclose(total, small.conversions, rtol=1e-9)
    assert br.credit(small, rule, draws=100).values.identical(share.values)


def test_a_function_is_a_rule_and_equals_the_named_one(counts) -> None:
    own = br.credit(counts, lambda path: [1.0] + [0.0] * (len(path) - 1))
    np.testing.assert_allclose(own.values, br.credit(counts, "first").values, rtol=1e-12)
    pair = credits(counts, ["last", "linear"])
    np.testing.assert_array_equal(pair[0].values, br.credit(counts, "last").values)
    with pytest.raises(QueryError, match="own weights must be one number, 0 or more, for each touch"):
        br.credit(counts, lambda path: [1.0])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"rule": "lst"}, "there is no rule 'lst', did you mean 'last'?; there are first, last"),
        ({"unit": "money"}, "unit must be share, conversions or value"),
        ({"draws": 3}, "draws must be a whole number, 100 or more"),
        ({"seed": -1}, "seed must be"),
    ],
)
def test_bad_options_are_told(counts, options: dict, told: str) -> None:
    with pytest.raises(QueryError, match=re.escape(told)):
        br.credit(counts, **options)


def test_nothing_to_hand_out_is_told(counts) -> None:
    fields = _fields(counts.paths)
    none = PathTypes(*fields[:4], 0 * counts.paths.conversions, 0 * fields[5], 0 * fields[6], 0 * fields[7])
    empty = br.JourneyCounts(none, counts.audit, 30, 30, 7)
    with pytest.raises(QueryError, match="no journey converted"):
        br.credit(empty)
    free = br.JourneyCounts(PathTypes(*fields[:5], 0 * fields[5], 0 * fields[6], fields[7]), counts.audit, 30, 30, 7)
    with pytest.raises(QueryError, match="no conversion has a value"):
        br.credit(free, "last", unit="value")


def test_a_new_rule_is_one_class(counts) -> None:
    class Second(TouchRule):
        name, title = "second", "second touch"

        def weights(self, paths: PathTypes) -> np.ndarray:
            return (paths.place == np.minimum(paths.lengths[paths.owner] - 1, 1)).astype(float)

    assert float(br.credit(counts, Second()).mean().sum()) == pytest.approx(1.0)
