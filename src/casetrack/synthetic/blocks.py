"""Events in columns of numbers, and what is known of each person's latest assessment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casetrack.synthetic.chance import Bools, Ints

REQUEST, ASSESSMENT, SERVICE, REVIEW = 0, 1, 2, 3
IN_WINDOW, TOO_OLD, AFTER, NEVER, STILL_OPEN = range(5)


@dataclass(frozen=True)
class Events:
    """One position for each event; ``codes`` are positions in ``VALUES``, -1 where a field has no place."""

    person: Ints
    kind: Ints | int
    start: Ints
    end: Ints
    client: Ints
    codes: dict[str, Ints]

    def take(self, which: Ints | Bools) -> Events:
        """Some of the events, or all of them in another order."""
        kind = np.asarray(np.broadcast_to(self.kind, self.person.shape)[which])
        codes = {name: values[which] for name, values in self.codes.items()}
        who, start, end, client = (c[which] for c in (self.person, self.start, self.end, self.client))
        return Events(who, kind, start, end, client, codes)


_CODED = (
    "Event Outcome",
    "Request: Route of Access",
    "Assessment Type",
    "Eligible Needs Identified",
    "Method of Assessment",
    "Service Type",
    "Service Component",
    "Delivery Mechanism",
    "Review Reason",
    "Review Outcomes Achieved",
    "Method of Review",
)


def together(blocks: list[Events]) -> Events:
    """Blocks of events as one, each with every field."""
    parts = [block.take(np.arange(len(block.person))) for block in blocks]

    def whole(name: str) -> Ints:
        return np.concatenate([getattr(part, name) for part in parts])

    blanks = [np.full(len(part.person), -1, dtype=np.int64) for part in parts]
    codes = {
        name: np.concatenate([p.codes.get(name, blank) for p, blank in zip(parts, blanks, strict=True)])
        for name in _CODED
    }
    return Events(whole("person"), whole("kind"), whole("start"), whole("end"), whole("client"), codes)
