"""manifest.json: how a run came about, and what its files were when it was written."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import math
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bayes_roi import __version__
from bayes_roi.errors import RunError
from bayes_roi.inference.diagnosis import BlockReport, Claim, Diagnosis, Residuals
from bayes_roi.inference.fit import Fit

NAME = "manifest.json"
KIND = "bayes_roi run"
SCHEMA = 1
LITTER = (".DS_Store", "Thumbs.db", "desktop.ini")
"""Files that file managers leave in any folder."""
LIBRARIES = ("arviz", "h5netcdf", "numpy", "nutpie", "pandas", "pyarrow", "pymc", "pytensor", "scipy", "xarray")


def describe(fit: Fit) -> dict[str, Any]:
    """Return how a fit came about: versions, seed, settings, and the engine, seconds and figures of each block."""
    return {
        "kind": KIND,
        "schema": SCHEMA,
        "model": fit.model.name,
        "created": _now(),
        "seed": int(fit.seed),
        **asdict(fit.settings),
        "versions": _versions(),
        "platform": platform.platform(),
        "parameters": list(fit.groups["posterior"]),
        "diagnosis": {
            "blocks": [_kept(block) for block in fit.diagnosis.blocks],
            "residuals": [_kept(residuals) for residuals in fit.diagnosis.residuals],
        },
    }


def write_manifest(manifest: Mapping[str, Any], folder: Path) -> None:
    """Write a manifest that names the files of a folder, and seals itself."""
    files = {file.name: fingerprint(file) for file in sorted(folder.iterdir())}
    whole = {**manifest, "files": files}
    whole |= {"seal": _seal(whole)}
    text = json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False)
    (folder / NAME).write_text(text + "\n", encoding="utf-8", newline="\n")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a run folder whose files are as it names them.

    Raises
    ------
    RunError
        When the folder is not a run or of a later version, or when a file of it is missing, has changed or does not
        belong there; all are named.
    """
    _require_run(folder)
    try:
        manifest = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except OSError as error:
        raise RunError(f"cannot read {folder / NAME}: {error.strerror or error}") from error
    except ValueError:
        raise RunError(_damage(folder, [f"{NAME} cannot be read"])) from None
    if not isinstance(manifest, dict) or manifest.get("kind") != KIND:
        raise RunError(f"{folder} is not a run folder: its {NAME} is not one that bayes_roi wrote")
    if manifest.get("schema") != SCHEMA:
        version = manifest.get("versions", {}).get("bayes_roi", "another version")
        raise RunError(f"{folder} was written by bayes_roi {version}, which this version cannot read; install that one")
    if manifest.get("seal") != _seal(manifest):
        raise RunError(_damage(folder, [f"{NAME} has changed"]))
    _check_files(manifest, folder)
    return manifest


def manifest_there(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a folder, checked for no more than that bayes_roi wrote it; None where it did not."""
    try:
        manifest = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) and manifest.get("kind") == KIND else None


def _check_files(manifest: Mapping[str, Any], folder: Path) -> None:
    found = []
    for name, expected in manifest["files"].items():
        if not (folder / name).is_file():
            found.append(f"{name} is missing")
        elif fingerprint(folder / name) != expected:
            found.append(f"{name} has changed")
    if found:
        raise RunError(_damage(folder, found))
    if others := foreign(manifest, folder):
        raise RunError(f"{folder} holds {', '.join(others)}, not part of the run; move it elsewhere")


def foreign(manifest: Mapping[str, Any], folder: Path) -> list[str]:
    """Return what else a folder holds."""
    return sorted({file.name for file in folder.iterdir()} - {*manifest.get("files", ()), NAME, *LITTER})


def diagnosis_of(manifest: Mapping[str, Any]) -> Diagnosis:
    """Return the diagnosis that a manifest holds."""
    kept = manifest["diagnosis"]
    blocks = tuple(BlockReport(**_restored(BlockReport, block)) for block in kept["blocks"])
    return Diagnosis(blocks, tuple(map(_residuals, kept["residuals"])))


def _residuals(kept: Mapping[str, Any]) -> Residuals:
    claims = tuple(Claim(**_restored(Claim, claim)) for claim in kept.get("claims", ()))
    return Residuals(**_restored(Residuals, kept) | {"claims": claims})


def fingerprint(file: Path) -> dict[str, Any]:
    """Return the SHA-256 and the size of a file."""
    with file.open("rb") as content:
        return {"sha256": hashlib.file_digest(content, "sha256").hexdigest(), "bytes": file.stat().st_size}


def _require_run(folder: Path) -> None:
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


def _now() -> str:
    """Return the time in UTC: that of SOURCE_DATE_EPOCH where it is set, so that a run can be made again."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    moment = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdecimal() else datetime.now(UTC)
    return moment.isoformat(timespec="seconds")


def _versions() -> dict[str, str | None]:
    ours = {"bayes_roi": __version__, "python": platform.python_version()}
    return ours | {name: _version(name) for name in LIBRARIES}


def _version(library: str) -> str | None:
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return None


def _kept(report: BlockReport | Residuals) -> dict[str, Any]:
    """Return the fields of a report; what is not finite as text, for JSON has no NaN."""
    return {name: _plain(value) for name, value in asdict(report).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(v) for name, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _restored(kind: type, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that a report has today; those that an earlier version kept besides are left out."""
    types = {field.name: str(field.type) for field in fields(kind)}
    return {
        name: float(value)
        if "float" in types[name] and value is not None
        else tuple(value)
        if name == "nodes"
        else value
        for name, value in kept.items()
        if name in types
    }
