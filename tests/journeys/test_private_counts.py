"""A release: how far one user moves it, what was spent on it, what clipping cut, files, and what is refused."""

from __future__ import annotations

import inspect
import json
import sys
from datetime import datetime, timedelta
from math import fsum
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bayes_roi as br
from bayes_roi.errors import DataError, QueryError
from bayes_roi.journeys.counts.count import Sessions
from bayes_roi.journeys.counts.path_types import PathTypes
from bayes_roi.journeys.counts.sessions import Journeys
from bayes_roi.journeys.privacy.domain import Domain, domain
from bayes_roi.journeys.privacy.mechanism import CUTS, NoisedTable, budget
from bayes_roi.journeys.privacy.private_counts import PrivateCounts
from bayes_roi.journeys.privacy.tables import Tables, exact_tables, tables_of
from bayes_roi.journeys.shapley.exposed import credit_by_draw
from tests.journeys.oracle import Row, frame
from tests.journeys.private_worlds import counted, noise_of, release, walked, world

pytest.importorskip("opendp", reason="the extra `privacy` is not installed")

PARTS = ("transitions", "exposures", *CUTS)
NAMES = ["affiliate", "brand_search", "direct", "display", "email", "social"]
START = datetime(2025, 1, 1)

Walk = tuple[str, bool]
"""Letters of channels, whether a conversion came."""


def journeys_of(users: list[list[Walk]], channels: str = "abcd") -> Journeys:
    """Return the journeys of users, in the order of time."""
    walks = [(u, walk) for u, user in enumerate(users) for walk in user]
    codes = np.array([channels.index(c) for _, (letters, _) in walks for c in letters], np.uint8)
    starts = np.cumsum([0, *(len(letters) for _, (letters, _) in walks)])
    one, nothing = np.ones(len(walks), np.int64), np.zeros(len(walks))
    converted = np.array([c for _, (_, c) in walks], np.int64)
    paths = PathTypes(tuple(channels), codes, starts, one, converted, nothing, nothing, np.zeros(len(codes)))
    return Journeys(paths, nothing, np.array([u for u, _ in walks], np.int64))


def by_loops(users: list[list[Walk]], known: Domain) -> Tables:
    """Return the tables by loops over users, as the page defines them."""
    k, most, touches = len(known.channels), known.journeys_per_user, known.touches_per_journey
    steps, sets = np.zeros((k + 1, k + 2), int), np.zeros((len(known.sets), 2), int)
    cut = dict.fromkeys(CUTS, 0)
    code = {c: known.channels.index(c) if c in known.channels else k - 1 for c in "abcd"}
    for user in users:
        walks = [(letters, converted) for letters, converted in user if letters]
        cut["journeys_cut"] += min(len(walks[most:]), most)
        cut["conversions_cut"] += min(sum(converted for _, converted in walks[most:]), most)
        cut["touches_cut"] += min(sum(max(len(w) - touches, 0) for w, _ in walks[:most]), most * touches)
        for letters, converted in walks[:most]:
            kept = [code[c] for c in letters[-touches:]]
            for before, after in zip([k, *kept], [*kept, k if converted else k + 1], strict=True):
                steps[before, after] += 1
            sets[known.sets.tolist().index(sum(1 << c for c in set(kept))), 0 if converted else 1] += 1
    tables = {"transitions": steps[known.transitions], "exposures": sets.ravel()}
    return tables | {name: np.array([count]) for name, count in cut.items()}


walks = st.lists(st.tuples(st.text("abcd", min_size=0, max_size=7), st.booleans()), max_size=6)


@settings(max_examples=150, deadline=None)
@given(st.lists(walks, min_size=1, max_size=5), st.integers(1, 3), st.integers(1, 4))
def test_tables_are_those_of_a_loop_and_no_user_moves_them_further_than_said(
    users: list[list[Walk]], most: int, touches: int
) -> None:
    """`c` and `d` are not named: they count as other. The bound is in L1; that in L2 is no larger."""
    known = domain(["b", "a"], journeys_per_user=most, touches_per_journey=touches, with_sets=True)
    whole = tables_of(journeys_of(users), known, PARTS)
    for name, table in by_loops(users, known).items():
        np.testing.assert_array_equal(whole[name], table, err_msg=name)
    for i in range(len(users)):
        without = tables_of(journeys_of(users[:i] + users[i + 1 :]), known, PARTS)
        for name in PARTS:
            moved = np.abs(whole[name] - without[name]).sum()
            assert moved <= known.sensitivity[name], name


