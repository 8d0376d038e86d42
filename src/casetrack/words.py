"""Text made fit to be written anywhere."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from casetrack.dates import for_people, read_date
from casetrack.errors import ReleaseError
from casetrack.working_days import MONTHS

#: What is not known of somebody. It is shown wherever it occurs, and is never a target.
NOT_RECORDED = "Not recorded"
#: A category is a few words. Whatever is longer has come from free text, which never leaves the council.
LONGEST = 255


def clean(text: object) -> str:
    r"""One line of text without anything that no reader can see.

    Line breaks, tabs, control characters, marks that turn the direction of writing, and halves of characters
    become spaces, and spaces are run together.

    Examples
    --------
    >>> clean("White\r\n\tBritish")
    'White British'
    """
    shown = (" " if unicodedata.category(c)[0] in "CZ" else c for c in str(text))
    return " ".join("".join(shown).split())


# Also after what some spreadsheets take for the end of a cell: a council's Excel may be set to semicolons. The
# full-width forms are read as the plain ones by East Asian editions.
_RUNS = re.compile(r"""(^|[;,|"'])(\s*)(?=[=+\-@＝＋－＠])""")


def csv_text(text: str) -> str:
    """A value as it stands in a CSV file: an apostrophe before anything that a spreadsheet would run.

    Examples
    --------
    >>> csv_text("=1+1"), csv_text("@SUM(A1)"), csv_text("White"), csv_text("CT01;CT06")
    ("'=1+1", "'@SUM(A1)", 'White', 'CT01;CT06')
    """
    return _RUNS.sub(r"\1\2'", text)


def released_text(text: object, column: str) -> str:
    """A value of the release as it is written to the return.

    Examples
    --------
    >>> released_text("65 to 74", "age_band")
    '65 to 74'
    """
    tidy = clean(text)
    if len(tidy) > LONGEST:
        raise ReleaseError.of(
            "not-a-category",
            f"a released value is longer than {LONGEST} characters, so it is no category but free text.",
            where=f'column "{column}"',
            advice="Leave the column out of the release, or map its values to categories.",
        )
    return tidy


def number(text: str) -> int | None:
    """The number that a published count is, or None for words such as "fewer than 5".

    Examples
    --------
    >>> number("1,204"), number("fewer than 5")
    (1204, None)
    """
    digits = text.replace(",", "")
    return int(digits) if digits.isascii() and digits.isdigit() and f"{int(digits):,}" == text else None


def day_in_words(iso: str) -> str:
    """A date of the record with its month in words, which no spreadsheet takes for another one.

    Examples
    --------
    >>> day_in_words("2026-03-31")
    '31 March 2026'
    """
    found = read_date(iso)
    return f"{found.day} {MONTHS[found.month - 1]} {found.year}"


def day(iso: str) -> str:
    """A date of the record as people in England write it.

    Examples
    --------
    >>> day("2026-03-31")
    '31/03/2026'
    """
    return for_people(read_date(iso))


def moment(iso: str) -> str:
    """A moment of the record, which is in UTC, as people in England write it."""
    return f"{day(iso[:10])} at {iso[11:16]} UTC"


def count_of(count: int, one: str, many: str | None = None) -> str:
    """A number with its noun.

    Examples
    --------
    >>> count_of(1, "case"), count_of(1204, "case"), count_of(0, "category", "categories")
    ('1 case', '1,204 cases', '0 categories')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def people(count: int) -> str:
    """A number of people."""
    return count_of(count, "person", "people")


def of_every_mask(names: Sequence[str], between: str = "; ") -> list[str]:
    """For each number from 0 the names whose bits it has, joined.

    Examples
    --------
    >>> of_every_mask(["CT01", "CT02"])
    ['', 'CT01', 'CT02', 'CT01; CT02']
    """
    masks = range(1 << len(names))
    return [between.join(name for bit, name in enumerate(names) if mask >> bit & 1) for mask in masks]


def listed(names: Sequence[str], last: str = "and") -> str:
    """Names in a sentence.

    Examples
    --------
    >>> listed(["CT01"]), listed(["CT01", "CT02", "CT03"])
    ('CT01', 'CT01, CT02 and CT03')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"
