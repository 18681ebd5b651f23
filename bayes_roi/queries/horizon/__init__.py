"""Rows after the last of a table, with what is forecast of them."""
