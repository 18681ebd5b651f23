"""Tables of other shapes to one row a period: rows of channels to columns, days to weeks, several files to one."""
