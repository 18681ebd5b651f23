"""What of the report asks how much would have to be hidden: the picture of the channel with the largest profit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from bayes_roi.checks.sensitivity.sensitivity import quick, sensitivity
from bayes_roi.errors import QueryError
from bayes_roi.report.findings import Findings
from bayes_roi.report.plots import plot_sensitivity, svg


def hidden(findings: Findings) -> Mapping[str, Any] | None:
    """Return the sentence and the picture of the channel with the largest profit; None where there is no channel.

    Where the outcome's equation is not linear each point of the curve takes a fit of some seconds, and where nothing
    of the spend varies by itself there is no curve: then `drawn` is None, and the sentence says why.
    """
    spent = [c for c in findings.channels if c.spend > 0 and c.roi.defined]
    if not spent:
        return None
    channel = max(spent, key=lambda c: c.roi.centre * c.spend).name
    if not quick(findings.fit, findings.model.outcome):
        asked = f"bayes-roi sensitivity RUN {channel}"
        return {"channel": channel, "sentence": f"For how strong it would have to be, ask {asked}", "drawn": None}
    try:
        found = sensitivity(findings.fit, channel, prob=findings.prob)
    except QueryError as error:
        return {"channel": channel, "sentence": str(error), "drawn": None}
    return {
        "channel": channel,
        "sentence": found.sentence,
        "drawn": Markup(svg(plot_sensitivity(found))),  # matplotlib has escaped every text in it
    }
