"""Who each case reference stands for: in memory without showing it, on disk only encrypted."""

from __future__ import annotations

import datetime as dt
import json
import os
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd

from casetrack.errors import CasetrackError, CasetrackWarning, LookupFileError, UsageError
from casetrack.files import set_aside, write_files
from casetrack.lookup import log as lookup_log
from casetrack.lookup.sealing import (
    Cost,
    Facts,
    Keys,
    ListState,
    Sealed,
    check_passphrase,
    damaged,
    make_facts,
    seal,
)
from casetrack.references import check_reference
from casetrack.small_files import read_small
from casetrack.stages import checked
from casetrack.typed_text import Known, check_text

_LARGEST_FILE = 64 * 1024 * 1024


class KeepUntilWarning(CasetrackWarning):
    """The lookup is past the date until which the council decided to keep it."""


@checked
@dataclass(frozen=True, repr=False)
class Lookup:
    """Who each case reference stands for. Shows counts only; it is kept sealed or not at all.

    Parameters
    ----------
    references
        Case references, each once.
    people
        One row of texts per reference, in the same order, as wide as ``columns``; each person once.
    columns
        What the texts are; the first is ``person_id``.
    lottery_key
        The secret key of the lottery, in hexadecimal digits; empty where there is none.

    Examples
    --------
    >>> from casetrack.references import make_references
    >>> lookup = Lookup.of(make_references(2, seed="a test"), ["A-1", "A-2"])
    >>> lookup
    Lookup(2 cases, people not shown)
    >>> lookup.person_id("nkj3 nwkh x")
    'A-1'
    """

    references: tuple[str, ...]
    people: tuple[tuple[str, ...], ...]
    columns: tuple[str, ...] = ("person_id",)
    lottery_key: str = ""
    _rows: Mapping[str, tuple[str, ...]] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        _check_lookup(self.references, self.people, self.columns)
        object.__setattr__(self, "_rows", dict(zip(self.references, self.people, strict=True)))

    @classmethod
    def of(
        cls,
        references: Iterable[str],
        person_ids: Iterable[str],
        *,
        lottery_key: str = "",
        **others: Iterable[str],
    ) -> Lookup:
        """A lookup from columns.

        Parameters
        ----------
        references, person_ids
            Shape ``(cases,)``, in the same order.
        lottery_key
            The secret key of the lottery that drew them.
        **others
            Further columns of the same shape to be sealed with them, for example ``nhs_number`` or
            ``local_ids``; text, empty where a person has none.

        Raises
        ------
        UsageError
            ``lookup-content``, or ``reference-mistyped``.
        """
        lists = [tuple(column) for column in (references, person_ids, *others.values())]
        if len({len(column) for column in lists}) != 1:
            raise _bad_content("its columns differ in length")
        return cls(lists[0], tuple(zip(*lists[1:], strict=True)), ("person_id", *others), lottery_key)

    def __len__(self) -> int:
        return len(self.references)

    def __repr__(self) -> str:
        return f"Lookup({len(self):,} case{'s' if len(self) != 1 else ''}, people not shown)"

    def _repr_html_(self) -> str:
        return f"<p>{self!r}</p>"

    def __copy__(self) -> Lookup:
        return self

    def __deepcopy__(self, memo: object) -> Lookup:
        return self

    def __reduce__(self) -> NoReturn:
        raise UsageError.of(
            "lookup-not-sealed",
            "a lookup is not written as it is.",
            advice="Use lookup.seal(path, passphrase, …).",
        )

    def person_id(self, reference: str) -> str:
        """The person whom a case reference stands for.

        Raises
        ------
        UsageError
            ``reference-mistyped``.
        LookupFileError
            ``unknown-reference``.
        """
        return self.only((reference,)).people[0][0]

    def case_reference(self, person_id: str) -> str:
        """The case reference of a person."""
        for reference, person in self._rows.items():
            if person[0] == person_id:
                return reference
        raise LookupFileError.of("unknown-person", "nobody in this lookup has the identifier asked for.")

    def seal(
        self,
        path: str | os.PathLike[str],
        passphrase: str,
        *,
        keep_until: dt.date | None,
        release_id: str,
        list_digest: str,
        created: dt.date | None = None,
        force: bool = False,
        _cost: Cost | None = None,
    ) -> Path:
        """Write the lookup encrypted, and begin its log beside it (``<name>.log``).

        Parameters
        ----------
        path
            Where; by custom ``council-only/lookup.sealed``.
        passphrase
            At least 15 characters, 8 of them different. Without it nobody can open the file.
        keep_until
            The last day the council decided to keep it; later every use warns. None for no such day.
        release_id, list_digest
            Which release the references are in, and the digest of the list as it left the council. Anyone
            who has the file can read them, so neither may hold anything of a person.
        created
            The day; today when not given.
        force
            Replace a lookup that is already there. Its log is kept under the next free name.

        Returns
        -------
        Path
            The file written, readable by its owner only.

        Raises
        ------
        UsageError
            ``weak-passphrase`` or ``lookup-facts``.
        OutputError
            ``file-exists`` or ``cannot-write``.
        """
        day = dt.date.today() if created is None else created
        sealed, lines = self.sealed(
            passphrase,
            keep_until=keep_until,
            release_id=release_id,
            list_digest=list_digest,
            created=day,
            _cost=_cost,
        )
        target = Path(path)
        if force:
            for old in (lookup_log.log_path(target), certificate_path(target)):
                set_aside(old)
        write_files(
            {target: sealed.to_bytes(), lookup_log.log_path(target): lookup_log.log_bytes(lines)}, force=force
        )
        return target

    def sealed(
        self,
        passphrase: str,
        *,
        keep_until: dt.date | None,
        release_id: str,
        list_digest: str,
        created: dt.date,
        of: ListState | None = None,
        second: str = "",
        _cost: Cost | None = None,
    ) -> tuple[Sealed, tuple[lookup_log.LogLine, ...]]:
        """The lookup encrypted, and the first line of its log; with ``second``, another passphrase opens it too."""
        check_passphrase(passphrase)
        if second:
            check_passphrase(second)
        facts = make_facts(
            release_id=release_id,
            list_digest=list_digest,
            created=created,
            keep_until=keep_until,
            cases=len(self),
        )
        cost = _cost or Cost()
        sealed, keys = seal(spelled(self), facts, passphrase, cost)
        if second:
            sealed = sealed.with_passphrase(keys, second, cost)
        lines = lookup_log.add_line(
            (),
            keys.log,
            lookup=facts.lookup,
            when=now(),
            action="sealed",
            cases=len(self),
            reason="The list was released.",
        )
        return sealed.with_log(keys, lookup_log.log_state(lines), of), lines

    def only(self, references: Iterable[str]) -> Lookup:
        """The part asked for, in the order asked; the rest is not touched."""
        asked = tuple(check_reference(reference) for reference in references)
        unknown = [reference for reference in asked if reference not in self._rows]
        if unknown:
            raise LookupFileError.of(
                "unknown-reference",
                f"{len(unknown)} of the {len(asked)} case references asked for are not in this lookup. "
                "Nothing was revealed.",
                where=", ".join(unknown[:10]),
                advice="Check that the list and the lookup belong together (casetrack prints the release "
                "they are of).",
            )
        return Lookup(
            asked, tuple(self._rows[reference] for reference in asked), self.columns, self.lottery_key
        )

    def with_more(self, more: Lookup) -> Lookup:
        """With further cases of the same columns."""
        if more.columns != self.columns:
            raise _bad_content("its columns are not those of the sealed one")
        return Lookup(
            self.references + more.references, self.people + more.people, self.columns, self.lottery_key
        )

    def to_people_frame(self) -> pd.DataFrame:
        """Every case and who it stands for: identifiable, for `reveal` only."""
        rows = [[reference, *person] for reference, person in zip(self.references, self.people, strict=True)]
        return pd.DataFrame(rows, columns=["case_reference", *self.columns], dtype="str")


