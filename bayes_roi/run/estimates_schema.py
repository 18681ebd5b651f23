"""What estimates.json holds, key by key: its JSON schema, to which a test holds what is written."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

DIALECT = {"$schema": "https://json-schema.org/draft/2020-12/schema"}


class Keys(BaseModel):
    """Keys of a JSON object. Others may be added to it; what is undefined is null."""

    model_config = ConfigDict(strict=True, extra="ignore")


class Summary(Keys):
    """Draws in four numbers; the mean is left out where it need not exist."""

    mean: float | None = None
    median: float | None
    lower: float | None
    upper: float | None


class Return(Summary):
    """A return, and the probability that it is positive."""

    probability_positive: float | None


class Interval(Keys):
    """Which intervals `lower` and `upper` are the ends of."""

    kind: Literal["eti"] = Field(description="Of equal tails.")
    prob: float = Field(description="Probability inside.")


class Instrument(Keys):
    """A node that moves the treatment and the outcome by it alone, given others."""

    node: str
    given: list[str]


class Identification(Keys):
    """What the graph says of an effect."""

    treatment: list[str]
    outcome: str
    given: list[str]
    identified: bool
    strategy: str
    adjustment: list[str] | None
    adjustments: list[list[str]]
    estimand: str
    reason: str
    mediators: list[str]
    instruments: list[Instrument]
    open_path: list[str]
    notes: list[str]


class Prior(Keys):
    """What the prior does to a channel's return."""

    carries: bool = Field(description="Whether the return moves with the prior and not with the data.")
    conflict: bool = Field(description="Whether it moves with both.")
    sensitivity: float | None
    likelihood_sensitivity: float | None
    probability_positive: float | None = Field(description="P(ROI > 0) before the data.")


class Returns(Keys):
    """What a channel is worth by one estimand."""

    spend: float | None
    evidence: str = Field(description="identified, assumed or descriptive.")
    reason: str = Field(description="Why it is assumed; empty where it is not.")
    support: float | None = Field(description="Share of the range from actual to zero spend covered by data.")
    posterior_support: float | None
    strategy: str
    adjustment: list[str] | None = Field(description="Nodes adjusted for; null where it is not by adjusting.")
    identification: Identification
    induced_spend: Summary | None = Field(None, description="In total alone: what other channels spent for it.")
    contribution: Summary
    roas: Summary
    roi: Return
    marginal_roas: Summary
    cost_per: Summary


class Channel(Returns):
    """A channel, other spends held."""

    prior: Prior
    never_pauses: str | None = Field(None, description="A sentence, of channels that never do.")
    mediators: list[str] | None = Field(None, description="Channels that it makes spend.")
    in_total: Returns | None = Field(None, description="The same with what it made others spend.")


class Total(Keys):
    """All channels together against none of them."""

    spend: float | None
    contribution: Summary
    roas: Summary
    roi: Return
    interaction: Summary = Field(description="What the contributions of channels lack of that of all.")
    evidence: str
    reason: str
    support: float | None


class Experiment(Keys):
    """A lift test beside what is expected without it."""

    test: str
    channels: list[str]
    randomised: bool
    estimate: float | None
    se: float | None
    expected: float | None
    sd: float | None
    tension: float | None = Field(description="Estimate less expectation, in standard deviations of the difference.")
    discount: float | None
    unit: str


class PartReturns(Keys):
    """What a channel is worth in one part, in total."""

    contribution: Summary
    roas: Summary
    roi: Summary
    probability_positive: float | None


class PartJson(PartReturns):
    """What a channel is worth in one part: a month, a quarter, a unit of the panel."""

    spend: float | None
    in_total: PartReturns | None = None


class MediaShare(Keys):
    """What all channels together make of the outcome."""

    prior: Summary
    posterior: Summary
    carried_by_prior: bool


class BlockJson(Keys):
    """Nodes that were fitted together."""

    nodes: list[str]
    engine: str
    why: str


class Predictive(Keys):
    """How the rows of a node lie to what is predicted of them."""

    node: str
    given: Literal["parents", "spend"]
    rows: int
    inside: float | None
    counted: float | None
    chance: float | None
    r2: float | None
    mape: float | None


class Verdict(Keys):
    """Whether the draws can be trusted."""

    ok: bool
    max_rhat: float | None
    min_ess_bulk: float | None
    min_ess_tail: float | None
    divergences: int
    problems: list[str]
    warnings: list[str]
    blocks: list[BlockJson]
    predictive: list[Predictive]
    roas_width: dict[str, float] = Field(description="Channel -> factor by which its interval would be wider.")


class Question(Keys):
    """A column of the channel table."""

    question: str
    evidence: str


class Ratio(Keys):
    """Credit against cause, of a channel."""

    kind: Literal["ratio", "difference"]
    median: float | None
    lower: float | None
    upper: float | None


class Cell(Summary):
    """A number of a row, and what stands behind it."""

    evidence: str = Field(description="identified, assumed or descriptive; extrapolated where it is.")


class ChannelNumbers(Keys):
    """Credit beside cause."""

    rows: dict[str, dict[str, Cell | float | None]] = Field(description="Row -> column -> a summary; `spend`.")
    columns: dict[str, Question]
    credit_to_cause: dict[str, Ratio]
    notes: list[str]


class Influence(Keys):
    """A node's share of the variance of the outcome."""

    share: Summary


class Estimates(Keys):
    """What each channel of a run is worth: estimates.json, and `bayes-roi roi --json`."""

    model_config = ConfigDict(title="bayes_roi estimates")

    version: int = Field(alias="schema", description="Rises when a key is renamed, dropped or means something else.")
    model: str
    outcome: str
    currency: str | None
    margin: float
    value: float | str = Field(description="Money per unit of the outcome, or the column that has it.")
    window: list[str | int] | None = Field(description="First and last period; null for exchangeable rows.")
    horizon: int | None = Field(description="Periods of carry-over counted after the window.")
    rows: int
    interval: Interval
    units: dict[str, str] = Field(description="Quantity -> its unit.")
    notes: list[str]
    diagnosis: Verdict
    channels: dict[str, Channel]
    media_share: MediaShare | None = None
    experiments: list[Experiment] = Field([], description="Lift tests that the numbers rest on too.")
    total: Total | None = None
    by: dict[str, dict[str, dict[str, PartJson] | dict[str, dict[str, PartJson]]]] | None = Field(
        None, description="What it is by -> label (-> label of the second) -> channel -> numbers."
    )
    remainder: dict[str, dict[str, Any]] | None = Field(
        None, description="What it is by -> channel -> what its parts lack of the whole, a summary."
    )
    influence: dict[str, Influence] | None = Field(None, description="Where credit beside cause was computed.")
    channel_table: ChannelNumbers | None = Field(None, description="Where credit beside cause was computed.")
    roi: dict[str, Return] | None = Field(None, description="Of `bayes-roi roi --json` alone: channel -> its ROI.")


def estimates_schema() -> dict[str, Any]:
    """Return the JSON schema of estimates.json.

    >>> estimates_schema()["properties"]["margin"]["type"]
    'number'
    """
    return DIALECT | Estimates.model_json_schema()
