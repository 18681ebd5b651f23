"""What a manifest has to hold before anything of its run is read."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bayes_roi.inference.diagnosis import BlockReport, Diagnosis, Implication, LiftReport, Residuals

Whole = Annotated[int, Field(ge=0)]
Counted = Annotated[int, Field(ge=1)]
FileName = Literal["model.yaml", "data.parquet", "posterior.nc", "estimates.json", "report.html"]
REQUIRED: tuple[FileName, ...] = ("model.yaml", "data.parquet", "posterior.nc", "estimates.json")


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True)


class Fingerprint(_Strict):
    """What a file was when it was written."""

    sha256: str
    bytes: Whole


class Reports(_Strict):
    """The reports of blocks, residuals and the graph, whose figures are checked as they are restored."""

    blocks: list[dict[str, Any]]
    residuals: list[dict[str, Any]]
    implications: list[dict[str, Any]] = []  # run folders of earlier versions have none
    lifts: list[dict[str, Any]] = []


class Manifest(_Strict):
    """How a run came about. Keys beside these are kept as they are."""

    model: str
    created: str
    seed: Whole
    draws: Counted
    chains: Counted
    tune: Whole
    versions: dict[str, str | None]
    platform: str
    parameters: list[str]
    diagnosis: Reports
    experiments: list[dict[str, Any]] = []
    files: dict[FileName, Fingerprint]


def restored(kept: dict[str, Any]) -> Diagnosis:
    """Return the diagnosis that a manifest holds; figures that are not finite stand in it as text.

    Raises
    ------
    pydantic.ValidationError
        When a report lacks a figure, or has one of another type.
    """
    blocks = TypeAdapter(tuple[BlockReport, ...]).validate_python(kept["blocks"])
    residuals = TypeAdapter(tuple[Residuals, ...]).validate_python(kept["residuals"])
    implications = TypeAdapter(tuple[Implication, ...]).validate_python(kept.get("implications", []))
    lifts = TypeAdapter(tuple[LiftReport, ...]).validate_python(kept.get("lifts", []))
    return Diagnosis(blocks, residuals, implications, lifts)
