"""The council's own page."""
