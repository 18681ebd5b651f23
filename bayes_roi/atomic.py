"""Writing a file whole: the one of its name that was there stands until the new one is on the disk."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import time
from pathlib import Path

PART = ".bayes_roi-{}.part"
STALE = 3600.0
"""Seconds after which a part is taken to be one that a killed writer left: none takes minutes."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write_whole(path: str | os.PathLike[str], content: bytes | str) -> Path:
    """Write bytes, or text as UTF-8, to a file and return its path.

    They go to a part file beside it, which takes its place by one rename, so that a full disk or kill -9 leaves the
    earlier file, or none. A link is written through.

    Raises
    ------
    OSError
        When that cannot be; nothing is left then.
    """
    file = Path(path)
    target = _through_links(file)
    _sweep(target.parent)
    part = target.with_name(PART.format(secrets.token_hex(6)))
    try:
        with part.open("xb") as out:
            out.write(content.encode() if isinstance(content, str) else content)
            out.flush()
            os.fsync(out.fileno())
        if target.exists():
            part.chmod(target.stat().st_mode)
        os.replace(part, target)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
    return file


def said(error: OSError) -> str:
    """Return what an error of writing was, and how to mend it.

    >>> said(OSError(errno.ENOSPC, "No space left on device"))
    'No space left on device; free some space, or write elsewhere'
    """
    mend = "; free some space, or write elsewhere" if error.errno in FULL else ""
    return f"{error.strerror or error}{mend}"


def _through_links(file: Path) -> Path:
    try:
        target = Path(os.path.realpath(file))
    except ValueError as error:  # a NUL in the name
        raise OSError(errno.EINVAL, str(error)) from None
    if target.is_dir():
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
    return target


def _sweep(folder: Path) -> None:
    """Remove the parts that killed writers left in a folder."""
    for part in folder.glob(PART.format("*")):
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > STALE:
                part.unlink()
