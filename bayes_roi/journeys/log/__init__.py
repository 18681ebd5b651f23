"""The log: who was touched by which channel when, and who converted; checked, in one shape."""
