"""How well columns of a table predict another one, out of the rows that were learned from."""
