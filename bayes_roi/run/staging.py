"""A folder that appears whole: built beside its final name, moved there by one rename."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from bayes_roi.atomic import FULL, said
from bayes_roi.errors import RunError
from bayes_roi.run.lock import locked


@contextlib.contextmanager
def claimed(path: Path) -> Iterator[None]:
    """Hold a folder's name, and clear away what a writer that was killed left there.

    Folders above it are made, and removed again if nothing comes to stand in them.

    Raises
    ------
    RunError
        When another process is writing there, or nothing can be written there.
    """
    if not path.name:
        raise RunError(f"{path} cannot be a run folder; name a folder in it")
    if file := next((above for above in path.parents if above.is_file()), None):
        raise RunError(f"cannot write {path}: {file} is a file, not a folder; name another folder")
    made = [folder for folder in path.parents if not folder.exists()]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with locked(path):
            _tidy(path)
            yield
    except OSError as error:
        raise RunError(f"cannot write {path}: {_why(error)}") from error
    finally:
        for folder in made:
            with contextlib.suppress(OSError):  # it is no longer empty
                folder.rmdir()


def _why(error: OSError) -> str:
    """Return what an error was, and how to mend it."""
    return said(error) if error.errno in FULL else f"{error.strerror or error}; name another folder"


@contextlib.contextmanager
def staged(path: Path) -> Iterator[Path]:
    """Give a folder to fill; when the block ends without an error it takes the place of `path`.

    The name must be `claimed`. Until the rename an earlier folder of that name stands untouched.
    """
    staging = _beside(path, "building")
    staging.mkdir()
    try:
        yield staging
        _settle(staging)
        _swap(staging, path)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise


def _beside(path: Path, what: str) -> Path:
    return path.with_name(f".{path.name}.{what}-{os.getpid()}")


def _swap(staging: Path, path: Path) -> None:
    replaced = _beside(path, "replaced")
    if path.exists():
        path.rename(replaced)
    try:
        staging.rename(path)
    except BaseException:
        _put_back(replaced, path)
        raise
    _sync(path.parent)
    shutil.rmtree(replaced, ignore_errors=True)


def _put_back(replaced: Path, path: Path) -> None:
    if replaced.exists() and not path.exists():
        replaced.rename(path)


def _tidy(path: Path) -> None:
    """Remove what writers of this name left: they are dead, for its lock is ours."""
    left = re.compile(rf"\.{re.escape(path.name)}\.(building|replaced)-\d+")
    for folder in [folder for folder in path.parent.iterdir() if left.fullmatch(folder.name)]:
        if ".replaced-" in folder.name:
            _put_back(folder, path)  # killed between the two renames
        shutil.rmtree(folder, ignore_errors=True)


def _settle(folder: Path) -> None:
    """Have everything in a folder on the disk, not only on its way there."""
    for file in folder.iterdir():
        _sync(file)
    _sync(folder)


def _sync(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return  # Windows does not open folders
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
