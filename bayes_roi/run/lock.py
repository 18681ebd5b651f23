"""A name that one process at a time may write under; the operating system lets go of it when that process dies."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from bayes_roi.errors import RunError

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


PID_AT = 16
"""Where in the file the holder's process id stands: behind the byte that Windows locks."""


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a folder's name for as long as the block runs.

    Raises
    ------
    RunError
        When another process holds it.
    """
    file = path.with_name(f".{path.name}.lock")
    handle = _taken(file, path)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # Windows keeps a file that is open
            file.unlink()
        os.close(handle)


def _taken(file: Path, path: Path) -> int:
    while True:
        handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _take(handle)
        except OSError:
            holder = _holder(handle)
            os.close(handle)
            raise RunError(
                f"{path} is being written by another process{holder}; wait until it is done, or name another folder"
            ) from None
        if _is_still(file, handle):
            try:
                _sign(handle)
            except OSError:  # as on a full disk
                with contextlib.suppress(OSError):
                    file.unlink()
                os.close(handle)
                raise
            return handle
        os.close(handle)  # its last holder deleted it between our opening and our taking it


def _sign(handle: int) -> None:
    os.ftruncate(handle, 0)  # a holder that was killed left its own id
    os.lseek(handle, PID_AT, os.SEEK_SET)
    os.write(handle, b"%d" % os.getpid())


def _is_still(file: Path, handle: int) -> bool:
    try:
        return os.path.samestat(os.stat(file), os.fstat(handle))
    except FileNotFoundError:
        return False


def _holder(handle: int) -> str:
    os.lseek(handle, PID_AT, os.SEEK_SET)
    with contextlib.suppress(OSError, ValueError):
        return f" (process {int(os.read(handle, 32))})"
    return ""
