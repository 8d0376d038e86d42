"""The end of a lookup: afterwards no case reference leads back to a person, and a certificate says so."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from casetrack.errors import LookupFileError
from casetrack.files import leftovers, locked, overwrite_and_remove, set_aside, write_file
from casetrack.lookup import log as lookup_log
from casetrack.lookup.content import certificate_path, check_reason, now, parsed, read_sealed
from casetrack.lookup.sealing import MAGIC, Keys, Sealed
from casetrack.small_files import read_small
from casetrack.words import moment as moment_in_words

#: What overwriting one file does not reach. Printed on every certificate.
LIMITS = (
    "On a hard disk that writes in place, the file's contents are overwritten. A solid-state disk or memory stick "
    "writes new contents elsewhere and may keep the old ones until it needs the room; no program can prevent or "
    "check that. The same holds for file systems that keep earlier versions (snapshots, OneDrive or SharePoint "
    "history) and for the council's backups.",
    "Every use of a lookup writes it anew, so earlier versions of the same file may be left in the disk's "
    "free space.",
    "Such remains are encrypted and open only with the passphrase that was in use when they were written. "
    "Removing every record of the passphrase, from the password manager and from paper, is what makes them "
    "unreadable: do that now. Encrypted disks that are themselves wiped by discarding their key end the remains "
    "too.",
    "Copies of the lookup that somebody made elsewhere are not found by casetrack. Delete them, and look at the "
    "log for who had people revealed to them.",
    "Whoever still holds the council's extract, the design and the draw's secret key can repeat the draw and see who "
    "was on the list. The key went with the lookup; a lottery made ready before the draw (lottery.json) holds it too, "
    "sealed with its passphrase, and so does a key file: destroy those. Without the key the draw cannot be repeated, but "
    "the released columns can be compared with the extract. Apply the council's retention schedule to those files too.",
)


@dataclass(frozen=True)
class Certificate:
    """What was destroyed, when, why and how; and what that does not reach. It holds no identifier."""

    #: From the lookup's header; empty, or 0, when a destruction that was interrupted had already overwritten it.
    release_id: str
    list_digest: str
    created: str
    keep_until: str
    cases: int
    destroyed: str  # date and time in UTC
    reason: str
    #: True when the passphrase was given and opened the lookup first, which proves that it was the right file.
    opened: bool
    file_size: int  # of the sealed file as it was
    file_sha256: str
    #: Number of lines and the hash of the last, so that the log can be checked against the certificate.
    log: dict[str, int | str]
    steps: tuple[str, ...]
    limits: tuple[str, ...] = LIMITS
    done: str = ""  # when it was done, in UTC; empty while it is only begun

    def to_dict(self) -> dict[str, Any]:
        """The certificate as plain dictionaries and lists."""
        content = {"certificate": "destruction of a casetrack lookup", **asdict(self)}
        return {name: list(part) if isinstance(part, tuple) else part for name, part in content.items()}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Certificate:
        """A certificate from what `to_dict` gave; what an earlier version did not know stays empty."""
        told: dict[str, Any] = {f.name: content[f.name] for f in fields(cls) if f.name in content}
        for name, part in told.items():
            told[name] = tuple(part) if isinstance(part, list) else part
        return cls(**told)

    def to_json(self) -> str:
        """The certificate as it is written beside where the lookup was."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"

    def finished(self, steps: tuple[str, ...], done: str) -> Certificate:
        """The certificate with what was done, once it is."""
        return replace(self, steps=steps, done=done)

    def __str__(self) -> str:
        proof = (
            "The passphrase had opened it."
            if self.opened
            else "It was destroyed without being opened, so that it was the right file is not proven."
        )
        lines = [
            f"The lookup of release {self.release_id or '(not readable)'}, {self.cases} cases, "
            f"was destroyed on {moment_in_words(self.destroyed)}.",
            f"Reason: {self.reason}",
            proof,
            *(f"Done: {step}" for step in self.steps),
            *([] if self.done else ["The destruction is begun and not done: destroy it again."]),
            *(f"Not reached: {limit}" for limit in self.limits),
        ]
        return "\n".join(lines)


