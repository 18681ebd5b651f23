"""The model as text and as objects: equations, identities, the model file, edges, names of parameters, rules."""
