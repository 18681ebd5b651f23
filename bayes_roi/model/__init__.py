"""The model: equations and file, its rows and parameters, the PyMC model, interventions, the forward pass, simulation."""
