"""One table of scores: the shipped models beside rivals that know no model, from ten origins each, and campaigns.

    python -m tests.prediction.scores_study [MODEL ...]

Four weeks ahead, spends and causes of these given, to the boosted trees too. Each forecast is kept as it is made, so
that a study that was stopped goes on. AutoETS is in the table where statsforecast is installed. Of the campaigns, the
ROI that the books show is predicted on rows held out in five folds, by trees too where pymc-bart is installed.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import bayes_roi as br
from bayes_roi.numbers import number
from bayes_roi.prediction.scores import LEVELS, crps
from tests.calibration.kept import ROOT, digest, each_kept, markdown

TABLES = {"weekly_funnel": "weekly_funnel.csv", "robyn": "robyn_weekly.csv", "campaign_roi": "campaign_roi.csv"}
CAMPAIGNS = "campaign_roi"
KNOWN = ("budget", "channel", "audience", "price", "rating", "duration", "region", "season")
RIVALS = ("seasonal naive", "boosted trees", "AutoETS")
LEARNERS = ("linear", "network", "trees")
NAIVE = ("seasonal naive", "no features")
"""What a score is compared with: last year again, or the mean of the rows."""
FOLDS, HORIZON, DRAWS = 10, 4, 500
KEEP = ROOT / "runs" / "scores"


@dataclass(frozen=True)
class Row:
    """One period as one forecaster had it: relative errors are of its median."""

    came: float
    middle: float
    crps: float
    half: bool
    most: bool


@dataclass(frozen=True)
class Forecasts:
    """What one origin says: forecaster -> the periods after it."""

    model: str
    fold: int
    rows: dict[str, list[Row]]

    def __str__(self) -> str:
        return f"{self.model}, origin {self.fold}: {', '.join(self.rows)}"


def here() -> tuple[str, ...]:
    """Return the rivals whose libraries are installed."""
    return RIVALS if importlib.util.find_spec("statsforecast") else RIVALS[:-1]


def learners() -> tuple[str, ...]:
    """Return the learners whose libraries are installed."""
    return LEARNERS if importlib.util.find_spec("pymc_bart") else LEARNERS[:-1]


def campaigns() -> Forecasts:
    """Return what learners say of the ROI of campaigns that were held out."""
    table = pd.read_csv(br.shipped(f"data/{CAMPAIGNS}.csv"))
    found = br.predict_target(table, target="roi", features=KNOWN, learners=learners(), folds=5, tune=2)
    return Forecasts(CAMPAIGNS, 0, {who: rows_of(x.shown, found.came) for who, x in found.learners.items()})


def run(key: tuple[str, int]) -> Forecasts:
    """Return the forecasts of one model from one origin, the last one number 0."""
    name, fold = key
    if name == CAMPAIGNS:
        return campaigns()
    model = br.read_model(br.shipped(f"models/{name}.yaml"))
    data = br.read_data(br.shipped(f"data/{TABLES[name]}"), model)
    assert data.clock is not None
    past = data.kept(data.clock <= data.clock.max() - fold * HORIZON)
    asked = br.backtest(
        model, past, folds=1, horizon=HORIZON, draws=DRAWS, rivals=here(), seed=fold, progress=False  # type: ignore[arg-type]
    )  # fmt: skip
    found = asked.folds[0]
    return Forecasts(name, fold, {who: rows_of(x[:, 0], found.came[0]) for who, x in found.draws.items()})


def rows_of(draws: np.ndarray, came: np.ndarray) -> list[Row]:
    """Return the periods of a forecast (draws, periods)."""
    inside = []
    for level in LEVELS:
        low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
        inside.append((low <= came) & (came <= high))
    each = zip(came, np.median(draws, axis=0), crps(draws, came), *inside, strict=True)
    return [Row(float(y), float(m), float(c), bool(h), bool(n)) for y, m, c, h, n in each]


def forecasts(models: Iterable[str], folds: int = FOLDS, keep: Path = KEEP) -> list[Forecasts]:
    """Return all forecasts: what is kept, and the rest made now and kept."""
    own = sorted((ROOT / "bayes_roi" / "prediction").rglob("*.py"))
    found: list[Forecasts] = []
    for name in models:
        files = ROOT / "data" / TABLES[name], ROOT / "models" / f"{name}.yaml"
        there = learners() if name == CAMPAIGNS else here()
        file = keep / digest(Path(__file__), *own, *files) / f"{name}-{len(there)}.jsonl"
        keys = [(name, k) for k in range(1 if name == CAMPAIGNS else folds)]
        found += each_kept(file, keys, run, read=read, key=lambda f: (f.model, f.fold), line=asdict)
    return found


def read(line: dict[str, object]) -> Forecasts:
    """Return forecasts from a line."""
    rows: dict[str, list[dict[str, float]]] = line["rows"]  # type: ignore[assignment]
    return Forecasts(
        str(line["model"]),
        int(line["fold"]),  # type: ignore[call-overload]
        {who: [Row(**r) for r in each] for who, each in rows.items()},  # type: ignore[arg-type]
    )


def table(found: list[Forecasts]) -> str:
    """Return the scores as a table, the CRPS also as a share of that of last year again."""
    lines: list[tuple[object, ...]] = []
    for name in dict.fromkeys(f.model for f in found):
        mine = [f for f in found if f.model == name]
        rows = {who: [r for f in mine for r in f.rows[who]] for who in mine[0].rows}
        naive = np.mean([r.crps for who in NAIVE for r in rows.get(who, ())])
        for who, each in rows.items():
            came, middle = (np.array([getattr(r, part) for r in each]) for part in ("came", "middle"))
            off, score = middle - came, np.mean([r.crps for r in each])
            lines.append(
                (
                    name,
                    who,
                    len(each),
                    number(float(np.sqrt(np.mean(off**2)))),
                    number(float(np.mean(np.abs(off)))),
                    f"{np.mean(np.abs(off / came)):.1%}" if (came > 0).all() else "",
                    f"{1 - (off**2).sum() / ((came - came.mean()) ** 2).sum():.2f}",
                    number(float(score)),
                    f"{score / naive:.2f}",
                    f"{np.mean([r.half for r in each]):.0%}",
                    f"{np.mean([r.most for r in each]):.0%}",
                )
            )
    head = ("table", "", "rows", "RMSE", "MAE", "MAPE", "R2", "CRPS", "of naive", "in 50 %", "in 90 %")
    return markdown(head, lines)


def main(*models: str) -> None:
    """Print the table."""
    print(table(forecasts(models or tuple(TABLES))))
    if len(here()) < len(RIVALS):
        print("without AutoETS: pip install 'bayes_roi[forecast]'")


if __name__ == "__main__":
    main(*sys.argv[1:])
