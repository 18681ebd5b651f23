"""do, average treatment effects and counterfactuals."""
