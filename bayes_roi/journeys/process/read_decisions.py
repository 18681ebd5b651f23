"""Reading logged decisions from a table: `br.read_decisions`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bayes_roi.errors import DataError, Problem, QueryError, nearest
from bayes_roi.guards import is_number
from bayes_roi.journeys.process.decision_log import ENDED, DecisionLog
from bayes_roi.plain_text import listed, shown

if TYPE_CHECKING:
    import pandas as pd

NEEDED = ("state", "action", "reward")
OPTIONAL = ("episode", "next_state", "propensity")
MOST_STATES, MOST_ACTIONS = 500, 100
EXAMPLES = 3


def read_decisions(
    table: str | Path | pd.DataFrame,
    *,
    columns: Mapping[str, str] | None = None,
    states: Sequence[str] | None = None,
    actions: Sequence[str] | None = None,
    costs: Mapping[str, float] | None = None,
    features: pd.DataFrame | None = None,
) -> DecisionLog:
    """Return a log of decisions, checked: one row a decision, those of an episode in their order.

    Parameters
    ----------
    table
        A CSV file or a data frame.
    columns
        Own names of columns, `{"action": "item_id"}`. `state`, `action` and `reward` (0 or more) must be there;
        `episode`, `next_state` (empty where the episode ended) and `propensity` (the probability with which the action
        was drawn in that state) may be. Without `next_state` every row is an episode of its own, as in a bandit.
    states, actions
        Their names, where some may be missing in the table; those of the table when None.
    costs
        Action -> what doing it costs, in the unit of the reward; 0 where it is not named.
    features
        What is known of states, a row a state, for `decision_process(model="features")`.

    Returns
    -------
    DecisionLog
        The log. Its evidence is experimental where there are propensities, and otherwise assumed.

    Raises
    ------
    DataError
        With all that was found: no such file or column, no row, rewards that are no amount, propensities outside
        (0, 1], a next state that is not the state of the next row, unknown names, more than 500 states or 100 actions.
    QueryError
        When an option is not as it must be.

    Examples
    --------
    >>> import pandas as pd
    >>> import bayes_roi as br
    >>> table = pd.DataFrame({"state": ["new", "new"], "action": ["mail", "none"], "reward": [1, 0], "p": [0.3, 0.7]})
    >>> br.read_decisions(table, columns={"propensity": "p"})
    DecisionLog: 2 decisions in 2 episodes, 1 states, 2 actions (mail, none); propensities logged
    """
    import pandas as pd

    source, frame = _frame(table)
    own = _columns(frame, source, columns or {})
    if not len(frame):
        raise DataError(source, [Problem("there are no rows", "give a row for each decision")])
    texts: dict[str, pd.Series] = {
        n: frame[own[n]].astype("string").str.strip() for n in ("state", "action", "next_state", "episode") if n in own
    }
    problems = [
        Problem(f"no {name} in {_rows(blank)}", f"give every row its {name}", column=own[name])
        for name in ("state", "action", "episode")
        if name in own and (blank := (texts[name].fillna("") == "").to_numpy()).any()
    ]
    numbers = {
        n: pd.to_numeric(frame[own[n]], errors="coerce").to_numpy(float) for n in ("reward", "propensity") if n in own
    }
    with np.errstate(invalid="ignore"):
        odd = ~(np.isfinite(numbers["reward"]) & (numbers["reward"] >= 0))
    if odd.any():
        mend = "write plain numbers, and what actions cost as costs={action: amount}"
        problems.append(Problem(f"rewards that are no amount, 0 or more, in {_rows(odd)}", mend, column=own["reward"]))
    if "propensity" in numbers and (odd := ~((numbers["propensity"] > 0) & (numbers["propensity"] <= 1))).any():
        mend = "write the probability with which the action was drawn"
        problems.append(Problem(f"propensities outside (0, 1] in {_rows(odd)}", mend, column=own["propensity"]))
    if "next_state" in own and "episode" not in own:
        problems.append(Problem("next states without episodes", "name the column episode", column=own["next_state"]))
    if problems:
        raise DataError(source, problems)
    names = {
        "state": _names("states", states, pd.concat([texts["state"], texts.get("next_state", texts["state"])])),
        "action": _names("actions", actions, texts["action"]),
    }
    at = {n: _positions(source, own[n], texts[n], known) for n, known in names.items()}
    number = pd.factorize(texts["episode"])[0] if "episode" in own else np.arange(len(frame))
    order = np.argsort(number, kind="stable")
    after = np.full(len(frame), ENDED)
    if "next_state" in own:
        filled = (texts["next_state"].fillna("") != "").to_numpy()
        after[filled] = _positions(source, own["next_state"], texts["next_state"][filled], names["state"])
    found = DecisionLog(
        names["state"],
        names["action"],
        at["state"][order],
        at["action"][order],
        numbers["reward"][order],
        after[order],
        number[order],
        np.ones(len(frame)),
        numbers["propensity"][order] if "propensity" in numbers else None,
        costs_of(costs or {}, names["action"]),
        *_features(features, names["state"]),
    )
    _connected(source, own, found, order)
    return found


def _frame(table: str | Path | pd.DataFrame) -> tuple[str, pd.DataFrame]:
    import pandas as pd

    if isinstance(table, pd.DataFrame):
        return "the data frame", table
    if not isinstance(table, (str, Path)):
        raise DataError(
            "the decisions", [Problem(f"a {type(table).__name__} is no table", "give a path or a data frame")]
        )
    if not Path(table).is_file():
        raise DataError(str(table), [Problem("there is no such file", "check the path")])
    try:
        return str(table), pd.read_csv(table, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (ValueError, OSError) as error:
        raise DataError(str(table), [Problem(f"it cannot be read as CSV ({error})", "give a table in UTF-8")]) from None


def _columns(frame: pd.DataFrame, source: str, given: Mapping[str, str]) -> dict[str, str]:
    """Return name -> column of the table."""
    known = (*NEEDED, *OPTIONAL)
    if odd := [name for name in given if name not in known]:
        raise QueryError(f"columns: {odd[0]!r} is none{nearest(odd[0], known)}; there are {', '.join(known)}")
    names = {name: given.get(name, name) for name in known}
    if lost := [n for n in known if (n in NEEDED or n in given) and names[n] not in frame.columns]:
        there = listed([shown(str(c)) for c in frame.columns[:20]])
        mend = f"say which one it is with columns={{{lost[0]!r}: ...}}; there are {there}"
        raise DataError(source, [Problem("there is no such column", mend, column=names[n]) for n in lost])
    return {name: column for name, column in names.items() if column in frame.columns}


def _rows(odd: np.ndarray) -> str:
    """Return which rows, as a spreadsheet counts them."""
    at = np.flatnonzero(odd)
    more = [f"{len(at) - EXAMPLES:,} more"] if len(at) > EXAMPLES else []
    return f"row{'s' if len(at) > 1 else ''} {listed([*(str(i + 2) for i in at[:EXAMPLES]), *more])}"


def _names(what: str, given: Sequence[str] | None, texts: pd.Series) -> tuple[str, ...]:
    found = tuple(sorted({str(t) for t in texts.dropna() if t != ""}) if given is None else map(str, given))
    most = MOST_STATES if what == "states" else MOST_ACTIONS
    if len(set(found)) < len(found) or not found:
        raise QueryError(f"{what} must be names, each once, got {list(found)!r}")
    if len(found) > most:
        raise QueryError(f"there are {len(found):,} {what}, at most {most} are learned; merge some")
    return found


def _positions(source: str, column: str, texts: pd.Series, known: tuple[str, ...]) -> np.ndarray:
    import pandas as pd

    at = pd.Index(known).get_indexer(pd.Index(texts.astype(str)))
    if (at < 0).any():
        odd = str(texts.iloc[int(np.argmin(at))])
        there = listed([shown(k) for k in known[:20]])
        raise DataError(source, [Problem(f"{shown(odd)} is none of {there}", "name it too", column=column)])
    return np.asarray(at)


def costs_of(costs: Mapping[str, float], actions: tuple[str, ...]) -> np.ndarray:
    """Return what each action costs."""
    for name, value in costs.items():
        if name not in actions:
            raise QueryError(f"costs: {name!r} is no action{nearest(name, actions)}; there are {', '.join(actions)}")
        if not is_number(value) or value < 0:
            raise QueryError(f"costs of {name!r} must be 0 or more, got {value!r}")
    return np.array([float(costs.get(name, 0.0)) for name in actions])


def _features(frame: pd.DataFrame | None, states: tuple[str, ...]) -> tuple[np.ndarray | None, tuple[str, ...]]:
    if frame is None:
        return None, ()
    table = frame.set_axis(frame.index.astype(str), axis=0)
    if lost := [s for s in states if s not in table.index]:
        raise QueryError(f"features have no row for the state {lost[0]!r}; give one for each of {len(states)} states")
    values = table.loc[list(states)].to_numpy(float)
    if not np.isfinite(values).all():
        raise QueryError("features must be numbers, one for each state")
    return values, tuple(map(str, frame.columns))


def _connected(source: str, own: Mapping[str, str], found: DecisionLog, order: np.ndarray) -> None:
    """Raise unless each next state is the state of the next row of its episode."""
    inner = np.flatnonzero(found.episode[1:] == found.episode[:-1])
    if "next_state" not in own:
        if len(inner):
            mend = "name the column next_state, or give each row an episode of its own"
            raise DataError(
                source, [Problem("episodes of several rows without next states", mend, column=own["episode"])]
            )
        return
    odd = np.zeros(len(found), bool)
    odd[order[inner]] = found.after[inner] != found.state[inner + 1]
    if odd.any():
        mend = "sort the rows of an episode by time, and leave it empty only where the episode ended"
        raise DataError(
            source, [Problem(f"not the state of the next row, in {_rows(odd)}", mend, column=own["next_state"])]
        )
