"""The fast engines against NUTS on the PyMC model, block by block, on every shipped model.

    python -m tests.calibration.agreement [MODEL [BLOCK]]

Both sides draw until every parameter has an effective size n above `LEAST_SIZE`. Then the standard error of a mean is
at most 0.016 sd on either side (1 / sqrt(n)) and that of the width of a 90 % interval 1.4 % (0.88 / sqrt(n) for a
normal, by the variance of its quantiles), so that the bounds `MEAN`, in sd, and `WIDTH` are four and five errors of
the difference. What is found is kept in runs/calibration, a line a block, and not made again. With no argument all
blocks of all models are compared, and the table is written to docs/calibration/agreement.md. Exit code 1 on a miss.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from bayes_roi.cli.files import read
from bayes_roi.inference.blocks import Block, blocks
from bayes_roi.inference.engines import ENGINES, Engine, Refusal, Settings
from bayes_roi.inference.engines.nuts import Nuts
from bayes_roi.model.language.model import Model
from bayes_roi.model.rows.design import Design, design
from tests.calibration.compare import chain_sizes, compare, components, weighted_size
from tests.calibration.kept import DOCS, ROOT, RUNS, add_line, digest, markdown, read_lines

LEAST_SIZE = 4_000
MEAN, WIDTH = 0.1, 0.1
MOST_TRIES = 4
SEED = 20


@dataclass(frozen=True)
class Agreement:
    """How far one block's fast engine is from NUTS.

    Parameters
    ----------
    model, block, engine
        What was drawn from, and by whom.
    mean, worst
        The largest difference of two means in sd, and the parameter it is of.
    narrowest, widest
        Smallest and largest ratio of our width to that of NUTS.
    size, nuts_size
        Smallest effective size of any parameter.
    seconds, nuts_seconds
        CPU seconds of the draws that were compared, the compilation of NUTS included.
    divergences
        Of NUTS.
    """

    model: str
    block: str
    engine: str
    mean: float
    worst: str
    narrowest: float
    widest: float
    size: float
    nuts_size: float
    seconds: float
    nuts_seconds: float
    divergences: int

    @property
    def missed(self) -> bool:
        """Whether it is too far, or was drawn too little to tell."""
        near = abs(self.mean) < MEAN and self.narrowest > 1 - WIDTH and self.widest < 1 + WIDTH
        return not (near and min(self.size, self.nuts_size) > LEAST_SIZE)


@dataclass(frozen=True, eq=False)
class Drawn:
    """Draws by component, their smallest effective size, what they cost, and what the sampler said."""

    draws: dict[str, np.ndarray]
    size: float
    seconds: float
    stats: Mapping[str, np.ndarray]


def fast(model: Model, rows: Design, block: Block) -> Engine | None:
    """Return the first engine but NUTS that draws from a block, or None."""
    for engine in (e for e in ENGINES if not isinstance(e, Nuts) and e.refuses(model, rows, block) is None):
        try:
            engine.sample(model, rows, block, Settings(), np.random.default_rng(SEED), lambda share: None)
        except Refusal:
            continue
        return engine
    return None


def drawn(model: Model, rows: Design, block: Block, engine: Engine) -> Drawn:
    """Return draws whose every effective size is above `LEAST_SIZE`, or as many as `MOST_TRIES` attempts gave."""
    draws = 5 * LEAST_SIZE if engine.independent else LEAST_SIZE // 2
    for attempt in range(MOST_TRIES):
        started = time.process_time()
        rng = np.random.default_rng([SEED, attempt])
        found, stats = engine.sample(model, rows, block, Settings(draws=draws), rng, lambda share: None)
        seconds = time.process_time() - started
        by_name = components(found)
        if "kish" in stats:
            size = weighted_size(stats["kish"], draws)
        elif engine.independent:
            size = float(next(iter(by_name.values())).size)
        else:
            size = min(chain_sizes(by_name).values())
        if size > LEAST_SIZE:
            break
        draws = int(draws * min(max(1.3 * LEAST_SIZE / size, 1.5), 8))
    return Drawn(by_name, size, seconds, stats)


def agreement(name: str, model: Model, rows: Design, block: Block) -> Agreement | None:
    """Return how the fast engine of a block agrees with NUTS, None where no engine but NUTS takes it."""
    engine = fast(model, rows, block)
    if engine is None:
        return None
    ours, nuts = drawn(model, rows, block, engine), drawn(model, rows, block, Nuts())
    found = compare(ours.draws, nuts.draws)
    worst = max(found, key=lambda c: abs(c.mean))
    return Agreement(
        model=name,
        block=str(block),
        engine=engine.name,
        mean=worst.mean,
        worst=worst.name,
        narrowest=min(c.width for c in found),
        widest=max(c.width for c in found),
        size=ours.size,
        nuts_size=nuts.size,
        seconds=ours.seconds,
        nuts_seconds=nuts.seconds,
        divergences=int(nuts.stats["diverging"].sum()),
    )


def table(found: list[Agreement]) -> str:
    """Return agreements as Markdown."""
    header = ("model", "block", "engine", "worst mean, sd", "of", "widths", "ESS", "ESS NUTS", "CPU s", "CPU s NUTS")
    header = (*header, "divergences", "verdict")
    rows: list[tuple[object, ...]] = [
        (
            a.model,
            a.block,
            a.engine,
            f"{a.mean:+.3f}",
            a.worst,
            f"{a.narrowest:.3f}-{a.widest:.3f}",
            f"{a.size:,.0f}",
            f"{a.nuts_size:,.0f}",
            f"{a.seconds:.2g}",
            f"{a.nuts_seconds:.3g}",
            a.divergences,
            "MISSED" if a.missed else "agrees",
        )
        for a in found
    ]
    return markdown(header, rows)


def every_block(name: str | None = None, wanted: str | None = None) -> Iterator[tuple[str, Model, Design, Block]]:
    """Yield the blocks asked for: of all shipped models, of one, or one block by the name of a node in it."""
    for stem in [name] if name else sorted(f.stem for f in (ROOT / "models").glob("*.yaml")):
        _, model, panel = read(stem, None, ())
        rows = design(model, panel)
        yield from ((stem, model, rows, b) for b in blocks(model, rows) if wanted is None or wanted in b.nodes)


def main(name: str | None = None, wanted: str | None = None, keep: Path = RUNS) -> int:
    """Compare the blocks asked for and print the table; return the exit code."""
    file = keep / digest() / "agreement.jsonl"
    have = {(a.model, a.block): a for a in (Agreement(**line) for line in read_lines(file))}
    asked, alone = [], []
    for stem, model, rows, block in every_block(name, wanted):
        found = have.get((stem, str(block)))
        if found is None:
            print(f"{stem}: {block} ...", file=sys.stderr)
            found = agreement(stem, model, rows, block)
            if found is None:
                alone.append(f"{stem}: {block} is taken by NUTS alone")
                continue
            add_line(file, asdict(found))
        asked.append(found)
    if not asked and not alone:
        print(f"no block {wanted!r} in {name}", file=sys.stderr)
        return 2
    text = "\n".join([table(asked), *alone])
    print(text)
    if name is None:
        DOCS.mkdir(parents=True, exist_ok=True)
        (DOCS / "agreement.md").write_text(text + "\n")
    return int(any(a.missed for a in asked))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
