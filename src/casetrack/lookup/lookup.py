"""The sealed lookup in use: the only way back from a case reference to a person.

`Lookup` holds it in memory, without showing it; `Lookup.seal` writes it encrypted. Afterwards `reveal` gives
back the people asked for and nobody else, and puts on record that it did. `rewrap` changes the passphrase;
`verify_log` checks the record; `destroy` ends it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from casetrack.errors import LookupFileError, UsageError
from casetrack.files import locked, set_aside, write_file
from casetrack.lookup import log as lookup_log
from casetrack.lookup.content import (
    KeepUntilWarning,
    Lookup,
    SealedLookup,
    Use,
    begin_use,
    certificate_path,
    check_reason,
    describe,
    now,
    parsed,
    read_sealed,
    warn_if_late,
    with_more,
)
from casetrack.lookup.destruction import Certificate, destroy
from casetrack.lookup.sealing import Cost, Sealed, check_passphrase
from casetrack.references import check_reference
from casetrack.small_files import json_of, text_of
from casetrack.stages import need

__all__ = [
    "Certificate",
    "KeepUntilWarning",
    "LogCheck",
    "Lookup",
    "SealedLookup",
    "describe",
    "destroy",
    "extend",
    "open_lookup",
    "restart_log",
    "reveal",
    "rewrap",
    "verify_log",
]


@dataclass(frozen=True)
class LogCheck:
    """A log that held: its lines, and how much was proven."""

    lines: tuple[lookup_log.LogLine, ...] = field(repr=False)
    #: True when the passphrase was given and every line is signed under the lookup's own key.
    signatures_checked: bool
    #: Lines after the last one that the lookup remembers: uses that were interrupted before they revealed anything.
    unfinished: int
    destroyed: bool

    def to_frame(self) -> pd.DataFrame:
        """One row per use: number, when, action, cases, references, reason."""
        return lookup_log.log_frame(self.lines)

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False, border=0))


def reveal(
    path: str | os.PathLike[str],
    references: str | Iterable[str],
    passphrase: str,
    *,
    reason: str,
    when: dt.datetime | None = None,
) -> pd.DataFrame:
    """Who the case references asked for stand for. The log has its line before anything is given.

    Parameters
    ----------
    path
        The sealed lookup.
    references
        One or more case references as they stand in the list; spacing and capitals do not matter.
    passphrase
        The one it was sealed with.
    reason
        Why, for the log: up to 500 characters that name nobody.
    when
        The moment; now when not given.

    Returns
    -------
    DataFrame
        One row per reference in the order asked: ``case_reference``, ``person_id`` and what else was sealed,
        all text.

    Raises
    ------
    UsageError
        ``reference-mistyped``, ``no-reason``, ``reason-names-somebody`` or ``nothing-asked``.
    LookupFileError
        ``unknown-reference``, ``wrong-passphrase-or-changed``, or a code for a damaged file or log. Nothing
        is revealed.

    Warns
    -----
    KeepUntilWarning
        Past the day until which the lookup was to be kept.
    """
    # Not by a decorator: a warning is to name the caller's own line.
    need(path, str | os.PathLike[str], "path")
    need(references, str | Iterable[str], "references")
    need(passphrase, str, "passphrase")
    need(reason, str, "reason")
    need(when, dt.datetime | None, "when")
    asked = (references,) if isinstance(references, str) else tuple(references)
    asked = tuple(dict.fromkeys(check_reference(reference) for reference in asked))
    if not asked:
        raise UsageError.of("nothing-asked", "no case reference was asked for.")
    return _use(path, passphrase, "revealed", reason, when, asked).to_people_frame()


def open_lookup(
    path: str | os.PathLike[str], passphrase: str, *, reason: str, when: dt.datetime | None = None
) -> Lookup:
    """The whole lookup in memory, for work that needs everyone; logged like `reveal`."""
    return _use(path, passphrase, "opened", reason, when)


def extend(
    path: str | os.PathLike[str],
    more: Lookup,
    passphrase: str,
    *,
    reason: str,
    list_digest: str | None = None,
    when: dt.datetime | None = None,
) -> None:
    """Add cases, for example after a replacement. Those already sealed stay, for the earlier lists.

    `list_digest`: the digest of the list as it now stands; unchanged when not given.
    """

    def extended(use: Use) -> Sealed:
        digest = use.sealed.header.facts.list_digest if list_digest is None else list_digest
        return with_more(use, more, digest)

    _use(path, passphrase, "extended", reason, when, logged=more.references, changed=extended)


def rewrap(
    path: str | os.PathLike[str],
    old: str,
    new: str,
    *,
    when: dt.datetime | None = None,
    _cost: Cost | None = None,
) -> None:
    """Change the passphrase: only the wrapped key and its header change, the records stay byte for byte.

    An earlier copy of the file, in a backup for example, still opens with the old passphrase.
    """
    check_passphrase(new)

    def rewrapped(use: Use) -> Sealed:
        return use.sealed.with_passphrase(use.keys, new, _cost or Cost(), old=old)

    _use(path, old, "passphrase changed", "The passphrase was changed.", when, changed=rewrapped)


def restart_log(
    path: str | os.PathLike[str], passphrase: str, *, reason: str, when: dt.datetime | None = None
) -> Path | None:
    """Begin the log anew after it was lost or changed, starting with how many lines the old one had."""
    moment, target = when or now(), Path(path)
    with locked(target):
        sealed = read_sealed(target)
        keys = sealed.unlock(passphrase)
        check_reason(reason, parsed(sealed.records(keys)))
        warn_if_late(sealed.header.facts, moment, sealed.header.log.lines + 1)
        said = f"{reason} (The log before this one had {sealed.header.log.lines} lines.)"
        lines = lookup_log.add_line(
            (),
            keys.log,
            lookup=sealed.header.facts.lookup,
            when=moment,
            action="log restarted",
            cases=0,
            reason=said,
        )
        kept = set_aside(lookup_log.log_path(target))
        write_file(lookup_log.log_path(target), lookup_log.log_bytes(lines))
        write_file(target, sealed.with_log(keys, lookup_log.log_state(lines)).to_bytes(), force=True)
    return kept


def verify_log(
    path: str | os.PathLike[str], passphrase: str | None = None, *, when: dt.datetime | None = None
) -> LogCheck:
    """Check the log of a lookup, also of one that was destroyed.

    Without the passphrase an edited, removed or exchanged line is found, unless somebody rebuilt the whole
    chain and the header. With it that is found too. Not found, by anything that lies in the same folder:
    that the lookup and its log were both put back to an earlier copy, or that somebody opened a copy
    elsewhere.

    `passphrase`: to check the signatures as well. `when`: the moment, for the keep-until warning; now when not given.
    """
    target = Path(path)
    lines = lookup_log.read_log(target)
    if not target.exists():
        _check_destroyed(target, lines)
        return LogCheck(lines, signatures_checked=False, unfinished=0, destroyed=True)
    sealed = read_sealed(target)
    state, facts = sealed.header.log, sealed.header.facts
    keys = None if passphrase is None else sealed.unlock(passphrase)
    lookup_log.check_against(lines, state, target)
    if keys is not None:
        lookup_log.check_signatures(lines, keys.log, target)
    warn_if_late(facts, when or now(), len(lines))
    return LogCheck(lines, passphrase is not None, len(lines) - state.lines, destroyed=False)


def _use(
    path: str | os.PathLike[str],
    passphrase: str,
    action: str,
    reason: str,
    when: dt.datetime | None,
    asked: tuple[str, ...] = (),
    *,
    logged: tuple[str, ...] = (),
    changed: Callable[[Use], Sealed] | None = None,
) -> Lookup:
    """The part asked for of a lookup that is a file, given once log and header are on the disk."""
    target = Path(path)
    read_sealed(target)
    with locked(target):
        use = begin_use(
            read_sealed(target),
            lambda: lookup_log.read_log(target),
            passphrase,
            action,
            reason,
            when or now(),
            where=target,
            asked=asked,
            logged=logged,
        )
        done = use.done(None if changed is None else changed(use))
        write_file(lookup_log.log_path(target), lookup_log.log_bytes(use.lines), force=True)
        write_file(target, done.to_bytes(), force=True)
    return use.lookup


def _check_destroyed(path: Path, lines: tuple[lookup_log.LogLine, ...]) -> None:
    if not lines or lines[-1].action != "destroyed":
        raise LookupFileError.of(
            "lookup-missing",
            "the lookup is gone, and the last line of its log does not say that it was destroyed.",
            where=str(path),
            advice="Look for it in the council's backup; record the loss with your data protection officer.",
        )
    with contextlib.suppress(FileNotFoundError, ValueError, KeyError, TypeError):
        certified = json_of(text_of(certificate_path(path)))["log"]
        if certified != lookup_log.log_state(lines).model_dump():
            raise LookupFileError.of(
                "log-changed",
                "the log is not the one that the certificate of destruction names.",
                where=str(path),
            )
