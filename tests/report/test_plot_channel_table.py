"""What the picture of credit beside cause shows is the channel table."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import bayes_roi as br
from bayes_roi.draws import Evidence
from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled
from bayes_roi.report.plots import plot_channel_table


def test_dots_are_means_and_lines_intervals_one_colour_a_question(acquisition: Fit) -> None:
    table = br.channel_table(acquisition, prob=0.8)
    (axes,) = plot_channel_table(table).axes
    drawn = {(line.get_color(), round(float(line.get_xdata()[0]), 9)) for line in axes.lines if len(line.get_xdata())}
    ends = {tuple(np.round(c.get_segments()[0][:, 0], 9)) for c in axes.collections}
    legend = axes.get_legend()
    assert legend is not None
    colours = {t.get_text(): h.get_color() for t, h in zip(legend.get_texts(), legend.legend_handles, strict=True)}
    for column in (c for c in table.columns if c.name != "roi"):
        mean, (low, high) = column.draws.centre(), column.draws.arrays.interval(0.8)
        for channel in ("tv", "social"):
            at = [float(x.sel(row=channel).array) for x in (mean, low, high)]
            if np.isfinite(at[0]):
                assert (colours[column.title], round(at[0], 9)) in drawn
                if column.name != "last_click":
                    assert tuple(np.round(at[1:], 9)) in ends


def test_what_is_assumed_is_hollow_in_its_question_s_colour(acquisition: Fit) -> None:
    table = br.channel_table(acquisition)
    assumed = Labelled(np.array(int(Evidence.ASSUMED)))
    (column,) = (c for c in table.columns if c.name == "attribution")
    unsure = replace(column, draws=column.draws._with(evidence=assumed))
    (axes,) = plot_channel_table(replace(table, columns=(unsure,))).axes
    dots = [line for line in axes.lines if line.get_marker() == "o" and len(line.get_xdata())]
    assert {dot.get_markerfacecolor() for dot in dots} == {"white"}
    assert len({dot.get_color() for dot in dots}) == 1
