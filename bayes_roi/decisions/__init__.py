"""What to do next: plans, what they would bring, and how sure we are."""
