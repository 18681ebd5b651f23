"""bayes_roi: what each marketing channel caused, what that is worth, and how sure we are.

One declared causal graph is the model; money is part of it; every number is a set of posterior draws that knows its
question, its unit and what kind of evidence stands behind it. Names are imported when they are first used.

Examples
--------
>>> import bayes_roi as br
>>> model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
>>> model.outcome
'revenue'
"""

from __future__ import annotations

import importlib
import sys
import types
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bayes_roi.decisions.best_plans import BestPlans as BestPlans
    from bayes_roi.decisions.best_plans import best_plans as best_plans
    from bayes_roi.decisions.budget_curve import BudgetCurve as BudgetCurve
    from bayes_roi.decisions.budget_curve import budget_curve as budget_curve
    from bayes_roi.decisions.compare import compare as compare
    from bayes_roi.decisions.comparison import Comparison as Comparison
    from bayes_roi.decisions.decision import decision as decision
    from bayes_roi.decisions.experiment import Experiment as Experiment
    from bayes_roi.decisions.information import ValueOfInformation as ValueOfInformation
    from bayes_roi.decisions.information import value_of_information as value_of_information
    from bayes_roi.decisions.kkt import Kkt as Kkt
    from bayes_roi.decisions.optimise import optimise as optimise
    from bayes_roi.decisions.options import Decision as Decision
    from bayes_roi.decisions.outlook import Outlook as Outlook
    from bayes_roi.decisions.outlook import outlook as outlook
    from bayes_roi.decisions.plan import Plan as Plan
    from bayes_roi.decisions.plan_file import read_plan as read_plan
    from bayes_roi.decisions.plan_file import write_plan as write_plan
    from bayes_roi.decisions.planning import scenario as scenario
    from bayes_roi.decisions.policy import PolicyRun as PolicyRun
    from bayes_roi.decisions.policy import simulate_policy as simulate_policy
    from bayes_roi.decisions.scenario import Scenario as Scenario
    from bayes_roi.draws import Draws as Draws
    from bayes_roi.draws import Evidence as Evidence
    from bayes_roi.errors import BayesRoiError as BayesRoiError
    from bayes_roi.errors import DataError as DataError
    from bayes_roi.errors import FitError as FitError
    from bayes_roi.errors import ModelError as ModelError
    from bayes_roi.errors import QueryError as QueryError
    from bayes_roi.errors import RunError as RunError
    from bayes_roi.inference.diagnosis import Diagnosis as Diagnosis
    from bayes_roi.inference.fit import Fit as Fit
    from bayes_roi.inference.fit import fit as fit
    from bayes_roi.inference.predictive import posterior_predictive as posterior_predictive
    from bayes_roi.model.build import to_pymc as to_pymc
    from bayes_roi.model.intervention import Intervention as Intervention
    from bayes_roi.model.intervention import scale_by as scale_by
    from bayes_roi.model.intervention import set_to as set_to
    from bayes_roi.model.intervention import shift_by as shift_by
    from bayes_roi.model.intervention import turn_off as turn_off
    from bayes_roi.model.model import Model as Model
    from bayes_roi.model.model_file import model_text as model_text
    from bayes_roi.model.model_file import parse_model as parse_model
    from bayes_roi.model.model_file import read_model as read_model
    from bayes_roi.model.model_file import write_model as write_model
    from bayes_roi.model.prior_table import priors as priors
    from bayes_roi.model.read_data import read_data as read_data
    from bayes_roi.model.simulate import Truth as Truth
    from bayes_roi.model.simulate import simulate as simulate
    from bayes_roi.panel import Clean as Clean
    from bayes_roi.panel import Panel as Panel
    from bayes_roi.queries.change import explain_change as explain_change
    from bayes_roi.queries.do import do as do
    from bayes_roi.queries.effects import ate as ate
    from bayes_roi.queries.effects import counterfactual as counterfactual
    from bayes_roi.queries.explained import Change as Change
    from bayes_roi.queries.identification import Identification as Identification
    from bayes_roi.queries.identify import identify as identify
    from bayes_roi.queries.influence import influence as influence
    from bayes_roi.queries.period import ExplainedPeriod as ExplainedPeriod
    from bayes_roi.queries.period import explain_period as explain_period
    from bayes_roi.queries.strength import arrow_strength as arrow_strength
    from bayes_roi.report.html import report as report
    from bayes_roi.run.folder import read_run as read_run
    from bayes_roi.run.folder import write_run as write_run
    from bayes_roi.shipped import shipped as shipped
    from bayes_roi.value.attribution import attribution as attribution
    from bayes_roi.value.attribution import removal_effect as removal_effect
    from bayes_roi.value.credit import allocation as allocation
    from bayes_roi.value.credit import last_click as last_click
    from bayes_roi.value.curves import contribution_over_time as contribution_over_time
    from bayes_roi.value.curves import response_curve as response_curve
    from bayes_roi.value.effect_paths import EffectPaths as EffectPaths
    from bayes_roi.value.media_share import media_share as media_share
    from bayes_roi.value.money import contribution as contribution
    from bayes_roi.value.money import cost_per as cost_per
    from bayes_roi.value.money import marginal_roas as marginal_roas
    from bayes_roi.value.money import roas as roas
    from bayes_roi.value.money import roi as roi
    from bayes_roi.value.more_data import MoreData as MoreData
    from bayes_roi.value.more_data import more_data as more_data
    from bayes_roi.value.paths import effect_paths as effect_paths
    from bayes_roi.value.prior_check import prior_check as prior_check
    from bayes_roi.value.uncertainty import Uncertainty as Uncertainty
    from bayes_roi.value.uncertainty import uncertainty as uncertainty
    from bayes_roi.value.value_table import ValueTable as ValueTable
    from bayes_roi.value.value_table import value_table as value_table

