"""The arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ModelName = Annotated[str, typer.Argument(metavar="MODEL", help="A model file, or the name of a shipped model.")]
Run = Annotated[Path, typer.Argument(metavar="RUN", help="A folder that bayes-roi run wrote.")]
Data = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FILE",
        help="The table, or the name of a shipped one; again for more, which are joined on their periods. By default "
        "what the model names, else the table of its name.",
    ),
]
Every = Annotated[
    str | None,
    typer.Option(metavar="PERIOD", help="week, month or 'week from Sunday': what rows of days are put together to."),
]
Clean = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY=VALUE", help="What may be mended, e.g. missing=interpolate or missing.spends=zero; again for more."
    ),
]
Decimal = Annotated[
    str | None, typer.Option(metavar="MARK", help="The decimal mark of numbers, . or , where the table leaves it open.")
]
DayFirst = Annotated[
    bool | None,
    typer.Option("--day-first/--month-first", help="What 06/01/2025 begins with, where the table leaves it open."),
]
Folder = Annotated[Path | None, typer.Option(metavar="DIR", help="The run folder; by default runs/ and the name.")]
Output = Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The file to write.")]
Prob = Annotated[float, typer.Option(help="Probability inside the intervals.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the numbers as JSON, and nothing else.")]
During = Annotated[
    str | None,
    typer.Option(metavar="PERIOD", help="The window: 2025-03, 2025-Q1, 2025-01:2025-03 or 'last 8 weeks'."),
]
Horizon = Annotated[
    int | None,
    typer.Option(
        metavar="N", min=0, help="Periods of carry-over counted after the window: all, if not given; 0 for none."
    ),
]
HoldSpend = Annotated[bool, typer.Option("--hold-spend", help="Keep the other spends as they were.")]
Seed = Annotated[int, typer.Option(min=0, help="The same seed gives the same draws.")]
