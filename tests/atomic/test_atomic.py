"""A file is written whole: the earlier one stands until then, and nothing else is left."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from bayes_roi.atomic import PART, STALE, write_whole
from bayes_roi.plain_text import formula, printable, shown, steering


def fails(*_: object) -> NoReturn:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("there", [None, b"earlier"])
def test_a_failure_on_the_way_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, there: bytes | None
) -> None:
    file = tmp_path / "a.csv"
    if there is not None:
        file.write_bytes(there)
    monkeypatch.setattr(os, step, fails)
    with pytest.raises(OSError, match="No space left"):
        write_whole(file, "later")
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == ({} if there is None else {"a.csv": there})


@pytest.mark.skipif(sys.platform == "win32", reason="rights and links are those of POSIX")
def test_rights_and_links_stay_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("earlier")
    (tmp_path / "real.csv").chmod(0o640)
    (tmp_path / "link.csv").symlink_to("real.csv")
    write_whole(tmp_path / "link.csv", "later\n")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_bytes() == b"later\n"
    assert stat.S_IMODE((tmp_path / "real.csv").stat().st_mode) == 0o640


def test_a_name_as_long_as_names_may_be(tmp_path: Path) -> None:
    assert write_whole(tmp_path / ("x" * 251 + ".csv"), b"a").read_bytes() == b"a"


@pytest.mark.parametrize("name", [".", "nowhere/a.csv", "a\0b"])
def test_where_nothing_can_be_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(OSError, match=r".+"):
        write_whole(tmp_path / name, "x")
    assert not list(tmp_path.iterdir())


def test_what_killed_writers_left_is_swept_once_it_is_old(tmp_path: Path) -> None:
    old, young = (tmp_path / PART.format(name) for name in ("old", "young"))
    for part in (old, young):
        part.write_text("half")
    os.utime(old, (0, old.stat().st_mtime - STALE - 1))
    write_whole(tmp_path / "a.csv", "x")
    assert sorted(p.name for p in tmp_path.iterdir()) == [young.name, "a.csv"]


def test_what_steers_a_terminal_is_found_and_other_scripts_are_not() -> None:
    assert [steering(text) for text in ("\x1b[2J", "a\tb", "\u202ecba", "a\u2028b", "\x7f", "\x9b")] == [
        "U+001B", "U+0009", "U+202E", "U+2028", "U+007F", "U+009B",
    ]  # fmt: skip
    assert all(steering(text) is None for text in ("Köln", "名前", "🙂", "नमस्ते", "עברית", "a b", "a\u00a0b"))
    assert steering("a\nb", allowed="\n") is None
    assert printable("a\x1b[2J\nb") == "a\\x1b[2J\nb"
    assert shown("\x1b" + "x" * 200) == repr("\x1b" + "x" * 59 + "...")


def test_formulas_are_what_a_spreadsheet_computes() -> None:
    assert all(map(formula, ("=1", "+1+1", "-a", "@x", "  =1", "=", "-")))
    assert not any(map(formula, ("-3", "+4.5e3", "tv", "a=b", "", "'=1", "3-2")))
