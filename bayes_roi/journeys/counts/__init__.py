"""Journeys counted: path types, and the transitions and exposure sets that follow from them; counts of parts add up."""
