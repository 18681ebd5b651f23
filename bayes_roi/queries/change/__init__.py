"""Why an outcome changed between two windows of time."""
