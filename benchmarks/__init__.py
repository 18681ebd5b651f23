"""What bayes_roi costs: each file measures one thing against a named peer or limit, both in the same run."""
