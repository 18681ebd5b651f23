"""Draws: posterior draws of a quantity that know their question, their unit and what kind of evidence they are."""

from __future__ import annotations

import html
import operator
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from bayes_roi.draws.arrays import Arrays, AsXarray, least_along, paired
from bayes_roi.draws.evidence import ASSUMED, Evidence, lowered, words
from bayes_roi.draws.intervals import DEFAULT_PROB, SAMPLE, Kind, as_interval
from bayes_roi.errors import QueryError
from bayes_roi.labelled import Labelled
from bayes_roi.numbers import level, number, percent, ratio
from bayes_roi.showing import Guessed, picture

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


@dataclass(frozen=True, eq=False, repr=False)
class Draws(Guessed):
    """Posterior draws of one estimand.

    Parameters
    ----------
    values
        Dims `chain`, `draw` and those of the quantity, e.g. `channel` or `time`. ArviZ functions work on it.
    unit
        Unit of the values, e.g. "USD" or "USD per USD".
    estimand
        The definition, in words and symbols.
    evidence
        `Evidence` by value, without `chain` and `draw`; broadcasts over the other dims.
    support
        Share of the distance between what was and what is asked that lies inside the observed range, likewise; None
        where no intervention is involved.
    note
        What a reader must know beside the number, e.g. that a horizon was cut.
    has_mean
        False for a ratio whose mean need not exist: only its median and interval are shown.
    reason
        Why what is only assumed is not more than that.
    skewed
        Whether the point shown is the median, as of money whose mean a long tail moves, and not the mean.

    Notes
    -----
    `values`, `evidence` and `support` are given as `xarray.DataArray` or as `Labelled` and read as `xarray.DataArray`.
    `arrays`, `centre`, `ends`, `share` and `words` are the same without xarray, for code that wants numbers soon.

    Examples
    --------
    >>> from bayes_roi.labelled import along
    >>> values = np.random.default_rng(1).normal(1.0, 0.1, size=(4, 1000, 2))
    >>> roas = Draws(
    ...     values=Labelled(values, ("chain", "draw", "channel"), along(channel=["tv", "search"])),
    ...     unit="USD per USD",
    ...     estimand="ROAS",
    ...     evidence=Labelled(np.array(Evidence.IDENTIFIED)),
    ... )
    >>> round(float(roas.sel(channel="tv").mean()), 1)
    1.0
    """

    values: AsXarray[xr.DataArray, xr.DataArray | Labelled] = AsXarray()
    unit: str  # type: ignore[misc]  # mypy takes the descriptor above for a default
    estimand: str  # type: ignore[misc]
    evidence: AsXarray[xr.DataArray, xr.DataArray | Labelled] = AsXarray()
    support: AsXarray[xr.DataArray | None, xr.DataArray | Labelled | None] = AsXarray(None)
    note: str = ""
    has_mean: bool = True
    reason: str = ""
    skewed: bool = False

    def __post_init__(self) -> None:
        """Take what is identified for assumed where the data do not reach it."""
        _, evidence, support = self.arrays
        vars(self)["evidence"] = lowered(evidence, support)

    @property
    def arrays(self) -> Arrays:
        """The values, evidence and support as labelled numpy arrays."""
        return Arrays(*(vars(self)[name] for name in Arrays._fields))

    def interval(self, prob: float = DEFAULT_PROB, *, kind: Kind = "eti") -> xr.Dataset:
        """Return the credible interval as a Dataset with `lower` and `upper`.

        Parameters
        ----------
        prob
            Posterior probability inside, in (0, 1).
        kind
            "eti" (equal tails) or "hdi" (highest density).

        Raises
        ------
        QueryError
            When `prob` or `kind` is none of these.
        """
        import xarray as xr

        lower, upper = self.arrays.interval(prob, kind=kind)
        return xr.Dataset({"lower": lower.xarray, "upper": upper.xarray})

    def probability(self, *, above: float | None = None, below: float | None = None) -> xr.DataArray:
        """Return the posterior probability of lying above `above` and below `below`; NaN where the value is undefined.

        Raises
        ------
        QueryError
            When neither bound is given.
        """
        return self.arrays.probability(above=above, below=below).xarray

    def mean(self) -> xr.DataArray:
        """Return the posterior mean; raise where it need not exist."""
        self._check_mean()
        return self.arrays.mean().xarray

    @property
    def point(self) -> Literal["mean", "median"]:
        """What is shown of each number beside its interval: the median of what is skewed or need not have a mean."""
        return "median" if self.skewed or not self.has_mean else "mean"

    def centre(self) -> Labelled:
        """Return the point that is shown, see `point`."""
        return self.arrays.median() if self.point == "median" else self.arrays.mean()

    def _check_mean(self) -> None:
        if not self.has_mean:
            raise QueryError(f"the mean of {self.estimand} need not exist; use median() and interval()")

    def median(self) -> xr.DataArray:
        """Return the posterior median."""
        return self.arrays.median().xarray

    def sd(self) -> xr.DataArray:
        """Return the posterior standard deviation; raise where it need not exist."""
        self._check_mean()
        return self.arrays.values.reduced(np.std, *SAMPLE).xarray

    def mcse(self) -> xr.DataArray:
        """Return the Monte-Carlo standard error of the mean (ArviZ)."""
        from arviz_stats.base import array_stats

        values = self.arrays.values.first(*SAMPLE)
        errors = array_stats.mcse(np.moveaxis(values.array, (0, 1), (-2, -1)), chain_axis=-2, draw_axis=-1)
        return values.filled(np.asarray(errors), values.dims[2:]).xarray

    def sum(self, dim: str) -> Draws:
        """Return the draws summed over a dim: undefined where one is, evidence and support the least."""
        values, evidence, support = self.arrays
        if dim not in values.dims or dim in SAMPLE:
            raise QueryError(f"cannot sum over {dim!r}; the dims are {', '.join(self._dims()) or 'none'}")
        return self._with(
            values=values.reduced(np.sum, dim),
            evidence=least_along(evidence, dim),
            support=None if support is None else least_along(support, dim),
        )

    def sel(self, **labels: Any) -> Draws:
        """Return the draws at labels of their dims, e.g. `roi.sel(channel="tv")`."""
        values, evidence, support = self.arrays
        for dim, label in labels.items():
            if dim not in values.dims:
                raise QueryError(f"{dim!r} is not a dim of these draws; they have {', '.join(self._dims()) or 'none'}")
            known = values.labels(dim).tolist()
            if not isinstance(label, slice) and np.ndim(label) == 0 and label not in known:
                raise QueryError(f"no {dim} {label!r}; there are {', '.join(map(str, known[:20]))}")
        pick: Callable[[Labelled], Labelled] = lambda a: a.sel(**{k: v for k, v in labels.items() if k in a.dims})  # noqa: E731
        return self._with(
            values=pick(values), evidence=pick(evidence), support=None if support is None else pick(support)
        )

    def labels(self) -> xr.DataArray:
        """Return the words that are shown beside each number: the evidence, and whether it is extrapolated."""
        return self.words().xarray

    def words(self) -> Labelled:
        """Return what `labels` returns, as a labelled array of texts."""
        return words(*self.arrays[1:])

    def to_frame(self, prob: float = DEFAULT_PROB, *, kind: Kind = "eti") -> pd.DataFrame:
        """Return a table, a row a label: mean and sd (or median), lower, upper, evidence; `attrs` say what they are."""
        import pandas as pd
        import xarray as xr

        ends = self.interval(prob, kind=kind)
        centre = {"median": self.median()} if self.point == "median" else {"mean": self.mean()}
        if self.has_mean:
            centre |= {"mean": self.mean()} if self.skewed else {"sd": self.sd()}
        table = xr.Dataset({**centre, **ends.data_vars, "evidence": self.labels()})
        if self._dims():
            frame = table.drop_vars([c for c in table.coords if c not in table.dims]).to_dataframe()
        else:
            frame = pd.DataFrame({k: [v.item()] for k, v in table.data_vars.items()})
        about = {"unit": self.unit, "estimand": self.estimand, "note": self.note}
        frame.attrs |= about | {"interval": as_interval(prob, kind)}
        return frame

    def _dims(self) -> list[str]:
        return [d for d in self.arrays.values.dims if d not in SAMPLE]

    def _with(self, **changes: Any) -> Draws:
        """Return draws that differ in some fields; unlike `dataclasses.replace` it reads none as xarray."""
        return Draws(**{f.name: changes.get(f.name, vars(self)[f.name]) for f in fields(self)})

    def __add__(self, other: Draws | float) -> Draws:
        return self._combine(other, operator.add, "+")

    def __sub__(self, other: Draws | float) -> Draws:
        return self._combine(other, operator.sub, "-")

    def __mul__(self, other: Draws | float) -> Draws:
        return self._combine(other, operator.mul, "x")

    def __truediv__(self, other: Draws | float) -> Draws:
        return self._combine(other, operator.truediv, "/")

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other: float) -> Draws:
        return self * -1 + other

    def __neg__(self) -> Draws:
        return self * -1

    def _combine(self, other: Draws | float, op: Callable[[Any, Any], Any], symbol: str) -> Draws:
        if not isinstance(other, Draws):
            values, estimand = self.arrays.values, f"({self.estimand}) {symbol} {other}"
            number = np.ndim(other) == 0 and not hasattr(other, "dims")
            return self._with(
                values=values.filled(op(values.array, other)) if number else op(self.values, other), estimand=estimand
            )
        if symbol in "+-" and self.unit != other.unit:
            raise QueryError(f"cannot {symbol} {self.unit!r} and {other.unit!r}; the units must be the same")
        for dim in SAMPLE:
            if self.arrays.values.sizes[dim] != other.arrays.values.sizes[dim]:
                raise QueryError("these draws come from different fits and cannot be paired; ask both of one fit")
        return self._paired(other, op, symbol)

    def _paired(self, other: Draws, op: Callable[[Any, Any], Any], symbol: str) -> Draws:
        """Return the draws of two quantities combined, with the notes and reasons of both."""
        units = {
            "+": self.unit,
            "-": self.unit,
            "x": f"{self.unit} x {other.unit}",
            "/": f"{self.unit} per {other.unit}",
        }
        return Draws(
            **paired(self.arrays, other.arrays, op)._asdict(),
            unit=units[symbol],
            estimand=f"({self.estimand}) {symbol} ({other.estimand})",
            note="; ".join(dict.fromkeys(n for n in (self.note, other.note) if n)),
            reason="; ".join(dict.fromkeys(r for r in (self.reason, other.reason) if r)),
            skewed=self.skewed or other.skewed,
        )

    @property
    def cell(self) -> Callable[[float], str]:
        """How a number of these is shown: ROI and shares in per cent, money over money with two decimals."""
        if self.estimand.startswith("ROI") or self.unit.startswith("share"):
            return percent
        over, per, under = self.unit.partition(" per ")
        return ratio if per and over == under else number

    def __repr__(self) -> str:
        frame = self.to_frame()
        shown = frame.to_string(max_rows=12, float_format=self.cell, index=bool(self._dims()))
        text = "".join(f"\n{line}" for line in self._beside)
        return f"{self.estimand} [{self.unit}], {level(DEFAULT_PROB)} credible intervals\n{shown}{text}"

    def _repr_html_(self) -> str:
        text = f"{html.escape(self.estimand)} [{html.escape(self.unit)}], {level(DEFAULT_PROB)} credible intervals"
        table = self.to_frame().to_html(max_rows=12, float_format=self.cell, index=bool(self._dims()))
        beside = "".join(f"<p><small>{html.escape(line)}</small></p>" for line in self._beside)
        return f"<p>{text}</p>{table}{beside}{picture(self)}"

    @property
    def why_assumed(self) -> str:
        """Why numbers that are only assumed are not more than that; empty where none is."""
        if not (self.arrays.evidence.array == Evidence.ASSUMED).any():
            return ""
        return self.reason or ASSUMED

    @property
    def _beside(self) -> list[str]:
        """What stands below the table."""
        lines = [f"assumed: {self.why_assumed}"] if self.why_assumed else []
        return [*lines, *([f"note: {self.note}"] if self.note else [])]
