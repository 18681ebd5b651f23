"""How a fit grows with the channels: in one linear equation, in a funnel, and as curves in one equation.

Tables of 156 weeks are simulated from truths made up as `br.simulate` does where none is given; figures are medians
over five of them, but of one for a large funnel. In the funnel each channel has a click equation of its own, so there
are as many small blocks as channels and one linear one. Curves of one equation share a block: each brings three
parameters that are not integrated out. NUTS is not run here, since one such equation may take minutes: a fit that would
be handed to it is counted, with the seconds until then.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from benchmarks.measure import fresh
from benchmarks.row import Row

if TYPE_CHECKING:
    import bayes_roi as br

LINEAR = FUNNEL = (2, 5, 10, 20, 50)
CURVES = (1, 2, 3, 4, 6, 8, 12, 16)
MEDIA = 0.3
"""Share of revenue that the curves of one equation make together."""
TABLES = 5


def rows() -> Iterator[Row]:
    """Yield growth with the channels; a limit where the work is by channel."""
    yield from _growth("linear", "one linear equation", LINEAR, limit=1.5)
    yield from _growth("funnel", "funnel", FUNNEL, limit=1.5)
    yield from _growth("curves", "curves in one equation", CURVES, limit=None)


def _growth(kind: str, say: str, counts: Sequence[int], limit: float | None) -> Iterator[Row]:
    found = {count: fresh(fits, kind, count)[0] for count in counts}
    for few, many in pairwise(counts):
        ours, theirs = found[many]["seconds"], found[few]["seconds"] * many / few
        if limit and found[many]["handed"]:
            ours = math.nan  # keeps no limit
        note = "; ".join(f"{n}: {_told(found[n], n)}" for n in ((few, many) if few == counts[0] else (many,)))
        peer = f"{few} channel{'s' * (few > 1)} x {many / few:.3g}"
        yield Row("channels", f"{say}, {many} channels", peer, ours, theirs, "s CPU", limit=limit, note=note)


def _told(found: dict[str, Any], count: int) -> str:
    told = f"{found['seconds'] / count:.2g} s a channel, {found['engines'] or 'no fit'}"
    if found["handed"]:
        told += f"; {found['handed']} of {found['fits']} fits would go on to NUTS ({found['why']})"
    return told


def world(kind: str, count: int, seed: int) -> tuple[br.Model, br.Panel]:
    """Return the model with `count` channels and a table of it."""
    from dataclasses import replace

    import bayes_roi as br
    from bayes_roi.model.simulation.made_up_truth import made_up_truth
    from benchmarks.made_up import of_share

    channels = {f"channel_{i}": f"spend_{i}" for i in range(1, count + 1)}
    model = br.Model(name=kind, equations=_equations(kind, count), outcome="revenue", time="week", channels=channels)
    truth = made_up_truth(model, seed=seed, periods=156 + model.max_lag)
    if kind == "linear":  # a made-up effect is a tenth of revenue, too much for many channels
        ones = {f"revenue.{spend}.effect": 1.0 for spend in channels.values()}
        truth = replace(truth, parameters={**truth.parameters, "revenue.intercept": 50_000.0, **ones})
    if kind == "curves":
        truth = of_share(model, truth, MEDIA)
    return model, br.simulate(model, truth)


def _equations(kind: str, count: int) -> str:
    numbers = range(1, count + 1)
    if kind == "linear":
        return "revenue ~ demand + " + " + ".join(f"spend_{i}" for i in numbers)
    if kind == "curves":
        return "revenue ~ demand + " + " + ".join(f"hill(adstock(spend_{i}))" for i in numbers)
    clicks = [f"clicks_{i} ~ demand + hill(adstock(spend_{i}))" for i in numbers]
    return "\n".join([*clicks, "revenue ~ demand + " + " + ".join(f"clicks_{i}" for i in numbers)])


def fits(kind: str, count: int) -> dict[str, Any]:
    """Return median CPU seconds of fits without NUTS, their engines, and how many no other engine would make."""
    from unittest import mock

    import bayes_roi as br
    from bayes_roi.inference.engines import ENGINES

    br.fit(*world(kind, 1, seed=1))  # imports what a fit needs
    seconds: list[float] = []
    names: list[str] = []
    refused: list[str] = []
    with mock.patch("bayes_roi.inference.fit.ENGINES", ENGINES[:-1]):
        for seed in range(1, 1 + (TABLES if kind == "linear" or count <= 10 else 1)):
            model, data = world(kind, count, seed)
            started = time.process_time()
            try:
                names = [b.engine for b in br.fit(model, data, seed=seed).diagnosis.blocks]
            except br.FitError as error:
                refused.append(str(error).rpartition(": ")[2].rstrip(")"))
            seconds.append(time.process_time() - started)
    engines = ", ".join(f"{names.count(name)} x {name}" for name in dict.fromkeys(names))
    found = {"seconds": statistics.median(seconds), "fits": len(seconds), "engines": engines}
    return found | {"handed": len(refused), "why": refused[0] if refused else ""}
