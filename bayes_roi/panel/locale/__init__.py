"""How a table writes numbers and dates, read off its whole columns."""
