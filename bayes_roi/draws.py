"""Draws: posterior draws of a quantity that know their question, their unit and what kind of evidence they are."""

from __future__ import annotations

import enum
import html
import operator
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.labelled import Labelled, stretched

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Kind = Literal["eti", "hdi"]
SAMPLE = ("chain", "draw")
WELL_SUPPORTED = 0.5
"""Support below which what is identified is extrapolated."""
UNSUPPORTED = 0.02
"""Support below which nothing but prior and form carries a number."""
DEFAULT_PROB = 0.9
ASSUMED = "the observed columns do not identify it; prior and form carry the number"
"""Said of an assumed number of which nothing more is known."""


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


class Arrays(NamedTuple):
    """What a `Draws` keeps, as numpy has it."""

    values: Labelled
    evidence: Labelled
    support: Labelled | None


class _AsXarray[Read, Given]:
    """A field that keeps a `Labelled` and reads as an `xarray.DataArray`, which is built when it is first read."""

    def __init__(self, *default: Given) -> None:
        self.default = default

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, draws: Draws | None, owner: type | None = None) -> Read:
        if draws is None:  # `dataclass` asks for the default
            if self.default:
                return cast(Read, self.default[0])
            raise AttributeError(self.name)
        kept = vars(draws)[self.name]
        return cast(Read, None if kept is None else kept.xarray)

    def __set__(self, draws: Draws, given: Given) -> None:
        vars(draws)[self.name] = None if given is None else Labelled.of(cast(Labelled, given))


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

    values: _AsXarray[xr.DataArray, xr.DataArray | Labelled] = _AsXarray()
    unit: str  # type: ignore[misc]  # mypy takes the descriptor above for a default
    estimand: str  # type: ignore[misc]
    evidence: _AsXarray[xr.DataArray, xr.DataArray | Labelled] = _AsXarray()
    support: _AsXarray[xr.DataArray | None, xr.DataArray | Labelled | None] = _AsXarray(None)
    note: str = ""
    has_mean: bool = True
    reason: str = ""
    skewed: bool = False

    def __post_init__(self) -> None:
        """Take what is identified for assumed where the data do not reach it."""
        _, evidence, support = self.arrays
        if support is not None and (support.array < UNSUPPORTED).any():
            evidence, support = stretched(evidence, support)
            lowered = (evidence.array == Evidence.IDENTIFIED) & (support.array < UNSUPPORTED)
            vars(self)["evidence"] = evidence.filled(np.where(lowered, int(Evidence.ASSUMED), evidence.array))

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

        lower, upper = self.ends(prob, kind=kind)
        return xr.Dataset({"lower": lower.xarray, "upper": upper.xarray})

    def ends(self, prob: float = DEFAULT_PROB, *, kind: Kind = "eti") -> tuple[Labelled, Labelled]:
        """Return the lower and the upper end of the credible interval; arguments and errors are those of `interval`."""
        check_prob(prob)
        if kind not in ("eti", "hdi"):
            raise QueryError(f"kind must be 'eti' or 'hdi', got {kind!r}")
        values = self.arrays.values.first(*SAMPLE)
        rows = values.array.reshape(-1, *values.array.shape[2:])
        lower, upper = _equal_tailed(rows, prob) if kind == "eti" else _highest_density(rows, prob)
        return values.filled(np.asarray(lower), values.dims[2:]), values.filled(np.asarray(upper), values.dims[2:])

    def probability(self, *, above: float | None = None, below: float | None = None) -> xr.DataArray:
        """Return the posterior probability of lying above `above` and below `below`; NaN where the value is undefined.

        Raises
        ------
        QueryError
            When neither bound is given.
        """
        return self.share(above=above, below=below).xarray

    def share(self, *, above: float | None = None, below: float | None = None) -> Labelled:
        """Return the share of the draws above and below; arguments and errors are those of `probability`."""
        if above is None and below is None:
            raise QueryError("probability needs a bound: probability(above=0) or probability(below=1)")
        values = self.arrays.values
        inside = np.ones(values.array.shape, bool)
        inside = inside & (values.array > above) if above is not None else inside
        inside = inside & (values.array < below) if below is not None else inside
        return values.filled(np.where(np.isnan(values.array), np.nan, inside)).reduced(np.mean, *SAMPLE)

    def mean(self) -> xr.DataArray:
        """Return the posterior mean; raise where it need not exist."""
        self._check_mean()
        return self.average().xarray

    @property
    def point(self) -> Literal["mean", "median"]:
        """What is shown of each number beside its interval: the median of what is skewed or need not have a mean."""
        return "median" if self.skewed or not self.has_mean else "mean"

    def average(self) -> Labelled:
        """Return what `mean` returns, as a labelled array; it is not checked that there is a mean."""
        return self.arrays.values.reduced(np.mean, *SAMPLE)

    def centre(self) -> Labelled:
        """Return the point that is shown, see `point`."""
        return self.middle() if self.point == "median" else self.average()

    def middle(self) -> Labelled:
        """Return the posterior median."""
        return self.arrays.values.reduced(np.median, *SAMPLE)

    def _check_mean(self) -> None:
        if not self.has_mean:
            raise QueryError(f"the mean of {self.estimand} need not exist; use median() and interval()")

    def median(self) -> xr.DataArray:
        """Return the posterior median."""
        return self.middle().xarray

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
            evidence=_least_along(evidence, dim),
            support=None if support is None else _least_along(support, dim),
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
        _, evidence, support = self.arrays
        evidence, support = stretched(evidence, Labelled(np.array(1.0)) if support is None else support)
        words = [evidence_label(e, s) for e, s in zip(evidence.array.flat, support.array.flat, strict=True)]
        return evidence.filled(np.array(words, dtype=object).reshape(evidence.array.shape))

    def to_frame(self, prob: float = DEFAULT_PROB, *, kind: Kind = "eti") -> pd.DataFrame:
        """Return a table, one row a label: mean and sd (or median), lower, upper, evidence; `attrs` have the note.

        Of what is skewed the median comes first, and the mean beside it.
        """
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
        frame.attrs |= {"unit": self.unit, "estimand": self.estimand, "note": self.note}
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
        """Return the draws of two quantities combined; xarray pairs their labels."""
        import xarray as xr

        units = {
            "+": self.unit,
            "-": self.unit,
            "x": f"{self.unit} x {other.unit}",
            "/": f"{self.unit} per {other.unit}",
        }
        with xr.set_options(keep_attrs=False):
            return Draws(
                values=op(*xr.align(self.values, other.values, join="exact")),
                unit=units[symbol],
                estimand=f"({self.estimand}) {symbol} ({other.estimand})",
                evidence=_lesser(self.evidence, other.evidence),
                support=_least(self.support, other.support),
                note="; ".join(dict.fromkeys(n for n in (self.note, other.note) if n)),
                reason="; ".join(dict.fromkeys(r for r in (self.reason, other.reason) if r)),
                skewed=self.skewed or other.skewed,
            )

    def __repr__(self) -> str:
        frame = self.to_frame()
        shown = frame.to_string(max_rows=12, float_format=lambda v: f"{v:.4g}", index=bool(self._dims()))
        told = "".join(f"\n{line}" for line in self._beside)
        return f"{self.estimand} [{self.unit}], {DEFAULT_PROB:.0%} credible intervals\n{shown}{told}"

    def _repr_html_(self) -> str:
        head = f"<p>{html.escape(self.estimand)} [{html.escape(self.unit)}], {DEFAULT_PROB:.0%} credible intervals</p>"
        table = self.to_frame().to_html(max_rows=12, float_format=lambda v: f"{v:.4g}", index=bool(self._dims()))
        return head + table + "".join(f"<p><small>{html.escape(line)}</small></p>" for line in self._beside)

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


