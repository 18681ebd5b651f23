"""The truth behind simulated data: parameters in the data's units, and laws of the nodes without an equation."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from bayes_roi.errors import ModelError, nearest
from bayes_roi.model.model import Model
from bayes_roi.model.names import GIVEN_BY_OTHERS, structural_names


@dataclass(frozen=True)
class Law:
    r"""How an exogenous node is drawn: $m + A\sin(2\pi t / P) + \text{AR(1)}$, dark in flights, cut off below.

    Parameters
    ----------
    mean, sd
        Mean and standard deviation of the autoregressive part, in the node's units.
    autocorrelation
        Of one period to the next, in [0, 1).
    season
        Amplitude A of a yearly wave, in the node's units.
    period
        Length P of the wave in rows.
    dark
        Share of periods without any, in flights of about `flight` rows.
    flight
        Mean length of a dark flight, in rows.
    minimum
        Values below are set to it; None for no limit.
    whole
        Whether values are rounded to whole numbers, as counts are.
    """

    mean: float
    sd: float
    autocorrelation: float = 0.0
    season: float = 0.0
    period: float = 52.18
    dark: float = 0.0
    flight: float = 4.0
    minimum: float | None = 0.0
    whole: bool = False

    def __post_init__(self) -> None:
        for name, good, wanted in (
            ("sd", self.sd >= 0, "0 or more"),
            ("autocorrelation", 0 <= self.autocorrelation < 1, "in [0, 1)"),
            ("dark", 0 <= self.dark < 1, "in [0, 1)"),
            ("flight", self.flight >= 1, "1 or more"),
            ("period", self.period > 0, "above zero"),
        ):
            if not good:
                raise ModelError(f"{name} of an exogenous node's law must be {wanted}, got {getattr(self, name)}")

    def draw(self, index: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return one series over the rows `index`."""
        shocks = rng.standard_normal(len(index))
        steps = np.sqrt(1 - self.autocorrelation**2) * shocks
        steps[0] = shocks[0]
        series = np.empty(len(index))
        level = 0.0
        for t, step in enumerate(steps):
            level = self.autocorrelation * level + step
            series[t] = level
        x = self.mean + self.sd * series + self.season * np.sin(2 * math.pi * index / self.period)
        x = x if self.minimum is None else np.maximum(x, self.minimum)
        x = np.round(x) if self.whole else x
        return np.where(self._dark_flights(len(index), rng), 0.0, x)

    def _dark_flights(self, length: int, rng: np.random.Generator) -> np.ndarray:
        """Return which rows are dark: a two-state Markov chain with the wanted share and flight length."""
        leave = 1 / self.flight
        enter = leave * self.dark / (1 - self.dark)
        u, dark = rng.random(length), np.empty(length, bool)
        state = bool(u[0] < self.dark)
        for t in range(length):
            if t:
                state = bool(u[t] >= leave) if state else bool(u[t] < enter)
            dark[t] = state
        return dark


