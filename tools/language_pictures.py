"""The pictures of the page of the model language: each a small SVG in the look of the report."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from language_examples import MEAN, Example, can_be_spend, example
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bayes_roi.mechanisms import Common, Fixed, Node, OfPeriod, Term, Varying
from bayes_roi.mechanisms.adstock import KINDS, Adstock
from bayes_roi.mechanisms.adstock.base import AdstockKind
from bayes_roi.mechanisms.factor import Factor
from bayes_roi.mechanisms.families import Family
from bayes_roi.mechanisms.node import Interact, Lag
from bayes_roi.mechanisms.noise import coloured
from bayes_roi.mechanisms.pooling import Pooled
from bayes_roi.mechanisms.prior import HalfNormal, Prior
from bayes_roi.mechanisms.saturation.base import Saturation
from bayes_roi.model.rows.view import View
from bayes_roi.report.plots.style import ACCENT, CHANNELS, INK, MUTED, PALE, figure, styled, svg

WIDTH, HEIGHT = 6.0, 2.2
"""Inches: a page shows them some 600 pixels wide."""
LEFT, RIGHT, TOP, BOTTOM, BETWEEN, LEGEND = 0.5, 0.1, 0.28, 0.42, 0.55, 1.25
LOW, MIDDLE, HIGH = 0.1, 0.5, 0.9
"""Quantiles of a prior at which a parameter is shown."""
POINTS = 201
"""Of a curve; from 128 on matplotlib leaves out those that cannot be seen."""
LAGS = 12
TRIALS = 20.0
NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
DECIMALS = re.compile(r"(\d\.\d\d)\d+")
FONTS, UPRIGHT = re.compile(r"font-family: [^\";]*"), re.compile(r' transform="rotate\(-0 [^)]*\)"')
PAPER = '<rect width="100%" height="100%" fill="#ffffff"/>'

Draw = Callable[[Axes], None]


def svg_file(drawing: Figure) -> str:
    """Return a figure as a file of its own: with its namespaces, and on paper, for pages that are dark."""
    small = re.sub(r"\n\s+", "\n", UPRIGHT.sub("", FONTS.sub("font-family: sans-serif", svg(drawing))))
    small = DECIMALS.sub(r"\1", small)
    head, _, rest = small.partition(">")
    return f"{head.replace('<svg ', f'<svg {NAMESPACES}', 1)}>\n{PAPER}{rest}\n"


@styled
def side_by_side(*draws: Draw) -> Figure:
    """Return a figure with one pair of axes for each function that draws."""
    drawing, count = figure(HEIGHT, WIDTH), len(draws)
    width = (WIDTH - LEFT - RIGHT - BETWEEN * (count - 1)) / count
    for i, draw in enumerate(draws):
        left = LEFT + i * (width + BETWEEN)
        axes = drawing.add_axes(
            (left / WIDTH, BOTTOM / HEIGHT, width / WIDTH, (HEIGHT - TOP - BOTTOM) / HEIGHT),
        )
        axes.locator_params(nbins=5)
        draw(axes)
        if not axes.get_legend_handles_labels()[0]:
            continue
        look: dict[str, Any] = {"fontsize": 8, "handlelength": 1.2, "labelcolor": INK, "borderaxespad": 0.2}
        if count == 1:
            box = axes.get_position()
            axes.set_position((box.x0, box.y0, box.width - LEGEND / WIDTH, box.height))
            look |= {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0)}
        axes.legend(**look)
    return drawing


def labels(axes: Axes, *, x: str, title: str) -> None:
    axes.set_xlabel(x, labelpad=2)
    axes.set_title(title)


# ------------------------------------------------------------------------------------------------------------- terms


def term_picture(form: str, kind: type[Term]) -> Figure:
    """Return the picture of a term; one that is not known here is drawn over time or against its parent."""
    if issubclass(kind, Saturation):
        return _saturation(form, kind)
    if kind is Adstock:
        return side_by_side(_burst)
    special: dict[type[Term], Callable[[str], Figure]] = {
        Node: _lines_by_parent,
        Fixed: _fixed,
        Interact: _interact,
        Factor: _factor,
        Lag: _lag,
        Common: _common,
        Varying: _varying,
        OfPeriod: _of_period,
    }
    if kind in special:
        return special[kind](form)
    shown = example(form, wave=True)
    return _over_time(shown, kind) if _term(shown, kind).needs_time else _lines_by_parent(form)


def _term(shown: Example, kind: type[Term]) -> Term:
    return shown.of(kind)[0].term


def _middles(priors: Mapping[str, Prior]) -> dict[str, float]:
    return {role: float(prior.ppf(np.array(MIDDLE))) for role, prior in priors.items()}


def _shape(values: Mapping[str, float]) -> dict[str, np.ndarray]:
    return {role: np.array([value]) for role, value in values.items()}


def _curve(shown: Example, term: Term, values: Mapping[str, np.ndarray], shape: Mapping[str, float]) -> np.ndarray:
    return np.asarray(term.curve(np, View(np, shown.design, {**shown.design.rows, **values}), _shape(shape)))


def _digits(value: float) -> str:
    return f"{value:.2g}" if value < 100 else f"{value:.0f}"


def _saturation(form: str, kind: type[Term]) -> Figure:
    shown, u = example(form), np.linspace(0, 3 * MEAN, POINTS)
    (found,) = shown.of(kind)

    def panel(role: str) -> Draw:
        def draw(axes: Axes) -> None:
            for q, colour in zip((LOW, MIDDLE, HIGH), CHANNELS, strict=False):
                value = float(found.shape[role].ppf(np.array(q)))
                y = _curve(shown, found.term, {"x": u}, {**_middles(found.shape), role: value})
                axes.plot(u, y, color=colour, label=f"{role} {_digits(value)}")
            axes.set_ylim(bottom=0)
            labels(axes, x=f"u, whose mean is {MEAN:g}", title=f"the curve, by {role}")

        return draw

    return side_by_side(*map(panel, found.shape))


def _lines_by_parent(form: str) -> Figure:
    x = np.linspace(0, 2 * MEAN, POINTS)

    def panel(spend: bool) -> Draw:
        def draw(axes: Axes) -> None:
            shown = example(form, spend=spend)
            found = shown.of(_kind_of(shown))[0]
            curve = np.atleast_2d(
                _curve(shown, found.term, dict.fromkeys(found.term.parents, x), _middles(found.shape))
            )
            if len(curve) > 1:
                for i, row in enumerate(curve):
                    axes.plot(x, row, color=CHANNELS[i % len(CHANNELS)])
            else:
                for effect, colour in zip((0.5, 1.0, 2.0), CHANNELS, strict=False):
                    axes.plot(x, effect * curve[0], color=colour, label=f"effect {effect:g}")
            labels(axes, x=f"x, whose mean is {MEAN:g}", title="x a spend" if spend else "x any other node")

        return draw

    return side_by_side(*(panel(spend) for spend in (True, False) if not spend or can_be_spend(form)))


def _kind_of(shown: Example) -> type[Term]:
    return type(shown.model.terms("y")[0])


def _fixed(form: str) -> Figure:
    x = np.linspace(0, 2 * MEAN, POINTS)

    def panel(spend: bool) -> Draw:
        def draw(axes: Axes) -> None:
            shown = example(form, spend=spend)
            term = _term(shown, Fixed)
            assert isinstance(term, Fixed)
            for c, colour in zip((-0.5, 1, 2), CHANNELS, strict=False):
                y = c * _curve(shown, replace(term, factor=c), {"x": x}, {})
                axes.plot(x, y, color=colour, label=f"{c:g}*x")
            labels(axes, x=f"x, whose mean is {MEAN:g}", title="x a spend" if spend else "x any other node")

        return draw

    return side_by_side(panel(True), panel(False))


def _interact(form: str) -> Figure:
    shown = example(form)
    term, a = _term(shown, Interact), np.linspace(0.5 * MEAN, 1.5 * MEAN, POINTS)

    def draw(axes: Axes) -> None:
        for b, colour in zip((80.0, 100.0, 120.0), CHANNELS, strict=False):
            y = _curve(shown, term, {"a": a, "b": np.full_like(a, b)}, {})
            axes.plot(a, 0.1 * y, color=colour, label=f"b {b:g}")
        labels(axes, x="a; both means are 100", title="what it adds, with effect 0.1")

    return side_by_side(draw)


def _factor(form: str) -> Figure:
    shown = example(form)
    term = _term(shown, Factor)
    levels = shown.design.levels[term.parents[0]]
    effects = np.array([150.0, -80.0, 60.0, 20.0])[: len(levels) - 1]

    def draw(axes: Axes) -> None:
        codes = np.arange(float(len(levels)))
        y = effects @ _curve(shown, term, {term.parents[0]: codes}, {})
        axes.axhline(0, color=PALE, linewidth=0.8)
        axes.vlines(codes, 0, y, color=ACCENT, linewidth=3)
        axes.plot(codes, y, "o", color=ACCENT)
        axes.set_xticks(codes, levels)
        axes.set_xlim(-0.5, len(levels) - 0.5)
        labels(axes, x="category; the first is the intercept's", title="what it adds, with effects 150 and -80")

    return side_by_side(draw)


def _lag(form: str) -> Figure:
    shown = example(form, wave=True)
    term = _term(shown, Lag)

    def draw(axes: Axes) -> None:
        x = shown.design.rows[term.parents[0]]
        burst = np.where((np.arange(len(x)) % 20 >= 5) & (np.arange(len(x)) % 20 < 9), 150.0, 50.0)
        shift = 4
        was = np.concatenate([np.full(shift, 50.0), burst[:-shift]])
        axes.step(np.arange(40), burst[:40], color=MUTED, where="mid", label="x")
        axes.step(np.arange(40), was[:40], color=ACCENT, where="mid", label=f"lag(x, {shift})")
        axes.set_ylim(0, 220)
        labels(axes, x="period", title="a node and its lag")

    return side_by_side(draw)


def _burst(axes: Axes) -> None:
    spend, periods = np.zeros(30), np.arange(30)
    spend[[3, 4, 5]] = 100.0
    spend[17] = 100.0
    axes.bar(periods, spend, color=PALE, label="x")
    for (name, kind), colour in zip(KINDS.items(), CHANNELS, strict=False):
        weights = kind.weights(np, LAGS, _shape(_middles(kind.priors(LAGS))))
        axes.plot(periods, np.convolve(spend, weights)[: len(spend)], color=colour, label=name)
    labels(axes, x="period", title="adstock of two bursts of spend, by kind")


def _over_time(shown: Example, kind: type[Term]) -> Figure:
    found = shown.of(kind)[0]
    curve = np.atleast_2d(_curve(shown, found.term, {}, _middles(found.shape)))
    rows = len(curve)
    sets = [np.array([e]) for e in (-1.0, 0.5, 1.0)]
    if rows > 1:
        draws = np.random.default_rng(3).standard_normal((3, rows))
        sets = list(draws / (1 + np.arange(rows) % max(rows // 2, 1)))

    def draw(axes: Axes) -> None:
        axes.axhline(0, color=PALE, linewidth=0.8)
        for effects, colour in zip(sets, CHANNELS, strict=False):
            told = f"effect {effects[0]:g}" if rows == 1 else None
            axes.plot(effects @ curve, color=colour, label=told)
        labels(
            axes, x="period", title="what it adds" if rows == 1 else f"what it adds, for three draws of {rows} effects"
        )

    return side_by_side(draw)


def _common(form: str) -> Figure:
    rng = np.random.default_rng(5)
    u, own = rng.standard_normal(60), rng.standard_normal((2, 60))

    def panel(loading: float) -> Draw:
        def draw(axes: Axes) -> None:
            a, b = 0.8 * u + 0.6 * own[0], loading * u + 0.6 * own[1]
            axes.plot(a, b, ".", color=ACCENT, markersize=3.5)
            labels(axes, x="noise of a", title=f"noise of b; effects 0.8 and {loading:g}")

        return draw

    return side_by_side(panel(0.8), panel(-0.8))


def _varying(form: str) -> Figure:
    x, units = np.linspace(0, 2 * MEAN, POINTS), (np.arange(8) + 0.5) / 8

    def panel(spread: float) -> Draw:
        def draw(axes: Axes) -> None:
            law = Pooled("y.x.effect", HalfNormal(1.0), "positive")
            for effect in law.of_units(units, np.array(1.0), np.array(spread)):
                axes.plot(x, effect * x, color=CHANNELS[4], linewidth=0.9)
            axes.plot(x, x, color=INK, linewidth=1.8, label="effect")
            axes.plot([], [], color=CHANNELS[4], label="by unit")
            axes.set_ylim(0, 3.6 * MEAN)
            labels(axes, x="x, a spend", title=f"effect 1, spread {spread:g}")

        return draw

    return side_by_side(panel(0.1), panel(0.4))


def _of_period(form: str) -> Figure:
    rng = np.random.default_rng(5)
    shared, own = rng.standard_normal(40), rng.standard_normal((3, 40))

    def panel(spread: float) -> Draw:
        def draw(axes: Axes) -> None:
            for unit in own:
                axes.plot(spread * shared + 0.5 * unit, color=CHANNELS[4], linewidth=0.9)
            axes.plot(spread * shared, color=INK, linewidth=1.8, label="by period")
            axes.plot([], [], color=CHANNELS[4], label="units, noise 0.5")
            axes.set_ylim(-4, 4)
            labels(axes, x="week", title=f"spread {spread:g}")

        return draw

    return side_by_side(panel(0.3), panel(1.2))


# ----------------------------------------------------------------------------------------- kinds, families and noise


def kind_picture(kind: type[AdstockKind]) -> Figure:
    """Return the weights by lag of a kind of adstock, a panel for each of its parameters."""
    priors, lags = kind.priors(LAGS), np.arange(LAGS + 1)

    def panel(role: str) -> Draw:
        def draw(axes: Axes) -> None:
            for q, colour in zip((LOW, MIDDLE, HIGH), CHANNELS, strict=False):
                value = float(priors[role].ppf(np.array(q)))
                weights = kind.weights(np, LAGS, _shape({**_middles(priors), role: value}))
                axes.plot(lags, weights, "o-", color=colour, markersize=3, linewidth=1, label=f"{role} {value:.2g}")
            axes.set_ylim(bottom=0)
            labels(axes, x="lag in periods", title=f"weights, by {role}")

        return draw

    return side_by_side(*map(panel, priors))


def predictors(family: type[Family]) -> tuple[float, float, float]:
    """Return the three values of middling noise at which a family is drawn: shares, counts or numbers."""
    if family.most == 1.0 or family.takes_trials:
        return (0.2, 0.5, 0.8)
    return (-3.0, 0.0, 3.0) if family.link_name == "identity" else (2.0, 5.0, 10.0)


def family_picture(family: type[Family]) -> Figure:
    """Return density or masses of a family at three linear predictors, its parameters at the middle of their priors."""
    parameters = {**_middles(family.priors(1.0)), **({"trials": TRIALS} if family.takes_trials else {})}
    shape = _shape(parameters)

    def law(m: float) -> np.ndarray:
        return np.array([family.inverse_mean(m)])

    def draw(axes: Axes) -> None:
        middles = predictors(family)
        ends = [float(family.quantile(np.array([q]), law(m), shape)[0]) for m in middles for q in (0.002, 0.998)]
        low, high = min(ends), max(ends)
        for i, (m, colour) in enumerate(zip(middles, CHANNELS, strict=False)):
            label = f"η {law(m)[0] + 0.0:.2f}"
            if family.discrete:
                y = np.arange(low, high + 1)
                mass = np.diff(family.cdf(np.concatenate([[low - 1], y]), law(m), shape))
                axes.vlines(y + min(0.18, 0.01 * len(y)) * (i - 1), 0, mass, color=colour, linewidth=2.2, label=label)
                axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
                continue
            edges = np.linspace(low, high, 241)
            if family.atoms:
                edges = edges[edges > 0]
                none = float(family.cdf(np.zeros(1), law(m), shape)[0])
            density = np.diff(family.cdf(edges, law(m), shape)) / np.diff(edges)
            axes.plot(0.5 * (edges[1:] + edges[:-1]), density, color=colour, label=label)
        if family.atoms and not family.discrete:
            axes.vlines(0, 0, none, color=INK, linewidth=2.2, label="P(0)")
        axes.set_ylim(bottom=0)
        told = ", ".join(f"{role} {value:.2g}" for role, value in parameters.items())
        labels(axes, x="y", title=("probability" if family.discrete else "density") + (f"; {told}" if told else ""))

    return side_by_side(draw)


def noise_picture() -> Figure:
    """Return independent noise beside that of ar(1), made of the same numbers."""
    z = np.random.default_rng(2).standard_normal(80)
    starts = np.arange(80) == 0

    def panel(title: str, rho: float) -> Draw:
        def draw(axes: Axes) -> None:
            axes.axhline(0, color=PALE, linewidth=0.8)
            axes.plot(coloured(z, np.array([rho]), starts), color=ACCENT, linewidth=1)
            axes.set_ylim(-5.2, 5.2)
            labels(axes, x="period", title=title)

        return draw

    return side_by_side(panel("independent", 0.0), panel("ar(1), autocorrelation 0.8", 0.8))
