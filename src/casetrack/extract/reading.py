"""A file in, an extract out: the front door of the package."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd

from casetrack.errors import ExtractError, Problem, UsageError
from casetrack.extract.build import ReadOptions, build_extract
from casetrack.extract.csv_files import read_csv
from casetrack.extract.extract import Extract
from casetrack.extract.mapping import ColumnMapping, read_mapping
from casetrack.extract.person_file import join_person_file
from casetrack.extract.same_event import Duplicates
from casetrack.extract.tables import RawTable, file_error
from casetrack.extract.workbooks import password_error, read_excel, read_frame, read_parquet

__all__ = ["read_extract"]

_EXCEL = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})
_PARQUET = frozenset({".parquet", ".pq"})
_TEXT = frozenset({".csv", ".txt", ".tsv", ""})
_OLE = b"\xd0\xcf\x11\xe0"


def read_extract(
    source: str | Path | pd.DataFrame,
    mapping: str | Path | Mapping[str, Any] | ColumnMapping | None = None,
    people: str | Path | pd.DataFrame | None = None,
    *,
    duplicates: Duplicates = "auto",
    placeholder_births: int = 3,
    max_ids_per_number: int = 5,
) -> Extract:
    """Read a Client Level Data extract, or a council's own export with a mapping.

    Parameters
    ----------
    source
        A CSV file (UTF-8, Windows-1252 or UTF-16; comma, semicolon, tab), an Excel workbook, a Parquet file, or a
        DataFrame with one row per event. Everything is read as text: ``0012`` stays ``0012``.
    mapping
        A TOML file, or the same tables as a dict, for a council's own headings, values and date formats.
    people
        A second, person-level file or DataFrame with the optional characteristics.
    duplicates
        ``"single"``: services of one submission are the same only when delivery mechanism, costs and units agree too;
        ``"joined"``: the file holds several submissions. ``"auto"`` takes a file with one reporting period as single.
    placeholder_births
        A local id with so many dates of birth that do not agree stands for several people, and links none.
    max_ids_per_number
        An NHS number under more local ids joins none of them.

    Returns
    -------
    Extract
        The events, the people, the findings and the account of rows.

    Raises
    ------
    ExtractError
        When the job is impossible, with every problem at once: no recognisable event type, no dates, no
        identifier, an empty file, two columns that claim one field, a column that mixes date formats, a
        password-protected workbook, a file that is not what its name says.
    MappingError
        When the mapping cannot be used.
    UsageError
        When the source is neither a path nor a DataFrame.

    Notes
    -----
    Rules: ``docs/specification.md``, sections 2 and 3.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({
    ...     "LA Person Unique Identifier": ["0012", "0012"],
    ...     "Client Type": ["Service user", "Service user"],
    ...     "Event Type": ["Request", "Assessment"],
    ...     "Event Start Date": ["01/05/2025", "20/05/2025"],
    ...     "Event End Date": ["02/05/2025", "11/06/2025"],
    ... })
    >>> extract = read_extract(rows)
    >>> extract.account.read, extract.account.used, len(extract.people)
    (2, 2, 1)
    """
    chosen = read_mapping(mapping)
    options = ReadOptions(duplicates, placeholder_births, max_ids_per_number)
    digest_of = Path(source) if isinstance(source, str | Path) else None
    # The digest is read from the disk while the parser works: it costs no time of its own.
    with ThreadPoolExecutor(max_workers=1) as pool:
        digest = pool.submit(_digest, digest_of) if digest_of and digest_of.is_file() else None
        table = read_table(source, chosen)
        sha256 = digest.result() if digest else ""
    extract = build_extract(table, chosen, sha256, options)
    if people is None:
        return extract
    try:
        # How the extract is written says nothing of how this file is.
        plain = dataclasses.replace(chosen, sheet=None, separator=None, encoding=None)
        return join_person_file(extract, read_table(people, plain, check_required=False), chosen)
    except ExtractError as error:
        raise ExtractError([_in_person_file(problem) for problem in error.problems]) from None


def _in_person_file(problem: Problem) -> Problem:
    where = f"In the person-level file{': ' + problem.where if problem.where else '.'}"
    return dataclasses.replace(problem, where=where)


def read_table(
    source: str | Path | pd.DataFrame, mapping: ColumnMapping, *, check_required: bool = True
) -> RawTable:
    """The known columns of any supported source as text."""
    if isinstance(source, pd.DataFrame):
        table = read_frame(source, mapping, check_required=check_required)
    elif not isinstance(source, str | Path):
        raise UsageError.of(
            "source-kind", "the source is neither a path nor a DataFrame.", advice="Give one of the two."
        )
    else:
        path = Path(source)
        start = _first_bytes(path)
        kind = _kind(path, start)
        reader = {"excel": read_excel, "parquet": read_parquet, "text": read_csv}[kind]
        table = reader(path, mapping, check_required=check_required)
    if table.rows == 0:
        raise file_error("empty-file", f"the {table.origin} has headings but no rows.", "Export it again.")
    return table


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError:
        raise ExtractError.of(
            "cannot-open",
            "the file cannot be opened.",
            advice="Check the path, and that no other program holds it.",
        ) from None
    if not start.strip(b"\xef\xbb\xbf\xff\xfe\r\n \x00"):
        raise file_error("empty-file", "the file is empty.", "Export it again.")
    return start


def _kind(path: Path, start: bytes) -> str:
    """How to read a file: by its name, once its first bytes agree."""
    suffix = path.suffix.lower()
    is_zip, is_ole, is_parquet = (
        start.startswith(b"PK\x03\x04"),
        start.startswith(_OLE),
        start.startswith(b"PAR1"),
    )
    if suffix in _EXCEL:
        if is_ole and _is_encrypted(path):
            raise password_error()
        if not (is_zip or is_ole):
            raise _not_what_it_says("a workbook", _what_it_is(start))
        return "excel"
    if suffix in _PARQUET:
        if not is_parquet:
            raise _not_what_it_says("Parquet", _what_it_is(start))
        return "parquet"
    if suffix not in _TEXT:
        raise file_error(
            "unknown-kind",
            "the file's ending is none that casetrack reads.",
            "Use .csv, .xlsx, .xls, .ods or .parquet.",
        )
    if is_zip or is_ole or is_parquet or start.startswith((b"%PDF", b"\x1f\x8b")) or _is_markup(start):
        raise _not_what_it_says("CSV", _what_it_is(start))
    return "text"


def _is_encrypted(path: Path) -> bool:
    return "EncryptedPackage".encode("utf-16-le") in path.read_bytes()


def _is_markup(start: bytes) -> bool:
    return start.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<"


def _what_it_is(start: bytes) -> str:
    known = [(b"PK\x03\x04", "a workbook or zip file"), (_OLE, "an old Office file"), (b"PAR1", "Parquet")]
    known += [(b"%PDF", "a PDF"), (b"\x1f\x8b", "a compressed file")]
    for mark, words in known:
        if start.startswith(mark):
            return words
    return "a web page" if _is_markup(start) else "plain text" if b"\x00" not in start else "something else"


def _not_what_it_says(name: str, content: str) -> Exception:
    return file_error(
        "not-what-it-says",
        f"the file is named as {name} but its content is {content}.",
        "Give it the right ending, or save it again in the format its name says.",
    )
