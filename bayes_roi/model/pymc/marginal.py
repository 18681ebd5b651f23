r"""Unobserved nodes integrated out: what a sampler sees of nodes that share them, and the nodes given all the rest.

Let $x_{th}$ be the noise of unobserved node $h$ in row $t$, standard normal, and $r_{tc} = \sum_h \lambda_{ch} x_{th} +
\sigma_c e_{tc}$ what the rest of its equation leaves of observed node $c$ on the scale of its linear predictor. With
$P = \Lambda' \Sigma^{-1} \Lambda$ and $q_t = \Lambda' \Sigma^{-1} r_t$

$$\log p(r) = \sum_t \Big(\sum_c \log N(r_{tc} \mid 0, \sigma_c) - \tfrac12 \log |I + P| + \tfrac12 q_t' (I + P)^{-1}
q_t\Big), \qquad x_t \mid r \sim N\big((I + P)^{-1} q_t, (I + P)^{-1}\big)$$

(Bishop 2006, section 12.2). For one unobserved series with $x_t = \rho x_{t-1} + z_t$ the identity gives way to the
tridiagonal precision Q of the series, $\tfrac12 \log|Q| - \tfrac12 \log|Q + P| + \tfrac12 q'(Q + P)^{-1} q$, by its
eigenvectors; draws by elimination forward and back (Rue and Held 2005, section 2.4).

With the latents in the sampler its target would have spikes where one $\sigma_c$ is zero and the latent runs through
that node's every row: they hold no mass, but a chain that falls into one does not come out again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np

from bayes_roi.mechanisms import Common, Fixed, Node
from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.prior import HalfNormal, Normal
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.conditional import AUTOCORRELATION
from bayes_roi.model.law.forward import linear_predictor
from bayes_roi.model.law.parameters import TermParameters, node_parameters
from bayes_roi.model.rows.design import Design, linked_rows
from bayes_roi.model.rows.view import View

LOG_2PI = float(np.log(2 * np.pi))


def integrable(model: Model, rows: Design, nodes: Collection[str]) -> tuple[str, ...]:
    """Return the hidden nodes of a block that can be integrated out: all of them, or none.

    They can where all they act on is normal (or lognormal) with independent noise of one size, has no missing cells,
    and takes them as they are, and where an autoregressive one stands alone.
    """
    hidden = tuple(n for n in model.computation.order if n in nodes and n in model.hidden)
    series = [n for n in hidden if model.noise_of(n).autoregressive]
    if series and len(hidden) > 1:
        return ()
    for node in hidden:
        if any(p in hidden or p in rows.missing for p in model.computation.parents[node]):
            return ()
        for child in model.computation.children[node]:
            noise, terms = model.noise_of(child), [t for t in model.terms(child) if node in t.parents]
            plain = child in model.modelled and len(terms) == 1 and isinstance(terms[0], (Node, Common, Fixed))
            normal = plain and model.family(child).link_noise == "normal" and noise.unit is None
            reads = {child, *model.computation.parents[child]}
            if not normal or noise.autoregressive or reads & set(rows.missing):
                return ()
    return hidden


def mirrored(model: Model, rows: Design, hidden: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return hidden node -> the effects that change their sign with it, its anchor's first, where that is a symmetry.

    Then the density is the same at the mirror image, and a sampler is free to take either: which of the two has the
    anchor's effect above zero is decided afterwards. Held above zero from the start, a chain that begins with the other
    effects of the wrong sign would be caught where the anchor's is zero.
    """
    found = {}
    for node in hidden:
        children = sorted(model.computation.children[node], key=lambda c, node=node: c != model.anchors[node])  # type: ignore[misc]
        terms = [t for c in children for t in node_parameters(model, rows, c).terms if node in t.term.parents]
        own = node_parameters(model, rows, node).terms
        rest = [t.effect for t in (*terms[1:], *own)]
        first = terms[0].effect
        plain = isinstance(first, HalfNormal) and all(isinstance(p, Normal) and p.mu == 0 for p in rest)
        if plain and not any(t.pooled or t.term.share_or_none for t in (*terms, *own)):
            found[node] = tuple(t.effect_name for t in (*terms, *own))
    return found


