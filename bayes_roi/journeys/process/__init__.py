"""Decision processes: what to do next with a user, learned from logged decisions, targeted or randomised."""
