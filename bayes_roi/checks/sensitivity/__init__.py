"""How strong a hidden common cause would have to be to change an answer."""
