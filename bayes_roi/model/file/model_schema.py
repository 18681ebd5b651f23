"""The keys of a model file and their types."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bayes_roi.panel.shaping.every import Every


class ModelFile(BaseModel):
    """A model: structural equations, and what money has to do with them."""

    model_config = ConfigDict(extra="forbid", strict=True, title="bayes_roi model")

    name: str = Field(description="What reports call the model.", examples=["weekly funnel"])
    equations: str = Field(
        description="Structural equations, one for each node: what is caused ~ its causes.",
        examples=["revenue ~ hill(adstock(tv_spend)) + trend()"],
    )
    outcome: str = Field(description="The node whose money is asked about.", examples=["revenue"])
    time: str | None = Field(None, description="Column of the period; leave out for exchangeable rows.")
    channels: dict[str, str] = Field({}, description="What money buys, each with the node that is its spend.")
    currency: str | None = Field(None, description="For labels, e.g. USD.")
    margin: float = Field(
        1.0,
        description="Profit per unit of money earned, in (0, 1].",
        json_schema_extra={"exclusiveMinimum": 0, "maximum": 1},
    )
    value: float | str = Field(1.0, description="Money per unit of the outcome: a number, or the name of a column.")
    panel: str | None = Field(None, description="Column of the panel unit, such as the region.")
    weights: str | None = Field(
        None, description="Column of the size of each row, such as the population of its region."
    )
    unobserved: list[str] = Field([], description="Nodes without a column, known by what they cause.")
    families: dict[str, str] = Field(
        {},
        description="Nodes with the family of their noise, where it is not normal; with the node of its trials where "
        "it has any.",
        examples=[{"clicks": "binomial(impressions)"}],
    )
    noise: dict[str, str] = Field(
        {},
        description="Nodes with how their noise is correlated: ar(1), by(panel column), or both joined by +.",
        examples=[{"revenue": "ar(1)"}],
    )
    priors: dict[str, str] = Field(
        {},
        description="Parameters with their priors, in the units of the data.",
        examples=[{"revenue.clicks.effect": "HalfNormal(sigma=3)"}],
    )
    media_roas: dict[str, float] = Field(
        {},
        description="What a unit of spend is expected to bring to the outcome, where spends stand in its equation: "
        "typical (median of a typical channel's ROAS), common and between (sd of the logs of what is typical, and of "
        "each channel's relative to it).",
        examples=[{"typical": 2, "common": 1, "between": 0.8}],
    )
    media_share: str | dict[str, str] = Field(
        {},
        description="The share of all spends of an equation in the mean of its node: of the outcome, or by node.",
        examples=["Beta(2, 6)", {"clicks": "Beta(4, 2)"}],
    )
    carry_in: Literal["rows", "zero"] = Field(
        "rows",
        description="rows: the first rows, as many as the longest lag, only carry over. "
        "zero: all rows count, and spend before them was zero.",
    )
    columns: dict[str, str] = Field({}, description="Nodes with their columns of the table, where the two differ.")
    data: str | list[str] = Field(
        [],
        description="The file of the table, or several that are joined on their periods, seen from the model file.",
        examples=[["spend.csv", "revenue.csv"]],
    )
    every: Every | None = Field(
        None, description="What rows of days are summed to; prices and shares are averaged. A week begins on Monday."
    )
    clean: dict[str, str | float | dict[str, str]] = Field(
        {},
        description="What may be done about duplicates, gaps, missing values, outliers and noisy covariates; for all "
        "columns, or by node or role (spends, explained, controls).",
        examples=[{"missing": {"spends": "zero", "price": "interpolate"}}],
    )
    story: str = Field("", description="What the model is for, what it assumes, and when not to use it.")


def model_schema() -> dict[str, Any]:
    """Return the JSON schema of a model file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | ModelFile.model_json_schema()


# ----------------------------------------------------------------------------------------------------------- reading
