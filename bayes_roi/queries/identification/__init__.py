"""What the graph identifies: the verdict on a question, by what, and why not."""