@pytest.mark.parametrize("part", PARTS)
def test_the_bound_is_reached(part: str) -> None:
    known = domain(["a"], journeys_per_user=2, touches_per_journey=3, with_sets=True)
    found = tables_of(journeys_of([[("aaaaaa", True)] * 4]), known, PARTS)
    assert found[part].sum() == known.sensitivity[part]


@st.composite
def logs(draw: st.DrawFn) -> list[Row]:
    """Logs with ties, repeated rows, channels of one user alone and users who click all day."""
    rows: list[Row] = []
    for _ in range(draw(st.integers(10, 60))):
        user, hour = f"u{draw(st.integers(0, 3))}", draw(st.integers(0, 24 * 4))
        time, touch = START + timedelta(hours=hour), draw(st.integers(0, 3))
        channel = draw(st.sampled_from(["a", "b", "z", f"only {user}"])) if touch else None
        rows.append((user, time, channel, "touch" if touch else "conversion", None))
    return rows + draw(st.lists(st.sampled_from(rows), max_size=3))


FIXED: list[Row] = [("v", START, "a", "touch", None), ("v", START + timedelta(hours=1), None, "conversion", None)]


@settings(max_examples=6, deadline=None)
@given(logs())
def test_no_user_of_a_log_moves_it_further_than_said(rows: list[Row]) -> None:
    known = domain(["a", "b"], journeys_per_user=2, touches_per_journey=2, with_sets=True)

    def tables(some: list[Row]) -> Tables:
        return exact_tables(br.read_log(frame([*some, *FIXED])), known, Sessions(2.5, 1.5, 1.0, 6), parts=PARTS)

    whole = tables(rows)
    for user in ("u0", "u1"):
        without = tables([row for row in rows if row[0] != user])
        for name in PARTS:
            assert np.abs(whole[name] - without[name]).sum() <= known.sensitivity[name], name


@pytest.mark.parametrize("tables", [["transitions"], ["exposures"], ["transitions", "exposures"]])
@pytest.mark.parametrize("epsilon", [0.03, 1, 7.3])
def test_what_is_spent_on_parts_adds_up_to_the_budget_and_to_no_more(epsilon: float, tables: list[str]) -> None:
    parts = budget(epsilon, tables)
    assert set(parts) == {*tables, *CUTS}
    assert fsum(parts.values()) <= epsilon
    assert fsum(parts.values()) == pytest.approx(epsilon, rel=1e-9)


@pytest.fixture(scope="module")
def log() -> br.TouchLog:
    return br.read_log(br.shipped("data/journeys.csv"))


@pytest.fixture(scope="module")
def private(log: br.TouchLog) -> br.PrivateCounts:
    return br.private_counts(log, epsilon=2, channels=NAMES)


def test_opendp_proves_the_epsilon_of_each_part(private: br.PrivateCounts) -> None:
    import opendp.prelude as dp

    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l1_distance(T="i64")
    proven = {name: dp.m.make_laplace(*space, scale=t.scale).map(t.sensitivity) for name, t in private.parts.items()}
    for name, table in private.parts.items():
        assert table.sensitivity == private.domain.sensitivity[name]
        assert proven[name] <= table.epsilon
    assert fsum(proven.values()) <= private.epsilon == 2


def test_noise_has_no_seed_and_is_new_each_time(log: br.TouchLog, private: br.PrivateCounts) -> None:
    assert not {"seed", "rng", "noise"} & set(inspect.signature(br.private_counts).parameters)
    again = br.private_counts(log, epsilon=2, channels=NAMES)
    assert not np.array_equal(again.parts["exposures"].values, private.parts["exposures"].values)


