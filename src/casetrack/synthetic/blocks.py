"""Events of one kind, before they are put together, and what is known of each person's latest assessment."""

from __future__ import annotations

from dataclasses import dataclass

from casetrack.synthetic.chance import Bools, Ints

__all__ = [
    "AFTER",
    "ASSESSMENT",
    "IN_WINDOW",
    "NEVER",
    "REQUEST",
    "REVIEW",
    "SERVICE",
    "STILL_OPEN",
    "TOO_OLD",
    "Block",
]

REQUEST, ASSESSMENT, SERVICE, REVIEW = 0, 1, 2, 3
IN_WINDOW, TOO_OLD, AFTER, NEVER, STILL_OPEN = range(5)


@dataclass(frozen=True)
class Block:
    """Events of one kind, before they are put together."""

    person: Ints
    kind: int
    start: Ints
    end: Ints
    client: Ints
    codes: dict[str, Ints]

    def only(self, keep: Bools) -> Block:
        """Keep some of the events."""
        codes = {name: values[keep] for name, values in self.codes.items()}
        return Block(self.person[keep], self.kind, self.start[keep], self.end[keep], self.client[keep], codes)
