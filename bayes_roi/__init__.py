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
    from bayes_roi.decisions.horizon.outlook import Outlook as Outlook
    from bayes_roi.decisions.horizon.outlook import outlook as outlook
    from bayes_roi.decisions.information.choices import decision as decision
    from bayes_roi.decisions.information.decision import Decision as Decision
    from bayes_roi.decisions.information.experiment import Experiment as Experiment
    from bayes_roi.decisions.information.information import ValueOfInformation as ValueOfInformation
    from bayes_roi.decisions.information.information import value_of_information as value_of_information
    from bayes_roi.decisions.optimise.best_plans import BestPlans as BestPlans
    from bayes_roi.decisions.optimise.best_plans import best_plans as best_plans
    from bayes_roi.decisions.optimise.budget_curve import BudgetCurve as BudgetCurve
    from bayes_roi.decisions.optimise.budget_curve import budget_curve as budget_curve
    from bayes_roi.decisions.optimise.kkt import Kkt as Kkt
    from bayes_roi.decisions.optimise.optimise import optimise as optimise
    from bayes_roi.decisions.optimise.plan import Plan as Plan
    from bayes_roi.decisions.policies.policy import PolicyRun as PolicyRun
    from bayes_roi.decisions.policies.policy import simulate_policy as simulate_policy
    from bayes_roi.decisions.scenarios.build_scenario import scenario as scenario
    from bayes_roi.decisions.scenarios.compare import compare as compare
    from bayes_roi.decisions.scenarios.comparison import Comparison as Comparison
    from bayes_roi.decisions.scenarios.scenario import Scenario as Scenario
    from bayes_roi.decisions.scenarios.scenario_file import read_plan as read_plan
    from bayes_roi.decisions.scenarios.scenario_file import write_plan as write_plan
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
    from bayes_roi.model.language.model import Model as Model
    from bayes_roi.model.language.model_file import model_text as model_text
    from bayes_roi.model.language.model_file import parse_model as parse_model
    from bayes_roi.model.language.model_file import read_model as read_model
    from bayes_roi.model.language.model_file import write_model as write_model
    from bayes_roi.model.law.intervention import Intervention as Intervention
    from bayes_roi.model.law.intervention import scale_by as scale_by
    from bayes_roi.model.law.intervention import set_to as set_to
    from bayes_roi.model.law.intervention import shift_by as shift_by
    from bayes_roi.model.law.intervention import turn_off as turn_off
    from bayes_roi.model.law.prior_table import priors as priors
    from bayes_roi.model.pymc.build import to_pymc as to_pymc
    from bayes_roi.model.rows.read_data import read_data as read_data
    from bayes_roi.model.simulation.simulate import Truth as Truth
    from bayes_roi.model.simulation.simulate import simulate as simulate
    from bayes_roi.panel import Clean as Clean
    from bayes_roi.panel import Panel as Panel
    from bayes_roi.queries.change.change import explain_change as explain_change
    from bayes_roi.queries.change.explained import Change as Change
    from bayes_roi.queries.change.period import ExplainedPeriod as ExplainedPeriod
    from bayes_roi.queries.change.period import explain_period as explain_period
    from bayes_roi.queries.effects.ate import ate as ate
    from bayes_roi.queries.effects.ate import counterfactual as counterfactual
    from bayes_roi.queries.effects.do import do as do
    from bayes_roi.queries.influence.influence import influence as influence
    from bayes_roi.queries.influence.strength import arrow_strength as arrow_strength
    from bayes_roi.report.html import report as report
    from bayes_roi.run.folder import read_run as read_run
    from bayes_roi.run.folder import write_run as write_run
    from bayes_roi.shipped import shipped as shipped
    from bayes_roi.value.attribution.attribution import attribution as attribution
    from bayes_roi.value.attribution.attribution import removal_effect as removal_effect
    from bayes_roi.value.attribution.channel_table import ValueTable as ValueTable
    from bayes_roi.value.attribution.channel_table import value_table as value_table
    from bayes_roi.value.attribution.credit import allocation as allocation
    from bayes_roi.value.attribution.credit import last_click as last_click
    from bayes_roi.value.money.curves import contribution_over_time as contribution_over_time
    from bayes_roi.value.money.curves import response_curve as response_curve
    from bayes_roi.value.money.money import contribution as contribution
    from bayes_roi.value.money.money import cost_per as cost_per
    from bayes_roi.value.money.money import marginal_roas as marginal_roas
    from bayes_roi.value.money.money import roas as roas
    from bayes_roi.value.money.money import roi as roi
    from bayes_roi.value.paths.effect_paths import EffectPaths as EffectPaths
    from bayes_roi.value.paths.paths import effect_paths as effect_paths
    from bayes_roi.value.priors.media_share import media_share as media_share
    from bayes_roi.value.priors.prior_check import prior_check as prior_check
    from bayes_roi.value.uncertainty.more_data import MoreData as MoreData
    from bayes_roi.value.uncertainty.more_data import more_data as more_data
    from bayes_roi.value.uncertainty.uncertainty import Uncertainty as Uncertainty
    from bayes_roi.value.uncertainty.uncertainty import uncertainty as uncertainty

