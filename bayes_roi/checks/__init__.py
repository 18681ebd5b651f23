"""The graph against the data, and what no data can tell: implications, refuters, a hidden cause, several graphs."""
