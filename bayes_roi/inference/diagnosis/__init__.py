"""Diagnosis: whether the draws can be trusted, and whether the noise is what the intervals take it for."""

from bayes_roi.inference.diagnosis.claim import Claim
from bayes_roi.inference.diagnosis.convergence import BlockReport, report_block
from bayes_roi.inference.diagnosis.residuals import Residuals, residuals
from bayes_roi.inference.diagnosis.verdict import Diagnosis, diagnose

__all__ = ["BlockReport", "Claim", "Diagnosis", "Residuals", "diagnose", "report_block", "residuals"]
