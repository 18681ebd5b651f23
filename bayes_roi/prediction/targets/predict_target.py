"""One column of a table predicted from others, judged on rows that were held out: `br.predict_target`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_roi.draws import DEFAULT_PROB, check_prob
from bayes_roi.errors import QueryError, nearest
from bayes_roi.guards import share, whole_number
from bayes_roi.numbers import plain
from bayes_roi.prediction.learners.constant import Constant
from bayes_roi.prediction.learners.features import Features, features_of
from bayes_roi.prediction.learners.learner import Learner
from bayes_roi.prediction.learners.network import Network
from bayes_roi.prediction.learners.selection import Selection
from bayes_roi.prediction.learners.trees import Trees
from bayes_roi.prediction.targets.cross import folds_of, held_out, train, tuned
from bayes_roi.prediction.targets.target_scores import TargetScores

if TYPE_CHECKING:
    import pandas as pd

LEARNERS: Mapping[str, type[Learner]] = {"linear": Selection, "network": Network, "trees": Trees}
TOO_GOOD = 0.999


def predict_target(
    data: pd.DataFrame | Mapping[str, Any],
    *,
    target: str,
    features: Sequence[str],
    learners: Sequence[str | Learner] = ("linear", "network"),
    folds: int = 5,
    tune: int = 3,
    groups: str | None = None,
    new: pd.DataFrame | Mapping[str, Any] | None = None,
    threshold: float = 0.5,
    prob: float = DEFAULT_PROB,
    seed: int = 0,
) -> TargetScores:
    """Return how well learners predict a column from others, on rows that they did not learn from.

    Nested cross-validation: rows are held out fold by fold; scaling, categories and settings are found in the other
    rows alone. Rows are taken to be exchangeable, or groups of them: periods of one market are not, `br.backtest` is
    for those. What a feature tells is not what changing it would do: name what is known before the target is, and ask
    a causal model for effects.

    Parameters
    ----------
    data
        A row for each campaign, customer or other thing: numbers, and labels of categories.
    target
        What is predicted: a number, or zeros and ones.
    features
        What it is predicted from: columns that are known when the prediction is wanted.
    learners
        "linear" (Bayesian regression that selects its features), "network" (a small Bayesian neural network), "trees"
        (Bayesian additive regression trees; needs pymc-bart, `pip install 'bayes_roi[trees]'`), or learners with
        settings of their own. The mean of the rows stands beside them.
    folds
        How many parts are held out in turn.
    tune
        Into how many parts the other rows are split where a learner's settings are chosen; 1 takes them as they are.
    groups
        A column: rows with the same label are held out together, such as all of a customer.
    new
        Rows without a target that the best learner is to foretell, trained on all rows.
    threshold
        P(1) from which on a one is said of a binary target.
    prob
        Probability inside the intervals.
    seed
        Of folds, draws and orders.

    Returns
    -------
    TargetScores
        MSE and R2 with intervals, CRPS and coverage, how much each feature says; of a binary target Brier score, AUC,
        accuracy, precision, recall, F1 and a calibration curve. Evidence: predictive.

    Raises
    ------
    QueryError
        When the target is among the features, lacks a value or never varies, or there are too few rows or groups.
    DataError
        With every feature that cannot be used.

    Examples
    --------
    >>> import bayes_roi as br
    >>> import pandas as pd
    >>> campaigns = pd.read_csv(br.shipped("data/campaign_roi.csv"))
    >>> known = ["budget", "channel", "audience", "price", "rating", "duration", "region", "season"]
    >>> found = br.predict_target(campaigns, target="roi", features=known, learners=["linear"], folds=3)
    >>> found.best, str(found.importance().evidence.item())
    ('linear, selected', '-1')
    """
    check_prob(prob)
    share(threshold, "threshold")
    whole_number(tune, "tune", 1)
    whole_number(seed, "seed", 0)
    names, table = tuple(features), _columns(data)
    y = _target(table, target, names)
    asked = _learners(learners)
    known, binary = features_of(table, names), bool(np.isin(y, (0.0, 1.0)).all())
    labels = _groups(table, groups, names)
    _check_folds(y if labels is None else labels, folds, binary)
    fold = folds_of(y, folds, binary=binary, groups=labels, seed=seed)
    options: dict[str, Any] = {"tune": tune, "binary": binary, "groups": labels, "seed": seed}
    found = {one.name: held_out(one, known, y, fold, **options) for one in (Constant(), *asked)}
    scores = TargetScores(
        target, names, binary, y, fold, found, labels, threshold, prob, seed, notes=_too_good(known, y, target)
    )
    if new is None:
        return scores
    best = next(one for one in (Constant(), *asked) if one.name == scores.best)
    ahead = features_of(_columns(new), names, known.levels)
    return replace(scores, new=tuple(_foretold(best, known, y, ahead, prob=prob, **options)))


def _columns(data: pd.DataFrame | Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a table by name."""
    return {str(name): column for name, column in data.items()}


