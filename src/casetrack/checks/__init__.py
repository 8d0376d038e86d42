"""Is the council ready for the letter: thirteen checks of its records, months before, that name nobody."""
