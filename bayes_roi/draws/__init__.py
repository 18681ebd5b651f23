"""Posterior draws of a quantity that know their question, their unit and what kind of evidence they are."""

from bayes_roi.draws.draws import Draws as Draws
from bayes_roi.draws.evidence import ASSUMED as ASSUMED
from bayes_roi.draws.evidence import UNSUPPORTED as UNSUPPORTED
from bayes_roi.draws.evidence import WELL_SUPPORTED as WELL_SUPPORTED
from bayes_roi.draws.evidence import Evidence as Evidence
from bayes_roi.draws.evidence import evidence_array as evidence_array
from bayes_roi.draws.evidence import evidence_label as evidence_label
from bayes_roi.draws.evidence import standing as standing
from bayes_roi.draws.evidence import support_array as support_array
from bayes_roi.draws.intervals import DEFAULT_PROB as DEFAULT_PROB
from bayes_roi.draws.intervals import Kind as Kind
from bayes_roi.draws.intervals import as_interval as as_interval
from bayes_roi.draws.intervals import check_prob as check_prob
from bayes_roi.draws.intervals import tails as tails