@dataclass(frozen=True)
class SealedLookup:
    """What a sealed lookup says of itself without its passphrase; only the passphrase proves it."""

    path: Path
    release_id: str
    list_digest: str
    created: dt.date
    keep_until: dt.date | None
    cases: int
    uses: int

    def to_frame(self) -> pd.DataFrame:
        """Two columns, ``what`` and ``value``."""
        kept = "no date set" if self.keep_until is None else self.keep_until.isoformat()
        rows = [
            ("release", self.release_id),
            ("digest of the list", self.list_digest),
            ("created", self.created.isoformat()),
            ("keep until", kept),
            ("cases", str(self.cases)),
            ("lines in the log", str(self.uses)),
        ]
        return pd.DataFrame(rows, columns=["what", "value"])

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False, border=0))


def describe(path: str | os.PathLike[str], *, when: dt.datetime | None = None) -> SealedLookup:
    """What a sealed lookup is of, without its passphrase."""
    sealed = read_sealed(Path(path))
    facts = sealed.header.facts
    warn_if_late(facts, when or now(), sealed.header.log.lines)
    return SealedLookup(
        Path(path),
        facts.release_id,
        facts.list_digest,
        dt.date.fromisoformat(facts.created),
        dt.date.fromisoformat(facts.keep_until) if facts.keep_until else None,
        facts.cases,
        sealed.header.log.lines,
    )


def certificate_path(path: Path) -> Path:
    """Where the certificate of a lookup's destruction is: beside it, ``<name>.destroyed.json``."""
    return path.with_name(path.name + ".destroyed.json")


def read_sealed(path: Path) -> Sealed:
    """The sealed file in memory, its form checked."""
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise damaged("it is far larger than any lookup")
        content = read_small(path)
    except FileNotFoundError:
        raise LookupFileError.of(
            "lookup-missing",
            "there is no sealed lookup here.",
            where=str(path),
            advice="Check the folder, and whether it was destroyed (then a certificate lies beside it).",
        ) from None
    except OSError as error:
        raise LookupFileError.of(
            "lookup-unreadable", f"the lookup cannot be read: {error.strerror}.", where=str(path)
        ) from None
    return Sealed.from_bytes(content)