def test_cells_follow_from_what_is_known_beforehand_and_empty_ones_have_noise_too(private: br.PrivateCounts) -> None:
    assert private.channels == (*NAMES, "other")
    cells = {name: len(table.values) for name, table in private.parts.items()}
    assert cells == private.domain.cells
    assert (cells["transitions"], cells["exposures"]) == (7 * 9 + 7, 2 * sum([7, 21, 35, 35, 21]))
    of_other = private.parts["exposures"].values.reshape(-1, 2)[private.domain.members[:, -1]]
    assert np.count_nonzero(of_other) > 0.5 * of_other.size


def test_with_hardly_any_noise_credit_is_that_of_the_counts() -> None:
    known = domain([*"abcd"], journeys_per_user=3, touches_per_journey=60, with_sets=True)
    found = walked(world(1, 4, spread=1.0), 8_000, np.random.default_rng(0))
    private = release(tables_of(found, known, PARTS), known, 1e6, np.random.default_rng(1))
    counts = br.JourneyCounts(found.paths, None, 30, 30, 7)  # type: ignore[arg-type]
    for rule in ("last", "markov"):
        ours, wanted = (br.credit(x, rule, unit="conversions").arrays for x in (private, counts))
        gap = np.abs(ours.mean().array[:4] - wanted.mean().array)
        assert np.all(gap < 0.5 * wanted.values.array.std(axis=(0, 1))), rule
        assert ours.mean().array[4] == pytest.approx(0.0, abs=1e-9)
    raw, wanted = br.markov_removal(private).arrays.mean().array, br.markov_removal(counts).arrays.mean().array
    np.testing.assert_allclose(raw[:4], wanted, atol=0.01)


def test_with_hardly_any_noise_sets_have_the_rates_that_were_seen() -> None:
    """Each of the fifteen sets has 28 journeys or more: what they share counts for little beside them."""
    known = domain([*"abcd"], journeys_per_user=3, touches_per_journey=60, with_sets=True)
    tables = tables_of(walked(world(1, 4, spread=1.0), 8_000, np.random.default_rng(0)), known, PARTS)
    ours = br.credit(release(tables, known, 1e6, np.random.default_rng(1)), "shapley", unit="conversions").arrays
    converted, without = tables["exposures"].reshape(-1, 2).T
    rates = np.r_[0.0, converted / np.maximum(converted + without, 1)]
    sets = known.sets, (converted + without)[None].astype(float), np.r_[0, known.sets]
    wanted = credit_by_draw(5, *sets, rates[None])[0]
    assert wanted.sum() == pytest.approx(converted.sum())
    assert np.all(np.abs(ours.mean().array - wanted)[:4] < 0.5 * ours.values.array.std(axis=(0, 1))[:4])


def test_what_was_cut_is_told_with_its_noise() -> None:
    known = domain([*"abc"], journeys_per_user=1, touches_per_journey=2, with_sets=True)
    held = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        tables = counted(world(seed % 5, 3, spread=1.0), known, 2_000, rng)
        found = br.clipping_share(release(tables, known, 1.0, rng))
        kept = {"journeys": tables["exposures"].sum(), "touches": tables["transitions"].reshape(-1)}
        cut = int(tables["journeys_cut"][0])
        true = cut / (cut + kept["journeys"])
        held.append(found["journeys"].lower <= true <= found["journeys"].upper)  # type: ignore[operator]
        assert found["touches"].cut > 0
    assert 0.85 <= np.mean(held) <= 1.0


def test_what_was_cut_is_told_without_transitions(log: br.TouchLog) -> None:
    found = br.clipping_share(br.private_counts(log, epsilon=2, channels=NAMES, tables=["exposures"]))
    assert found["journeys"].share is not None
    assert found["touches"].kept is None
    assert found["touches"].share is None


def test_a_release_says_what_it_is(private: br.PrivateCounts) -> None:
    text = repr(private)
    for part in ("epsilon 2, delta 0", "the unit is the user", "discrete Laplace (OpenDP", "first 2 journeys count"):
        assert part in text
    assert (private.first, private.last, private.tables) == (None, None, ("transitions", "exposures"))
    with pytest.raises(AttributeError):
        private.epsilon = 9  # type: ignore[misc]


