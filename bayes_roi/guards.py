"""Guards of arguments: what a number, a count, a share or an amount of money must be, each said once.

True and false are no numbers. `kind` says which numbers are taken: Python's own where the value is kept and written out
again, those of numpy too (`numbers.Integral`, `numbers.Real`) where it is only computed with.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Collection
from numbers import Real
from typing import Any

from bayes_roi.errors import BayesRoiError, QueryError, nearest

Kind = type | tuple[type, ...]
PLAIN = (int, float)
OF_INTERVALS = ("prob", "ci", "ci_prob", "hdi_prob", "interval", "level", "credible_interval")
"""Options by which other toolkits ask a number for its interval."""


def is_number(value: object, *, kind: Kind = PLAIN, largest: float = sys.float_info.max) -> bool:
    """Whether a value is a number, and finite as a float; with `largest=math.inf` an infinite one too.

    >>> is_number(0.5), is_number(True), is_number(float("nan")), is_number("1"), is_number(10**400)
    (True, False, False, False, False)
    """
    if not isinstance(value, kind) or isinstance(value, bool):
        return False
    return bool(abs(value) <= largest)  # type: ignore[arg-type]


def known_channel(channel: object, channels: Collection[str], where: str = "") -> None:
    """Raise unless a channel is among those that there are; `where` opens the message.

    >>> known_channel("tvv", ["tv", "radio"])
    Traceback (most recent call last):
    bayes_roi.errors.QueryError: 'tvv' is not a channel, did you mean 'tv'?; there are tv, radio
    """
    if channel not in channels:
        there = ", ".join(channels) or "none"
        raise QueryError(f"{where}{channel!r} is not a channel{nearest(str(channel), channels)}; there are {there}")


def is_share(value: object) -> bool:
    """Whether a value is in (0, 1].

    >>> is_share(1.0), is_share(0.0), is_share(35)
    (True, False, False)
    """
    return is_number(value, kind=Real) and 0 < value <= 1  # type: ignore[operator]


def whole_number(
    value: Any,
    name: str,
    least: int,
    most: int | None = None,
    *,
    of: str = "",
    kind: Kind = int,
    error: type[BayesRoiError] = QueryError,
) -> int:
    """Return a count that is `least` or more, and `most` or less where there is a most.

    Parameters
    ----------
    value, name
        The argument, and what it is called in the message.
    least, most
        The ends of what is allowed.
    of
        What is counted, e.g. "periods".
    kind
        Which whole numbers are taken.
    error
        The class of the error.

    Raises
    ------
    BayesRoiError
        Of the class `error`, when it is none such.

    Examples
    --------
    >>> whole_number(0, "draws", 1)
    Traceback (most recent call last):
    bayes_roi.errors.QueryError: draws must be a whole number, 1 or more, got 0
    """
    if not is_number(value, kind=kind) or value < least or (most is not None and value > most):
        span = f"{least} or more" if most is None else f"between {least} and {most}"
        raise error(f"{name} must be a whole number{of and f' of {of}'}, {span}, got {value!r}")
    return int(value)


def share(value: Any, name: str) -> float:
    """Return a share in (0, 1].

    Raises
    ------
    QueryError
        When it is none.

    Examples
    --------
    >>> share(35.0, "margin")
    Traceback (most recent call last):
    bayes_roi.errors.QueryError: margin must be in (0, 1], got 35.0. Give a share, e.g. margin=0.35
    """
    if not is_share(value):
        raise QueryError(f"{name} must be in (0, 1], got {value}. Give a share, e.g. {name}=0.35")
    return float(value)


def positive_amount(value: Any, name: str) -> float:
    """Return an amount of money above zero.

    Raises
    ------
    QueryError
        When it is none.
    """
    if not is_number(value) or value <= 0:
        raise QueryError(f"{name} must be an amount of money above zero, got {value!r}")
    return float(value)


def answers_in_draws[**P, R](verb: Callable[P, R]) -> Callable[P, R]:
    """Return a verb that says where its interval is, when it is asked for one by an option that it has not."""

    @functools.wraps(verb)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        if wrong := [name for name in kwargs if name in OF_INTERVALS]:
            verb_call, given = f"{verb.__name__}(fit, ...)", kwargs[wrong[0]]
            raise QueryError(
                f"{verb.__name__} returns all draws and takes no {wrong[0]}=; ask them for the interval: "
                f"{verb_call}.interval({given}), or {verb_call}.to_frame({given}) for the table"
            )
        return verb(*args, **kwargs)

    return asked
