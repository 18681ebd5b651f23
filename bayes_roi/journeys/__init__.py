"""Touch logs: journeys, what rules and Markov chains hand out to channels. Descriptive: none of it is an effect."""
