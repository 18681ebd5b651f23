"""What makes an interval wide, what the prior has to do with it, what more data would change."""
