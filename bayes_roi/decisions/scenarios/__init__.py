"""Plans by hand: made, kept in files, compared."""
