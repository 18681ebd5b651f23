"""The model: equations and file, rows and parameters, the PyMC model, interventions, forward pass, simulation."""
