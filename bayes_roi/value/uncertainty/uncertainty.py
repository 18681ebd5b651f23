"""What makes an interval of money wide: parameters, equations, priors, and the noise of the periods."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from bayes_roi.draws import Draws
from bayes_roi.errors import QueryError, nearest
from bayes_roi.guards import known_channel
from bayes_roi.inference.blocks import blocks
from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms.media import Joint
from bayes_roi.model.law.forward import NoiseKind, missing_name
from bayes_roi.model.law.parameters import each_prior, node_parameters
from bayes_roi.model.rows.during import During
from bayes_roi.numbers import number, percent, places
from bayes_roi.value.money.money import Money
from bayes_roi.value.money.question import channels_of
from bayes_roi.value.uncertainty.prior_pull import DOUBT, Pull, pull
from bayes_roi.value.uncertainty.prior_weight import media_density
from bayes_roi.value.uncertainty.variance_shares import FEW, Share, block_shares, first_order, read_by, redrawn

if TYPE_CHECKING:
    import pandas as pd

Quantity = Literal["roi", "roas", "contribution", "marginal_roas"]
Table = Literal["parameters", "equations", "priors"]
LEAST_DRAWS = 200
NOISE_CELLS = 20_000_000
"""Draws x rows of noise that are worth the wait."""


@dataclass(frozen=True, eq=False, repr=False)
class Uncertainty:
    """Where the width of one channel's interval comes from.

    Parameters
    ----------
    channel, quantity
        What was asked.
    draws
        The quantity of that channel.
    parameters
        First-order share of its posterior variance of each parameter it reads, the largest first. Parameters of one
        equation are correlated, so that these shares overlap: of two that trade off, both may have a large share.
    equations
        The same by equation (or block of equations that share unknowns), which are independent: with what they make
        "together" the shares sum to one but for Monte-Carlo error and for what is not told from nothing, told as 0.
    priors
        What each prior of these equations pulls, per doubling of its power, the strongest first.
    noise
        Share of the variance of what these periods would show, drawn anew, that their noise makes rather than the
        parameters; None where it was too much to compute.
    note
        What must be said beside the numbers.
    """

    channel: str
    quantity: str
    draws: Draws
    parameters: tuple[Share, ...]
    equations: tuple[Share, ...]
    priors: tuple[Pull, ...]
    noise: float | None
    note: str = ""

    def to_frame(self, table: Table = "parameters") -> pd.DataFrame:
        """Return one of the tables "parameters", "equations" (share, error) and "priors" (mean, width, error, khat).

        Raises
        ------
        QueryError
            When there is no such table.
        """
        import pandas as pd

        if table not in get_args(Table):
            raise QueryError(
                f"no table {table!r}{nearest(str(table), get_args(Table))}; there are parameters, equations, priors"
            )
        rows: tuple[Share, ...] | tuple[Pull, ...] = getattr(self, table)
        return pd.DataFrame([asdict(row) for row in rows]).set_index("name")

    @property
    def _head(self) -> str:
        low, high = (float(end.array) for end in self.draws.arrays.interval(0.9))
        ends = f"{number(low)} to {number(high)} [{self.draws.unit}]"
        return f"{self.quantity} of {self.channel}: 90 % credible interval {ends}"

    @property
    def _tail(self) -> str:
        if self.noise is None:
            text = "noise of the periods: not computed"
        else:
            text = f"noise of the periods: {percent(self.noise)} of the variance of what they would show, drawn anew"
        return "\n".join(t for t in (text, self.note) if t)

    @property
    def _tables(self) -> Mapping[str, Table]:
        return {
            "share of its variance by parameter (these overlap within an equation)": "parameters",
            "share of its variance by equation": "equations",
            "if a prior counted twice: mean in sd, width as a share": "priors",
        }

    def __repr__(self) -> str:
        tables = (
            f"{title}\n{self.to_frame(name).to_string(max_rows=12, float_format=_three)}"
            for title, name in self._tables.items()
        )
        return "\n".join([self._head, *tables, self._tail])

    def _repr_html_(self) -> str:
        tables = (
            f"<p>{html.escape(title)}</p>{self.to_frame(name).to_html(max_rows=12, float_format=_three)}"
            for title, name in self._tables.items()
        )
        return "".join([f"<p>{html.escape(self._head)}</p>", *tables, f"<p>{html.escape(self._tail)}</p>"])


def uncertainty(
    fit: Fit,
    channel: str,
    *,
    quantity: Quantity = "roi",
    during: During = None,
    horizon: int | None = None,
    margin: float | None = None,
    seed: int | None = None,
) -> Uncertainty:
    r"""Return which parameters, equations, priors and noise make the interval of a channel's ROI as wide as it is.

    For the quantity $q(\theta)$ and its posterior: $\operatorname{Var}(E[q \mid \theta_i]) / \operatorname{Var}(q)$ of
    each parameter $\theta_i$ that it reads and of each independent block of them (Sobol 1993), from the draws; the
    answer of mean and sd to each prior raised to a power (Kallioinen et al. 2024); and $E[\operatorname{Var}(q^* \mid
    \theta)] / \operatorname{Var}(q^*)$ of the predictive $q^*$, which has the noise of the periods in it.

    Parameters
    ----------
    fit
        A fit.
    channel
        Whose interval.
    quantity
        "roi", "roas", "contribution" or "marginal_roas".
    during, horizon, margin
        As in `roi`.
    seed
        Of the noise and of how blocks are paired; the fit's own when None.

    Returns
    -------
    Uncertainty
        Tables `parameters`, `equations` and `priors`, and the share `noise`.

    Raises
    ------
    QueryError
        When the channel or quantity is not known, there was no spend, nothing varies, or the draws are too few.

    Notes
    -----
    Left out of `priors` are the default prior of the level (ten standard deviations wide), the law of a panel's units
    around their mean, and the bound on media where each has its own prior, which is an indicator. The joint prior of
    an equation's media is one row, `node.media`.
    """
    first = fit.seed if seed is None else seed
    _check(fit, channel, quantity)
    column = list(fit.model.channels).index(channel)

    def ask(fit: Fit, noise: NoiseKind = "mean", seed: int = first) -> np.ndarray:
        money: Draws = getattr(
            Money(fit, during=during, horizon=horizon, margin=margin, seed=seed, noise=noise), quantity
        )
        return money.arrays.values.array[..., column].reshape(-1)

    draws: Draws = getattr(Money(fit, during=during, horizon=horizon, margin=margin, seed=first), quantity).sel(
        channel=channel
    )
    values = draws.arrays.values.array.reshape(-1)
    if np.isnan(values).any():
        raise QueryError(f"the {quantity} of {channel!r} is not defined: {draws.note}")
    if np.ptp(values) <= 1e-12 * np.abs(values).max():
        raise QueryError(f"the {quantity} of {channel!r} does not vary over the draws: there is no width to explain")
    read = read_by(fit, ask)
    of_block = {b: names for b, names in _by_block(fit).items() if set(names) & set(read)}
    effective = _effective(fit, of_block, len(values))
    shares = {n: first_order(n, fit.parameters[n], values, effective) for n in read}
    rng = np.random.default_rng([first, 17])
    long = [n for n, s in shares.items() if s is None]
    priors = _pulls(fit, of_block, values, effective)
    doubtful = [p.name for p in priors if p.khat > DOUBT]
    return Uncertainty(
        channel=channel,
        quantity=quantity,
        draws=draws,
        parameters=_sorted([s for s in shares.values() if s is not None]),
        equations=_sorted(block_shares(fit, ask, of_block, values, rng)),
        priors=priors,
        noise=_noise_share(fit, ask, first),
        note="; ".join(
            [
                *([f"too long for these draws, and not in the table: {', '.join(long)}"] if long else []),
                *(
                    [f"the pull of these priors is not to be trusted (Pareto k): {', '.join(doubtful)}"]
                    if doubtful
                    else []
                ),
            ]
        ),
    )


def _check(fit: Fit, channel: str, quantity: str) -> None:
    known_channel(channel, channels_of(fit.model))
    if quantity not in get_args(Quantity):
        known = get_args(Quantity)
        raise QueryError(f"quantity must be one of {', '.join(known)}, got {quantity!r}{nearest(str(quantity), known)}")
    count = fit.chains * fit.draws
    if count < LEAST_DRAWS:
        raise QueryError(f"shares of a variance need at least {LEAST_DRAWS} draws, this fit has {count}")


def _sorted(shares: list[Share]) -> tuple[Share, ...]:
    return tuple(sorted(shares, key=lambda s: -s.share))


def _by_block(fit: Fit) -> dict[str, list[str]]:
    """Return block -> its parameters, and all else that is drawn with them."""
    found: dict[str, list[str]] = {}
    for block in blocks(fit.model, fit.design):
        names = [n for node in block.nodes for n in node_parameters(fit.model, fit.design, node).names]
        names += [*block.nodes, *(missing_name(n) for n in fit.design.missing if n in block.nodes)]
        for cause in fit.design.missing:  # an exogenous node with missing cells is in the block of those that read it
            if cause not in fit.model.equation and set(fit.model.computation.children[cause]) & set(block.nodes):
                names.append(missing_name(cause))
        found[str(block)] = [n for n in dict.fromkeys(names) if n in fit.parameters]
    return found


def _effective(fit: Fit, of_block: Mapping[str, list[str]], count: int) -> float:
    """Return the least effective number of draws of the blocks."""
    sizes = [b.ess_bulk for b in fit.diagnosis.blocks if " + ".join(b.nodes) in of_block]
    return max(min([*sizes, count]), 2.0)


def _pulls(fit: Fit, of_block: Mapping[str, list[str]], values: np.ndarray, effective: float) -> tuple[Pull, ...]:
    found: dict[str, Pull] = {}
    inside = {name for names in of_block.values() for name in names}
    for own in fit.forward.nodes.values():
        for name, prior, note in each_prior(own, fit.design):
            if name in inside and note != "of the level" and name not in (*own.hyper, *found) and prior != Joint():
                draws = fit.parameters[name]
                density = prior.logpdf(draws).reshape(len(draws), -1).sum(axis=1)
                found[name] = pull(name, prior.text(digits=4), density, values, effective)
        if own.media is not None and inside.intersection(own.media.effects):
            name = f"{own.node}.media"
            found[name] = pull(name, own.media.text(), media_density(fit, own, fit.parameters), values, effective)
    return tuple(sorted(found.values(), key=lambda p: -p.size))


def _noise_share(fit: Fit, ask: Callable[[Fit, NoiseKind, int], np.ndarray], seed: int) -> float | None:
    """Return E[Var(q* | theta)] / Var(q*) from two predictive passes of other noise with the same draws."""
    count, rows = fit.chains * fit.draws, fit.design.length
    few = redrawn(fit, {n: x[:: max(count // FEW, 1)] for n, x in fit.parameters.items()})
    one, other = (ask(few, "predictive", seed + i) for i in (1, 2))
    if np.abs(one - other).max() <= 1e-9 * np.abs(one).max():
        return 0.0
    if count * rows > NOISE_CELLS:
        return None
    one, other = (ask(fit, "predictive", seed + i) for i in (1, 2))
    return float(np.mean((one - other) ** 2) / 2 / np.concatenate([one, other]).var())


def _three(x: float) -> str:
    return places(x, 3)
