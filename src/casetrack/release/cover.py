"""What only the council knows of a return: for its cover and the head and foot of every page."""

from __future__ import annotations

from dataclasses import dataclass

#: Government Security Classifications: the list is personal data, though nobody is named.
MARKING = "OFFICIAL-SENSITIVE: personal data"


@dataclass(frozen=True)
class Cover:
    """What stands on the cover beside what the release says of itself; what is empty is left for the council to fill in.

    Parameters
    ----------
    council
        The council's name.
    contact
        Who to ask: a role and a mailbox.
    version
        The version of the list, from 1.
    dated
        The day of this version, ISO.
    replaces
        The day of the version before, ISO; empty for the first.
    """

    council: str = ""
    contact: str = ""
    version: int = 1
    dated: str = ""
    replaces: str = ""