__version__ = "0.1.0"

_HOMES = {
    "bayes_roi.decisions.optimise.best_plans": ("BestPlans", "best_plans"),
    "bayes_roi.decisions.optimise.budget_curve": ("BudgetCurve", "budget_curve"),
    "bayes_roi.decisions.scenarios.compare": ("compare",),
    "bayes_roi.decisions.scenarios.comparison": ("Comparison",),
    "bayes_roi.decisions.information.experiment": ("Experiment",),
    "bayes_roi.decisions.information.information": ("ValueOfInformation", "value_of_information"),
    "bayes_roi.decisions.optimise.kkt": ("Kkt",),
    "bayes_roi.decisions.optimise.optimise": ("optimise",),
    "bayes_roi.decisions.information.choices": ("decision",),
    "bayes_roi.decisions.information.decision": ("Decision",),
    "bayes_roi.decisions.horizon.outlook": ("Outlook", "outlook"),
    "bayes_roi.decisions.optimise.plan": ("Plan",),
    "bayes_roi.decisions.scenarios.scenario_file": ("read_plan", "write_plan"),
    "bayes_roi.decisions.scenarios.build_scenario": ("scenario",),
    "bayes_roi.decisions.policies.policy": ("PolicyRun", "simulate_policy"),
    "bayes_roi.decisions.scenarios.scenario": ("Scenario",),
    "bayes_roi.draws": ("Draws", "Evidence"),
    "bayes_roi.errors": ("BayesRoiError", "DataError", "FitError", "ModelError", "QueryError", "RunError"),
    "bayes_roi.inference.diagnosis": ("Diagnosis",),
    "bayes_roi.inference.fit": ("Fit", "fit"),
    "bayes_roi.inference.predictive": ("posterior_predictive",),
    "bayes_roi.model.pymc.build": ("to_pymc",),
    "bayes_roi.model.law.intervention": ("Intervention", "scale_by", "set_to", "shift_by", "turn_off"),
    "bayes_roi.model.language.model": ("Model",),
    "bayes_roi.model.language.model_file": ("model_text", "parse_model", "read_model", "write_model"),
    "bayes_roi.model.law.prior_table": ("priors",),
    "bayes_roi.model.rows.read_data": ("read_data",),
    "bayes_roi.model.simulation.simulate": ("Truth", "simulate"),
    "bayes_roi.panel": ("Clean", "Panel"),
    "bayes_roi.queries.change.change": ("explain_change",),
    "bayes_roi.queries.effects.do": ("do",),
    "bayes_roi.queries.effects.ate": ("ate", "counterfactual"),
    "bayes_roi.queries.change.explained": ("Change",),
    "bayes_roi.queries.influence.influence": ("influence",),
    "bayes_roi.queries.change.period": ("ExplainedPeriod", "explain_period"),
    "bayes_roi.queries.influence.strength": ("arrow_strength",),
    "bayes_roi.report.html": ("report",),
    "bayes_roi.run.folder": ("read_run", "write_run"),
    "bayes_roi.shipped": ("shipped",),
    "bayes_roi.value.attribution.attribution": ("attribution", "removal_effect"),
    "bayes_roi.value.attribution.credit": ("allocation", "last_click"),
    "bayes_roi.value.money.curves": ("contribution_over_time", "response_curve"),
    "bayes_roi.value.paths.effect_paths": ("EffectPaths",),
    "bayes_roi.value.priors.media_share": ("media_share",),
    "bayes_roi.value.money.money": ("contribution", "cost_per", "marginal_roas", "roas", "roi"),
    "bayes_roi.value.uncertainty.more_data": ("MoreData", "more_data"),
    "bayes_roi.value.paths.paths": ("effect_paths",),
    "bayes_roi.value.priors.prior_check": ("prior_check",),
    "bayes_roi.value.uncertainty.uncertainty": ("Uncertainty", "uncertainty"),
    "bayes_roi.value.attribution.channel_table": ("ValueTable", "value_table"),
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
