"""One self-contained HTML file about a fit, in the order in which a reader of money asks."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure

from bayes_roi.atomic import said, write_whole
from bayes_roi.draws import DEFAULT_PROB
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit
from bayes_roi.inference.predictive import drawn_between
from bayes_roi.model.language.model import Model
from bayes_roi.model.rows.by_row import calendar
from bayes_roi.queries.identification.identify import identify
from bayes_roi.report import assumptions, tables, words
from bayes_roi.report.against_data import against_data
from bayes_roi.report.by_period import period_table
from bayes_roi.report.findings import Compared, Findings
from bayes_roi.report.front import front
from bayes_roi.report.hidden import hidden
from bayes_roi.report.identified import identified
from bayes_roi.report.lift_tests import lift_tests
from bayes_roi.report.plots import (
    plot_channel_table,
    plot_contribution,
    plot_curves,
    plot_forest,
    plot_graph,
    plot_over_credit,
    plot_predictive,
    plot_prior_posterior,
    plot_units,
    svg,
)
from bayes_roi.report.rounding import interval_name, number, share
from bayes_roi.value.answers import MoneyAnswers
from bayes_roi.value.attribution.channel_table import ChannelTable
from bayes_roi.value.attribution.over_credit import OverCredit
from bayes_roi.value.money.money import Money
from bayes_roi.value.uncertainty.as_wide import sentence

MOST_PANELS = 48
"""Panels of prior against posterior; the table of priors has the rest."""


def report(
    fit: Fit,
    path: str | os.PathLike[str],
    *,
    prob: float = DEFAULT_PROB,
    manifest: Mapping[str, object] | None = None,
    money: Money | None = None,
    table: ChannelTable | None = None,
) -> Path:
    """Write the report of a fit as one HTML file that needs nothing else, and return its path.

    The answer first, then what it rests on: graph, data, money, curves, prior against posterior, predictive checks,
    diagnostics and assumptions. The same fit gives the same bytes. The file is complete or not there.

    Parameters
    ----------
    fit
        A fit.
    path
        Where to write; a file that is there is replaced.
    prob
        Posterior probability inside every credible interval, in (0, 1).
    manifest
        Versions, seed, engines and hashes of the run, shown at the end.
    money, table
        The money quantities of the fit and credit beside cause, where they have been computed already.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    QueryError
        When `prob` is not in (0, 1) or the file cannot be written.
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise QueryError(f"cannot write {target}: there is no folder {target.parent}; make it first")
    page = report_text(MoneyAnswers(money or Money(fit)), prob=prob, manifest=manifest, table=table)
    try:
        return write_whole(target, page)
    except OSError as error:
        raise QueryError(f"cannot write {target}: {said(error)}") from error


def report_text(
    answers: MoneyAnswers,
    *,
    prob: float = DEFAULT_PROB,
    manifest: Mapping[str, object] | None = None,
    table: ChannelTable | None = None,
) -> str:
    """Return the report as the text of an HTML file; arguments and errors are those of `report`."""
    return page_of(Findings(answers.fit, prob, answers, table), manifest)


