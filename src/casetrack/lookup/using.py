"""One use of a sealed lookup, wherever it is kept: opened, checked against its log, and put on record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from casetrack.lookup import log as lookup_log
from casetrack.lookup.content import Lookup, check_reason, parsed, spelled, warn_if_late
from casetrack.lookup.sealing import Keys, ListState, Sealed, make_facts


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
