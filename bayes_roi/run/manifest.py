"""manifest.json: how a run came about, and what its files were when it was written."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import math
import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bayes_roi.errors import RunError
from bayes_roi.experiments.lift_test import LiftTest
from bayes_roi.experiments.record import Record, record_of
from bayes_roi.inference.diagnosis import BlockReport, Diagnosis, Implication, LiftReport, Residuals
from bayes_roi.inference.fit import Fit
from bayes_roi.plain_text import shown
from bayes_roi.run.belonging import require_text
from bayes_roi.run.manifest_schema import REQUIRED, Manifest, restored
from bayes_roi.version import __version__

NAME = "manifest.json"
KIND = "bayes_roi run"
SCHEMA = 1
EPOCH = "SOURCE_DATE_EPOCH"
LITTER = (".DS_Store", "Thumbs.db", "desktop.ini")
"""Files that file managers leave in any folder."""
LIBRARIES = ("arviz", "h5netcdf", "numpy", "nutpie", "pandas", "pyarrow", "pymc", "pytensor", "scipy", "xarray")


def describe(fit: Fit) -> dict[str, Any]:
    """Return how a fit came about: versions, seed, settings, and the engine, seconds and figures of each block."""
    return {
        "kind": KIND,
        "schema": SCHEMA,
        "model": fit.model.name,
        "created": now(),
        "seed": int(fit.seed),
        **asdict(fit.settings),
        "versions": _versions(),
        "platform": platform.platform(),
        "parameters": list(fit.groups["posterior"]),
        "diagnosis": {
            "blocks": [_kept(block) for block in fit.diagnosis.blocks],
            "residuals": [_kept(residuals) for residuals in fit.diagnosis.residuals],
            "implications": [_kept(implication) for implication in fit.diagnosis.implications],
            "lifts": [_kept(lift) for lift in fit.diagnosis.lifts],
        },
        "experiments": [record_of(test) for test in fit.experiments],
    }


def manifest_text(manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> str:
    """Return the manifest of some files, which names and seals them and itself."""
    prints = {name: {"sha256": hashlib.sha256(x).hexdigest(), "bytes": len(x)} for name, x in sorted(files.items())}
    whole = {**manifest, "files": prints}
    whole |= {"seal": _seal(whole)}
    return json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a run folder whose files are as it names them.

    Raises
    ------
    RunError
        When the folder is not a run or of a later version, or when a file of it is missing, has changed, is a link or
        does not belong there; all are named.
    """
    _require_run(folder)
    try:
        manifest = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except OSError as error:
        raise RunError(f"cannot read {folder / NAME}: {error.strerror or error}") from error
    except (ValueError, RecursionError):
        raise RunError(_damage(folder, [f"{NAME} cannot be read"])) from None
    if not isinstance(manifest, dict) or manifest.get("kind") != KIND:
        raise RunError(f"{folder} is not a run folder: its {NAME} is not one that bayes_roi wrote")
    if manifest.get("schema") != SCHEMA:
        raise RunError(f"{folder} was written by {_writer(manifest)}, which this version cannot read; install that one")
    if manifest.get("seal") != _seal(manifest):
        raise RunError(_damage(folder, [f"{NAME} has changed"]))
    with loading(folder, NAME):
        Manifest.model_validate(manifest)
        require_text(manifest)
        if lacking := [name for name in REQUIRED if name not in manifest["files"]]:
            raise ValueError(f"it does not name {', '.join(lacking)}")
    _check_files(manifest, folder)
    return manifest


@contextlib.contextmanager
def loading(folder: Path, name: str) -> Iterator[None]:
    """Turn whatever goes wrong while a file of a run is read into a RunError that names it."""
    try:
        yield
    except RunError:
        raise
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RunError(_unusable(folder, name, f"{shown(place)}: {first['msg']}")) from None
    except Exception as error:  # sealed, so that no accident did it: the libraries may raise anything
        why = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise RunError(_unusable(folder, name, shown(why, 300).strip("'\""))) from error


def _unusable(folder: Path, name: str, why: str) -> str:
    return f"{folder / name} is not as bayes_roi writes it: {why}; do not use this run, fit again"


