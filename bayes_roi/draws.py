"""Draws: posterior draws of a quantity that know their question, their unit and what kind of evidence they are."""

from __future__ import annotations

import enum
import html
import operator
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import xarray as xr

from bayes_roi.errors import QueryError

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["eti", "hdi"]
SAMPLE = ("chain", "draw")
WELL_SUPPORTED = 0.5
DEFAULT_PROB = 0.9


class Evidence(enum.IntEnum):
    """What stands behind a number, weakest first; of two numbers combined, the weaker one counts."""

    DESCRIPTIVE = 0
    """A rule hands it out; it is not a cause."""
    ASSUMED = 1
    """The graph does not identify it from what was observed; prior and form carry it."""
    IDENTIFIED = 2
    """The graph identifies it from the observed columns."""
    EXPERIMENTAL = 3
    """A randomised test informs it."""

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, eq=False, repr=False)
class Draws:
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
    """

    values: xr.DataArray
    unit: str
    estimand: str
    evidence: xr.DataArray
    support: xr.DataArray | None = None
    note: str = ""
    has_mean: bool = True

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
        check_prob(prob)
        if kind not in ("eti", "hdi"):
            raise QueryError(f"kind must be 'eti' or 'hdi', got {kind!r}")
        rows = self._rows()
        ends = _equal_tailed(rows, prob) if kind == "eti" else _highest_density(rows, prob)
        like = self.values.isel(chain=0, draw=0, drop=True)
        return xr.Dataset({side: like.copy(data=end) for side, end in zip(("lower", "upper"), ends, strict=True)})

    def probability(self, *, above: float | None = None, below: float | None = None) -> xr.DataArray:
        """Return the posterior probability of lying above `above` and below `below`; NaN where the value is undefined.

        Raises
        ------
        QueryError
            When neither bound is given.
        """
        if above is None and below is None:
            raise QueryError("probability needs a bound: probability(above=0) or probability(below=1)")
        inside = xr.ones_like(self.values, bool)
        inside = inside & (self.values > above) if above is not None else inside
        inside = inside & (self.values < below) if below is not None else inside
        return inside.where(self.values.notnull()).mean(SAMPLE, skipna=False)

    def mean(self) -> xr.DataArray:
        """Return the posterior mean; raise where it need not exist."""
        self._check_mean()
        return self.values.mean(SAMPLE, skipna=False)

    def _check_mean(self) -> None:
        if not self.has_mean:
            raise QueryError(f"the mean of {self.estimand} need not exist; use median() and interval()")

    def median(self) -> xr.DataArray:
        """Return the posterior median."""
        return self.values.median(SAMPLE, skipna=False)

    def sd(self) -> xr.DataArray:
        """Return the posterior standard deviation; raise where it need not exist."""
        self._check_mean()
        return self.values.std(SAMPLE, skipna=False)

    def mcse(self) -> xr.DataArray:
        """Return the Monte-Carlo standard error of the mean (ArviZ)."""
        from arviz_stats.base import array_stats

        errors = array_stats.mcse(self.values.transpose(..., *SAMPLE).values, chain_axis=-2, draw_axis=-1)
        return self.values.isel(chain=0, draw=0, drop=True).copy(data=errors)

    def sum(self, dim: str) -> Draws:
        """Return the draws summed over a dim, with the weakest evidence and the least support along it."""
        if dim not in self.values.dims or dim in SAMPLE:
            raise QueryError(f"cannot sum over {dim!r}; the dims are {', '.join(self._dims()) or 'none'}")
        return replace(
            self,
            values=self.values.sum(dim),
            evidence=self.evidence.min(dim) if dim in self.evidence.dims else self.evidence,
            support=None
            if self.support is None
            else self.support.min(dim)
            if dim in self.support.dims
            else self.support,
        )

    def sel(self, **labels: Any) -> Draws:
        """Return the draws at labels of their dims, e.g. `roi.sel(channel="tv")`."""
        for dim, label in labels.items():
            if dim not in self.values.dims:
                raise QueryError(f"{dim!r} is not a dim of these draws; they have {', '.join(self._dims()) or 'none'}")
            known = self.values[dim].values.tolist()
            if not isinstance(label, slice) and np.ndim(label) == 0 and label not in known:
                raise QueryError(f"no {dim} {label!r}; there are {', '.join(map(str, known[:20]))}")
        pick: Callable[[xr.DataArray], xr.DataArray] = lambda a: a.sel({k: v for k, v in labels.items() if k in a.dims})  # noqa: E731
        support = None if self.support is None else pick(self.support)
        return replace(self, values=pick(self.values), evidence=pick(self.evidence), support=support)

    def labels(self) -> xr.DataArray:
        """Return the words that are shown beside each number: the evidence, and whether it is extrapolated."""
        evidence, support = xr.broadcast(self.evidence, xr.DataArray(1.0) if self.support is None else self.support)
        words = [evidence_label(e, s) for e, s in zip(evidence.values.flat, support.values.flat, strict=True)]
        return evidence.copy(data=np.array(words, dtype=object).reshape(evidence.shape))

    def to_frame(self, prob: float = DEFAULT_PROB, *, kind: Kind = "eti") -> pd.DataFrame:
        """Return a table, one row a label: mean and sd (or median), lower, upper and evidence."""
        ends = self.interval(prob, kind=kind)
        centre = {"mean": self.mean(), "sd": self.sd()} if self.has_mean else {"median": self.median()}
        table = xr.Dataset({**centre, **ends.data_vars, "evidence": self.labels()})
        if not self._dims():
            import pandas as pd

            return pd.DataFrame({k: [v.item()] for k, v in table.data_vars.items()})
        return table.drop_vars([c for c in table.coords if c not in table.dims]).to_dataframe()

    def _dims(self) -> list[str]:
        return [str(d) for d in self.values.dims if d not in SAMPLE]

    def _rows(self) -> np.ndarray:
        """Return the values with all draws on the first axis."""
        stacked = self.values.transpose(*SAMPLE, ...).values
        return stacked.reshape(-1, *stacked.shape[2:])

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
            return replace(self, values=op(self.values, other), estimand=f"({self.estimand}) {symbol} {other}")
        if symbol in "+-" and self.unit != other.unit:
            raise QueryError(f"cannot {symbol} {self.unit!r} and {other.unit!r}; the units must be the same")
        for dim in SAMPLE:
            if self.values.sizes[dim] != other.values.sizes[dim]:
                raise QueryError("these draws come from different fits and cannot be paired; ask both of one fit")
        units = {
            "+": self.unit,
            "-": self.unit,
            "x": f"{self.unit} x {other.unit}",
            "/": f"{self.unit} per {other.unit}",
        }
        a, b = xr.broadcast(self.evidence, other.evidence)
        with xr.set_options(keep_attrs=False):
            return Draws(
                values=op(*xr.align(self.values, other.values, join="exact")),
                unit=units[symbol],
                estimand=f"({self.estimand}) {symbol} ({other.estimand})",
                evidence=xr.where(a < b, a, b),
                support=_least(self.support, other.support),
                note="; ".join(dict.fromkeys(n for n in (self.note, other.note) if n)),
            )

    def __repr__(self) -> str:
        frame = self.to_frame()
        shown = frame.to_string(max_rows=12, float_format=lambda v: f"{v:.4g}", index=bool(self._dims()))
        return f"{self.estimand} [{self.unit}], {DEFAULT_PROB:.0%} credible intervals\n{shown}"

    def _repr_html_(self) -> str:
        head = f"<p>{html.escape(self.estimand)} [{html.escape(self.unit)}], {DEFAULT_PROB:.0%} credible intervals</p>"
        table = self.to_frame().to_html(max_rows=12, float_format=lambda v: f"{v:.4g}", index=bool(self._dims()))
        return head + table


def evidence_label(evidence: int, support: float = 1.0) -> str:
    """Return the words for evidence and support, e.g. "identified, extrapolated".

    >>> evidence_label(Evidence.IDENTIFIED, 0.2)
    'identified, extrapolated'
    """
    word = str(Evidence(int(evidence)))
    return f"{word}, extrapolated" if support < WELL_SUPPORTED and evidence >= Evidence.IDENTIFIED else word


def check_prob(prob: float) -> None:
    """Raise unless `prob` is a probability that an interval can have."""
    if isinstance(prob, bool) or not isinstance(prob, (int, float)) or not 0 < prob < 1:
        hint = f", e.g. {prob / 100:g}" if isinstance(prob, (int, float)) and 2 <= prob < 100 else ", e.g. 0.9"
        raise QueryError(f"prob must be in (0, 1), got {prob}. Give a probability{hint}")


def _equal_tailed(rows: np.ndarray, prob: float) -> np.ndarray:
    tail = (1 - prob) / 2
    return np.quantile(rows, [tail, 1 - tail], axis=0)


def _highest_density(rows: np.ndarray, prob: float) -> np.ndarray:
    from arviz_stats.base import array_stats

    return np.moveaxis(array_stats.hdi(rows, prob=prob, axis=0), -1, 0)


def _least(a: xr.DataArray | None, b: xr.DataArray | None) -> xr.DataArray | None:
    if a is None or b is None:
        return b if a is None else a
    a, b = xr.broadcast(a, b)
    return xr.where(a < b, a, b)