def spelled(lookup: Lookup) -> bytes:
    """The records of a lookup as they are sealed."""
    content: dict[str, Any] = {
        "columns": lookup.columns,
        "references": lookup.references,
        "people": lookup.people,
    }
    if lookup.lottery_key:
        content["lottery_key"] = lookup.lottery_key
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode("ascii")


def parsed(content: bytes) -> Lookup:
    """The records that a lookup wrote; the encryption has proven that they are so."""
    read = json.loads(content)
    people = tuple(map(tuple, read["people"]))
    # A lookup of the first version holds no key.
    return Lookup(tuple(read["references"]), people, tuple(read["columns"]), read.get("lottery_key", ""))


def _check_lookup(references: Sequence[str], people: Sequence[Sequence[str]], columns: Sequence[str]) -> None:
    if any(check_reference(reference) != reference for reference in references):
        raise _bad_content("a case reference is not in its proper form")
    if {len(person) for person in people} - {len(columns)} or len(references) != len(people):
        raise _bad_content("its columns differ in length")
    if list(columns[:1]) != ["person_id"]:
        raise _bad_content('its first column is not "person_id"')
    if not all(isinstance(text, str) for person in people for text in person):
        raise _bad_content("an identifier is not text (0012 is not the number 12)")
    ids = [person[0] for person in people]
    if not all(ids):
        raise _bad_content("a person has no identifier")
    if len({*references}) + len({*ids}) < len(references) + len(ids):
        raise _bad_content("a case reference or a person is in it twice")


def _bad_content(why: str) -> CasetrackError:
    return UsageError.of("lookup-content", f"this cannot be a lookup: {why}.")


def check_reason(reason: str, lookup: Lookup | None, shapes: Iterable[str] = ()) -> None:
    """Refuse a reason that says nothing, breaks the log's lines, or names somebody.

    `shapes`: what identifiers look like, where the lookup stays shut.
    """
    ids = [text for person in (lookup.people if lookup else ()) for text in person]
    check_text(reason, "reason", Known(ids=ids, shapes=shapes), needed=True, error=UsageError)


def warn_if_late(facts: Facts, moment: dt.datetime, uses: int, stacklevel: int = 3) -> None:
    """Warn past the keep-until day; the number of the use keeps Python from showing only the first."""
    if facts.keep_until and moment.date() > dt.date.fromisoformat(facts.keep_until):
        late = (moment.date() - dt.date.fromisoformat(facts.keep_until)).days
        warnings.warn(
            f"This lookup was to be kept until {facts.keep_until}, {late:,} day{'s' if late != 1 else ''} ago (line "
            f"{uses} of its log). Destroy it, or put on record why it is needed longer.",
            KeepUntilWarning,
            stacklevel=stacklevel,
        )


def now() -> dt.datetime:
    """The moment, in UTC."""
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, repr=False)
class Use:
    """A lookup that a passphrase has opened, and its log with a line for this use; nothing is written yet."""

    sealed: Sealed
    keys: Keys
    whole: Lookup  # everyone in it, and the part asked for
    lookup: Lookup
    lines: tuple[lookup_log.LogLine, ...]

    def done(self, sealed: Sealed | None = None, of: ListState | None = None) -> Sealed:
        """The lookup as it is to be kept after this use."""
        return (sealed or self.sealed).with_log(self.keys, lookup_log.log_state(self.lines), of)


def begin_use(
    sealed: Sealed,
    read_lines: Callable[[], tuple[lookup_log.LogLine, ...]],
    passphrase: str,
    action: str,
    reason: str,
    moment: dt.datetime,
    *,
    where: Path,
    asked: tuple[str, ...] = (),
    logged: tuple[str, ...] = (),
) -> Use:
    """Open a lookup for one use; what is wrong with it, its log or the reason is raised before anything is given."""
    keys = sealed.unlock(passphrase)
    whole = parsed(sealed.records(keys))
    lookup = whole.only(asked) if asked else whole
    check_reason(reason, whole)
    lines = read_lines()
    lookup_log.check_against(lines, sealed.header.log, where)
    lookup_log.check_signatures(lines, keys.log, where)
    facts = sealed.header.facts
    warn_if_late(facts, moment, len(lines) + 1, stacklevel=5)
    references = asked or logged
    lines = lookup_log.add_line(
        lines,
        keys.log,
        lookup=facts.lookup,
        when=moment,
        action=action,
        references=references,
        cases=len(references) if references else len(whole),
        reason=reason.strip(),
    )
    return Use(sealed, keys, whole, lookup, lines)


def with_more(use: Use, more: Lookup, list_digest: str) -> Sealed:
    """The lookup with further cases; those sealed before stay, for the earlier lists."""
    whole, facts = use.whole.with_more(more), use.sealed.header.facts
    changed = make_facts(
        release_id=facts.release_id,
        list_digest=list_digest,
        created=dt.date.fromisoformat(facts.created),
        keep_until=dt.date.fromisoformat(facts.keep_until) if facts.keep_until else None,
        cases=len(whole),
        lookup=facts.lookup,
    )
    return use.sealed.with_records(use.keys, changed, spelled(whole))
