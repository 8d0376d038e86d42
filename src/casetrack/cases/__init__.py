"""The list and its life: who stands on it, every decision, replacement, explanation, coverage, timetable."""
