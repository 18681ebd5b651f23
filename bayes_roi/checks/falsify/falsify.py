"""The graph held against the data: `br.falsify`."""

from __future__ import annotations

from bayes_roi.checks.falsify.falsification import Falsification
from bayes_roi.checks.falsify.permuted import permuted
from bayes_roi.guards import whole_number
from bayes_roi.inference.arrows import with_moves
from bayes_roi.inference.diagnosis import Implication, implications, innovations
from bayes_roi.inference.fit import Fit

GRAPHS = 200


def falsify(fit: Fit, *, graphs: int = GRAPHS, seed: int | None = None) -> Falsification:
    r"""Return what the graph implies of the data, each independence tested, and the graph beside permuted graphs.

    Two observed nodes without an edge, of which one has an equation, are independent once an observed set is known
    that separates them. What is left of the one given its equation is held against the other: its values in the same
    and earlier periods as far as the equation reaches back, a spend also as it is carried over and saturated, and what
    is left of the other where neither acts on the other. Two nodes without an equation are never tested: no equation
    says that they are independent.

    Parameters
    ----------
    fit
        A fit.
    graphs
        How many graphs with the same arrows between other nodes it is compared with (Eulig et al. 2023); 0 for none.
    seed
        Of those graphs; the fit's own when None.

    Returns
    -------
    Falsification
        False where anything is contradicted; all tests of a fit together ring by chance once in a hundred.

    Notes
    -----
    The worst contradiction stands in `fit.diagnosis`, which fails where the arrow that the graph leaves out would move
    a channel's return by more than a tenth of its interval's width; numbers of such a fit are no more than assumed.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/acquisition.yaml"))
    >>> fit = br.fit(model, br.read_data(br.shipped("data/acquisition.csv"), model), seed=7)
    >>> found = br.falsify(fit)
    >>> bool(found), found.permuted.violated <= 1
    (True, True)
    """
    whole_number(graphs, "graphs", 0)
    found = sorted(tested(fit), key=lambda i: i.chance)
    beside = permuted(fit, graphs=graphs, seed=fit.seed if seed is None else seed)
    return Falsification(tuple(found), beside, _untested(fit))


def tested(fit: Fit) -> tuple[Implication, ...]:
    """Return what the graph implies, tested: as the diagnosis has it, made now for draws that have none."""
    if fit.diagnosis.implications:
        return fit.diagnosis.implications
    noise = {n: innovations(fit.model, fit.design, fit.parameters, n) for n in fit.model.modelled}
    found = implications(fit.model, fit.design, fit.parameters, noise)
    return with_moves(fit.model, fit.data, fit.design, fit.parameters, found, fit.seed)


def _untested(fit: Fit) -> tuple[str, ...]:
    """Return what cannot be tested, in words: the spends that no equation explains."""
    free = [n for n in fit.model.exogenous if n in fit.model.spends]
    if len(fit.model.exogenous) < 2 or not free:
        return ()
    return (f"not tested: {', '.join(fit.model.exogenous)} among one another, as none of them has an equation",)
