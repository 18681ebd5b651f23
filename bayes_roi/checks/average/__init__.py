"""Several graphs of one table: what each says, and what they say together."""
