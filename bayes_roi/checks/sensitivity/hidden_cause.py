r"""A fit as it would be with a hidden common cause of a spend and a node, of held strength.

With $x^\perp$ what the other causes leave of a spend, standardised, and $u \sim N(0, 1)$ in each period,
$x^\perp = \sqrt{R^2_x}\, u + \sqrt{1 - R^2_x}\, e$ and $\eta = \ldots + \lambda u$. Given the spend u is
$N(\sqrt{R^2_x}\, x^\perp, 1 - R^2_x)$: its mean is a known column of the node's equation with the coefficient
$\lambda \sqrt{R^2_x}$, the rest is noise. $R^2_y = \lambda^2 (1 - R^2_x) / \sigma^2$ with $\sigma^2$ all noise there
is given the causes, so that the coefficient is $\sigma \sqrt{R^2_y R^2_x / (1 - R^2_x)}$. This is `spend ~~ node` with
its loadings held and the latent integrated out; the equation is fitted again with the column, the others stay.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bayes_roi.errors import FitError
from bayes_roi.inference.block_fits import fit_block
from bayes_roi.inference.blocks import blocks
from bayes_roi.inference.engines import ENGINES, FAST, Settings
from bayes_roi.inference.fit import Fit, thinned
from bayes_roi.labelled import Labelled
from bayes_roi.mechanisms.node import Fixed, Node
from bayes_roi.model.law.parameters import TermParameters
from bayes_roi.model.rows.design import design
from bayes_roi.model.rows.layout import layout
from bayes_roi.panel import Panel
from bayes_roi.queries.evidence import beside_treated
from bayes_roi.queries.expect import scene
from bayes_roi.queries.variation import Residual, beside, times_of

COLUMN = "hidden_cause"
MOST_DRAWS = 1000


@dataclass(frozen=True, eq=False)
class HiddenCause:
    """A hidden common cause of a spend and a node, of any strength.

    Parameters
    ----------
    fit
        A fit.
    spend, node
        The two; the spend acts on the node.
    """

    fit: Fit
    spend: str
    node: str

    @cached_property
    def few(self) -> Fit:
        """The fit with some of its draws."""
        return thinned(self.fit, MOST_DRAWS)

    @cached_property
    def observed(self) -> dict[str, np.ndarray]:
        """Node -> observed rows (time,)."""
        known = scene(self.few).observed
        return {n: x if x.ndim == 1 else x.mean(axis=0) for n, x in known.items()}

    def residual(self, *, without: Collection[str] = ()) -> Residual:
        """Return the spend beside the other causes, but for terms of these labels in the node's equation."""
        model = self.fit.model
        others = [s for s in model.spends if s != self.spend]
        adjusted = beside_treated(model, model.spends)
        named = beside(model, self.spend, self.node, adjusted, others)
        own = self.fit.forward.nodes
        times = [t for t in times_of(own.get(self.node), own.get(self.spend)) if _label(t) not in without]
        return Residual(
            self.fit.design, self.observed, self.spend, tuple(n for n in named if n not in without), tuple(times)
        )

    @cached_property
    def column(self) -> np.ndarray:
        """What the other causes leave of the spend (time,), of mean zero and variance one."""
        left = np.asarray(self.residual().residual(self.fit.design, self.observed), float)
        return (left - left.mean()) / (left.std() + 1e-300)

    @property
    def free(self) -> int:
        """Rows less what the other causes take, of which the sizes of what is left are told."""
        known = self.residual()
        return max(self.fit.design.length - len(known.others) - len(known.times) - 2, 10)

    @cached_property
    def noise(self) -> float:
        """Standard deviation of what the causes leave of the node, on the scale of its linear predictor."""
        draws = {n: v[:: max(len(v) // 50, 1)] for n, v in self.few.parameters.items()}
        forward = self.fit.forward
        reads = {n: forward.observed(n, draws) for n in (self.node, *self.fit.model.computation.parents[self.node])}
        law = forward.conditional(self.node, reads, draws)
        step = 1e-4 * self.fit.design.outcome_scales[self.node].sd
        up, down = (replace(law, eta=law.eta + way * step).mean() for way in (1, -1))
        left = (reads[self.node] - law.mean()) / ((up - down) / (2 * step))
        return float(np.sqrt(np.mean(left**2)))

    def held(self, strength: float) -> Fit:
        """Return the fit with the hidden cause held at a strength; below zero it moves the two apart.

        Raises
        ------
        FitError
            When no engine can fit the node's equation.
        """
        if not strength:
            return self.few
        model = self.fit.model
        own = model.equation[self.node]
        changed = replace(own, terms=(*own.terms, Fixed(strength * self.noise, Node(COLUMN))))
        other = replace(model, equations=tuple(changed if e == own else e for e in model.structural))
        data = self._table
        rows = design(other, data)
        block = next(b for b in blocks(other, rows) if self.node in b.nodes)
        settings = Settings(draws=self.few.draws, chains=self.few.chains, tune=500)
        engines = FAST if any(e.refuses(other, rows, block) is None for e in FAST) else ENGINES
        new = fit_block(other, rows, block, engines, settings, (self.fit.seed, 31), lambda what, share: None)
        known = self.few.groups["posterior"]
        drawn = {n: Labelled(v, known[n].dims, known[n].coords) for n, v in new.draws.items() if n in known}
        if missing := set(new.draws) - set(known):
            raise FitError(f"{self.node}: fitted anew it has other parameters ({', '.join(sorted(missing))})")
        return replace(self.few, model=other, data=data, groups={"posterior": {**known, **drawn}})

    @cached_property
    def _table(self) -> Panel:
        """The table with the column; what comes before the likelihood's rows is zero, as nothing reads it."""
        data = self.fit.data
        column = np.zeros(data.rows)
        column[layout(self.fit.model, data).rows] = self.column
        return replace(data, columns={**data.columns, COLUMN: column})


def _label(term: TermParameters) -> str:
    return term.term.label_or_default
