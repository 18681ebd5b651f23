"""What `(1 | time)` takes for granted of spends."""

from __future__ import annotations

from bayes_roi.model.language.model import Model


def shared_periods(model: Model) -> list[str]:
    """Return that what units share in a period is taken not to drive a spend, one sentence a node.

    One table hardly shows whether it does: see docs/calibration.md.
    """
    found = []
    for node in (n for n in model.modelled if model.shares_periods(n)):
        if spends := [s for s in model.nodes if s in model.spends and s in model.graph.ancestors([node])]:
            found.append(
                f"(1 | {model.time}) takes it that what all units of {node} share in a {model.time} does not drive "
                f"{', '.join(spends)}; where it may, add the mean of the spend in each {model.time} as a term"
            )
    return found
