"""What the columns of a table are, guessed by name and by shape, each guess with its reason."""
