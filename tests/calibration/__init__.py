"""Studies of whether the engines draw from the right posterior; docs/calibration.md says what each shows."""
