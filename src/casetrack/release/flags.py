"""One column for each cohort code, to filter by, and what is withheld of each case: both follow from what is released."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from casetrack.disclosure.values import WITHHELD
from casetrack.headings import heading

YES, NO, NOT_SHOWN = "Yes", "No", "Not shown"
WITHHELD_HEADING = "What is withheld"
_CODE = re.compile(r"CT\d\d")
#: A label that names one code the person meets and leaves the others open.
_ONE_OF_THEM = re.compile(r"(CT\d\d)(?: \(listed code only\)| and \d+ more)")


def code_flags(listed_as: str, codes: str, every: Sequence[str]) -> list[str]:
    """Yes, No or Not shown for every code, from a case's two released cells.

    Examples
    --------
    >>> code_flags("CT01", "CT01;CT06", ["CT01", "CT02", "CT06"])
    ['Yes', 'No', 'Yes']
    >>> code_flags("CT01", "CT01 and 1 more", ["CT01", "CT02"]), code_flags("CT02", "Withheld", ["CT01", "CT02"])
    (['Yes', 'Not shown'], ['Not shown', 'Yes'])
    """
    parts = codes.split(";")
    if all(_CODE.fullmatch(part) for part in parts):
        return [YES if code in parts else NO for code in every]
    one = _ONE_OF_THEM.fullmatch(codes)
    sure = {one[1]} if one else set()
    if _CODE.fullmatch(listed_as):
        sure.add(listed_as)
    return [YES if code in sure else NOT_SHOWN for code in every]


def withheld_columns(row: Mapping[str, str]) -> str:
    """The columns of a case that are withheld, in words.

    Examples
    --------
    >>> withheld_columns({"sex": "Withheld", "age_band": "65 to 74"}), withheld_columns({"sex": "Female"})
    ('Sex', 'Nothing')
    """
    names = [heading(name) for name, text in row.items() if text == WITHHELD]
    return ", ".join(names) or "Nothing"
