"""Writing a run: complete or absent, one writer at a time, and nothing of anyone else's is touched."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import pytest

import bayes_roi as br
from bayes_roi.inference.fit import Fit
from bayes_roi.run import staging
from bayes_roi.run.folder import run_folder


def there(folder: Path) -> dict[str, bytes | None]:
    """Return everything in a folder, hidden files too."""
    return {str(path): path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))}


def test_folders_above_are_made(shop_fit: Fit, tmp_path: Path) -> None:
    assert br.write_run(shop_fit, tmp_path / "a" / "b", report=False) == tmp_path / "a" / "b"
    assert sorted(os.listdir(tmp_path / "a")) == ["b"]
    assert sorted(os.listdir(tmp_path / "a" / "b")) == [
        "data.parquet",
        "estimates.json",
        "manifest.json",
        "model.yaml",
        "posterior.nc",
    ]


def test_an_existing_run_is_kept_unless_it_may_be_replaced(run: Path, other_fit: Fit, tmp_path: Path) -> None:
    before = there(tmp_path)
    with pytest.raises(br.RunError, match="holds a run already; name another folder, or replace it with --overwrite"):
        br.write_run(other_fit, run)
    assert there(tmp_path) == before
    br.write_run(other_fit, run, overwrite=True, report=False)
    assert br.read_run(run).seed == other_fit.seed
    assert os.listdir(tmp_path) == ["run"]


def test_a_damaged_run_can_be_replaced(run: Path, other_fit: Fit) -> None:
    (run / "posterior.nc").unlink()
    br.write_run(other_fit, run, overwrite=True, report=False)
    assert br.read_run(run).seed == other_fit.seed


@pytest.mark.parametrize("content", [{}, {"thesis.tex": "..."}, {"manifest.json": "{}"}, {"manifest.json": "{"}])
def test_a_folder_that_is_not_a_run_is_never_touched(shop_fit: Fit, tmp_path: Path, content: dict[str, str]) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    for name, text in content.items():
        (mine / name).write_text(text)
    before = there(tmp_path)
    for overwrite in (False, True):
        with pytest.raises(br.RunError, match="mine is there already and is not a run folder; name another folder"):
            br.write_run(shop_fit, mine, overwrite=overwrite)
    assert there(tmp_path) == before


def test_a_file_of_the_users_in_a_run_is_not_lost(run: Path, other_fit: Fit, tmp_path: Path) -> None:
    (run / ".notes").write_text("the good one")
    before = there(tmp_path)
    with pytest.raises(br.RunError, match=r"holds \.notes, not part of its run; move it elsewhere before overwriting"):
        br.write_run(other_fit, run, overwrite=True)
    assert there(tmp_path) == before


def test_a_link_to_a_run_is_written_through(run: Path, other_fit: Fit, tmp_path: Path) -> None:
    (tmp_path / "latest").symlink_to(run)
    br.write_run(other_fit, tmp_path / "latest", overwrite=True, report=False)
    assert (tmp_path / "latest").is_symlink()
    assert br.read_run(run).seed == other_fit.seed


def test_a_second_writer_is_told_before_it_fits_and_changes_nothing(shop_fit: Fit, tmp_path: Path) -> None:
    path = tmp_path / "run"
    with run_folder(path, report=False) as write:
        before = there(tmp_path)
        with pytest.raises(br.RunError) as caught:
            br.write_run(shop_fit, path, overwrite=True)
        assert str(caught.value) == (
            f"{path} is being written by another process (process {os.getpid()}); "
            "wait until it is done, or name another folder"
        )
        assert there(tmp_path) == before
        write(shop_fit)
    assert br.read_run(path).seed == shop_fit.seed
    assert os.listdir(tmp_path) == ["run"]


def test_two_runs_side_by_side_do_not_meet(shop_fit: Fit, tmp_path: Path) -> None:
    with run_folder(tmp_path / "a", report=False) as write:
        br.write_run(shop_fit, tmp_path / "a.building-1", report=False)
        write(shop_fit)
    assert sorted(os.listdir(tmp_path)) == ["a", "a.building-1"]


def test_an_error_on_the_way_leaves_what_was_there(
    run: Path, other_fit: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> NoReturn:
        raise OSError(28, "No space left on device")

    before = there(tmp_path)
    monkeypatch.setattr("bayes_roi.run.folder.posterior_bytes", full)
    with pytest.raises(br.RunError, match=r"cannot write .*run: No space left on device; free some space, or"):
        br.write_run(other_fit, run, overwrite=True)
    with pytest.raises(br.RunError, match="No space left on device"):
        br.write_run(other_fit, tmp_path / "new" / "run")
    assert there(tmp_path) == before


def test_a_rename_that_fails_brings_the_old_run_back(
    run: Path, other_fit: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def once_blocked(self: Path, target: Path) -> Path:
        if ".building-" in self.name:
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    before = there(tmp_path)
    monkeypatch.setattr(Path, "rename", once_blocked)
    with pytest.raises(br.RunError, match="Permission denied"):
        br.write_run(other_fit, run, overwrite=True, report=False)
    assert there(tmp_path) == before


def test_what_a_killed_writer_left_is_swept(run: Path, shop_fit: Fit, tmp_path: Path) -> None:
    (tmp_path / ".run.lock").write_text("4711")
    (tmp_path / ".run.building-1").mkdir()
    (tmp_path / ".run.replaced-2").mkdir()
    (tmp_path / ".run.building-notes").mkdir()  # not a name that we give
    (tmp_path / ".other.building-1").mkdir()  # another run's, which may be at work
    br.write_run(shop_fit, run, overwrite=True, report=False)
    assert sorted(os.listdir(tmp_path)) == [".other.building-1", ".run.building-notes", "run"]


def test_an_old_run_is_put_back_when_its_replacement_was_killed_between_two_renames(
    run: Path, other_fit: Fit, tmp_path: Path
) -> None:
    run.rename(tmp_path / ".run.replaced-1")
    with pytest.raises(br.RunError, match="holds a run already"):
        br.write_run(other_fit, run)
    assert br.read_run(run).seed == 3
    assert os.listdir(tmp_path) == ["run"]


def test_where_nothing_can_be_written(shop_fit: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(br.RunError, match="file is a file, not a folder; name another folder"):
        br.write_run(shop_fit, tmp_path / "file" / "run")
    with pytest.raises(br.RunError, match="/ cannot be a run folder"):
        br.write_run(shop_fit, "/")
    with pytest.raises(br.RunError, match="is there already and is not a run folder"):
        br.write_run(shop_fit, tmp_path / "file", overwrite=True)
    with pytest.raises(br.RunError, match="File name too long; name another folder"):
        br.write_run(shop_fit, tmp_path / ("x" * 300))
    assert os.listdir(tmp_path) == ["file"]


def test_a_lock_that_its_holder_has_just_given_back_is_taken_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between our opening the lock file and our taking it, its holder ends and deletes it."""
    from bayes_roi.run import lock

    take, deleted = lock._take, []

    def late(handle: int) -> None:
        if not deleted:
            deleted.append(True)
            (tmp_path / ".run.lock").unlink()
        take(handle)

    monkeypatch.setattr(lock, "_take", late)
    with lock.locked(tmp_path / "run"):
        assert (tmp_path / ".run.lock").exists()
        with pytest.raises(br.RunError, match="is being written"), lock.locked(tmp_path / "run"):
            pass
    assert not list(tmp_path.iterdir())


def test_everything_is_on_the_disk_before_the_rename(
    shop_fit: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    sync = staging._sync
    monkeypatch.setattr(staging, "_sync", lambda path: (synced.append(path.name), sync(path))[1])
    run = br.write_run(shop_fit, tmp_path / "run", report=False)
    building = f".run.building-{os.getpid()}"
    assert set(synced[: synced.index(building)]) == set(os.listdir(run))
    assert synced[-1] == tmp_path.name
