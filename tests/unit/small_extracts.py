"""Small extracts for the tests of reading."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

__all__ = ["HEADINGS", "as_text", "rows", "table", "write"]

HEADINGS = (
    "LA Person Unique Identifier",
    "NHS Number",
    "Client Type",
    "Date of Birth",
    "Event Type",
    "Event Start Date",
    "Event End Date",
    "Event Description",
)


def rows(count: int = 3) -> list[list[str]]:
    """One assessment for each of so many people, a day apart."""
    return [
        [
            f"000{i}",
            "",
            "Service user",
            "15/06/1970",
            "Assessment",
            f"0{i}/02/2026",
            f"1{i}/02/2026",
            f"note {i}",
        ]
        for i in range(1, count + 1)
    ]


def table(count: int = 3) -> pd.DataFrame:
    return pd.DataFrame(rows(count), columns=list(HEADINGS), dtype=object)


def as_text(body: list[list[str]], separator: str = ",", end: str = "\n") -> str:
    return end.join(separator.join(row) for row in [list(HEADINGS), *body]) + end


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path
