"""Markov chains of the channels of journeys: removal effects, with the posterior of the transitions."""