def destroy(
    path: str | os.PathLike[str],
    passphrase: str | None = None,
    *,
    reason: str = "The lookup is no longer needed.",
    when: dt.datetime | None = None,
) -> Certificate:
    """Make re-identification through the lookup impossible: overwrite, delete, put on record, certify.

    Safe to repeat after an interruption. The log stays, and still shows every use.

    `passphrase`: when given, it must open the lookup first: proof that this is the right file. Not needed, since anyone
    who can write to the folder can delete a file. `reason`: why, for the log and the certificate. It must name nobody.
    `when`: the moment; now when not given.
    """
    target, moment = Path(path), when or now()
    if not target.exists() and certificate_path(target).exists():
        return _finished(target, moment)
    content = _recognised(target)
    with locked(target):
        sealed, keys = _opened(target, passphrase)
        check_reason(reason, None if sealed is None or keys is None else parsed(sealed.records(keys)))
        before, trouble = _log_so_far(target, sealed)
        lines = with_last_line(before, sealed, keys, reason, moment)
        begun = certificate_of(
            content, sealed, keys is not None, reason, moment, lines, tuple(filter(None, [trouble]))
        )
        write_file(certificate_path(target), begun.to_json(), force=True)
        write_file(lookup_log.log_path(target), lookup_log.log_bytes(lines), force=True)
        left = leftovers(target)
        for file in left:
            overwrite_and_remove(file, keep=len(MAGIC))
        cleared = (
            f"Unfinished copies left by an interrupted use ({len(left)}) were destroyed too." if left else ""
        )
        steps = tuple(filter(None, (trouble, *_overwrite_and_delete(target), cleared)))
        certificate = begun.finished(steps, lookup_log.utc(moment))
        write_file(certificate_path(target), certificate.to_json(), force=True)
    with contextlib.suppress(OSError):
        target.with_name(f".{target.name}.lock").unlink()
    return certificate


def _finished(path: Path, moment: dt.datetime) -> Certificate:
    """The certificate of a lookup that is gone; the word that it is done is added where it was interrupted."""
    try:
        told = json.loads(certificate_path(path).read_text(encoding="utf-8"))
        certificate = Certificate.from_dict(told)
    except (OSError, ValueError, TypeError):
        read_sealed(path)
        raise
    # The first version wrote its certificate when all was done, and no word of its own for that.
    if not certificate.done and "done" in told:
        steps = (*certificate.steps, "The file was gone when the destruction was asked for again.")
        certificate = certificate.finished(steps, lookup_log.utc(moment))
        write_file(certificate_path(path), certificate.to_json(), force=True)
    return certificate


def _recognised(path: Path) -> bytes:
    """The file, if it is a lookup; one half overwritten by an earlier try still begins as one."""
    try:
        content = read_small(path)
    except OSError:
        read_sealed(path)
        raise
    if not content.startswith(MAGIC):
        read_sealed(path)
    return content


def _opened(path: Path, passphrase: str | None) -> tuple[Sealed | None, Keys | None]:
    if passphrase is not None:
        sealed = read_sealed(path)
        return sealed, sealed.unlock(passphrase)
    try:
        return read_sealed(path), None
    except LookupFileError:
        return None, None


def _log_so_far(path: Path, sealed: Sealed | None) -> tuple[tuple[lookup_log.LogLine, ...], str]:
    """The log, or an empty one and why: a lookup whose log was lost must still be destroyed."""
    try:
        lines = lookup_log.read_log(path)
        if sealed is not None and not any(line.action == "destroyed" for line in lines):
            lookup_log.check_against(lines, sealed.header.log, path)
    except LookupFileError as error:
        kept = set_aside(lookup_log.log_path(path))
        where = f"; what there was is kept as {kept.name}" if kept else ""
        return (), f"The log did not hold ({error.code}), so a new one was begun{where}."
    return lines, ""


def with_last_line(
    lines: tuple[lookup_log.LogLine, ...],
    sealed: Sealed | None,
    keys: Keys | None,
    reason: str,
    moment: dt.datetime,
) -> tuple[lookup_log.LogLine, ...]:
    """The log with the destruction on record."""
    facts = None if sealed is None else sealed.header.facts
    return lookup_log.add_line(
        lines,
        None if keys is None else keys.log,
        lookup=facts.lookup if facts else lines[-1].lookup if lines else "",
        when=moment,
        action="destroyed",
        cases=facts.cases if facts else 0,
        reason=reason.strip(),
    )


def _overwrite_and_delete(path: Path) -> tuple[str, ...]:
    """Random bytes over all but the opening words, so that an interrupted destruction can be taken up."""
    size = overwrite_and_remove(path, keep=len(MAGIC))
    return (
        "The destruction was written to the log.",
        f"The file's {size:,} bytes, which hold the encrypted key and records, were overwritten in place "
        f"with random ones.",
        "The file was deleted.",
    )


def certificate_of(
    content: bytes,
    sealed: Sealed | None,
    opened: bool,
    reason: str,
    moment: dt.datetime,
    lines: tuple[lookup_log.LogLine, ...],
    steps: tuple[str, ...],
) -> Certificate:
    """The certificate of a destruction that is about to begin."""
    told: dict[str, Any] = {"release_id": "", "list_digest": "", "created": "", "keep_until": "", "cases": 0}
    if sealed is not None:
        told = sealed.header.facts.model_dump(exclude={"lookup"})
    return Certificate(
        **told,
        destroyed=lookup_log.utc(moment),
        reason=reason.strip(),
        opened=opened,
        file_size=len(content),
        file_sha256=hashlib.sha256(content).hexdigest(),
        log=lookup_log.log_state(lines).model_dump(),
        steps=steps,
    )