__version__ = "0.1.0"

_HOMES = {
    "bayes_roi.decisions.best_plans": ("BestPlans", "best_plans"),
    "bayes_roi.decisions.budget_curve": ("BudgetCurve", "budget_curve"),
    "bayes_roi.decisions.compare": ("compare",),
    "bayes_roi.decisions.comparison": ("Comparison",),
    "bayes_roi.decisions.experiment": ("Experiment",),
    "bayes_roi.decisions.information": ("ValueOfInformation", "value_of_information"),
    "bayes_roi.decisions.kkt": ("Kkt",),
    "bayes_roi.decisions.optimise": ("optimise",),
    "bayes_roi.decisions.decision": ("decision",),
    "bayes_roi.decisions.options": ("Decision",),
    "bayes_roi.decisions.outlook": ("Outlook", "outlook"),
    "bayes_roi.decisions.plan": ("Plan",),
    "bayes_roi.decisions.plan_file": ("read_plan", "write_plan"),
    "bayes_roi.decisions.planning": ("scenario",),
    "bayes_roi.decisions.policy": ("PolicyRun", "simulate_policy"),
    "bayes_roi.decisions.scenario": ("Scenario",),
    "bayes_roi.draws": ("Draws", "Evidence"),
    "bayes_roi.errors": ("BayesRoiError", "DataError", "FitError", "ModelError", "QueryError", "RunError"),
    "bayes_roi.inference.diagnosis": ("Diagnosis",),
    "bayes_roi.inference.fit": ("Fit", "fit"),
    "bayes_roi.inference.predictive": ("posterior_predictive",),
    "bayes_roi.model.build": ("to_pymc",),
    "bayes_roi.model.intervention": ("Intervention", "scale_by", "set_to", "shift_by", "turn_off"),
    "bayes_roi.model.model": ("Model",),
    "bayes_roi.model.model_file": ("model_text", "parse_model", "read_model", "write_model"),
    "bayes_roi.model.prior_table": ("priors",),
    "bayes_roi.model.read_data": ("read_data",),
    "bayes_roi.model.simulate": ("Truth", "simulate"),
    "bayes_roi.panel": ("Clean", "Panel"),
    "bayes_roi.queries.change": ("explain_change",),
    "bayes_roi.queries.do": ("do",),
    "bayes_roi.queries.effects": ("ate", "counterfactual"),
    "bayes_roi.queries.explained": ("Change",),
    "bayes_roi.queries.identification": ("Identification",),
    "bayes_roi.queries.identify": ("identify",),
    "bayes_roi.queries.influence": ("influence",),
    "bayes_roi.queries.period": ("ExplainedPeriod", "explain_period"),
    "bayes_roi.queries.strength": ("arrow_strength",),
    "bayes_roi.report.html": ("report",),
    "bayes_roi.run.folder": ("read_run", "write_run"),
    "bayes_roi.shipped": ("shipped",),
    "bayes_roi.value.attribution": ("attribution", "removal_effect"),
    "bayes_roi.value.credit": ("allocation", "last_click"),
    "bayes_roi.value.curves": ("contribution_over_time", "response_curve"),
    "bayes_roi.value.effect_paths": ("EffectPaths",),
    "bayes_roi.value.media_share": ("media_share",),
    "bayes_roi.value.money": ("contribution", "cost_per", "marginal_roas", "roas", "roi"),
    "bayes_roi.value.more_data": ("MoreData", "more_data"),
    "bayes_roi.value.paths": ("effect_paths",),
    "bayes_roi.value.prior_check": ("prior_check",),
    "bayes_roi.value.uncertainty": ("Uncertainty", "uncertainty"),
    "bayes_roi.value.value_table": ("ValueTable", "value_table"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'bayes_roi' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


class _Package(types.ModuleType):
    """Keeps the import of a submodule (report, shipped) from hiding the function of the same name."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOME and isinstance(value, types.ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