def test_a_table_has_the_rules_that_a_release_allows(log: br.TouchLog, private: br.PrivateCounts) -> None:
    table = br.credit_table(private, draws=100)
    assert list(table.credit) == ["last", "markov", "shapley"]
    assert table.stability == dict.fromkeys(table.credit)
    assert all(str(d.words().array[()]) == "descriptive" for d in table.credit.values())
    np.testing.assert_allclose(table.credit["markov"].arrays.values.array.sum(axis=-1), 1.0)
    assert "noise of the release" in table.credit["shapley"].note
    one = br.private_counts(log, epsilon=2, channels=NAMES, tables=["transitions"])
    assert list(br.credit_table(one, draws=100).credit) == ["last", "markov"]
    with pytest.raises(QueryError, match="exposures were not released; there are transitions"):
        br.credit(one, "shapley")


def test_a_release_travels_as_a_file(private: br.PrivateCounts, tmp_path: Path) -> None:
    file = br.write_private(private, tmp_path / "release.json")
    again = br.read_private(file)
    assert again.domain == private.domain
    assert repr(again) == repr(private)
    for name, table in private.parts.items():
        np.testing.assert_array_equal(again.parts[name].values, table.values)
    same = [br.credit(x, "markov", draws=100, seed=3).arrays.values.array for x in (private, again)]
    np.testing.assert_array_equal(*same)
    document = json.loads(file.read_text())
    assert (document["epsilon"], document["delta"]) == (2.0, 0.0)
    assert "the unit is the user" in document["guarantee"]
    assert document["exposure_sets"][:3] == [["affiliate"], ["brand_search"], ["affiliate", "brand_search"]]
    assert br.write_private(again, tmp_path / "again.json").read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    ("keys", "value", "told"),
    [
        (("format",), "bayes_roi action policy 1", "format 'bayes_roi action policy 1'"),
        (("epsilon",), 1.0, "the parts of epsilon do not add up"),
        (("epsilon",), float("nan"), "epsilon nan"),
        (("channels",), "ab", "channels must be a list of names"),
        (("channels",), ["a", "other"], "transitions must have"),
        (("clipping", "journeys_per_user"), 9, "the noise of transitions is less than its epsilon wants"),
        (("parts", "exposures", "scale"), 0.1, "the noise of exposures is less than its epsilon wants"),
        (("parts", "exposures", "values"), [1.5] * 238, "exposures must have 238 whole numbers"),
        (("parts", "exposures", "values"), [10**30] * 238, "OverflowError"),
        (("parts", "journeys_cut", "epsilon"), -1, "journeys_cut must have an epsilon"),
        (("parts",), {}, "parts are"),
        (("gap",), "long", "gap 'long'"),
        (("mechanism",), None, None),
    ],
)
def test_files_that_contradict_themselves_are_told(
    private: br.PrivateCounts, tmp_path: Path, keys: tuple[str, ...], value: object, told: str | None
) -> None:
    file = br.write_private(private, tmp_path / "release.json")
    document = json.loads(file.read_text())
    place = document
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    if told is None:
        del place[keys[-1]]
    file.write_text(json.dumps(document))
    with pytest.raises(DataError, match=told or "KeyError: 'mechanism'") as error:
        br.read_private(file)
    assert "give a file that br.write_private wrote" in str(error.value)