def evidence_label(evidence: int, support: float = 1.0) -> str:
    """Return the words for evidence and support, e.g. "identified, extrapolated".

    >>> evidence_label(Evidence.IDENTIFIED, 0.2)
    'identified, extrapolated'
    """
    word = str(standing(evidence, support))
    return f"{word}, extrapolated" if support < WELL_SUPPORTED and evidence >= Evidence.IDENTIFIED else word


def standing(evidence: int, support: float = 1.0) -> Evidence:
    """Return the evidence of a number: what is identified is assumed where the data do not reach it.

    >>> standing(Evidence.IDENTIFIED, 0.01)
    <Evidence.ASSUMED: 1>
    """
    known = Evidence(int(evidence))
    return Evidence.ASSUMED if known == Evidence.IDENTIFIED and support < UNSUPPORTED else known


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


def _least_along(values: Labelled, dim: str) -> Labelled:
    return values.reduced(np.fmin.reduce, dim) if dim in values.dims else values


def _least(a: xr.DataArray | None, b: xr.DataArray | None) -> xr.DataArray | None:
    if a is None or b is None:
        return b if a is None else a
    return _lesser(a, b)


def _lesser(a: xr.DataArray, b: xr.DataArray) -> xr.DataArray:
    import xarray as xr

    a, b = xr.broadcast(a, b)
    return xr.where(a < b, a, b)
