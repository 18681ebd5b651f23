"""The look that all figures share, and their export as SVG that can stand inside a page.

Names are hostile: no text of a figure is read as mathematics, and everything that reaches the SVG is escaped.
"""

from __future__ import annotations

import functools
import io
import re
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from bayes_roi.numbers import tick
from bayes_roi.report.rounding import MINUS, NO_BREAK, scale

ACCENT, INK, MUTED, GRID, PALE = "#1f5f99", "#22303c", "#6b7785", "#e3e8ec", "#c9d3dc"
WARNING = "#b3541e"
"""One colour, one meaning: blue is what the model found, brown only assumed, ink observed, grey the rest."""
CHANNELS = ("#44aa99", "#ddaa33", "#aa4499", "#117733", "#cc6677", "#999933", "#882255")
"""Of the channels, in the order of the model: Tol's muted scheme, which stays apart for colour-blind readers, without
its blues, which mean something else here."""
WIDTH = 6.4
"""Inches: narrow enough that the letters can be read on a phone, where a figure is as wide as the page."""
LETTER, AXIS_LABEL, MARGIN = 0.08, 0.22, 0.12
"""Inches: the widest letter of a tick label, on average; the label of an axis; what is left free at the edges."""
NOTEBOOK_DPI = 100
LONGEST, MOST_DATES = 28, 8

HATCH = "////"
"""What is only assumed is hatched."""
UNSEEN: Any = (0, (3, 2))
"""Dashes of a line where most of the way to what is asked was never observed; surfaces are hatched there."""
NEVER_OBSERVED = "beyond what was observed"

_LOOK: dict[Any, Any] = {
    "font.size": 9.0,
    "axes.edgecolor": PALE,
    "axes.labelcolor": MUTED,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.titlecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.unicode_minus": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.size": 3.0,
    "ytick.major.size": 0.0,
    "text.color": INK,
    "text.parse_math": False,
    "text.usetex": False,
    "legend.frameon": False,
    "path.simplify": True,
}


def styled[**P](plot: Callable[P, Figure]) -> Callable[P, Figure]:
    """Return a plot function that draws in the report's look and leaves matplotlib's own settings as they were."""

    @functools.wraps(plot)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with matplotlib.rc_context(_LOOK):
            return plot(*args, **kwargs)

    return drawn


class Picture(Figure):
    """A figure that shows itself in a notebook, without pyplot.

    Ticks are made when they are first drawn, so the look holds then too.
    """

    def savefig(self, fname: Any, **options: Any) -> None:
        with matplotlib.rc_context(_LOOK):
            super().savefig(fname, **options)

    def _repr_png_(self) -> bytes:
        return png(self)


class DrawnAxes(Axes):
    """Axes that show their picture in a notebook."""

    def _repr_png_(self) -> bytes:
        return png(self.figure)


def png(drawing: Any) -> bytes:
    """Return a picture as a notebook shows it."""
    drawn = io.BytesIO()
    drawing.savefig(drawn, format="png", dpi=NOTEBOOK_DPI)
    return drawn.getvalue()


def figure(height: float, width: float = WIDTH) -> Figure:
    """Return an empty figure of a size in inches."""
    return Picture(figsize=(width, height))


def framed(height: float, *, top: float = MARGIN, bottom: float = 0.3) -> tuple[Figure, Axes]:
    """Return a figure with one pair of axes, with room in inches above and below; `settled` makes it at the left."""
    drawing, (axes,) = small_multiples(1, 1, height=height, top=top, bottom=bottom)
    return drawing, axes


