"""Who the cases are: the identifiable side of a case list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from casetrack.cohorts import CodedPool
from casetrack.sampling.design import Design
from casetrack.sampling.drawing import Drawn

__all__ = ["Identified"]


@dataclass(frozen=True, repr=False)
class Identified:
    """The identifiable side of a case list: it is never saved with it.

    Parameters
    ----------
    coded
        The pool that the list was drawn from.
    drawn
        The lottery's result: chances, and the order in which everyone would come.
    design
        The design in full, fixed places and exclusions included.
    people
        Case reference to ``person_id``, for everyone who was ever on the list.
    spare
        ``person_id`` to a reference that the lookup holds and the list does not: what an interrupted replacement left.
    """

    coded: CodedPool
    drawn: Drawn
    design: Design
    people: Mapping[str, str]
    spare: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Identified({len(self.people)} people, not shown)"
