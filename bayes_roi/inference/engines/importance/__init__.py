r"""Adaptive importance sampling of a density over a few real coordinates.

Draws of the prior are weighted by a tempered target, $w \propto (p / q)^t$ with the largest $t \le 1$ that leaves the
effective size of `Budget.least`; a multivariate t with the weighted moments (or a mixture of them) is the next
proposal, and so on until $t = 1$ has held for `SETTLED` rounds (population Monte Carlo: Cappe et al. 2008). A tenth of
every proposal is the prior, which bounds the weights where the likelihood is bounded (Hesterberg 1995).

What speaks for or against the weights: Kish's effective size, the largest weight and the Pareto tail index
(Vehtari et al. 2024).
"""

from bayes_roi.inference.engines.importance.adapt import Budget as Budget
from bayes_roi.inference.engines.importance.adapt import adapt as adapt
from bayes_roi.inference.engines.importance.agreement import objection as objection
from bayes_roi.inference.engines.importance.clusters import cluster as cluster
from bayes_roi.inference.engines.importance.proposals import Mixture as Mixture
from bayes_roi.inference.engines.importance.proposals import Proposal as Proposal
from bayes_roi.inference.engines.importance.proposals import StudentT as StudentT
from bayes_roi.inference.engines.importance.sample import Sample as Sample
from bayes_roi.inference.engines.importance.weights import effective_size as effective_size
from bayes_roi.inference.engines.importance.weights import normalised as normalised
from bayes_roi.inference.engines.importance.weights import pareto_k as pareto_k
from bayes_roi.inference.engines.importance.weights import tempering as tempering
