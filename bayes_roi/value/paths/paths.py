"""Along which paths an effect goes: direct and indirect, path by path, in units of the outcome and in money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayes_roi.draws import Draws, Evidence, evidence_array, support_array
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled, along
from bayes_roi.model.law.intervention import check_node
from bayes_roi.model.rows.during import During
from bayes_roi.queries.expect import by_chain, scene
from bayes_roi.queries.paths.paths import Parts, parts_of_effect
from bayes_roi.queries.paths.recanting import Identified
from bayes_roi.queries.paths.routes import Route, chosen_routes, label
from bayes_roi.value.money.contrast import Contrast, against_nothing, between_levels
from bayes_roi.value.paths.effect_paths import EffectPaths, Split

ROUNDING = 1e-13
"""Share of the sizes summed below which a difference of sums is their rounding error."""


def effect_paths(
    fit: Fit,
    node: str,
    *,
    outcome: str | None = None,
    shift: float | None = None,
    between: tuple[float, float] | None = None,
    path: str | Sequence[str] | None = None,
    during: During = None,
    horizon: int | None = None,
    hold_spend: bool | None = None,
    seed: int | None = None,
) -> EffectPaths:
    r"""Return the effect of a node on the outcome, direct and indirect and along every path.

    With $x'$ the reference and $x$ the new value of the node, and M all nodes between it and the outcome Y,
    $TE = E[Y(x)] - E[Y(x')]$, $NDE = E[Y(x, M(x'))] - E[Y(x')]$ and $NIE = E[Y(x', M(x))] - E[Y(x')]$ (Pearl 2001),
    with the interaction $TE - NDE - NIE$. Along a path, each node answers to the new value of the one before it and to
    what all its other parents are under $x'$ (Avin, Shpitser and Pearl 2005); so path effects need not sum to TE, and
    the remainder is shown. In a linear model a path effect is the product of its coefficients and both are zero.

    Parameters
    ----------
    fit
        A fit.
    node
        The cause. Of a spend, with neither `shift` nor `between`, the question is that of `contribution`: $x'$ is no
        spend in W, x the actual one, and the outcome is summed over W and the carry-over after it.
    outcome
        What responds; the model's outcome when None.
    shift, between
        The question is that of `ate`: from actual to actual + shift, or from the first level to the second; the mean
        over rows of W.
    path
        One path, "tv_spend -> organic_clicks -> revenue" or its nodes; all of them when None.
    during, horizon
        The window W, all rows when None; against no spend, the periods counted after it as in `contribution`.
    hold_spend
        True for "other spends held": what goes through a spend that responds is no part of the effect. False for "in
        total": it is, and ROAS is per unit of own plus induced spend. When None, as the question has it: held against
        no spend (`contribution`), in total with `shift` or `between` (`ate`).
    seed
        Of the noise, where conditional means do not carry the expectation; the fit's own when None.

    Returns
    -------
    EffectPaths
        In units of the outcome and, for the model's outcome, in money; against no spend also as ROAS.

    Raises
    ------
    QueryError
        When a node is not in the model, no path leads from it to the outcome, the path named is not there, the
        intervention cannot be made, or there are too many paths to list.

    Notes
    -----
    A number that the graph does not identify has evidence `assumed` and says why (`warnings`): a recanting witness or
    district, an unobserved cause of mediator and outcome.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/acquisition.yaml"))
    >>> fit = br.fit(model, br.read_data(br.shipped("data/acquisition.csv"), model), seed=7)
    >>> found = br.effect_paths(fit, "tv_spend")
    >>> round(float(found.roas.paths.sel(path="tv_spend -> organic_clicks -> revenue").mean()), 2)
    0.5
    """
    model, target = fit.model, outcome or fit.model.outcome
    check_node(model, node)
    check_node(model, target)
    if target == node:
        raise QueryError(f"{node!r} cannot be both cause and outcome; name another outcome=")
    if shift is None and between is None:
        if node not in model.spends:
            raise QueryError(
                f"{node} is no spend, so there is no 'against nothing' to ask about; say shift=d (from actual to "
                "actual + d) or between=(a, b)"
            )
        contrast = against_nothing(fit, node, target, during, horizon, hold_spend=hold_spend is not False)
    else:
        if horizon is not None:
            raise QueryError(
                "horizon= counts periods after a window without spend; shift= and between= are means over W"
            )
        contrast = between_levels(fit, node, target, shift, between, during, bool(hold_spend))
    held = frozenset(contrast.new)
    graph = model.graph.without_causes_of(held)
    found = chosen_routes(model, graph, node, target, path)
    in_money = target == model.outcome and bool(model.channels)
    weights = np.stack([contrast.weights, contrast.weights * contrast.stage.money_per_unit][: 1 + in_money], axis=1)
    parts = parts_of_effect(
        contrast.stage,
        contrast.reference,
        contrast.new,
        node,
        target,
        found,
        weights,
        seed=fit.seed if seed is None else seed,
    )
    question = _Question(fit, node, target, contrast, found, Identified(model, graph, node, target, held), weights)
    return question.effect_paths(parts, in_money=in_money)


@dataclass(frozen=True, eq=False)
class _Question:
    """Turns sums over rows into `Draws` that know their question and their evidence."""

    fit: Fit
    node: str
    target: str
    contrast: Contrast
    routes: tuple[Route, ...]
    identified: Identified
    weights: np.ndarray

    def effect_paths(self, parts: Parts, *, in_money: bool) -> EffectPaths:
        c, money, roas = self.contrast, None, None
        if in_money:
            money = self.split(parts, 1, 1.0, c.money_unit, "value x ")
        if in_money and c.cost is not None:
            why = "" if (c.cost > 0).all() else f"no {self.node} in the window"
            unit, by = f"{c.money_unit} per {c.money_unit}", np.where(c.cost > 0, c.cost, np.nan)
            paid = "spend" if c.hold_spend else "(own + induced spend)"
            roas = self.split(parts, 1, by, unit, f"value / {paid} x ", why, has_mean=c.cost_has_floor)
        return EffectPaths(
            node=self.node,
            outcome=self.target,
            contrast=c.what,
            effect=self.split(parts, 0, 1.0, c.unit, ""),
            money=money,
            roas=roas,
            share=self.share(parts),
            margin=self.fit.model.margin,
            hold_spend=c.hold_spend,
            note=c.note,
            warnings=(*self.identified.confounding, *self.identified.objections_to_split, *self.path_warnings),
        )

    def split(
        self,
        parts: Parts,
        column: int,
        by: float | np.ndarray,
        unit: str,
        factor: str,
        why: str = "",
        *,
        has_mean: bool = True,
    ) -> Split:
        """Return a column of the sums divided by `by`, a number or one a draw; `factor` is that in the estimand."""
        total, direct, indirect = (x[:, column] / by for x in (parts.total, parts.direct, parts.indirect))
        paths = parts.paths[:, :, column] / np.reshape(by, (-1, 1))
        known, x, y = self.identified, self.node, self.target

        def one(values: np.ndarray, what: str, evidence: Evidence | list[Evidence], *notes: str) -> Draws:
            return self.draws(values, unit, factor + what, evidence, *notes, why, has_mean=has_mean)

        split, why_split, by_path = known.split, known.objections_to_split, self.path_warnings
        nested = self.beyond_rounding(total - direct - indirect, column, by)
        rest = self.beyond_rounding(total - paths.sum(axis=1), column, by)
        return Split(
            total=one(total, f"total effect of {x} on {y}: E[{y}(x)] - E[{y}(x')]", known.total),
            direct=one(direct, f"natural direct effect: E[{y}(x, M(x'))] - E[{y}(x')]", split, *why_split),
            indirect=one(indirect, f"natural indirect effect: E[{y}(x', M(x))] - E[{y}(x')]", split, *why_split),
            interaction=one(nested, "total - direct - indirect effect", split, *why_split),
            paths=one(paths, f"effect of {x} on {y} along one path alone", self.of_paths, *by_path),
            remainder=one(rest, "total effect - those along the paths", min(known.total, *self.of_paths), *by_path),
        )

    def share(self, parts: Parts) -> Draws:
        total = parts.total[:, :1]
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.where(total != 0, parts.paths[:, :, 0] / total, np.nan)
        why = "" if np.all(total != 0) else "no effect to share"
        what = f"effect along the path / total effect of {self.node} on {self.target}"
        return self.draws(values, "share", what, self.of_paths, *self.path_warnings, why, has_mean=False)

    def draws(
        self,
        values: np.ndarray,
        unit: str,
        what: str,
        evidence: Evidence | list[Evidence],
        *notes: str,
        has_mean: bool = True,
    ) -> Draws:
        """Return values (draws,) or (draws, paths) with what stands behind them."""
        coords = along(path=[label(r) for r in self.routes]) if values.ndim > 1 else {}
        said = (self.contrast.note, *self.identified.confounding, *notes)
        return Draws(
            values=Labelled(by_chain(self.fit, values), ("chain", "draw", *coords), coords),
            unit=unit,
            estimand=f"{what}; {self.contrast.what}",
            evidence=evidence_array(evidence, coords),
            support=support_array(self.contrast.support),
            reason=self.contrast.reason,
            note="; ".join(dict.fromkeys(s for s in said if s)),
            has_mean=has_mean,
        )

    def beyond_rounding(self, rest: np.ndarray, column: int, by: float | np.ndarray) -> np.ndarray:
        """Return what is left over of sums of the outcome, zero where it is their rounding error."""
        size = np.abs(scene(self.fit).observed.get(self.target, np.zeros(1))).max()
        summed = size * np.abs(self.weights[:, column]).sum() / by
        return np.where(np.abs(rest) <= ROUNDING * summed, 0.0, rest)

    @cached_property
    def of_paths(self) -> list[Evidence]:
        return [self.identified.of_path(r) for r in self.routes]

    @cached_property
    def path_warnings(self) -> tuple[str, ...]:
        return tuple(f"{label(r)}: {why}" for r in self.routes for why in self.identified.objections(r))
