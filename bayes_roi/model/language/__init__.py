"""The model as text and as objects: equations, identities, structure, edges, the graph of what is observed, rules."""