@dataclass(frozen=True)
class Categories:
    """How a categorical exogenous node is drawn: each row by itself, a label by its share.

    Parameters
    ----------
    labels
        The categories, in alphabetical order.
    shares
        Their probabilities; they sum to one.
    """

    labels: tuple[str, ...]
    shares: tuple[float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", tuple(self.labels))
        object.__setattr__(self, "shares", tuple(self.shares))
        if len(self.labels) != len(self.shares) or sorted(self.labels) != list(self.labels) or len(self.labels) < 2:
            raise ModelError(f"labels must be two or more in alphabetical order, a share each, got {self.labels}")
        if min(self.shares) <= 0 or not math.isclose(sum(self.shares), 1.0):
            raise ModelError(f"shares must be above zero and sum to one, got {self.shares}")

    def draw(self, index: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return the positions of labels over the rows `index`."""
        return rng.choice(len(self.labels), size=len(index), p=self.shares).astype(float)


@dataclass(frozen=True)
class Truth:
    """Everything that `simulate` needs beside the model.

    Parameters
    ----------
    parameters
        Name -> value, or list of values for a vector of effects; in the data's units.
    exogenous
        Node without an equation -> its `Law`, or `Categories`.
    periods, seed, start
        How the shipped table was made: rows, seed, first period.
    units
        Panel unit -> its size, such as its population; spends and modelled amounts are in proportion to it where the
        model has weights. Empty for a single series.
    roas
        Channel -> true ROAS of the likelihood rows of that table and all their carry-over, for reference.
    note
        What a reader should know.
    """

    parameters: Mapping[str, float | list[float]]
    exogenous: Mapping[str, Law | Categories]
    periods: int = 156
    seed: int = 0
    start: str = "2023-01-02"
    roas: Mapping[str, float] = field(default_factory=dict)
    note: str = ""
    units: Mapping[str, float] = field(default_factory=dict)

    def check(self, model: Model) -> None:
        """Raise unless every parameter and every exogenous node of the model has its truth."""
        known = structural_names(model)
        for name in known:
            if name not in self.parameters:
                raise ModelError(f"the truth has no value for {name!r}{nearest(name, self.parameters)}")
        for name in self.parameters:
            if name not in known:
                raise ModelError(f"the truth names {name!r}, which is not a parameter{nearest(name, known)}")
        if model.panel is not None and len(self.units) < 2:
            raise ModelError(f"the truth needs the units of {model.panel!r}, two or more, with their sizes")
        for node in (*model.exogenous, *value_column(model)):
            if node not in self.exogenous:
                raise ModelError(
                    f"the truth has no law for {node!r}{nearest(node, self.exogenous)}; write its mean and sd"
                )
        self._check_laws(model)
        self._check_lengths(model)

    def _check_laws(self, model: Model) -> None:
        for unit, size in self.units.items():
            if not 0 < size < math.inf:
                raise ModelError(f"the sizes of units must be above zero, got {size} for {unit!r}")
        for node, law in self.exogenous.items():
            if isinstance(law, Categories) and node not in model.categorical:
                raise ModelError(f"the truth has labels for {node!r}, which is read as numbers; write its mean and sd")
            if not isinstance(law, Categories) and node in model.categorical:
                raise ModelError(
                    f"the truth has a law of numbers for {node!r}, which is read as categories; write its labels and "
                    "their shares"
                )

    def _check_lengths(self, model: Model) -> None:
        levels = {n: law.labels for n, law in self.exogenous.items() if isinstance(law, Categories)}
        terms = ((f"{t.prefix(n)}.effect", t.width(levels)) for n in model.equation for t in model.terms(n))
        widths = {name: width for name, width in terms if width is not None}
        for name, value in self.parameters.items():
            of_units = name.endswith(GIVEN_BY_OTHERS)
            wanted = len(self.units) if of_units else widths.get(name)
            have = len(value) if isinstance(value, (list, tuple)) else None
            if have == wanted or (have is None and wanted == 1):
                continue
            said = "1 value" if have in (None, 1) else f"{have} values"
            there = "it is one number" if wanted is None else f"there are {wanted} {'units' if of_units else 'effects'}"
            raise ModelError(f"the truth has {said} for {name!r}, and {there}")


def value_column(model: Model) -> tuple[str, ...]:
    """Return the column of money per unit of the outcome, where the model has one."""
    return (model.value,) if isinstance(model.value, str) else ()


def read_truth(path: str | Path) -> Truth:
    """Return the truth in a JSON file.

    Raises
    ------
    ModelError
        When the file is not there, is not JSON, or has other keys than `Truth` and `Law`.
    """
    path = Path(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"{path}: there is no such file") from None
    except (ValueError, OSError) as error:
        raise ModelError(f"{path}: not a truth file in JSON ({error})") from None
    given = _section(content, "exogenous", path)
    laws = {
        n: _built(Categories if isinstance(law, dict) and "labels" in law else Law, law, f"{path}: {n}")
        for n, law in given.items()
    }
    _section(content, "parameters", path)
    truth: Truth = _built(Truth, content | {"exogenous": laws}, str(path))
    return truth


def _law_of(values: Any) -> type[Law | Categories]:
    return Categories if isinstance(values, dict) and "labels" in values else Law


def _section(content: Any, key: str, path: Path) -> dict[str, Any]:
    if not isinstance(content, dict) or not isinstance(content.get(key), dict):
        raise ModelError(f"{path}: needs {key!r}, a mapping")
    found: dict[str, Any] = content[key]
    return found


def _built(cls: type, values: Any, where: str) -> Any:
    names = [f.name for f in fields(cls)]
    if not isinstance(values, dict):
        raise ModelError(f"{where}: expected a mapping with {', '.join(names)}")
    for key in values:
        if key not in names:
            raise ModelError(f"{where}: unknown key {key!r}{nearest(key, names)}; known are {', '.join(names)}")
    try:
        return cls(**values)
    except TypeError as error:
        raise ModelError(f"{where}: {error}") from None


def write_truth(truth: Truth, path: str | Path) -> None:
    """Write a truth as JSON, the way `read_truth` reads it."""
    content = asdict(truth) | {"exogenous": {n: asdict(law) for n, law in truth.exogenous.items()}}
    content |= {"parameters": dict(truth.parameters), "roas": dict(truth.roas)}
    Path(path).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
