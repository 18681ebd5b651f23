"""What it is worth to know more before a decision."""
