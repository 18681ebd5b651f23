"""Diagnosis: whether the draws can be trusted, the noise is what intervals take it for, and the graph fits the data."""

from bayes_roi.inference.diagnosis.claim import Claim
from bayes_roi.inference.diagnosis.convergence import BlockReport, report_block
from bayes_roi.inference.diagnosis.dependence import implications
from bayes_roi.inference.diagnosis.implication import Implication
from bayes_roi.inference.diagnosis.innovations import innovations
from bayes_roi.inference.diagnosis.lift_report import LiftReport
from bayes_roi.inference.diagnosis.residuals import Residuals, residuals, residuals_of
from bayes_roi.inference.diagnosis.verdict import Diagnosis, diagnose

__all__ = [
    "BlockReport",
    "Claim",
    "Diagnosis",
    "Implication",
    "LiftReport",
    "Residuals",
    "diagnose",
    "implications",
    "innovations",
    "report_block",
    "residuals",
    "residuals_of",
]
