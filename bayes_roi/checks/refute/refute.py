"""Refuters in one table: `br.refute`."""

from __future__ import annotations

from bayes_roi.checks.refute.placebo import placebos
from bayes_roi.checks.refute.refits import random_cause, without_rows
from bayes_roi.checks.refute.refutation import Refutation, Refuter
from bayes_roi.errors import QueryError
from bayes_roi.guards import whole_number
from bayes_roi.inference.fit import Fit
from bayes_roi.inference.progress import progress as progress_bar

TABLES = 1999


def refute(
    fit: Fit, *, tables: int = TABLES, refits: bool = True, seed: int | None = None, progress: bool | None = None
) -> Refutation:
    r"""Return what refuters show, each beside what it would show were the model right.

    * **Placebo spend**: what the other causes leave of a spend, moved round in time; beside the real one a tenth of
      such must lie outside a 90 % band.
    * **Placebo outcome**: the periods before the spend. A spend of periods to come must tell nothing of what is left.
    * **Random common cause**: a column of noise in every equation must hardly move ROAS.
    * **Without a period, without a unit**: ROAS of what stays must move as the answer of a part does.

    Parameters
    ----------
    fit
        A fit of a model with channels.
    tables
        Tables simulated from the fit, against which placebos are judged.
    refits
        Whether to fit again, which takes most of the time.
    seed
        Of all that is drawn; the fit's own when None.
    progress
        Whether to show a progress bar on stderr; None shows it on a terminal.

    Returns
    -------
    Refutation
        False where a refuter speaks against the model: by chance one table in a hundred does.

    Raises
    ------
    QueryError
        When the model has no channels, or `tables` is no count.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.Model(name="m", equations="sales ~ tv", outcome="sales", channels={"tv": "tv"})
    >>> fit = br.fit(model, br.simulate(model, periods=100, seed=1), seed=7)
    >>> bool(br.refute(fit, tables=199, refits=False))
    True
    """
    if not fit.model.channels:
        raise QueryError("the model has no channels:, so that there is no spend to refute")
    whole_number(tables, "tables", 1)
    seed = fit.seed if seed is None else seed
    found: list[Refuter] = []
    with progress_bar(progress) as tell:
        tell("placebos", 0.0)
        found += placebos(fit, tables=tables, seed=seed)
        if refits:
            tell("a random common cause", 0.3)
            found += random_cause(fit, tables=tables, seed=seed)
            tell("without some rows", 0.5)
            found += without_rows(fit, seed=seed)
    return Refutation(tuple(found), tables)
