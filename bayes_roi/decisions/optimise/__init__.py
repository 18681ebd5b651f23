"""The best plan for a budget, and how far it can be trusted."""