def upright(
    model: Model, rows: Design, hidden: Collection[str], draws: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Return draws (chain, draw) of the effects that were free to be mirrored, each anchor's above zero."""
    turned = dict(draws)
    for names in mirrored(model, rows, hidden).values():
        sign = np.sign(draws[names[0]])
        turned |= {name: sign * draws[name] for name in names}
    return turned


class Marginal:
    """The rows of the children of hidden nodes, these integrated out.

    Parameters
    ----------
    model, rows
        The equations and their rows.
    hidden
        The nodes that are integrated out.
    """

    def __init__(self, model: Model, rows: Design, hidden: Sequence[str]) -> None:
        self.rows, self.hidden = rows, tuple(hidden)
        self.children = tuple(n for n in model.modelled if set(model.computation.parents[n]) & set(hidden))
        own = [node_parameters(model, rows, child) for child in self.children]
        self._sigmas = [o.family_names["sigma"] for o in own]
        self._y = [linked_rows(model, rows, child) for child in self.children]
        by_parent = [{p: t for t in o.terms for p in t.term.parents if p in self.hidden} for o in own]
        self._terms = [[found.get(h) for h in self.hidden] for found in by_parent]
        series = model.noise_of(self.hidden[0]).autoregressive
        self._rho = f"{self.hidden[0]}.{AUTOCORRELATION}" if series else None
        self._lengths = list(_series_of_a_length(rows.starts)) if series else []

    def log_density(self, xp: Namespace, means: Mapping[str, Array], parameters: Mapping[str, Array]) -> Array:
        """Return the log density (...,) of the rows of the children.

        `means` are the linear predictors (..., time) of the hidden nodes and of their children where the noise of the
        hidden nodes is zero and so are the hidden nodes.
        """
        r, loadings, sigma = self._rest(means, parameters)
        precision, pull = _information(r, loadings, sigma)
        each = [(-0.5 * (a / s) ** 2 - xp.log(s) - 0.5 * LOG_2PI).sum(-1) for a, s in zip(r, sigma, strict=True)]
        own = sum(each[1:], each[0])
        if self._rho is not None:
            rho = parameters[self._rho][..., None]
            begun = 0.5 * float(self.rows.starts.sum()) * xp.log(1 - rho**2)[..., 0]
            added = [_log_series(xp, rho, precision[0][0][..., None], pull[0], *each) for each in self._lengths]
            return own + begun + sum(added[1:], added[0])
        root = _cholesky([[p + float(i == j) for j, p in enumerate(row)] for i, row in enumerate(precision)])
        for i, row in enumerate(root):  # forward substitution
            known = sum((row[j][..., None] * u for j, u in enumerate(pull[:i])), 0.0)
            pull[i] = (pull[i] - known) / row[i][..., None]
            own = own - self.rows.length * xp.log(row[i]) + 0.5 * (pull[i] ** 2).sum(-1)
        return own

    def draw(
        self, means: Mapping[str, np.ndarray], parameters: Mapping[str, np.ndarray], rng: np.random.Generator
    ) -> dict[str, np.ndarray]:
        """Return hidden node -> (draws, time), drawn given parameters (draws, ...), predictors and data."""
        r, loadings, sigma = self._rest(means, parameters)
        information = _information(r, loadings, sigma)
        precision: np.ndarray = np.array(information[0])  # (hidden, hidden, draws)
        pull = np.array(information[1])  # (hidden, draws, time)
        z = rng.standard_normal(pull.shape)
        if self._rho is not None:
            noise = _draw_series(parameters[self._rho], precision[0, 0], pull[0], self.rows.starts, z[0])[None]
        else:
            full = np.moveaxis(precision, -1, 0) + np.eye(len(self.hidden))
            root, q = np.linalg.cholesky(full), np.moveaxis(pull, 0, 1)
            u = np.linalg.solve(root, q) + np.moveaxis(z, 0, 1)
            noise = np.moveaxis(np.linalg.solve(np.swapaxes(root, 1, 2), u), 0, 1)
        return {h: means[h] + noise[i] for i, h in enumerate(self.hidden)}

    def _rest(
        self, means: Mapping[str, Array], parameters: Mapping[str, Array]
    ) -> tuple[list[Array], list[list[Array]], list[Array]]:
        """Return what each child's equation leaves (..., time), its loadings on hidden nodes and its sigma (..., 1)."""
        loadings = [[_loading(t, parameters) for t in terms] for terms in self._terms]
        r = [
            y - means[child] - sum(e * means[h] for e, h in zip(mine, self.hidden, strict=True))
            for y, child, mine in zip(self._y, self.children, loadings, strict=True)
        ]
        return r, loadings, [parameters[name][..., None] for name in self._sigmas]


def _loading(term: TermParameters | None, parameters: Mapping[str, Array]) -> Array:
    if term is None:
        return 0.0
    return term.term.fixed_effect if term.effect is None else parameters[term.effect_name][..., None]


def _cholesky(a: list[list[Array]]) -> list[list[Array]]:
    """Return the lower root of a small matrix of arrays (...,), entry by entry."""
    root: list[list[Array]] = []
    for i, row in enumerate(a):
        found: list[Array] = []
        for j in range(i):
            found.append((row[j] - sum((found[k] * root[j][k] for k in range(j)), 0.0)) / root[j][j])
        found.append((row[i] - sum((x**2 for x in found), 0.0)) ** 0.5)
        root.append(found)
    return root


def _log_series(
    xp: Namespace,
    rho: Array,
    precision: Array,
    pull: Array,
    where: np.ndarray | None,
    sines: np.ndarray,
    cosines: np.ndarray,
) -> Array:
    r"""Return what integrating out autoregressive series of one length adds (...,), without a loop over their rows.

    `rho` and `precision` have a trailing axis of one.

    But for its corners, which lack $\rho^2$, $Q + P$ is a Toeplitz matrix T of three diagonals: sines are its
    eigenvectors, $m_k = 1 + \rho^2 + P - 2 \rho \cos(k \pi / (n + 1))$ its eigenvalues, whatever rho is (Grenander and
    Szegö 1958, section 5.2). With U the first and the last column of the identity, $Q + P = T - \rho^2 U U'$: its
    determinant and its inverse follow from those of the 2 x 2 matrix $I - \rho^2 U' T^{-1} U$ (Woodbury), whose
    eigenvectors are (1, 1) and (1, -1).
    """
    q = pull[..., None, :] if where is None else pull[..., where]  # (..., series, time)
    count, (first, last) = 1 if where is None else len(where), (sines[0], sines[-1])
    square = rho**2
    inverse = 1 / (1 + square + precision - 2 * rho * cosines)  # (..., time)
    own = (inverse * first**2).sum(-1)
    across = (inverse * (first * last)).sum(-1)
    along = xp.matmul(q, sines)
    divided = along * inverse[..., None, :]
    quadratic = (along * divided).sum(-1).sum(-1)
    log_determinant = -xp.log(inverse).sum(-1)
    for sign in (1.0, -1.0):
        left = 1 - square[..., 0] * (own + sign * across)
        corners = xp.matmul(divided, (first + sign * last)[:, None])[..., 0]
        quadratic = quadratic + 0.5 * square[..., 0] * (corners**2).sum(-1) / left
        log_determinant = log_determinant + xp.log(left)
    return 0.5 * quadratic - 0.5 * count * log_determinant


def _series_of_a_length(starts: np.ndarray) -> Iterator[tuple[np.ndarray | None, np.ndarray, np.ndarray]]:
    """Yield, for each length of series, rows (series, time), sines (time, time) and cosines (time,).

    Of one series that takes all rows these are None.
    """
    begins = np.flatnonzero(starts)
    lengths = np.diff(np.append(begins, len(starts)))
    for n in np.unique(lengths).tolist():
        k = np.arange(1, n + 1) * np.pi / (n + 1)
        sines = np.sqrt(2 / (n + 1)) * np.sin(np.outer(np.arange(1, n + 1), k))
        where = begins[lengths == n][:, None] + np.arange(n)
        yield None if n == len(starts) else where, sines, np.cos(k)


def draw_hidden(
    model: Model,
    rows: Design,
    hidden: Sequence[str],
    parameters: Mapping[str, np.ndarray],
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Return hidden node -> (draws, time), drawn given the parameters (draws, ...) and the data."""
    marginal = Marginal(model, rows, hidden)
    view = View(np, rows, {**rows.rows, **{n: np.zeros(rows.length) for n in hidden}})
    nodes = (*hidden, *marginal.children)
    means = {n: linear_predictor(np, node_parameters(model, rows, n), view, parameters) for n in nodes}
    return marginal.draw(means, parameters, rng)


def _draw_series(
    rho: np.ndarray, precision: np.ndarray, pull: np.ndarray, starts: np.ndarray, z: np.ndarray
) -> np.ndarray:
    """Return one autoregressive series (draws, time) given what its rows say of it, by elimination and back."""
    ends = np.append(starts[1:], True)
    d, u = np.empty_like(pull), np.empty_like(pull)
    for t in range(pull.shape[1]):
        inner = 1 - rho**2 if starts[t] and ends[t] else 1 if starts[t] or ends[t] else 1 + rho**2
        share = 0.0 if starts[t] else rho / d[:, t - 1]
        d[:, t] = inner + precision - share * rho
        u[:, t] = pull[:, t] + (0.0 if starts[t] else share * u[:, t - 1])
    x = np.empty_like(pull)
    for t in reversed(range(pull.shape[1])):
        after = 0.0 if ends[t] else rho * x[:, t + 1]
        x[:, t] = (u[:, t] + after) / d[:, t] + z[:, t] / np.sqrt(d[:, t])
    return x


def _information(
    r: Sequence[Array], loadings: Sequence[Sequence[Array]], sigma: Sequence[Array]
) -> tuple[list[list[Array]], list[Array]]:
    """Return precision (...,) of each two hidden nodes and pull (..., time) of each, by the rows on them."""
    count, every = len(loadings[0]), range(len(r))
    zero = 0 * sigma[0][..., 0]

    def total(parts: Sequence[Array]) -> Array:
        return sum(parts[1:], parts[0])

    def both(i: int, j: int) -> Array:
        return total([zero + (loadings[c][i] * loadings[c][j] / sigma[c] ** 2)[..., 0] for c in every])

    precision = [[both(i, j) for j in range(count)] for i in range(count)]
    pull = [total([loadings[c][i] * r[c] / sigma[c] ** 2 for c in every]) for i in range(count)]
    return precision, pull
