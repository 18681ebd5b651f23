"""Models of one outcome side by side, by how well they predict it: never by which is the cause."""
