"""The end of a list: the lookup destroyed, and on request whatever else identifies people."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from casetrack.errors import LookupFileError
from casetrack.files import all_leftovers, overwrite_and_remove, remove, second_name
from casetrack.lookup import log as lookup_log
from casetrack.lookup.content import check_reason, describe, now, parsed
from casetrack.lookup.destruction import Certificate, certificate_of, destroy, with_last_line
from casetrack.release.template import IN_TEMPLATE
from casetrack.runs.exports import export, sealed_until, timetable_of
from casetrack.runs.folders import LOOKUP, RunFolder
from casetrack.runs.places import COUNCIL_ONLY, RETURN, state_path
from casetrack.runs.state import PACKS, SUPERSEDED, State, write_state

_OVERWRITTEN = (
    "The bytes of the earlier state, which held the encrypted lookup, were overwritten in place with "
    "random ones."
)
_OUT_OF_REACH = (
    "The earlier state is gone, but its bytes could not be reached to overwrite them: this file system "
    "has no links."
)


@dataclass(frozen=True)
class Ended:
    """What was destroyed, what else identifies people, and what of that was removed."""

    certificate: Certificate
    identifying: tuple[str, ...]
    removed: tuple[str, ...]


def kept_until(folder: RunFolder) -> dt.date | None:
    """The last day on which the council keeps the lookup, as far as it was given."""
    state = folder.state
    dates = timetable_of(state)
    if until := sealed_until(state):
        return dt.date.fromisoformat(until)
    if state.first_version and (folder.path / COUNCIL_ONLY / LOOKUP).exists():
        return describe(folder.path / COUNCIL_ONLY / LOOKUP).keep_until
    return None if dates is None else dates.keep_until


def what_identifies(folder: RunFolder, *, superseded: bool = False) -> list[str]:
    """Files that identify people beside the lookup, as seen from the folder; with ``superseded``, old returns too."""
    root, state = folder.path, folder.state
    found = {path for path in state.identifying if (root / path).exists()}
    found |= {_name(root, path) for path in (root / PACKS).glob("*") if path.is_file()}
    found |= {_name(root, path) for path in root.rglob("*.csv") if _is_of_people(path)}
    old = _superseded(folder) if superseded else []
    return [*sorted(found), *old]


def _superseded(folder: RunFolder) -> list[str]:
    """Earlier versions of the return, which nobody should send any more."""
    current = {name for p in folder.returns()[-1:] for name in (p.stem, f"{p.stem}{Path(IN_TEMPLATE).stem}")}
    paths = [p for part in (SUPERSEDED, RETURN) for p in sorted((folder.path / part).glob("case-list*"))]
    return [_name(folder.path, p) for p in paths if p.stem not in current]


def _name(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def _is_of_people(path: Path) -> bool:
    """Whether a CSV begins as the file of ``casetrack check --people-out`` does."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return next(csv.reader(stream), [])[:1] == ["person_id"]
    except (OSError, ValueError, csv.Error):
        return False


def destroy_folder(
    folder: RunFolder,
    passphrase: str | None = None,
    *,
    reason: str,
    documents: bool = False,
    when: dt.datetime | None = None,
) -> Ended:
    """Destroy the lookup of a list, whatever step an earlier try was interrupted at; and, on request, the documents.

    First the certificate is on the disk, then the lookup is gone, then the certificate says that it is done.

    `passphrase`: when given, it must open the lookup first: proof that it is the right one. `reason`: why. `documents`:
    remove the record packs, worklists and people files in the folder, and superseded returns. `when`: the moment; now
    when not given.
    """
    moment = when or now()
    if folder.state.first_version:
        certificate = destroy(folder.path / COUNCIL_ONLY / LOOKUP, passphrase, reason=reason, when=moment)
    else:
        folder = _begun(folder, passphrase, reason, moment)
        folder = _gone(folder)
        certificate = Certificate.from_dict(folder.state.certificate or {})
    removed = _remove_documents(folder) if documents else ()
    return Ended(certificate, tuple(what_identifies(folder)), removed)


def destroy_place(
    place: Path, passphrase: str | None = None, *, reason: str, documents: bool = False
) -> Ended:
    """The same for a folder, or for a sealed lookup that is a file of its own."""
    if place.is_dir():
        return destroy_folder(RunFolder.open(place), passphrase, reason=reason, documents=documents)
    return Ended(destroy(place, passphrase, reason=reason), (), ())


def _begun(folder: RunFolder, passphrase: str | None, reason: str, moment: dt.datetime) -> RunFolder:
    """The certificate on the disk, before anything is destroyed."""
    state = folder.state
    if state.lookup is None and state.certificate is None:
        raise LookupFileError.of("lookup-missing", "there is no lookup in this folder.")
    if state.lookup is None:
        return folder
    sealed = state.lookup.opened()
    keys = None if passphrase is None else sealed.unlock(passphrase)
    check_reason(reason, None if keys is None else parsed(sealed.records(keys)), state.shapes)
    if state.certificate is not None and keys is None:
        return folder
    lines = with_last_line(state.lookup.lines(state_path(folder.path)), sealed, keys, reason, moment)
    certificate = certificate_of(state.lookup.sealed, sealed, keys is not None, reason, moment, lines, ())
    log = lookup_log.log_bytes(lines).decode("ascii")
    # The log outlives the lookup: it is kept with those of earlier ones.
    earlier = tuple(text for text in state.earlier_logs if sealed.header.facts.lookup not in text)
    return folder.keep(state.changed(certificate=certificate.to_dict(), earlier_logs=(*earlier, log)))


def _gone(folder: RunFolder) -> RunFolder:
    """The state without the lookup; then the earlier bytes overwritten; then the word that it is done."""
    path, state = state_path(folder.path), folder.state
    certificate = Certificate.from_dict(state.certificate or {})
    if certificate.done and state.lookup is None:
        export(folder.path, state)
        return folder
    reached = True
    if state.lookup is not None:
        reached = second_name(path) is not None
        folder = _without_export(folder, state.changed(lookup=None))
    for left in all_leftovers(path.parent):
        overwrite_and_remove(left)
    steps = (
        "The destruction was written to the log, which stays.",
        "The state was written anew without the lookup.",
        _OVERWRITTEN if reached else _OUT_OF_REACH,
    )
    done = certificate.finished(steps, lookup_log.utc(now()))
    return folder.keep(folder.state.changed(certificate=done.to_dict()))


def _without_export(folder: RunFolder, state: State) -> RunFolder:
    """Only the state: clearing up would remove the second name before its bytes are overwritten."""
    write_state(folder.path, state, folder.state)
    return RunFolder(folder.path, state)


def _remove_documents(folder: RunFolder) -> tuple[str, ...]:
    names = what_identifies(folder, superseded=True)
    for name in names:
        remove(folder.path / name)
    if not folder.state.first_version:
        outputs = {path: one for path, one in folder.state.outputs.items() if path not in names}
        folder.keep(folder.state.changed(identifying={}, outputs=outputs))
    return tuple(names)
