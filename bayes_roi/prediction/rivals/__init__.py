"""Forecasts that know no model: what one must be better than to be of use as a forecast."""

from __future__ import annotations

from typing import Literal, get_args

from bayes_roi.errors import QueryError, nearest
from bayes_roi.prediction.rivals.auto_ets import auto_ets
from bayes_roi.prediction.rivals.base import Past, Rival
from bayes_roi.prediction.rivals.boosted_trees import boosted_trees
from bayes_roi.prediction.rivals.seasonal_naive import of_units, seasonal_naive

RivalName = Literal["seasonal naive", "AutoETS", "boosted trees"]
RIVALS: dict[str, Rival] = {"seasonal naive": of_units, "AutoETS": auto_ets, "boosted trees": boosted_trees}

__all__ = ["RIVALS", "Past", "Rival", "RivalName", "check_rivals", "seasonal_naive"]


def check_rivals(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of rivals, each once.

    Raises
    ------
    QueryError
        When there is no such rival.
    """
    for name in names:
        if name not in RIVALS:
            raise QueryError(
                f"there is no rival {name!r}{nearest(name, RIVALS)}; there are {', '.join(get_args(RivalName))}"
            )
    return tuple(dict.fromkeys(names))
