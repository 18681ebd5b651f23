"""The model file: YAML to a model and back."""
