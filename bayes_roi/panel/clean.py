"""What may be done to a table, and to which of its columns; the doing of it is in `cleaning/`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from bayes_roi.errors import QueryError, nearest
from bayes_roi.guards import is_number
from bayes_roi.numbers import plain

Duplicates = Literal["error", "first", "last", "sum", "mean"]
Gaps = Literal["error", "add"]
Missing = Literal["error", "zero", "mean", "median", "interpolate", "model"]
Outliers = Literal["keep", "zscore", "iqr", "isolation_forest"]
Action = Literal["flag", "cap", "missing"]
Smooth = Literal["keep", "median", "savgol"]

BY_COLUMN: dict[str, tuple[str, ...]] = {
    "missing": get_args(Missing),
    "outliers": get_args(Outliers),
    "outlier_action": get_args(Action),
    "smooth": get_args(Smooth),
}
"""Options that may differ by column, with their choices; the first is what is done where nothing is said."""
NUMBERS = ("outlier_threshold", "smooth_window")
ALL = "all"
ROLES = ("spends", "explained", "controls")
"""Words for columns of a kind: spends, other nodes with an equation (the outcome among them), and all the rest."""
LEAST_WINDOW = 3


@dataclass(frozen=True)
class Clean:
    """What may be done to a table; by default nothing, and every problem is an error.

    `missing`, `outliers`, `outlier_action` and `smooth` are one choice for all columns, or a mapping from columns to
    choices. A key is a node, its column in the table, a role ("spends", "explained" for the other nodes that have an
    equation, "controls" for the rest) or "all"; the first of these that names a column counts.

    Parameters
    ----------
    duplicates
        Rows of one period (of one unit): keep the first or the last, or put their sum or mean in their place.
    gaps
        Periods without a row between the first and the last (of a unit): "add" rows whose cells are missing.
    missing
        Empty cells: "zero"; the "mean" or "median" of the column (in one unit); "interpolate" linearly between
        neighbours in time (in one unit); or leave them to the "model" as NaN.
    outliers
        Values far from the others: "zscore" further than `outlier_threshold` population standard deviations from the
        mean, "iqr" further than that many interquartile ranges outside the quartiles, "isolation_forest" with an
        anomaly score above it (Liu, Ting and Zhou 2008; needs scikit-learn).
    outlier_action
        What is done with them: "flag" changes nothing, "cap" moves them to the nearest value that is none, "missing"
        takes them out, for `missing` to fill in.
    outlier_threshold
        By default 3.5 for "zscore", 3 for "iqr" and .8 for "isolation_forest".
    smooth
        Noisy covariates, named one by one or as "controls": a rolling "median", or the Savitzky-Golay filter of order
        two ("savgol"). Never a node with an equation, nor a spend.
    smooth_window
        Rows of the window of `smooth`, an odd number; it is cut at the ends of a column.

    Raises
    ------
    QueryError
        If a choice is not one of those above.

    Examples
    --------
    >>> Clean(missing={"spends": "zero", "price": "interpolate"}).duplicates
    'error'
    """

    duplicates: Duplicates = "error"
    gaps: Gaps = "error"
    missing: Missing | Mapping[str, Missing] = "error"
    outliers: Outliers | Mapping[str, Outliers] = "keep"
    outlier_action: Action | Mapping[str, Action] = "flag"
    outlier_threshold: float | None = None
    smooth: Smooth | Mapping[str, Smooth] = "keep"
    smooth_window: float = 5

    def __post_init__(self) -> None:
        _require_choice("duplicates", self.duplicates, get_args(Duplicates))
        _require_choice("gaps", self.gaps, get_args(Gaps))
        for option, choices in BY_COLUMN.items():
            for choice in _choices(getattr(self, option)).values():
                _require_choice(option, choice, choices)
        self._require_outliers()
        self._require_smooth()

    def _require_outliers(self) -> None:
        threshold, asked = self.outlier_threshold, set(_choices(self.outliers).values())
        if threshold is not None and (not is_number(threshold) or threshold <= 0):
            raise QueryError(f"clean: outlier_threshold must be a number above 0, got {threshold!r}.")
        for option, given in (("outlier_threshold", threshold is not None), ("outlier_action", self._acts)):
            if given and asked == {"keep"}:
                raise QueryError(f"clean: {option} needs outliers='zscore' or outliers='iqr', got outliers='keep'.")
        if threshold is not None and threshold >= 1 and "isolation_forest" in asked:
            raise QueryError(
                f"clean: outlier_threshold={plain(threshold)} is no anomaly score of an isolation forest, which lies "
                "between 0 and 1 and is near 1 for outliers. Give for example 0.8."
            )

    @property
    def _acts(self) -> bool:
        return self.outlier_action != "flag"

    def _require_smooth(self) -> None:
        window = self.smooth_window
        if not is_number(window) or window < LEAST_WINDOW or window % 2 != 1:
            raise QueryError(f"clean: smooth_window must be an odd number of rows, 3 or more, got {window!r}.")
        named = _choices(self.smooth)
        for key in (ALL, "spends", "explained"):
            if named.get(key, "keep") != "keep":
                raise QueryError(
                    f"clean: smooth takes covariates by their names, or 'controls', got {key!r}: what was spent and "
                    "what is to be explained is not smoothed. Write for example smooth={'temperature': 'median'}."
                )


def as_clean(asked: Clean | Mapping[str, Any] | None) -> Clean:
    """Return the cleaning asked for, from a mapping of its fields too.

    >>> as_clean({"missing": "model"}).missing
    'model'
    """
    if asked is None or isinstance(asked, Clean):
        return asked or Clean()
    if not isinstance(asked, Mapping):
        raise QueryError(f"clean must be a mapping such as {{'missing': 'interpolate'}}, got {asked!r}.")
    known = [field.name for field in fields(Clean)]
    for key in asked:
        if key not in known:
            raise QueryError(
                f"clean: there is no option {key!r}{nearest(str(key), known) or '.'} Choose from {', '.join(known)}."
            )
    return Clean(**asked)


@dataclass(frozen=True)
class Columns:
    """The columns that are asked for, by node, and what they are: what the keys of `Clean` are looked up in."""

    columns: Mapping[str, str]  # node -> name in the table
    spends: Collection[str]  # nodes
    explained: Collection[str]  # nodes
    categories: Collection[str] = ()  # nodes

    def role(self, node: str) -> str:
        """Return the word for columns of a node's kind."""
        return "spends" if node in self.spends else "explained" if node in self.explained else "controls"

    def chosen(self, clean: Clean, option: str) -> dict[str, Any]:
        """Return the choice of an option for each column of numbers, by its name in the table.

        Raises
        ------
        QueryError
            If a key of the option names nothing, or what it cannot be done to.
        """
        named = _choices(getattr(clean, option))
        default = BY_COLUMN[option][0]
        self._require_known(option, named)
        found = {}
        for node, name in self.columns.items():
            keys = (node, name, self.role(node), ALL)
            choice = next((named[key] for key in keys if key in named), default)
            if node not in self.categories:
                found[name] = choice
        return found

    def _require_known(self, option: str, named: Mapping[str, str]) -> None:
        known = [*self.columns, *self.columns.values(), *ROLES, ALL]
        for key in named:
            if key not in known:
                nodes = ", ".join(dict.fromkeys(self.columns))
                raise QueryError(
                    f"clean: {option}: there is no column {key!r}{nearest(key, known) or '.'} There are {nodes}, the "
                    f"roles {', '.join(ROLES)}, and {ALL}."
                )
            nodes_named = [node for node, name in self.columns.items() if key in (node, name)]
            if any(node in self.categories for node in nodes_named):
                raise QueryError(f"clean: {option}: {key!r} is a category, and labels are no numbers. Leave it out.")
            kinds = {self.role(node) for node in nodes_named} - {"controls"}
            if option == "smooth" and kinds and named[key] != "keep":
                what = "a spend, which is what was paid" if kinds == {"spends"} else "what the model is to explain"
                raise QueryError(f"clean: smooth: {key!r} is {what}; it is not smoothed. Leave it out.")


def _choices(asked: Any) -> Mapping[str, Any]:
    """Return an option as a mapping, of all columns where it is one choice."""
    return asked if isinstance(asked, Mapping) else {ALL: asked}


def _require_choice(option: str, got: object, choices: tuple[str, ...]) -> None:
    if got not in choices:
        right = ", ".join(map(repr, choices))
        raise QueryError(f"clean: {option} must be one of {right}, got {got!r}{nearest(str(got), choices) or '.'}")
