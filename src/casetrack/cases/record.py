"""What a case list is made of: its history, its design and, while they are known, its people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from casetrack.cases.history import Decision
from casetrack.cases.states import CaseState, list_frame, states_of
from casetrack.designs.design import Design
from casetrack.designs.drawing import Drawn
from casetrack.errors import HistoryError
from casetrack.extract import Extract
from casetrack.extract.cleaning import is_unknown
from casetrack.pool.cohorts import CodedPool
from casetrack.typed_text import Known, name_forms


def known_in(extract: Extract) -> Known:
    """Everybody's identifiers and, where they are at hand, the names of people and workers."""
    tables = [extract.events, *([] if extract.details is None else [extract.details])]
    return Known(
        ids=[*extract.identifiers["identifier"].tolist(), *extract.people.index.tolist()],
        names=_names_in(tables),
    )


def _names_in(tables: Iterable[pd.DataFrame]) -> dict[str, set[str]]:
    firsts: dict[str, set[str]] = defaultdict(set)
    for table in tables:
        if {"first_name", "last_name"} <= set(table.columns):
            pairs = table[["first_name", "last_name"]].dropna().drop_duplicates().astype(str)
            for first, last in pairs.itertuples(index=False):
                for word in name_forms(last):
                    firsts[word] |= name_forms(first)
        if "lead_professional" in table.columns:
            # "Not recorded" is two words and nobody.
            workers = (
                name
                for name in table["lead_professional"].dropna().astype(str).unique()
                if not is_unknown(name)
            )
            for name in workers:
                # Which of the words is the last name nobody says.
                words = {form for word in name.replace(",", " ").split() for form in name_forms(word)}
                for word in words:
                    firsts[word] |= words - {word}
    return firsts


@dataclass(frozen=True, repr=False)
class Identified:
    """The identifiable side of a case list: it is never saved with it."""

    coded: CodedPool
    #: The lottery's result, or what gives it: not asked where nobody needs it, since that takes the lottery's time.
    draw_again: Drawn | Callable[[], Drawn]
    design: Design
    people: Mapping[str, str]  # case reference to "person_id", for everyone who was ever on the list
    #: "person_id" to a reference that the lookup holds and the list does not: what an interrupted replacement left.
    spare: Mapping[str, str] = field(default_factory=dict)

    @property
    def drawn(self) -> Drawn:
        """The lottery's result: chances, and the order in which everyone would come."""
        return self.draw_again if isinstance(self.draw_again, Drawn) else self.draw_again()

    @property
    def chances_in_draw(self) -> pd.Series:
        """The chances of everyone who could be drawn, those without any too."""
        return self.drawn.chances.loc[list(self.drawn.order)]

    @cached_property
    def words(self) -> Known:
        """What no text on record may hold: everybody's identifiers, the names of people and workers."""
        return known_in(self.coded.pool.extract)

    def __repr__(self) -> str:
        return f"Identified({len(self.people)} people, not shown)"


@dataclass(frozen=True, repr=False)
class Record:
    """A history of decisions and what follows from it: who stands on the list, and in which state."""

    history: tuple[Decision, ...]
    design: Design  # the design of the draw, without the people that it names
    #: Who the cases are; None for a list that was opened from a file.
    known: Identified | None = field(default=None, compare=False)

    # -- what stands on the list -------------------------------------------------------------------

    @cached_property
    def states(self) -> dict[str, CaseState]:
        """Every case that was ever on the list, by reference."""
        return states_of(self.history)

    @cached_property
    def references(self) -> tuple[str, ...]:
        """The case references on the list now, sorted (they are random, so their order says nothing)."""
        return tuple(sorted(r for r, state in self.states.items() if state.on_list))

    @property
    def ids(self) -> tuple[str, ...]:
        """The ``person_id`` of everyone on the list, in the order of ``references``."""
        people = self.identified.people
        return tuple(people[r] for r in self.references)

    @property
    def cases(self) -> pd.DataFrame:
        """The list without people: index ``case_reference``; listed_as, codes, since, permission, selection."""
        return list_frame([self.states[r] for r in self.references])

    @property
    def people(self) -> pd.DataFrame:
        """The list with people, for the council's own eyes: ``cases`` with everything known of each person."""
        details = self.identified.coded.people.loc[list(self.ids)].drop(
            columns=list(self.identified.coded.code_names)
        )
        details.insert(0, "chance", self.identified.drawn.chances.loc[list(self.ids)].to_numpy())
        named = self.cases.assign(person_id=list(self.ids))
        return named.join(details.set_axis(self.references, axis=0))

    @property
    def identified(self) -> Identified:
        """Who the cases are."""
        if self.known is None:
            raise HistoryError.of(
                "people-not-known",
                "this list holds case references only.",
                advice="Attach it to its pool and lookup first: cases.attach(coded, people, design).",
            )
        return self.known

    @property
    def releases(self) -> tuple[Mapping[str, Any], ...]:
        """The ledger: what each release of the list put on record, oldest first."""
        return tuple(d.detail for d in self.history if d.action == "released")

    @property
    def drawn_facts(self) -> Mapping[str, Any]:
        """What the draw put on record: seed, digests, number, edition, dates, floor, cap and certificate."""
        return self.history[0].detail["draw"]

    @property
    def selected(self) -> pd.DataFrame:
        """The cases that CQC named, tracked before reserve."""
        chosen = self.cases[self.cases["selection"] != ""]
        return chosen.sort_values("selection", key=lambda s: s != "tracked", kind="stable")

    def __len__(self) -> int:
        return len(self.references)
