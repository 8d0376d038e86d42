"""Lines that each carry the digest of the line before, so that a changed, dropped or moved line shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: What stands for the line before the first.
START = "0" * 64


def canonical(value: Any, *, ascii_only: bool = False) -> str:
    """JSON in the one form that digests are taken of: sorted keys, no spaces, characters as they are."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=ascii_only, allow_nan=False)


def canonical_digest(value: Any, *, ascii_only: bool = False) -> str:
    """SHA-256 of the canonical form."""
    return hashlib.sha256(canonical(value, ascii_only=ascii_only).encode()).hexdigest()


@dataclass(frozen=True)
class Chain:
    """How the lines of one kind of log hang together: the parts that their first formats fixed."""

    digest: str = "digest"  # the name of a line's own digest
    start: str = START
    ascii_only: bool = False  # whether other characters are written as escapes

    def digest_of(self, line: Mapping[str, Any]) -> str:
        """SHA-256 of a line without its own digest."""
        content = {name: value for name, value in line.items() if name != self.digest}
        return canonical_digest(content, ascii_only=self.ascii_only)

    def after(self, last: Mapping[str, Any] | None) -> str:
        """What a line that follows ``last`` says of the one before it."""
        return self.start if last is None else str(last[self.digest])

    def first_broken(self, lines: Sequence[Mapping[str, Any]]) -> int | None:
        """The number of the first line that does not follow from the one before it, or None."""
        previous = self.start
        for number, line in enumerate(lines, start=1):
            told = (line["number"], line["previous"], line[self.digest])
            if told != (number, previous, self.digest_of(line)):
                return number
            previous = line[self.digest]
        return None
