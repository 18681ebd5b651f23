"""The prior of media where it is not one revenue equation: coverage, width and interval score by kind of market.

    python -m tests.recovery.priors_study [KIND ...] [--worlds N] [--jobs J] [--rule RULE ...]

Regions (alike or pooled), a log link, profit with losses, lines beside curves, twenty channels, clicks of which media
buy nearly all or a tenth, and funnels from spend through clicks to revenue. Two rules are compared on the same markets:

    python -m tests.recovery.priors_study losses --rule default --rule tops
"""

from __future__ import annotations

import sys
from functools import partial

from tests.recovery import prior_markets
from tests.recovery.markets import Market
from tests.recovery.prior_markets import KINDS
from tests.recovery.scored import tabled
from tests.recovery.study import Study, parser_of, rules_of, seeds_of


def made(kind: str, seed: int) -> Market:
    """Return a market of a kind."""
    return KINDS[kind](seed)


STUDY = Study("priors", {kind: partial(made, kind) for kind in KINDS}, prior_markets)


def main(arguments: list[str] | None = None) -> None:
    """Print the table of each rule."""
    parser = parser_of("tests.recovery.priors_study", __doc__, worlds=20)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"one of {'; '.join(KINDS)}")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.kinds) - set(KINDS):
        parser.error(f"no kind {', '.join(sorted(unknown))}; there are {'; '.join(KINDS)}")
    kinds = asked.kinds or [*KINDS]
    for rule in rules_of(asked):
        found = STUDY.scored(kinds, seeds_of(asked), rule=rule, jobs=asked.jobs, keep=asked.keep)
        print(f"{rule}\n\n{tabled({k: [s for s in found if s.cell == k] for k in kinds})}\n", flush=True)
    print(f"kept in {STUDY.file(asked.keep)}", file=sys.stderr)


if __name__ == "__main__":
    main()
