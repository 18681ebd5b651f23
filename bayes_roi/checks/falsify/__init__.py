"""What the graph implies, held against the data, and against the same graph with its nodes exchanged."""
