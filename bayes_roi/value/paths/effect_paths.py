"""What an effect along paths is told as: the total, its natural split, every path, and what is left over."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bayes_roi.draws import DEFAULT_PROB, Draws, Kind
from bayes_roi.errors import QueryError
from bayes_roi.guards import share
from bayes_roi.numbers import level, number

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Split:
    """An effect and its parts in one unit.

    Parameters
    ----------
    total
        Total effect, no dims beyond chain and draw.
    direct, indirect, interaction
        Natural direct and indirect effect and what the two leave over; together they are the total.
    paths
        Effect along each path, dim `path`.
    remainder
        The total less the paths shown.
    """

    total: Draws
    direct: Draws
    indirect: Draws
    interaction: Draws
    paths: Draws
    remainder: Draws

    def rows(self) -> Iterator[tuple[str, Draws]]:
        """Yield (what it is called, draws) of the total and every part, as they are shown."""
        yield from (("total", self.total), ("direct", self.direct), ("indirect", self.indirect))
        yield "interaction", self.interaction
        for path in self.paths.arrays.values.labels("path").tolist():
            yield path, self.paths.sel(path=path)
        yield "remainder", self.remainder

    def __mul__(self, factor: float) -> Split:
        parts = (self.total, self.direct, self.indirect, self.interaction, self.paths, self.remainder)
        return Split(*(p * factor for p in parts))


@dataclass(frozen=True, eq=False, repr=False)
class EffectPaths:
    """The effect of a node on an outcome, split and path by path. Made by `effect_paths`.

    Parameters
    ----------
    node, outcome
        Cause and outcome.
    contrast
        What is compared with what, in words.
    effect
        In units of the outcome.
    money
        In money; None where the outcome is not the model's or the model has no channels.
    roas
        In money per unit of money spent; None unless a spend is compared with none.
    share
        Effect along each path over the total effect, dim `path`: a ratio whose mean need not exist.
    margin
        The model's profit per unit of money earned.
    hold_spend
        Whether the other spends are held; else the effect is the one in total.
    note
        What must be said beside the numbers.
    warnings
        Assumptions that the graph does not give, one sentence each.
    """

    node: str
    outcome: str
    contrast: str
    effect: Split
    money: Split | None
    roas: Split | None
    share: Draws
    margin: float
    hold_spend: bool = True
    note: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def total(self) -> Draws:
        """Total effect in units of the outcome."""
        return self.effect.total

    @property
    def direct(self) -> Draws:
        """Natural direct effect in units of the outcome."""
        return self.effect.direct

    @property
    def indirect(self) -> Draws:
        """Natural indirect effect in units of the outcome."""
        return self.effect.indirect

    @property
    def interaction(self) -> Draws:
        """Total less direct less indirect effect, in units of the outcome."""
        return self.effect.interaction

    @property
    def paths(self) -> Draws:
        """Effect along each path in units of the outcome, dim `path`."""
        return self.effect.paths

    @property
    def remainder(self) -> Draws:
        """Total effect less those along the paths shown, in units of the outcome."""
        return self.effect.remainder

    def roi_parts(self, *, margin: float | None = None) -> Split:
        r"""Return what each part adds to the ROI: $\text{margin} \times \text{ROAS}$ along it; the total is ROI + 1.

        Raises
        ------
        QueryError
            When there is no ROAS, or the margin is not in (0, 1].
        """
        kept = share(self.margin if margin is None else margin, "margin")
        if self.roas is None:
            raise QueryError("only the actual spend against none has a ROI: ask effect_paths of a spend without shift=")
        return self.roas * kept

    def to_frame(self, prob: float = DEFAULT_PROB, *, kind: Kind = "eti") -> pd.DataFrame:
        """Return a table, one row for the total and each part: mean, sd, interval, evidence, median share, ROAS."""
        import numpy as np
        import pandas as pd

        table = _frame(self.effect, prob, kind)
        shares = self.share.median()
        table.insert(4, "share", [float(shares.sel(path=n)) if n in shares.path else np.nan for n in table.index])
        if self.roas is not None:
            centre = "mean" if self.roas.total.has_mean else "median"
            roas = _frame(self.roas, prob, kind)[[centre, "lower", "upper"]]
            roas.columns = pd.Index(["roas", "roas_lower", "roas_upper"])
            table = pd.concat([table, roas], axis=1)
            table["evidence"] = table.pop("evidence")
        return table

    def __repr__(self) -> str:
        shown = self.to_frame().to_string(float_format=number, na_rep="")
        notes = [f"note: {self.note}"] if self.note else []
        return "\n".join([self._head(), shown, *notes, *(f"! {w}" for w in self.warnings)])

    def _repr_html_(self) -> str:
        table = self.to_frame().to_html(float_format=number, na_rep="")
        warnings = "".join(f"<p>Warning: {html.escape(w)}</p>" for w in self.warnings)
        note = f"<p><small>{html.escape(self.note)}</small></p>" if self.note else ""
        return f"<p>{html.escape(self._head())}</p>{table}{note}{warnings}"

    def _head(self) -> str:
        return (
            f"effect of {self.node} on {self.outcome} [{self.total.unit}], {level(DEFAULT_PROB)} credible intervals; "
            f"{self.contrast}"
        )


def _frame(split: Split, prob: float, kind: Kind) -> pd.DataFrame:
    import pandas as pd

    rows = dict(split.rows())
    table = pd.concat([d.to_frame(prob, kind=kind).reset_index(drop=True) for d in rows.values()], keys=list(rows))
    return table.droplevel(1).rename_axis("part")
