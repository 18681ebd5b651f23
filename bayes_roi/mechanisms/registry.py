"""Finds every mechanism in a folder, so that adding one is adding a file and nothing else."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from types import ModuleType


def discover[T](package: ModuleType, base: type[T]) -> dict[str, type[T]]:
    """Return name -> class for each final subclass of `base` in the modules of `package`."""
    found: dict[str, type[T]] = {}
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        for cls in vars(importlib.import_module(module.name)).values():
            if inspect.isclass(cls) and issubclass(cls, base) and not inspect.isabstract(cls) and cls is not base:
                found[cls.name] = cls  # type: ignore[attr-defined]
    return dict(sorted(found.items()))
