"""Files in, an extract out: the front door of the package."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeAlias, get_args

import pandas as pd

from casetrack.errors import CasetrackError, ExtractError, UsageError
from casetrack.extract.belonging import (
    Given,
    events_among,
    left_unread,
    of_file,
    people_among,
    what_is_mapped_nowhere,
    why_not,
)
from casetrack.extract.build import ReadOptions, build_extract, content_digest
from casetrack.extract.csv_files import read_csv
from casetrack.extract.extract import Extract
from casetrack.extract.frames import ArrowStream, no_source, read_arrow, read_frame, read_parquet
from casetrack.extract.mapping import ColumnMapping, read_mapping
from casetrack.extract.person_file import join_person_file
from casetrack.extract.same_event import Duplicates
from casetrack.extract.tables import RawTable, file_error, join_tables
from casetrack.extract.workbooks import Sheet, password_error, read_excel
from casetrack.small_files import MOST, NoFileError, kind_of, read_pipe
from casetrack.stages import need

Source: TypeAlias = str | Path | pd.DataFrame | ArrowStream

_EXCEL = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})
_PARQUET = frozenset({".parquet", ".pq"})
_TEXT = frozenset({".csv", ".txt", ".tsv", ""})
_ZIP, _OLE = "a workbook or zip file", "an old Office file"
#: What a file is, by its first bytes.
_MARKS = {
    b"PK\x03\x04": _ZIP,
    b"\xd0\xcf\x11\xe0": _OLE,
    b"PAR1": "Parquet",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a compressed file",
}
#: The ending of a name for what can be read.
_ENDINGS = {_ZIP: ".xlsx", _OLE: ".xls", "Parquet": ".parquet", "plain text": ".csv"}


def read_extract(
    source: Source | Sequence[Source],
    mapping: str | Path | Mapping[str, Any] | ColumnMapping | None = None,
    people: Source | None = None,
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
        DataFrame or Arrow table (of pyarrow, Polars, DuckDB: anything with ``__arrow_c_stream__``) with one row per
        event; or a list of those that belong together. Every visible sheet that holds events is read, and so is one
        with one row per person. Everything is read as text: ``0012`` stays ``0012``.
    mapping
        A TOML file, or the same tables as a dict, for a council's own headings, values and date formats.
    people
        A person-level file or table: the optional characteristics, and details that the extract lacks.

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
        identifier, an empty file, two columns that claim one field, a column that mixes date formats, rows that do
        not fit their headings, a password-protected workbook, a file that is not what its name says.
    MappingError
        When the mapping cannot be used.
    UsageError
        When the source is neither a path nor a table, nor a list of them.

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
    need(placeholder_births, int, "placeholder_births", 3)
    need(max_ids_per_number, int, "max_ids_per_number", 5)
    if duplicates not in get_args(Duplicates):
        raise UsageError.of(
            "duplicates", "duplicates must be auto, single or joined.", advice='The rule has "auto".'
        )
    if people is not None:
        _check_kinds([people])
    chosen = read_mapping(mapping)
    options = ReadOptions(duplicates, placeholder_births, max_ids_per_number)
    sources = list(source) if isinstance(source, list | tuple) else [source]
    if not sources:
        raise UsageError.of("no-source", "no file is given.", advice="Give at least one extract.")
    _check_kinds(sources)
    several = len(sources) > 1
    names = names_apart([*sources, people])
    given = [read_one(one, chosen, name, several=several) for one, name in zip(sources, names, strict=False)]
    extra = [] if people is None else [_person_tables(people, chosen, names[-1])]
    problems = [*why_not(given), *what_is_mapped_nowhere(chosen, [*given, *extra])]
    if problems:
        raise ExtractError(dict.fromkeys(problems))
    beside = [table for one in extra for table in one.tables]
    inside = people_among(given)
    extract = build_extract(join_tables(events_among(given)), _digest_of(given), options, [*inside, *beside])
    unread = left_unread([*given, *extra])
    extract = dataclasses.replace(extract, findings=extract.findings.with_more(unread))
    extract = functools.reduce(join_person_file, _in_no_order(inside), extract)
    try:
        return functools.reduce(join_person_file, _in_no_order(beside), extract)
    except ExtractError as error:
        raise _in_person_file(error) from None


def _in_person_file(error: CasetrackError) -> CasetrackError:
    """The same problems, said to be those of the person-level file."""
    return ExtractError(
        [
            dataclasses.replace(
                problem, where=f"In the person-level file{': ' + problem.where if problem.where else '.'}"
            )
            for problem in error.problems
        ]
    )


def _in_no_order(tables: Sequence[RawTable]) -> Sequence[RawTable]:
    """Tables in the order of their contents, whatever order they were given in."""
    return tables if len(tables) < 2 else sorted(tables, key=content_digest)


def _person_tables(people: Source, mapping: ColumnMapping, name: str) -> Given:
    try:
        # How the extract is written says nothing of how this file is.
        plain = dataclasses.replace(mapping, sheet=None, separator=None, encoding=None)
        read = read_one(people, plain, name, several=False)
    except ExtractError as error:
        raise _in_person_file(error) from None
    usable = [t for t in read.tables if t.kind] or read.tables[:1]
    clashes = [p for t in usable for p in t.problems if p.code == "two-columns-one-field"]
    if clashes:
        raise _in_person_file(ExtractError(clashes))
    return dataclasses.replace(read, tables=usable)


def _check_kinds(sources: Sequence[object]) -> None:
    """Refuse what is no source before the first of them is read."""
    if not all(isinstance(source, str | Path | ArrowStream | pd.DataFrame) for source in sources):
        raise no_source()


def _digest_of(given: Sequence[Given]) -> str:
    """The digest of the file; of several, that of theirs in order of size as text, so that their order is no matter."""
    if len(given) == 1:
        return given[0].sha256
    return hashlib.sha256("\n".join(sorted(one.sha256 for one in given)).encode("ascii")).hexdigest()


def names_apart(sources: Sequence[Source | None]) -> list[str]:
    """What each source is called: a file by its name, with the folders that tell it from others of that name.

    >>> names_apart(["in/q1/cld.csv", "in/q2/cld.csv", "people.csv"])
    ['q1/cld.csv', 'q2/cld.csv', 'people.csv']
    """
    parts = [Path(source).parts if isinstance(source, str | Path) else ("",) for source in sources]
    names = []
    for own in parts:
        others = [one for one in parts if one != own]
        lengths = range(1, len(own) + 1)
        apart = (n for n in lengths if all(one[-n:] != own[-n:] for one in others))
        names.append("/".join(own[-next(apart, 1) :]))
    return names


def read_one(source: Source, mapping: ColumnMapping, name: str, *, several: bool) -> Given:
    """Everything that one source holds, by the name that it has among those that were given."""
    mapping = mapping.for_file(name)
    if not isinstance(source, str | Path):
        read = read_frame if isinstance(source, pd.DataFrame) else read_arrow
        table = read(source, mapping)
        given = Given([table], [], "", content_digest(table))
    else:
        try:
            given = _with_rows(_read_path(Path(source), mapping))
        except ExtractError as error:
            if not several:
                raise
            raise ExtractError([of_file(problem, name) for problem in error.problems]) from None
    return _with_rows(given)


def _with_rows(given: Given) -> Given:
    if given.tables and not any(table.rows for table in given.tables):
        origin = given.tables[0].origin
        raise file_error("empty-file", f"the {origin} has headings but no rows.", "Export it again.")
    return given


def _read_path(path: Path, mapping: ColumnMapping) -> Given:
    try:
        if kind_of(path) == "pipe":
            content = read_pipe(path, MOST)
            _check_start(content[:4096])
            if _kind(path, content[:4096]) != "text":
                raise NoFileError("it is a pipe: save the workbook to a file first")
            return Given([read_csv(content, mapping)], [], mapping.name, hashlib.sha256(content).hexdigest())
        with path.open("rb") as file:
            start = file.read(4096)
        _check_start(start)
        kind = _kind(path, start)
    except OSError as error:
        why = (error.strerror or "it cannot be read").lower()
        raise file_error(
            "cannot-open",
            f"the file cannot be opened: {why}.",
            "Check the path, and that no other program holds it.",
            where=str(path)[:300],
        ) from None
    # The digest is read from the disk while the parser works: it costs no time of its own.
    with ThreadPoolExecutor(max_workers=1) as pool:
        digest = pool.submit(_digest, path)
        hidden: list[Sheet] = []
        if kind == "excel":
            tables, hidden = read_excel(path, mapping)
        elif kind == "parquet":
            tables = [read_parquet(path, mapping)]
        else:
            tables = [read_csv(path, mapping)]
        return Given(tables, hidden, mapping.name, digest.result())


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_start(start: bytes) -> None:
    if not start.strip(b"\xef\xbb\xbf\xff\xfe\r\n \x00"):
        raise file_error("empty-file", "the file is empty.", "Export it again.")


def _kind(path: Path, start: bytes) -> str:
    """How to read a file: by its name, once its first bytes agree."""
    suffix = path.suffix.lower()
    content = _what_it_is(start)
    if suffix in _EXCEL:
        if content == _OLE and "EncryptedPackage".encode("utf-16-le") in path.read_bytes():
            raise password_error()
        if content not in (_ZIP, _OLE):
            raise _not_what_it_says("a workbook", content)
        return "excel"
    if suffix in _PARQUET:
        if content != "Parquet":
            raise _not_what_it_says("Parquet", content)
        return "parquet"
    if suffix not in _TEXT:
        raise file_error(
            "unknown-kind",
            "the file's ending is none that casetrack reads.",
            "Use .csv, .xlsx, .xls, .ods or .parquet.",
        )
    if content not in ("plain text", "something else"):
        raise _not_what_it_says("CSV", content)
    return "text"


def _what_it_is(start: bytes) -> str:
    for mark, words in _MARKS.items():
        if start.startswith(mark):
            return words
    if start.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<":
        return "a web page"
    return "plain text" if b"\x00" not in start else "something else"


def _not_what_it_says(name: str, content: str) -> Exception:
    ending = _ENDINGS.get(content)
    return file_error(
        "not-what-it-says",
        f"the file is named as {name} but its content is {content}.",
        f"Give it the right ending ({ending}), or save it again in the format its name says."
        if ending
        else "No ending makes it readable: open it in Excel and save it as .xlsx, or export it again.",
    )
