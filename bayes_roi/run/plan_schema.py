"""What `bayes-roi optimise --json` prints, key by key: its JSON schema, to which a test holds what is printed."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from bayes_roi.run.estimates_schema import DIALECT, Interval, Keys, Return, Summary


class Beside(Keys):
    """Another plan than the one found: what it spends, adds and gains over it."""

    spend: dict[str, float]
    profit: Summary
    gain: Summary
    evidence: str


class Optimum(Keys):
    """Whether the conditions of an optimum hold, and by how much they do not."""

    ok: bool
    residual: float


class Trusted(Keys):
    """Whether the draws of the run can be trusted."""

    ok: bool


class PlanJson(Keys):
    """The best plan for a budget."""

    model_config = ConfigDict(title="bayes_roi plan")

    version: int = Field(alias="schema", description="Rises when a key is renamed, dropped or means something else.")
    spend: dict[str, float] = Field(description="Channel -> its spend in all periods.")
    by_period: dict[str, list[float]] = Field(description="Channel -> its spend in each period of `time`.")
    time: list[str | int] = Field(description="Labels of the planned periods.")
    reference: dict[str, float] = Field(description="Channel -> last year's spend.")
    outcome: Summary = Field(description="The outcome of the planned periods.")
    incremental_outcome: Summary = Field(description="What the spend adds, carry-over after the plan included.")
    profit: Summary = Field(description="Incremental profit.")
    roi: Summary | None
    gain: Return = Field(description="Profit less that of the reference.")
    gain_over_mix: Return | None = Field(description="Profit less that of the reference's mix with this budget.")
    marginal: float | None = Field(description="Profit that one more unit of budget adds.")
    multipliers: dict[str, float | None] = Field(description="Limit -> what one more unit of it adds.")
    rest_kept: Beside | None = Field(description="The plan that may spend less, where that is better.")
    freely_timed: Beside | None = Field(description="The plan with free timing, where that is better.")
    binding: list[str] = Field(description="Limits that are reached.")
    kkt: Optimum
    objective: str
    horizon: int = Field(description="Periods of carry-over counted after the plan.")
    evidence: str = Field(description="identified, assumed or descriptive.")
    reason: str
    note: str
    interval: Interval
    diagnosis: Trusted


def plan_schema() -> dict[str, Any]:
    """Return the JSON schema of a plan as `bayes-roi optimise --json` prints it.

    >>> plan_schema()["title"]
    'bayes_roi plan'
    """
    return DIALECT | PlanJson.model_json_schema()
