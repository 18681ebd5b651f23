"""Fitting: block by block, each with the cheapest engine that is exact enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from numbers import Integral
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from bayes_roi.errors import FitError
from bayes_roi.experiments.lift_test import LiftTest
from bayes_roi.guards import whole_number
from bayes_roi.inference.arrows import with_moves
from bayes_roi.inference.block_fits import fit_block
from bayes_roi.inference.blocks import Block, blocks
from bayes_roi.inference.diagnosis import Diagnosis, Implication, diagnose, implications, innovations, residuals_of
from bayes_roi.inference.engines import ENGINES, BlockFit, Engine, Settings
from bayes_roi.inference.progress import Report
from bayes_roi.inference.progress import progress as progress_bar
from bayes_roi.labelled import Labelled, along
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.forward import Forward, missing_name
from bayes_roi.model.law.parameters import node_parameters
from bayes_roi.model.rows.by_row import calendar
from bayes_roi.model.rows.contradictions import contradictions
from bayes_roi.model.rows.design import Design, design, time_dim
from bayes_roi.panel import Panel
from bayes_roi.showing import Guessed, picture

if TYPE_CHECKING:
    import xarray as xr

Groups = Mapping[str, Mapping[str, Labelled]]
"""Group ("posterior", "sample_stats") -> name -> draws, dims chain and draw and the basis of a vector of parameters."""


@dataclass(frozen=True, eq=False, repr=False)
class Fit(Guessed):
    """A model, its data and the draws of its parameters. Queries read it and never change it.

    Parameters
    ----------
    model, data
        What was fitted.
    groups
        The draws by group and name, in the data's units; `posterior` and `parameters` show them.
    diagnosis
        Whether the draws can be trusted.
    seed
        The seed they were drawn with; queries draw their noise from it too.
    settings
        How much was drawn.
    experiments
        The lift tests whose results the draws know.
    """

    model: Model
    data: Panel
    groups: Groups
    diagnosis: Diagnosis
    seed: int = 0
    settings: Settings = field(default_factory=Settings)
    experiments: tuple[LiftTest, ...] = ()

    it = "fit"
    elsewhere: ClassVar[dict[str, str]] = {
        "to_csv": "br.to_excel(fit, path), or br.roi(fit).to_frame().to_csv(path)",
        "to_frame": "br.roi(fit).to_frame(), or br.to_excel(fit, path) with a sheet for each table",
        "summary": "br.roi(fit), fit.diagnosis, or arviz.summary(fit.posterior)",
        "save": "br.write_run(fit, folder)",
        "idata": "fit.posterior",
        "trace": "fit.posterior",
        "predict": "br.predict(fit, periods=13)",
        "optimize": "br.optimise(fit, budget=, periods=)",
        "optimise": "br.optimise(fit, budget=, periods=)",
        "report": "br.report(fit, path)",
        "roi": "br.roi(fit)",
        "roas": "br.roas(fit)",
    }

    @cached_property
    def design(self) -> Design:
        """The rows that the model sees."""
        return design(self.model, self.data)

    @cached_property
    def posterior(self) -> xr.DataTree:
        """DataTree with group `posterior`: every parameter, dims chain and draw (and its basis), in the data's units.

        ArviZ functions work on it. Where an engine tells divergences, they are in group `sample_stats`.
        """
        return _tree(self.groups)

    @cached_property
    def parameters(self) -> dict[str, np.ndarray]:
        """Parameter -> (chains x draws, ...), all draws on the first axis; they cannot be written to."""
        named = {name: values.array for name, values in self.groups["posterior"].items()}
        found = {name: draws.reshape(-1, *draws.shape[2:]) for name, draws in named.items()}
        for draws in found.values():
            draws.flags.writeable = False
        return found

    @cached_property
    def forward(self) -> Forward:
        """The pass through the graph over all draws."""
        return Forward(self.model, self.design)

    @property
    def chains(self) -> int:
        return self._sizes["chain"]

    @property
    def draws(self) -> int:
        """Draws a chain."""
        return self._sizes["draw"]

    @property
    def _sizes(self) -> dict[str, int]:
        return next(iter(self.groups["posterior"].values())).sizes

    def __repr__(self) -> str:
        return f"<Fit of {self.model.name!r}: {self.chains} chains x {self.draws} draws\n{self.diagnosis}>"

    def _repr_html_(self) -> str:
        return f"{picture(self)}{self.diagnosis._repr_html_()}{self.model._repr_html_()}"


def fitted(
    model: Model,
    data: Panel,
    settings: Settings,
    *,
    seed: int = 0,
    engines: Sequence[Engine] = ENGINES,
    progress: bool | None = None,
) -> tuple[Fit, list[BlockFit]]:
    """Return the fit of a model to a table alone, and the draws of each block; `bayes_roi.lift.fit` is the public verb.

    Raises
    ------
    FitError
        When no engine can fit a block, or the data contradict a family.
    """
    _check(model, data)
    rows = design(model, data)
    fits = sampled(model, rows, blocks(model, rows), engines, settings, seed, progress)
    return assembled(model, data, rows, fits, seed, settings), fits


def sampled(
    model: Model,
    rows: Design,
    found: Sequence[Block],
    engines: Sequence[Engine],
    settings: Settings,
    seed: int,
    progress: bool | None,
) -> list[BlockFit]:
    """Return the draws of each block, with progress on stderr."""
    with progress_bar(progress) as report:
        fits = []
        for i, block in enumerate(found):
            tell: Report = lambda what, share, i=i: report(what, (i + share) / len(found))  # type: ignore[misc]  # noqa: E731
            fits.append(fit_block(model, rows, block, engines, settings, (seed, i), tell))
    return fits


def assembled(
    model: Model,
    data: Panel,
    rows: Design,
    fits: Sequence[BlockFit],
    seed: int,
    settings: Settings,
    *,
    implied: Sequence[Implication] | None = None,
) -> Fit:
    """Return the fit that draws of its blocks make, diagnosed; what the graph implies is tested unless it is known."""
    groups = _groups(model, rows, fits)
    flat = {n: v.reshape(-1, *v.shape[2:]) for f in fits for n, v in f.draws.items()}
    left = {node: innovations(model, rows, flat, node) for node in model.modelled}
    checks = [residuals_of(model, rows, left[node], node, data.frequency) for node in model.modelled]
    if implied is None:
        implied = with_moves(model, data, rows, flat, implications(model, rows, flat, left), seed)
    return Fit(model, data, groups, diagnose(fits, checks, implied), seed, settings)


def fit_of(model: Model, data: Panel, parameters: Mapping[str, np.ndarray], *, seed: int = 0) -> Fit:
    """Return a `Fit` whose draws (count, ...) are given: from a prior, or the one draw that is a truth."""
    fits = [BlockFit(Block(()), "given", "", {n: np.asarray(v, float)[None] for n, v in parameters.items()}, 0.0)]
    rows = design(model, data)
    return Fit(model, data, _groups(model, rows, fits), Diagnosis((), ()), seed)


def thinned(fit: Fit, most: int) -> Fit:
    """Return the fit with at most about `most` of its draws, evenly thinned within each chain."""
    step = max(fit.chains * fit.draws // most, 1)
    draws = {name: x.isel(draw=slice(None, None, step)) for name, x in fit.groups["posterior"].items()}
    return replace(fit, groups={"posterior": draws})


def settings_of(draws: int, chains: int, tune: int, seed: int) -> Settings:
    """Return how much to draw, checked."""
    for name, value, least in (("draws", draws, 1), ("chains", chains, 1), ("tune", tune, 0), ("seed", seed, 0)):
        whole_number(value, name, least, kind=Integral, error=FitError)
    return Settings(draws=draws, chains=chains, tune=tune)


def engines_of(name: str) -> Sequence[Engine]:
    """Return the engines to ask in turn."""
    if name == "auto":
        return ENGINES
    chosen = [e for e in ENGINES if e.name == name]
    if not chosen or name != "nuts":
        raise FitError(f"engine must be 'auto' or 'nuts', got {name!r}")
    return chosen


def _check(model: Model, data: Panel) -> None:
    """Raise where the data contradict a family: told here too, since a panel need not have been read for the model."""
    if problems := contradictions(model, data):
        raise FitError(f"{problems[0].column}: {problems[0].what}; {problems[0].mend}")


def _groups(model: Model, rows: Design, fits: Sequence[BlockFit]) -> Groups:
    basis = {
        t.effect_name: t.basis_dim
        for node in model.equation
        for t in node_parameters(model, rows, node).terms
        if t.width
    }
    labels = {t.basis_dim: t.labels for node in model.equation for t in node_parameters(model, rows, node).terms}
    basis |= {missing_name(node): f"{node}.missing" for node in rows.missing}
    basis |= dict.fromkeys(model.hidden, time_dim(rows))
    if model.panel is not None:
        pooled = (p for node in model.equation for p in node_parameters(model, rows, node).pooled)
        basis |= {p.units_name: model.panel for p in pooled}
        labels[model.panel] = rows.units
    shared = [p for node in model.equation if (p := node_parameters(model, rows, node).periods) is not None]
    if shared:
        basis |= {p.periods_name: str(model.time) for p in shared}
        labels[str(model.time)] = tuple(calendar(rows)[0].tolist())
    draws = {name: values for f in fits for name, values in f.draws.items()}
    groups = {
        "posterior": {n: _by_draw(v, *([basis[n]] if v.ndim == 3 else []), labels=labels) for n, v in draws.items()}
    }
    diverging = [f.stats["diverging"] for f in fits if "diverging" in f.stats]
    if diverging:
        groups["sample_stats"] = {"diverging": _by_draw(np.any(diverging, axis=0))}
    return groups


def _by_draw(values: np.ndarray, *basis: str, labels: Mapping[str, tuple[str, ...] | None] | None = None) -> Labelled:
    dims = ("chain", "draw", *basis)
    named = {dim: (labels or {}).get(dim) or np.arange(n) for dim, n in zip(dims, values.shape, strict=True)}
    return Labelled(values, dims, along(**named))


def _tree(groups: Groups) -> xr.DataTree:
    """Return draws as xarray and ArviZ have them: a node for each group, whose variables share their coordinates."""
    import xarray as xr

    def dataset(named: Mapping[str, Labelled]) -> xr.Dataset:
        coords = {dim: (c.dims, c.array) for x in named.values() for dim, c in x.coords.items()}
        return xr.Dataset({name: (x.dims, x.array) for name, x in named.items()}, coords)

    return xr.DataTree.from_dict({group: dataset(named) for group, named in groups.items()})
