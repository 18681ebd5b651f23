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
        raise AttributeError(f"module 'bayes_roi' has no attribute {name!r}")
    home = importlib.import_module(_HOME[name])
    value = getattr(home, name) if hasattr(home, name) else importlib.import_module(f"{_HOME[name]}.{name}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


class _Package(types.ModuleType):
    """Keeps the import of a submodule (report, shipped) from hiding the function of the same name."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOME and isinstance(value, types.ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
