"""Whether a text tells of a person, digests left out."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Digests of random references differ with every run: one in some hundred texts has seven digits of somebody by chance.
_DIGEST = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{16,}(?![0-9A-Za-z])")


def told(text: str, people: Iterable[str]) -> list[str]:
    """Those identifiers that occur in the text, anywhere but within a digest."""
    searched = _DIGEST.sub("(digest)", text)
    return [person for person in people if person in searched]
