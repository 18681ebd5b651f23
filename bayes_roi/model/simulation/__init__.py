"""Tables simulated from a model and a truth."""
