"""The report: one HTML file that says what each channel caused, what that is worth, how sure we are and why."""