def _writer(manifest: Mapping[str, Any]) -> str:
    versions = manifest.get("versions")
    version = versions.get("bayes_roi") if isinstance(versions, dict) else None
    return f"bayes_roi {version}" if isinstance(version, str) else "another version of bayes_roi"


def manifest_there(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a folder, checked for no more than that bayes_roi wrote it; None where it did not."""
    try:
        manifest = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return manifest if isinstance(manifest, dict) and manifest.get("kind") == KIND else None


def _check_files(manifest: Mapping[str, Any], folder: Path) -> None:
    found = []
    for name, expected in manifest["files"].items():
        if (folder / name).is_symlink():
            found.append(f"{name} is a link")
        elif not (folder / name).is_file():
            found.append(f"{name} is missing")
        elif fingerprint(folder / name) != expected:
            found.append(f"{name} has changed")
    if found:
        raise RunError(_damage(folder, found))
    if others := foreign(manifest, folder):
        raise RunError(f"{folder} holds {', '.join(others)}, not part of the run; move it elsewhere")


def foreign(manifest: Mapping[str, Any], folder: Path) -> list[str]:
    """Return what else a folder holds."""
    files = manifest.get("files")
    named = files if isinstance(files, dict) else {}
    return sorted({file.name for file in folder.iterdir()} - {*named, NAME, *LITTER})


def diagnosis_of(manifest: Mapping[str, Any]) -> Diagnosis:
    """Return the diagnosis that a manifest holds."""
    return restored(manifest["diagnosis"])


def experiments_of(manifest: Mapping[str, Any]) -> tuple[LiftTest, ...]:
    """Return the lift tests that a manifest holds."""
    return tuple(Record.model_validate(kept).test() for kept in manifest.get("experiments", []))


def fingerprint(file: Path) -> dict[str, Any]:
    """Return the SHA-256 and the size of a file."""
    with file.open("rb") as content:
        return {"sha256": hashlib.file_digest(content, "sha256").hexdigest(), "bytes": file.stat().st_size}


def _require_run(folder: Path) -> None:
    if (folder / NAME).is_symlink():
        raise RunError(_damage(folder, [f"{NAME} is a link"]))
    if (folder / NAME).is_file():
        return
    if folder.is_file():
        raise RunError(f"{folder} is a file, not a run folder; name the folder that bayes-roi run wrote")
    if not folder.exists():
        raise RunError(f"there is no run folder {folder}; bayes-roi run writes one")
    raise RunError(f"{folder} is not a run folder: it has no {NAME}; name one that bayes-roi run wrote")


def _damage(folder: Path, found: list[str]) -> str:
    return f"{folder} is damaged: {', '.join(found)}; fit again with --overwrite, or bring the folder back from a copy"


def _seal(manifest: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in manifest.items() if key != "seal"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def now() -> str:
    """Return the time in UTC: that of SOURCE_DATE_EPOCH where it is set."""
    try:
        moment = datetime.fromtimestamp(int(os.environ[EPOCH]), UTC) if repeatable() else datetime.now(UTC)
    except (ValueError, OverflowError, OSError):
        raise RunError(
            f"{EPOCH} must be seconds since 1970, got {shown(os.environ[EPOCH])}; mend or unset it"
        ) from None
    return moment.isoformat(timespec="seconds")


def repeatable() -> bool:
    """Whether the run is to be the same, byte for byte, whenever and however fast it is made: SOURCE_DATE_EPOCH is set.

    What it took is left out of it then. See https://reproducible-builds.org/specs/source-date-epoch.
    """
    return bool(os.environ.get(EPOCH))


def _versions() -> dict[str, str | None]:
    ours = {"bayes_roi": __version__, "python": platform.python_version()}
    return ours | {name: _version(name) for name in LIBRARIES}


def _version(library: str) -> str | None:
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return None


def _kept(report: BlockReport | Residuals | Implication | LiftReport) -> dict[str, Any]:
    """Return the fields of a report; what is not finite as text, for JSON has no NaN."""
    return {name: _plain(value) for name, value in asdict(report).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(v) for name, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
