"""A file in, tidy events and people out."""

from casetrack.extract.extract import Extract, RowAccount
from casetrack.extract.reading import read_extract

__all__ = ["Extract", "RowAccount", "read_extract"]