def small_multiples(
    count: int, columns: int, *, height: float, top: float = 0.3, bottom: float = 0.5
) -> tuple[Figure, list[Axes]]:
    """Return a figure with `count` axes in rows of at most `columns`, each `height` inches high with its margins."""
    columns = max(min(columns, count), 1)
    rows = max(-(-count // columns), 1)
    drawing, width = figure(height * rows), WIDTH / columns
    boxes = [(width * (i % columns), height * (rows - 1 - i // columns)) for i in range(count)]
    found = [
        drawing.add_axes(
            (
                (x + MARGIN) / WIDTH,
                (y + bottom) / (height * rows),
                (width - 3 * MARGIN) / WIDTH,
                (height - top - bottom) / (height * rows),
            ),
            axes_class=DrawnAxes,
        )
        for x, y in boxes
    ]
    return drawing, found


def settled(axes: Axes) -> None:
    """Move the left side of axes to where their tick labels have room.

    matplotlib's constrained layout finds the room by laying out all text several times, which takes longer than the
    rest of a figure.
    """
    ticks = axes.yaxis.get_major_formatter().format_ticks(axes.yaxis.get_majorticklocs().tolist())
    room = LETTER * max(map(len, ticks), default=0) + (AXIS_LABEL if axes.get_ylabel() else 0.0)
    box, share = axes.get_position(), room / WIDTH
    axes.set_position((box.x0 + share, box.y0, box.width - share, box.height))


def short(name: str, longest: int = LONGEST) -> str:
    """Return a name on one line, cut where it is too long to be drawn.

    >>> short("a very long name", longest=8)
    'a very …'
    """
    line = " ".join(name.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def scaled(axis: Axis, values: Iterable[float], unit: str, *, ticks: int = 5) -> None:
    """Give an axis of money or counts ticks in thousands, millions, ... by the largest of `values`, and label it so."""
    s = scale(values)
    axis.set_major_locator(MaxNLocator(ticks))
    axis.set_major_formatter(FuncFormatter(lambda v, _: tick(v / s.size).replace("-", MINUS)))
    axis.set_label_text(short(s.unit(unit), 60))


def percent_axis(axis: Axis, ticks: int) -> None:
    """Give an axis of shares ticks in per cent, each with as many decimals as it has."""
    axis.set_major_locator(MaxNLocator(ticks))
    axis.set_major_formatter(FuncFormatter(lambda v, _: f"{tick(100 * v)}{NO_BREAK}%".replace("-", MINUS)))


def time_axis(axes: Axes, periods: np.ndarray) -> np.ndarray:
    """Return periods as numbers, dates as days since 1970, with ticks that suit their length."""
    if periods.dtype.kind in "iu":
        return periods
    dates = periods.astype("datetime64[D]")
    first, last = dates[[0, -1]].astype("datetime64[M]").astype(int)
    months = np.arange(first + 1, last + 1)  # since January 1970
    if len(months) < 4:
        ticks = dates[np.unique(np.linspace(0, len(dates) - 1, 5).astype(int))]
        labels = [str(day) for day in ticks]
    else:
        step = next((n for n in (1, 2, 3, 6, 12, 24, 60, 120) if len(months) / n < MOST_DATES), 240)
        ticks = months[months % step == 0].astype("datetime64[M]").astype("datetime64[D]")
        labels = [day.item().strftime("%b %Y") for day in ticks]
    axes.set_xticks(ticks.astype(float), labels)
    return dates.astype(float)


def density(values: np.ndarray, span: tuple[float, float], points: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Return a smooth density: a grid within `span` and its heights there.

    A Gaussian kernel, reflected at zero where no draw is negative.
    """
    spread = min(values.std(), np.subtract(*np.quantile(values, [0.75, 0.25])) / 1.34) or values.std()
    bandwidth = max(1.2 * spread * len(values) ** -0.2, (span[1] - span[0]) / 100)
    grid = np.linspace(max(span[0], values.min() - 3 * bandwidth), min(span[1], values.max() + 3 * bandwidth), points)
    counts, edges = np.histogram(values, bins=512, range=(span[0] - 4 * bandwidth, span[1] + 4 * bandwidth))
    centres = 0.5 * (edges[1:] + edges[:-1])
    if values.min() >= 0:
        grid = np.clip(grid, 0, None)
        counts = counts * (centres >= 0)
        return grid, (_kernel(grid, centres, bandwidth) + _kernel(grid, -centres, bandwidth)) @ counts / len(values)
    height = _kernel(grid, centres, bandwidth) @ counts
    return grid, height / len(values)


def _kernel(grid: np.ndarray, centres: np.ndarray, bandwidth: float) -> np.ndarray:
    distance = (grid[:, None] - centres) / bandwidth
    return np.exp(-0.5 * distance**2) / (bandwidth * np.sqrt(2 * np.pi))


_MORE_DIGITS = re.compile(r"(\.\d\d)\d+")
_OUTLINE = re.compile(r' (?:d|points|transform)="[^"]*"')
_NOT_NEEDED = re.compile(r'<metadata>.*?</metadata>|(?<=<g) id="[^"]*"(?=>)| xmlns(?::\w+)?="[^"]*"', re.DOTALL)


def svg(drawing: Figure) -> str:
    """Return a figure as an `<svg>` element for a page: text kept as text, the same bytes each time.

    Coordinates keep two decimals of a point; what only a file of its own needs (namespaces, metadata, ids) is left out.
    """
    buffer = io.StringIO()
    with (
        matplotlib.rc_context({**_LOOK, "svg.hashsalt": "bayes_roi", "svg.fonttype": "none"}),
        warnings.catch_warnings(),
    ):
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # the reader's own fonts draw the text
        drawing.savefig(buffer, format="svg", metadata={"Date": None}, transparent=True)
    text = buffer.getvalue()
    text = _NOT_NEEDED.sub("", text[text.index("<svg") :])
    return _OUTLINE.sub(lambda found: _MORE_DIGITS.sub(r"\1", found[0]), text).strip()


def hatched(axes: Axes, height: float, lower: float, upper: float, *, size: float = 0.36) -> None:
    """Hatch an interval of what is only assumed, around its line."""
    axes.barh(
        height, upper - lower, left=lower, height=size, facecolor="none", edgecolor=WARNING, hatch=HATCH, linewidth=0
    )
