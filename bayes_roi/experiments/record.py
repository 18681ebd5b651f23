"""A lift test as plain data: what a file, a run folder and JSON hold of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict

from bayes_roi.experiments.lift_test import LiftTest


def _listed(value: Any) -> Any:
    """Return names or numbers of a cell, "north; south" or "100; 200", as a list."""
    if isinstance(value, str) and value.strip().casefold() == "off":
        return "off"
    if isinstance(value, str) and ";" in value:
        return [part.strip() for part in value.split(";") if part.strip()]
    return value


def _window(value: Any) -> Any:
    """Return a window as text, or as a number where periods are numbers; a pair with a colon between."""
    if isinstance(value, (list, tuple)):
        return ":".join("" if end is None else str(end) for end in value)
    if isinstance(value, slice):
        return f"{value.start or ''}:{value.stop or ''}"
    if value is None or isinstance(value, (str, int)):
        return value
    return str(value)


Window = Annotated[str | int, BeforeValidator(_window)]
Names = Annotated[str | list[str], BeforeValidator(_listed)]
Numbers = Annotated[float | list[float], BeforeValidator(_listed)]
Done = Annotated[Literal["off"] | float | list[float], BeforeValidator(_listed)]


class Record(BaseModel):
    """The fields of a lift test; `lower` and `upper` are its interval."""

    model_config = ConfigDict(extra="forbid")

    channel: Names
    during: Window
    design: Done | dict[str, Done] = "off"
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    prob: float = 0.9
    se: float | None = None
    units: Names | None = None
    share: float = 1.0
    usual: Numbers | dict[str, Numbers] | None = None
    measured: Window | None = None
    outcome: str | None = None
    unit: Literal["outcome", "money", "percent"] = "outcome"
    rows: Literal["table", "elsewhere"] | None = None
    randomised: bool = False
    assumption: str = ""
    discount: float = 1.0
    hold_spend: bool = True
    name: str = ""

    def test(self) -> LiftTest:
        """Return the lift test."""
        fields = self.model_dump(exclude={"lower", "upper"})
        ends = (self.lower, self.upper)
        interval = None if ends == (None, None) else tuple(np.nan if end is None else end for end in ends)
        return LiftTest(**fields | {"interval": interval, "units": _names(self.units)})


def record_of(test: LiftTest) -> dict[str, Any]:
    """Return a lift test as plain data without its defaults; draws as the estimate and interval that they give."""
    result: dict[str, Any] = {}
    if test.has_result and test.se is not None:
        result = {"estimate": test.found, "se": float(test.se)}
    elif test.has_result:
        low, high = test.ends
        prob = {} if test.interval is None else {"prob": test.prob}
        result = {"estimate": test.found, "lower": float(low), "upper": float(high), **prob}
    names = (
        "share",
        "measured",
        "outcome",
        "unit",
        "rows",
        "randomised",
        "assumption",
        "discount",
        "hold_spend",
        "name",
    )
    fields = {name: getattr(test, name) for name in names} | {
        "channel": test.channel if isinstance(test.channel, str) else list(test.channel),
        "during": test.during,
        "design": _plain(test.design),
        "usual": _plain(test.usual),
        "units": None if test.units is None else [str(u) for u in test.units],
    }
    record = Record.model_validate(fields | result)
    return {"channel": record.channel, "during": record.during, "design": record.design} | record.model_dump(
        exclude_defaults=True
    )


def _names(units: str | list[str] | None) -> tuple[str, ...] | None:
    return None if units is None else (units,) if isinstance(units, str) else tuple(units)


def _plain(value: Any) -> Any:
    """Return numbers of numpy as Python's own."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    return value if value is None or isinstance(value, str) else np.asarray(value, float).tolist()
