"""Days of users, a Bayesian logistic regression of their purchases, and what taking a channel's touches out changes."""