def _target(table: Mapping[str, Any], target: str, names: tuple[str, ...]) -> np.ndarray:
    """Return the target (rows,) as numbers."""
    if target not in table:
        raise QueryError(f"the table has no column {target!r}{nearest(target, table)}")
    if not names or len(set(names)) < len(names) or target in names:
        raise QueryError("features must be columns other than the target, each named once; name one or more")
    values = np.asarray(table[target])
    if values.dtype.kind not in "biuf":
        raise QueryError(f"{target!r} must be a number, or zeros and ones; write a category as zeros and ones")
    y = values.astype(float)
    if lacking := int(np.count_nonzero(~np.isfinite(y))):
        raise QueryError(f"{target!r} has no value in {lacking} rows; leave them out, or give them as new=")
    if np.ptp(y) == 0:
        raise QueryError(f"{target!r} is {plain(y[0])} in every row, so there is nothing to predict")
    return y


def _learners(asked: Sequence[str | Learner]) -> list[Learner]:
    """Return the learners that are asked for, once each."""
    found = []
    for one in asked:
        if isinstance(one, str) and one not in LEARNERS:
            raise QueryError(f"no learner {one!r}{nearest(one, LEARNERS)}; there are {', '.join(LEARNERS)}")
        found.append(LEARNERS[one]() if isinstance(one, str) else one)
    if len({one.name for one in found}) < len(found):
        raise QueryError("each learner is asked once; settings are tuned within it")
    return found


def _groups(table: Mapping[str, Any], groups: str | None, names: tuple[str, ...]) -> np.ndarray | None:
    if groups is None:
        return None
    if groups not in table or groups in names:
        raise QueryError(f"groups must be a column that is no feature, got {groups!r}")
    return np.asarray(table[groups]).astype(str)


def _check_folds(units: np.ndarray, folds: int, binary: bool) -> None:
    """Raise unless each fold has some rows of each kind, or two groups."""
    whole_number(folds, "folds", 2)
    if units.dtype.kind == "U":
        least, what = len(np.unique(units)), "groups"
    else:
        kinds = np.unique(units, return_counts=True)[1]
        least, what = (int(kinds.min()), "rows of each kind") if binary else (len(units), "rows")
    if least < 4 * folds:
        raise QueryError(f"{folds} folds need {4 * folds} {what} or more, there are {least}; ask for fewer folds")


def _too_good(features: Features, y: np.ndarray, target: str) -> tuple[str, ...]:
    """Return a note for each number that goes along with the target all but exactly."""
    alike = (n for n, x in features.columns.items() if n not in features.levels and _correlated(x, y) > TOO_GOOD)
    return tuple(f"{n} is all but {target} itself: is it known before {target} is?" for n in alike)


def _correlated(x: np.ndarray, y: np.ndarray) -> float:
    return abs(float(np.corrcoef(x, y)[0, 1]))


def _foretold(
    learner: Learner,
    features: Features,
    y: np.ndarray,
    ahead: Features,
    *,
    tune: int,
    binary: bool,
    groups: np.ndarray | None,
    seed: int,
    prob: float,
) -> list[dict[str, Any]]:
    """Return a row for each new one: what it is expected to be, and the interval of what it would show."""
    chosen = tuned(learner, features, y, tune, binary=binary, groups=groups, seed=seed)
    trained = train(chosen, features, y, binary=binary, seed=seed)
    draws = trained.expected(ahead)
    shown = draws if binary else trained.shown(draws, np.random.default_rng(seed))
    lower, upper = np.quantile(shown, [(1 - prob) / 2, (1 + prob) / 2], axis=0)
    middle = draws.mean(axis=0)
    return [
        {"expected": float(m), "lower": float(a), "upper": float(b)}
        for m, a, b in zip(middle, lower, upper, strict=True)
    ]
