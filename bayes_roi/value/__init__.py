"""What channels are worth."""
