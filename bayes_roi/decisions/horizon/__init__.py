"""The periods to come as rows of the model, and what plans of spend bring on them."""
