"""Are the gains kept that a best plan is said to have? Plans that a fit chose, held to the truth and to random plans.

    python -m tests.recovery.chosen_plans_study [WORLDS] [FIRST] [LAW ...]

The best of many noisy estimates is overstated unless they are shrunk as much as they are noisy. A Bayesian mean is, if
the prior is right: then a plan is as good as it is said to be, on average, however it was chosen. So causes are told
apart. Draws: the same plans judged by a second fit, whose draws did not choose. Form and prior: three laws, of which
the first is model and prior themselves. Extrapolation: plans that keep to the doses that were observed, and others.
Chance: random plans within the same limits. Lines are kept under runs/: what is there is not done again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from tests.calibration.kept import ROOT, digest, each_kept, markdown
from tests.recovery import chosen_plans, chosen_worlds, markets, mix_markets
from tests.recovery.chosen_plans import BESIDE, KINDS, Judged, Planned, planned
from tests.recovery.chosen_worlds import LAWS
from tests.recovery.scored import mean_and_error

KEEP = ROOT / "runs" / "chosen_plans"
HEADER = (
    "law",
    "plans",
    "worlds",
    "incremental outcome covered",
    "gain covered",
    "gain said, % of the reference's spend",
    "true",
    "said less true",
    "(true - said) / sd",
    "truly better",
    "said to be",
)
STILL = 1e-6
"""Share of the spend below which nothing is moved: such a plan is the reference, and has no gain to be judged."""


def worlds(laws: Sequence[str], seeds: range, keep: Path = KEEP) -> list[Planned]:
    """Return what worlds say: what is kept, and the rest made now and kept."""
    file = keep / digest(*_code()) / "worlds.jsonl"
    keys = [(law, seed) for seed in seeds for law in laws]
    found = each_kept(
        file, keys, lambda at: planned(*at), read=Planned.read, key=lambda w: (w.law, w.seed), line=Planned.line
    )
    return sorted(found, key=lambda w: (laws.index(w.law), w.seed))


def _code() -> list[Path]:
    """Return the files that lines hang on: not how a plan says itself."""
    made = [Path(str(m.__file__)) for m in (chosen_plans, chosen_worlds, markets, mix_markets)]
    rooms = (ROOT / "bayes_roi" / "decisions" / room for room in ("horizon", "optimise"))
    return [*made, *(f for room in rooms for f in sorted(room.glob("*.py")) if not f.name.startswith("plan"))]


Found = Sequence[tuple[float, Sequence[Judged]]]
"""By world: the spend of the reference, and plans."""


def chosen(found: Sequence[Planned], kind: str) -> Found:
    """Return the plan of a kind, world by world."""
    return [(sum(w.spent), [w.chosen[kind]]) for w in found if kind in w.chosen]


def random(found: Sequence[Planned], kind: str) -> Found:
    """Return the plans at random that stand beside it."""
    return [(sum(w.spent), w.random[kind]) for w in found if kind in w.random]


def row(found: Found) -> tuple[str, ...]:
    """Return the figures of plans, in the order of `HEADER`; errors are by world, those of a world being alike."""
    moving = [(s, [p for p in plans if p.moved > STILL]) for s, plans in found]
    moving = [(s, plans) for s, plans in moving if plans]
    if len(moving) < 2:
        return (str(len(moving)), *[""] * (len(HEADER) - 3))

    def by_world(of: Callable[[Judged], float]) -> np.ndarray:
        return np.array([np.mean([of(p) for p in plans]) for _, plans in moving])

    spent = np.array([s for s, _ in moving]) / 100
    said, true = by_world(lambda p: p.gain.mean) / spent, by_world(lambda p: p.gain.truth) / spent
    return (
        str(len(moving)),
        mean_and_error(by_world(lambda p: p.added.covered)),
        mean_and_error(by_world(lambda p: p.gain.covered)),
        f"{said.mean():.1f}",
        f"{true.mean():.1f}",
        with_error(said - true, 1),
        with_error(by_world(standing), 2),
        mean_and_error(by_world(lambda p: p.gain.truth > 0)),
        f"{by_world(lambda p: p.gain.above).mean():.3f}",
    )


def standing(plan: Judged) -> float:
    """Return how far above its mean the true gain lies, in standard deviations of the draws."""
    return (plan.gain.truth - plan.gain.mean) / plan.gain.sd


def with_error(values: np.ndarray, places: int) -> str:
    """Return a mean over worlds with its sign and its standard error."""
    return f"{values.mean():+.{places}f} (se {values.std(ddof=1) / np.sqrt(len(values)):.{places}f})"


def by_fresh_draws(found: Sequence[Planned], kind: str) -> np.ndarray:
    """Return how much more the draws that chose a plan say of its gain than others do, in their standard deviations."""
    twice = [(w.chosen[kind].gain, w.fresh[kind].gain) for w in found if kind in w.fresh]
    return np.array([(one.mean - other.mean) / one.sd for one, other in twice if one.sd > 0])


def tabled(found: Sequence[Planned]) -> str:
    """Return the figures by law and kind of plan, then what fresh draws say of the same plans, as Markdown."""
    lines: list[tuple[object, ...]] = []
    again: list[tuple[object, ...]] = []
    for law in dict.fromkeys(w.law for w in found):
        own = [w for w in found if w.law == law]
        for kind in (*KINDS, *BESIDE):
            lines.append((law, kind, *row(chosen(own, kind))))
            if kind in KINDS:
                lines.append((law, f"{kind}: random", *row(random(own, kind))))
            if len(more := by_fresh_draws(own, kind)) > 1:
                again.append((law, kind, len(more), with_error(more, 3)))
    header = ("law", "plans", "worlds", "said by the draws that chose less said by others, in sd")
    return f"{markdown(HEADER, lines)}\n\n{markdown(header, again)}"


def main(count: int = 60, first: int = 0, *laws: str) -> None:
    """Print the tables."""
    found = worlds(laws or tuple(LAWS), range(first, first + count))
    print(tabled(found))
    print(f"CPU s {sum(w.seconds for w in found):.0f}", file=sys.stderr)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]), *sys.argv[3:])
