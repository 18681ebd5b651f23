"""What the equations see of a table: rows, history before them, scales, windows of time."""
