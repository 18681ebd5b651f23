"""What a table leaves open that `clean` settles: offered, never taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bayes_roi.panel.extent import count
from bayes_roi.panel.guessing.guessed import Guesses


@dataclass(frozen=True)
class Offer:
    """A cleaning that would do, with what it is for."""

    what: str
    clean: Mapping[str, Any]

    @property
    def question(self) -> str:
        """What somebody at a terminal is asked."""
        return f"Take {_said(self.clean)}?"

    @property
    def advice(self) -> str:
        """What is to be done where nobody is asked."""
        options = [f"--clean {key}={value}" for key, value in self.clean.items() if isinstance(value, str)]
        options += [f"--clean missing.{role}={how}" for role, how in self.clean.get("missing", {}).items()]
        return f"this would settle it: {' '.join(options)}, or take the # off clean: in the file"

    def joined(self, clean: Mapping[str, object]) -> dict[str, object]:
        """Return a cleaning with this one in it."""
        missing = clean.get("missing", {})
        before = missing if isinstance(missing, Mapping) else {"all": missing}
        return {**clean, **self.clean, "missing": {**before, **self.clean.get("missing", {})}}


def offers(guesses: Guesses, clean: Mapping[str, object]) -> Offer | None:
    """Return what would settle empty cells and absent periods that `clean` says nothing of, or None."""
    said = clean.get("missing", {})
    known = said if isinstance(said, Mapping) else {"all": said}
    rows = guesses.gaps if clean.get("gaps") is None else 0
    lines, missing = [], dict[str, str]()
    if rows:
        lines.append(f"{count(rows, 'period has', 'periods have')} no row")
    columns = {"spends": guesses.of("spend"), "explained": guesses.of("outcome")}
    for role, how in (("spends", "zero"), ("explained", "model")):
        cells = sum(guesses.empty.get(name, 0) for name in columns[role])
        if cells and not {role, "all"} & set(known):
            lines.append(
                f"{count(cells, 'cell', 'cells')} of {role if role == 'spends' else 'the outcome'} "
                f"{'is' if cells == 1 else 'are'} empty" + WHY.get(role, "")
            )
        if (cells or rows) and not {role, "all"} & set(known):
            missing[role] = how
    controls = [*guesses.of("price"), *guesses.of("promotion"), *guesses.of("control")]
    if rows and controls and not {"controls", "all"} & set(known):
        missing["controls"] = "interpolate"
    if not lines:
        return None
    return Offer(
        ", and ".join(lines), {**({"gaps": "add"} if rows else {}), **({"missing": missing} if missing else {})}
    )


WHY = {"spends": ", as reports leave out rows without spend"}


def _said(clean: Mapping[str, Any]) -> str:
    missing = [f"missing {role} as {how}" for role, how in clean.get("missing", {}).items()]
    return " and ".join([*(["rows to be added"] if "gaps" in clean else []), *missing])
