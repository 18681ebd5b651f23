"""Planning by hand: last year's spend, and what is to be different."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import numpy.typing as npt

from bayes_roi.decisions.horizon.outlook import Outlook, outlook
from bayes_roi.decisions.scenarios.scenario import Scenario, planned
from bayes_roi.errors import QueryError, nearest
from bayes_roi.guards import is_number
from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled
from bayes_roi.queries.horizon.history import A_YEAR, Forecast

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Spread = Literal["last_year", "evenly"]
Table = Mapping[str, npt.ArrayLike]
"""Channel -> its total over the plan, or its spend in each period."""


def scenario(
    fit: Fit,
    name: str,
    *,
    periods: int | None = None,
    spend: Table | Labelled | xr.DataArray | pd.DataFrame | None = None,
    change: Mapping[str, float] | float | None = None,
    spread: Spread = "last_year",
    nodes: Mapping[str, Forecast] | None = None,
) -> Scenario:
    """Return a plan for the periods that follow a fit's: spend as last year, but for what is said.

    Parameters
    ----------
    fit
        A fit whose rows are periods.
    name
        What answers call the plan.
    periods
        How many periods are planned; as many as `spend` has, else a year, when None.
    spend
        Channel -> its total over the plan or its spend in each period; or a table of them, an `xarray.DataArray` with
        dims `channel` and `time` or a DataFrame with a column for each channel and a row for each period.
    change
        Channel -> change against the same periods of last year, 0.2 for 20 % more; one number for all channels.
    spread
        How totals are spread over periods: "last_year" as the channel's own spend was, "evenly" alike.
    nodes
        Other nodes -> what they will be: "last_year", "mean", a number, or a value for each period.

    Raises
    ------
    QueryError
        When a channel is not in the model or is given twice, spend is negative, a series has another length or other
        periods than the plan, or the model has no time.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
    >>> data = br.read_data(br.shipped("data/weekly_funnel.csv"), model)
    >>> fit = br.fit(model, data, seed=7, draws=50)
    >>> br.scenario(fit, "more tv", spend={"social": 300_000}, change={"tv": 0.2, "search": -1})
    <Scenario 'more tv': 52 periods, 2025-02-24 to 2026-02-16; tv 771,783, social 300,000, search 0; total 1,071,783>
    """
    if spread not in get_args(Spread):
        raise QueryError(f"spread must be 'last_year' or 'evenly', got {spread!r}")
    given, labels = _by_channel(spend)
    ahead = outlook(fit, periods=_periods(fit, periods, given), horizon=0, others=nodes)
    _check_labels(labels, ahead.labels)
    changes = _changes(ahead, given, change)
    rows = [
        _series(c, given[c], reference, spread) if c in given else reference * (1 + changes.get(c, 0.0))
        for c, reference in zip(ahead.channels, ahead.reference, strict=True)
    ]
    return planned(ahead, name, np.array(rows), nodes=nodes)


def _by_channel(spend: object) -> tuple[dict[str, np.ndarray], np.ndarray | None]:
    """Return channel -> values, and the labels of the periods where a table has them."""
    if spend is None:
        return {}, None
    if isinstance(spend, Mapping):
        return {str(c): np.asarray(v) for c, v in spend.items()}, None
    if hasattr(spend, "dims"):
        table = Labelled.of(spend)  # type: ignore[arg-type]
        if set(table.dims) != {"channel", "time"}:
            raise QueryError(f"a table of spend has dims channel and time, got {', '.join(table.dims)}")
        rows = table.first("channel", "time").array
        labels = table.labels("time") if "time" in table.coords else None
        return dict(zip(map(str, table.labels("channel").tolist()), rows, strict=True)), labels
    if hasattr(spend, "columns") and hasattr(spend, "index"):
        counted = type(spend.index).__name__ == "RangeIndex"
        return {str(c): spend[c].to_numpy() for c in spend.columns}, None if counted else np.asarray(spend.index)  # type: ignore[index]
    raise QueryError(f"spend= takes channel -> total or series, or a table with channels and time, got {spend!r}")


def _periods(fit: Fit, periods: int | None, given: Mapping[str, np.ndarray]) -> int:
    lengths = {len(x) for x in given.values() if x.ndim == 1}
    if periods is not None:
        return periods
    if lengths:
        return max(lengths)
    year = A_YEAR.get(fit.data.frequency or "")
    if year is None and fit.model.time is not None:
        raise QueryError("the periods of these rows have no calendar, so a year has no length; say how many: periods=")
    return year or 1


def _check_labels(given: np.ndarray | None, labels: np.ndarray) -> None:
    """Raise where a table's own periods are not those of the plan."""
    if given is None:
        return
    texts = given.astype("datetime64[D]").astype(str) if given.dtype.kind == "M" else given.astype(str)
    if texts.tolist() != labels.astype(str).tolist():
        raise QueryError(
            f"a plan follows the data: {labels[0]} to {labels[-1]}; the table has {texts[0]} to {texts[-1]}"
        )


def _changes(
    ahead: Outlook, given: Mapping[str, np.ndarray], change: Mapping[str, float] | float | None
) -> dict[str, float]:
    """Return channel -> its change against last year, checked."""
    wanted = change if isinstance(change, Mapping) else {}
    for channel in (*given, *wanted):
        if channel not in ahead.channels:
            hint = nearest(channel, ahead.channels)
            raise QueryError(f"there is no channel {channel!r}{hint}; there are {', '.join(ahead.channels)}")
    twice = [c for c in wanted if c in given]
    if twice:
        raise QueryError(f"{twice[0]!r} has a spend and a change; give one of the two")
    if change is not None and not isinstance(change, Mapping):
        wanted = {c: change for c in ahead.channels if c not in given}
    for channel, share in wanted.items():
        if not is_number(share, kind=Real) or share < -1:
            raise QueryError(f"the change of {channel!r} is a number, -1 (nothing) or more, e.g. 0.2; got {share!r}")
    return {c: float(x) for c, x in wanted.items()}


def _series(channel: str, given: np.ndarray, reference: np.ndarray, spread: Spread) -> np.ndarray:
    """Return spend by period (periods,): a series as it is, a total spread."""
    if given.dtype.kind not in "iuf":
        raise QueryError(f"the spend of {channel!r} is no number: {given.tolist()!r}")
    if given.shape == reference.shape:
        return given.astype(float)
    if given.ndim:
        shape = " x ".join(map(str, given.shape))
        raise QueryError(f"the spend of {channel!r} has {shape} values; give one total, or {len(reference)} (the plan)")
    evenly = spread == "evenly" or reference.sum() == 0
    share = np.full(len(reference), 1 / len(reference)) if evenly else reference / reference.sum()
    return float(given) * share