def page_of(findings: Findings, manifest: Mapping[str, object] | None = None) -> str:
    """Return the page. The template escapes all text; only our own SVG enters as it is."""
    rooms = Environment(
        loader=PackageLoader("bayes_roi.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    rooms.globals.update(share=share, number=number)
    return rooms.get_template("template.html.j2").render(
        model=findings.model,
        fit=findings.fit,
        interval=interval_name(findings.prob),
        front=front(findings) if findings.channels else None,
        answer=_answer(findings),
        graph=_drawn(plot_graph(findings.model, open_path := _open_path(findings.model))),
        open_path=" ".join(open_path),
        data=_data(findings),
        money=_money(findings),
        channels=_credit_and_cause(findings),
        learned=_learned(findings),
        checks=_checks(findings),
        lift_tests=lift_tests(findings.fit),
        against_data=against_data(findings.fit),
        hidden=hidden(findings),
        diagnostics={"blocks": tables.block_table(findings.fit), "residuals": tables.residual_table(findings.fit)},
        assumed=_assumed(findings),
        manifest=[(str(k), _said(v)) for k, v in (manifest or {}).items()],
    )


def _drawn(figure: Figure) -> Markup:
    return Markup(svg(figure))  # matplotlib has escaped every text in it


def _answer(findings: Findings) -> dict[str, object]:
    return {
        "question": words.question(findings.model),
        "verdict": words.verdict(findings),
        "as_wide": f"{words.capitalised(sentence(wider))}." if (wider := findings.answers.widths) else "",
        "channels": [(c, words.answer(c, findings), words.amounts(c, findings)) for c in findings.estimands],
        "meanings": words.meanings(findings),
        "not_identified": words.not_identified(findings),
        "horizon": assumptions.horizon(findings),
        "two": bool(findings.in_total),
    }


def _data(findings: Findings) -> dict[str, object]:
    rows = findings.fit.design
    return {
        "rows": number(rows.length),
        "carry_in": findings.fit.data.rows - rows.length,
        "window": None if rows.periods is None else tuple(str(p) for p in calendar(rows)[0][[0, -1]]),
        "missing": [(n, number(len(at))) for n, at in rows.missing.items()],
        "spend": tables.spend_table(findings) if findings.channels else None,
        "audit": tables.audit_table(findings.fit),
    }


def _money(findings: Findings) -> dict[str, object] | None:
    if not findings.channels:
        return None
    prob = findings.prob
    by_unit = findings.model.panel is not None
    return {
        "table": tables.money_table(findings),
        "share": words.media_share(findings),
        "forest": _drawn(plot_forest(findings.roi_by_estimand, prob=prob)),
        "contribution": _drawn(plot_contribution(findings.few, findings.contributions, prob=prob)),
        "curves": _drawn(plot_curves(findings.few, findings.curves, prob=prob)),
        "by_period": period_table(findings),
        "units": tables.unit_table(findings) if by_unit else None,
        "units_drawn": _drawn(plot_units(findings.answers.by_unit.roi, prob=prob)) if by_unit else None,
    }


def _credit_and_cause(findings: Findings) -> dict[str, object] | None:
    table = findings.channel_table
    if table is None:
        return None
    return {
        "table": tables.channel_rows(table),
        "drawn": _drawn(plot_channel_table(table)),
        "sentences": words.credit_and_cause(table),
        "journeys": None if table.journeys is None else _journeys(table.journeys),
    }


def _journeys(found: OverCredit) -> dict[str, object]:
    return {
        "table": tables.over_credit_rows(found),
        "drawn": _drawn(plot_over_credit(found)),
        "window": found.window,
    }


def _learned(findings: Findings) -> dict[str, object]:
    def panels(named: Mapping[str, Compared]) -> Markup | None:
        if not named:
            return None
        shown = dict(list(named.items())[:MOST_PANELS])
        prior, posterior = ({name: getattr(p, side) for name, p in shown.items()} for side in ("prior", "posterior"))
        return _drawn(plot_prior_posterior(prior, posterior, prob=findings.prob))

    return {
        "roas": panels({p.name: p for p in findings.roas_compared}),
        "parameters": panels({_two_lines(p.name): p for p in findings.parameters_compared}),
        "left_out": max(len(findings.parameters_compared) - MOST_PANELS, 0),
        "sentence": words.carried_by_prior(findings),
    }


def _two_lines(parameter: str) -> str:
    """Return a parameter's name with its role on a line of its own."""
    head, _, role = parameter.rpartition(".")
    return f"{head}\n{role}"


def _checks(findings: Findings) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for node, draws in findings.predictive.items():
        drawn = _drawn(plot_predictive(findings.fit, node, draws, prob=findings.prob))
        parents, spend = findings.predictive_checks[node]
        sentence = words.predictive(parents, spend, drawn_between(findings.model, node))
        found.append({"node": node, "figure": drawn, "sentence": sentence})
    return found


def _open_path(model: Model) -> tuple[str, ...]:
    """Return the path that leaves the money of the channels unidentified; empty where none does."""
    spends = [n for n in model.nodes if n in model.spends]
    return identify(model, spends).open_path if spends else ()


def _assumed(findings: Findings) -> dict[str, object]:
    return {
        "causal": assumptions.causal(findings.model),
        "statistical": assumptions.statistical(findings.fit),
        "adjusted": assumptions.adjusted(findings.model) if findings.channels else "",
        "identified": identified(findings.model),
        "estimands": assumptions.estimands(findings),
        "priors": tables.prior_table(findings.fit),
    }


def _said(value: object) -> str:
    """Return a value of the manifest as text."""
    if isinstance(value, str):
        return value
    return json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True, default=str)
