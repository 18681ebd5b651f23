"""bayes_roi: what each marketing channel caused, what that is worth, and how sure we are.

One declared causal graph is the model; money is part of it; every number is a set of posterior draws that knows its
question, its unit and what kind of evidence stands behind it. Names are imported when they are first used.

Examples
--------
>>> import bayes_roi as br
>>> model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
>>> model.outcome
'revenue'
"""

from __future__ import annotations

import importlib
import re
import sys
import types
from pathlib import Path

# The names stand once, in __init__.pyi: type checkers read it, and so do we.
_HOME = {
    name: module
    for module, name in re.findall(r"^from (\S+) import (\w+) as", Path(__file__).with_suffix(".pyi").read_text(), re.M)
}
__all__ = sorted(_HOME.keys() - {"__version__"})


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'bayes_roi' has no attribute {name!r}{_instead(name)}")
    home = importlib.import_module(_HOME[name])
    value = getattr(home, name) if hasattr(home, name) else importlib.import_module(f"{_HOME[name]}.{name}")
    globals()[name] = value
    return value


_GUESSED = {
    "optimize": "br.optimise",
    "optimize_budget": "br.optimise",
    "summary": "br.roi(fit), fit.diagnosis, or arviz.summary(fit.posterior)",
    "to_csv": "noun.to_frame().to_csv(path), or br.to_excel(noun, path)",
    "forecast": "br.predict(fit, periods=13)",
    "load": "br.read_run(folder)",
    "save": "br.write_run(fit, folder)",
    "read_csv": "br.read_data(path, model)",
    "sample": "br.fit(model, data)",
    "did": "br.difference_in_differences",
    "diff_in_diff": "br.difference_in_differences",
    "ab_test": "br.ab_rates, br.ab_revenue, br.ab_looks",
    "geo_test": "br.matched_regions, br.synthetic_control",
    "geolift": "br.synthetic_control(..., intercept=True)",
    "its": "br.interrupted_time_series",
}


def _instead(name: str) -> str:
    """Return what there is under another name, or an empty string."""
    import difflib

    near = difflib.get_close_matches(name, _HOME, n=1, cutoff=0.75)
    text = _GUESSED.get(name) or (f"br.{near[0]}" if near and not name.startswith("_") else "")
    return f"; there is {text}" if text else ""


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


class _Package(types.ModuleType):
    """Keeps the import of a submodule (report, shipped) from hiding the function of the same name."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOME and isinstance(value, types.ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
