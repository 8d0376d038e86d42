"""Files in, tidy events and people out."""

from casetrack.extract.extract import Extract, RowAccount
from casetrack.extract.reading import Source, read_extract

__all__ = ["Extract", "RowAccount", "Source", "read_extract"]
