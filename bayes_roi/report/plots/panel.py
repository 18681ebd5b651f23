"""The columns of a table through time."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from bayes_roi.errors import QueryError
from bayes_roi.panel import Panel
from bayes_roi.report.plots.style import INK, scaled, settled, short, small_multiples, styled, time_axis

MOST_COLUMNS = 24


@styled
def plot_panel(panel: Panel) -> Figure:
    """Return each column of a table through time, units added up.

    Parameters
    ----------
    panel
        What `read_data` returned.

    Raises
    ------
    QueryError
        When the rows have no periods.
    """
    if panel.periods is None:
        raise QueryError("the rows of this table have no periods; panel.to_frame().hist() draws its columns")
    names = [n for n in panel.columns if n not in panel.levels][:MOST_COLUMNS]
    labels, at = np.unique(panel.periods, return_inverse=True)
    drawing, every = small_multiples(len(names), 2, height=1.5, top=0.3, bottom=0.3)
    for axes, name in zip(every, names, strict=True):
        summed = np.bincount(at, np.nan_to_num(panel.columns[name]), len(labels))
        axes.plot(time_axis(axes, labels), summed, color=INK, linewidth=1)
        axes.set_xticks(axes.get_xticks()[::2], [t.get_text() for t in axes.get_xticklabels()][::2])
        scaled(axes.yaxis, summed, "", ticks=3)
        axes.margins(x=0)
        axes.set_title(short(name, 30), loc="left")
        settled(axes)
    return drawing
