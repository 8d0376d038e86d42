"""Sampling: designs, everyone's chance, the lottery, shortfalls and replacements."""

from casetrack.sampling.select import Selection, select

__all__ = ["Selection", "select"]
