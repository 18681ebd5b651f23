"""The law of a node given its parents: parameters and priors, the conditional, interventions, the forward pass."""
