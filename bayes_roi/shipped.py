"""Where the models and tables that come with the package are."""

from __future__ import annotations

from pathlib import Path

from bayes_roi.errors import BayesRoiError

HERE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """Return the path of a model or table that comes with the package, e.g. "models/weekly_funnel.yaml".

    Raises
    ------
    BayesRoiError
        When there is none of that name; it lists those there are.

    Examples
    --------
    >>> shipped("models/acquisition.yaml").name
    'acquisition.yaml'
    """
    for root in (HERE / "_shipped", HERE.parent):  # in a wheel, in a checkout
        if (root / name).is_file():
            return root / name
    folder = Path(name).parent
    there = sorted({str(folder / p.name) for r in (HERE / "_shipped", HERE.parent) for p in (r / folder).glob("*.*")})
    raise BayesRoiError(f"nothing called {name!r} comes with bayes_roi; there are {', '.join(there) or 'none'}")
