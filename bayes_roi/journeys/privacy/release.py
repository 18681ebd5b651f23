"""Releasing the counts of a log: `br.private_counts`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bayes_roi.journeys.counts.count import BOT_TOUCHES, Sessions
from bayes_roi.journeys.log.touch_log import TouchLog
from bayes_roi.journeys.privacy.domain import domain
from bayes_roi.journeys.privacy.library import library
from bayes_roi.journeys.privacy.mechanism import TABLES, budget, mechanism, noised, opendp_noise
from bayes_roi.journeys.privacy.private_counts import PrivateCounts
from bayes_roi.journeys.privacy.tables import exact_tables


def private_counts(
    log: TouchLog,
    *,
    epsilon: float,
    channels: Sequence[str],
    journeys_per_user: int = 2,
    touches_per_journey: int = 5,
    tables: Sequence[str] = tuple(TABLES),
    gap: float = 30,
    lookback: float = 30,
    bot_touches: int = BOT_TOUCHES,
    segment: str | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> PrivateCounts:
    r"""Return counts of a log that may leave the house: epsilon-differentially private, the unit being the user.

    For two logs of which one has the rows of one user more, no release is more than $e^\epsilon$ times as probable from
    the one as from the other. So that one user moves the counts only so far, of each the first `journeys_per_user`
    journeys count, and of each journey the last `touches_per_journey` touches; then each cell of each table, empty ones
    too, gets discrete Laplace noise of OpenDP. Credit by what is left is that of **clipped** journeys: its estimand is
    what the rule would hand out among ever more users of the same kind, clipped alike.

    Parameters
    ----------
    log
        What `read_log` returns.
    epsilon
        The budget, of all that is released together. Small is private and noisy: 1 is usual.
    channels
        Names that are known without the log. Touches of all others count as `other`, because which names a log has
        is private itself.
    journeys_per_user, touches_per_journey
        How far a user counts. Choose them without looking at the log; noise grows with both.
    tables
        Which are released: `transitions` (for `markov` and `last`), `exposures` (for `shapley`). One alone gets the
        budget of both.
    gap, lookback, bot_touches, segment, progress
        As in `journey_counts`.

    Returns
    -------
    PrivateCounts
        Tables with noise, and what clipping cut, with noise too (a tenth of the budget).

    Raises
    ------
    QueryError
        When an option is not as it must be, there are too many exposure sets, or OpenDP is not installed.

    Notes
    -----
    There is no seed: whoever knew it could take the noise off. Each call spends epsilon anew, and what was spent on
    one log adds up. Dwork et al. (2006), Calibrating noise to sensitivity; docs/journeys.md says what is not
    protected.

    Examples
    --------
    >>> import bayes_roi as br
    >>> log = br.read_log(br.shipped("data/journeys.csv"))
    >>> private = br.private_counts(log, epsilon=1, channels=["brand_search", "display", "email", "social"])
    >>> private.channels
    ('brand_search', 'display', 'email', 'social', 'other')
    """
    library()
    options, parts = Sessions(gap, lookback, 1.0, bot_touches), budget(epsilon, tables)
    known = domain(
        channels,
        journeys_per_user=journeys_per_user,
        touches_per_journey=touches_per_journey,
        with_sets="exposures" in parts,
    )
    exact = exact_tables(log, known, options, parts=parts, segment=segment, progress=progress)
    found = noised(exact, known, parts, opendp_noise)
    return PrivateCounts(known, found, float(epsilon), gap, lookback, bot_touches, mechanism())