@pytest.mark.parametrize("content", [None, b"", b"[]", b"{}", b"\xff\xfe"])
def test_files_that_are_none_are_told(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "release.json").write_bytes(content)
    with pytest.raises(DataError, match="no release can be read"):
        br.read_private(tmp_path / "release.json")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"epsilon": 0}, "epsilon must be a number above zero, got 0"),
        ({"epsilon": True}, "epsilon must be a number above zero"),
        ({"channels": "search"}, "channels must be a list of names that are known without the log"),
        ({"channels": []}, "which names a log has is private itself"),
        ({"channels": ["a", "a"]}, "each stands once, got a, a"),
        ({"channels": [f"c{i}" for i in range(60)]}, "there are 61, with 'other'; merge them to 60 or fewer"),
        ({"channels": [f"c{i}" for i in range(20)]}, "more than 4,095; merge channels, lower touches_per_journey"),
        ({"journeys_per_user": 0}, "journeys_per_user must be a whole number, between 1 and 1000"),
        ({"touches_per_journey": 2.5}, "touches_per_journey must be a whole number"),
        ({"tables": ["paths"]}, "tables must be some of transitions, exposures"),
        ({"tables": []}, "tables must be some of"),
        ({"gap": 0}, "gap must be a number of days above zero"),
    ],
)
def test_bad_options_are_told(log: br.TouchLog, options: dict, told: str) -> None:
    with pytest.raises(QueryError, match=told):
        br.private_counts(log, **{"epsilon": 1, "channels": NAMES, **options})


@pytest.mark.parametrize(
    ("rule", "options", "told"),
    [
        ("first", {}, "by a release credit is handed out by last, markov, shapley, got 'first'"),
        ("markov_2", {}, "got 'markov_2'"),
        (lambda path: range(1, len(path) + 1), {}, "by a release credit is handed out by last, markov, shapley"),
        ("markov", {"unit": "value"}, "a release has no values of conversions"),
        ("markov", {"unit": "money"}, "unit must be share, conversions or value"),
    ],
)
def test_what_a_release_does_not_tell_is_refused(
    private: br.PrivateCounts, rule: object, options: dict, told: str
) -> None:
    with pytest.raises(QueryError, match=told):
        br.credit(private, rule, **options)  # type: ignore[arg-type]


def test_orders_above_one_are_refused(private: br.PrivateCounts) -> None:
    with pytest.raises(QueryError, match="a release has transitions of order 1, got order=2"):
        br.markov_removal(private, order=2)


def test_noise_that_hides_every_conversion_is_told() -> None:
    known = domain(["a"], journeys_per_user=1, touches_per_journey=2, with_sets=True)
    parts = {name: NoisedTable(np.zeros(known.cells[name], int), 1, 0.1, 0.01) for name in PARTS}
    for rule in ("markov", "shapley"):
        with pytest.raises(QueryError, match="the noise hides every conversion; release with a larger epsilon"):
            br.credit(PrivateCounts(known, parts, 0.5, 30, 30, 200, "of a test"), rule)


@pytest.mark.parametrize("epsilon", [1e-4, 0.01, 0.1])
@pytest.mark.parametrize("users", [3, 300])
def test_however_large_the_noise_credit_is_finite(epsilon: float, users: int) -> None:
    known = domain([*"abc"], journeys_per_user=2, touches_per_journey=3, with_sets=True)
    for seed in range(3):
        rng = np.random.default_rng(seed)
        private = release(counted(world(seed, 3, spread=0.3), known, users, rng), known, epsilon, rng)
        for rule in ("last", "markov", "shapley"):
            values = br.credit(private, rule, draws=100, unit="conversions").arrays.values.array
            assert np.isfinite(values).all(), rule
        effects = br.markov_removal(private, draws=100).arrays.values.array
        assert 0 <= effects.min() <= effects.max() <= 1


def test_without_opendp_the_extra_is_named_and_a_release_is_read(
    log: br.TouchLog, private: br.PrivateCounts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = br.write_private(private, tmp_path / "release.json")
    monkeypatch.setitem(sys.modules, "opendp.prelude", None)
    with pytest.raises(QueryError, match=r"needs OpenDP\. Install it: pip install 'bayes_roi\[journeys,privacy\]'"):
        br.private_counts(log, epsilon=1, channels=NAMES)
    assert br.credit(br.read_private(file), "last", draws=100).arrays.values.array.shape[-1] == 7


def test_noise_of_the_tests_is_asked_with_sensitivity_over_epsilon() -> None:
    _, scale = noise_of(np.random.default_rng(0))(np.zeros(3, int), 6, 0.5)
    assert scale == 12.0
