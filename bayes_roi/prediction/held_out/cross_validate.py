"""How well rows are predicted by fits that do not know them: `br.cross_validate`."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from bayes_roi.draws import Evidence
from bayes_roi.errors import QueryError
from bayes_roi.guards import whole_number
from bayes_roi.inference.engines import ENGINES
from bayes_roi.inference.progress import progress as progress_bar
from bayes_roi.model.language.model import Model
from bayes_roi.panel import Panel
from bayes_roi.plain_text import aligned
from bayes_roi.prediction.backtest import DRAWS, cells
from bayes_roi.prediction.folds import parameters_fitted
from bayes_roi.prediction.held_out.parts import By, parts
from bayes_roi.prediction.held_out.prediction import predicted
from bayes_roi.prediction.scores import Scores, scores

if TYPE_CHECKING:
    import pandas as pd

ALL = "all"


@dataclass(frozen=True, eq=False)
class HeldOut:
    """One part, predicted by a fit that does not know it.

    Parameters
    ----------
    name
        What was held out.
    came
        (rows,) the outcome.
    draws
        (draws, rows) what was predicted, noise and all.
    """

    name: str
    came: np.ndarray
    draws: np.ndarray


@dataclass(frozen=True, eq=False, repr=False)
class CrossValidation:
    """Rows predicted by fits that do not know them.

    Parameters
    ----------
    outcome
        What is predicted.
    by
        What was held out together.
    parts
        Each part.
    """

    outcome: str
    by: By
    parts: tuple[HeldOut, ...]

    def scores(self, part: str = ALL) -> Scores:
        """Return scores of a part by its name, or over all rows."""
        some = [p for p in self.parts if part in (ALL, p.name)]
        if not some:
            raise QueryError(f"there is no part {part!r}; there are {', '.join(p.name for p in self.parts)}")
        return scores(np.concatenate([p.draws for p in some], axis=1), np.concatenate([p.came for p in some]))

    def rows(self) -> list[dict[str, Any]]:
        """Return a row of scores for all, and for each part."""
        return [{"part": name} | self.scores(name).to_dict() for name in (ALL, *(p.name for p in self.parts))]

    def to_frame(self) -> pd.DataFrame:
        """Return the scores as a frame."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "outcome": self.outcome,
            "estimand": f"errors of {self.outcome} in rows that a fit does not know",
            "unit": self.outcome,
            "by": self.by,
            "scores": self.rows(),
            "evidence": str(Evidence.PREDICTIVE),
        }

    def __str__(self) -> str:
        head = ["held out", "rows", "RMSE", "MAE", "MAPE", "R2", "CRPS", "in 50 %", "in 90 %"]
        rows = [[name, *cells(self.scores(name))] for name in (ALL, *(p.name for p in self.parts))]
        return "\n".join(
            [
                f"{self.outcome}: rows held out by {self.by}, given spends and what has no equation",
                *aligned([head, *rows]),
                "a good prediction is no proof of cause: a wrong graph may predict better (docs/prediction.md)",
            ]
        )

    def __repr__(self) -> str:
        return f"<{self}>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def cross_validate(
    model: Model,
    data: Panel,
    *,
    by: By | None = None,
    folds: int = 5,
    draws: int = DRAWS,
    seed: int = 0,
    progress: bool | None = None,
) -> CrossValidation:
    """Return how well rows are predicted by fits that do not know them, given their spends and what has no equation.

    Nodes between spend and outcome are predicted by their equations. Rows before those held out are read for carry-over
    alone; rows after them that read what is asked about, through a lag, are left out of the fit. Neither later outcomes
    nor carry-over of what is held out is known to the fit.

    Parameters
    ----------
    model, data
        What to fit.
    by
        "unit": units of a panel, each predicted as a new one of the population that the others are drawn from. "time":
        stretches of periods, between others that are known (`br.backtest` holds the future out). "row": rows that
        are no periods. By units in a panel, else by time, else by row, when None.
    folds
        How many parts the table is divided into.
    draws
        Draws a chain of each fit, of 2 chains.
    seed
        Of the parts, the fits and the noise.
    progress
        False shows no progress.

    Returns
    -------
    CrossValidation
        Scores over all rows and by part; evidence: predictive.

    Raises
    ------
    QueryError
        When the table has no such parts or fewer than folds, or the outcome has no equation.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/acquisition.yaml"))
    >>> data = br.read_data(br.shipped("data/acquisition.csv"), model)
    >>> found = br.cross_validate(model, data, folds=2, draws=100, progress=False)
    >>> found.by, found.scores().count == data.rows
    ('row', True)
    """
    if by is not None and by not in get_args(By):
        raise QueryError(f"by must be one of {', '.join(map(repr, get_args(By)))}, got {by!r}")
    whole_number(folds, "folds", 2)
    if model.outcome not in model.modelled:
        raise QueryError(f"{model.outcome} is computed of other nodes and has no equation to predict it by")
    how: By = by or ("unit" if data.units is not None else "row" if data.clock is None else "time")
    found = []
    with progress_bar(progress, doing="cross-validation") as report:
        for i, part in enumerate(parts(model, data, how, folds, seed)):
            report(f"part {i + 1} of {folds}", i / folds)
            fit = parameters_fitted(model, part.known, draws, seed + i, ENGINES)
            rows, shown = predicted(fit, part.asked, seed + i)
            found.append(HeldOut(part.name, rows.rows[model.outcome], shown))
    return CrossValidation(model.outcome, how, tuple(found))
