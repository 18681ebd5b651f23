"""Two groups side by side: rates, revenue per user, and looks while the test is running."""
