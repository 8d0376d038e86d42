"""Trouble with a design, found before any draw: quotas that clash, people without a chance, groups too rare."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pandas import DataFrame

from casetrack.designs.among import HIDDEN_AMONG
from casetrack.designs.asked import Asked
from casetrack.designs.bound import Bound, bind, drawable, limit_column
from casetrack.designs.coded_people import CodedPeople
from casetrack.designs.design_files import name_of
from casetrack.designs.nearest import shortfall_of
from casetrack.designs.quota import LINKED, who_counts
from casetrack.headings import JOINED, in_a_sentence
from casetrack.lottery.chance_words import one_in
from casetrack.quotas.programme import Model, best_list
from casetrack.quotas.shortfall import Shortfall, bound_in_words
from casetrack.quotas.without_chance import Group, Unfixed, groups_without_chance, types_without_chance
from casetrack.tables import html_lines, html_table
from casetrack.threads import one_thread
from casetrack.words import people

#: Fewer people than this in the pool, and a quota that covers the group is worth a second thought.
RARE = 10
#: Fewer than this, and to cover the group is to point at the people in it.
VERY_RARE = 5


@dataclass(frozen=True)
class DesignCheck:
    """What was found.

    Parameters
    ----------
    shortfall
        The quotas that cannot be met together and the nearest design that works; None when every quota can
        be met.
    without_chance
        People whom the design leaves no chance: ``who`` in words, ``people``, ``because``. What is named
        under ``because`` is a smallest reason: no part of it alone would leave them without a chance.
    rare
        Quotas that ask for a group of fewer than 10 eligible people: ``feature``, ``value``, ``people``,
        ``min``, ``advice``.
    likely
        Minimums that by themselves make a group's people likelier than 1 in 10, on average, to be on the list:
        ``feature``, ``value``, ``people`` who can be drawn, ``min``, ``would_not``, the largest minimum that
        would not. It is told, and nothing is refused: a release shows less of people who are nearly certain.
    people
        People who can be drawn.
    eligible
        People in the pool, those without a code included.
    """

    shortfall: Shortfall | None
    without_chance: DataFrame
    rare: DataFrame
    likely: DataFrame
    people: int
    eligible: int
    size: int = field(default=50)

    @property
    def works(self) -> bool:
        """Whether some list meets the design."""
        return self.shortfall is None

    @property
    def clean(self) -> bool:
        """Whether nothing stands in the way; what is only told (``likely``) does not."""
        return self.works and self.without_chance.empty and self.rare.empty

    def in_words(self) -> str:
        """Everything found, as a council reads it."""
        lines = [f"Places: {self.size:,}. Eligible people: {self.eligible:,}. Can be drawn: {self.people:,}."]
        if self.people <= self.size:
            lines.append("There are no more people than places: everyone who can be drawn is on the list.")
        lines.append(self._verdict())
        for row in self.without_chance.to_dict("records"):
            count = people(row["people"])
            lines.append(f"No chance for {row['who']}: {count}, because of {row['because']}.")
        for row in self.rare.to_dict("records"):
            lines.append(f"{_asked_of(row)}: {row['advice']}.")
        lines += [f"{_asked_of(row)}: {_likely_in_words(row)}." for row in self.likely.to_dict("records")]
        if self.clean:
            lines.append("Nothing stands in the way of this design.")
        return "\n".join(lines)

    def _verdict(self) -> str:
        if self.shortfall is not None:
            # Its first line has the places and the people, and those were said above.
            return "The design cannot be met. " + self.shortfall.in_words().partition("\n")[2]
        if self.without_chance.empty:
            return "The design can be met, and everybody who can be drawn has a chance."
        people = int(self.without_chance["people"].sum())
        has = "1 person who can be drawn has" if people == 1 else f"{people:,} people who can be drawn have"
        return f"The design can be met, but {has} no chance."

    def to_frame(self) -> DataFrame:
        """One row per finding: ``kind``, ``what``, ``people``."""
        clash = [] if self.shortfall is None else self.shortfall.names
        rows: list[tuple[str, str, object]] = [("clash", name, None) for name in clash]
        rows += [
            ("no chance", f"{row['who']}: {row['because']}", row["people"])
            for row in self.without_chance.to_dict("records")
        ]
        rows += [
            ("rare", f"{name_of(row['feature'], row['value'])}: {row['advice']}", row["people"])
            for row in self.rare.to_dict("records")
        ]
        rows += [
            ("likely", f"{name_of(row['feature'], row['value'])}: {_likely_in_words(row)}", row["people"])
            for row in self.likely.to_dict("records")
        ]
        return DataFrame(rows, columns=["kind", "what", "people"]).astype({"people": "Int64"})

    def __str__(self) -> str:
        return self.in_words()

    def _repr_html_(self) -> str:
        return html_lines(self.in_words()) + ("" if (found := self.to_frame()).empty else html_table(found))


@one_thread
def check_design(design: Asked, coded: CodedPeople) -> DesignCheck:
    """Look for trouble with a design before any draw.

    Who has no chance is decided on fractions of people: someone named here is on no list at all. The rare
    person whom only whole numbers keep off every list is not found here, but by the draw, which publishes
    every chance.
    """
    shortfall = shortfall_of(design, coded)
    bound = bind(design, coded)
    return DesignCheck(
        shortfall=shortfall,
        without_chance=_without_chance(design, coded, bound) if shortfall is None else _nobody(),
        rare=_rare(design, coded),
        likely=_likely(design, coded),
        people=len(bound.people) + len(bound.fixed) + len(bound.shut_out),
        eligible=len(coded.people),
        size=design.size,
    )


def _nobody(rows: Iterable[tuple[str, int, str]] = ()) -> DataFrame:
    return DataFrame(list(rows), columns=["who", "people", "because"]).astype({"people": "int64"})


def _without_chance(design: Asked, coded: CodedPeople, bound: Bound) -> DataFrame:
    rows: list[tuple[str, int, str]] = []
    if len(bound.shut_out):
        rows.append(
            ("people who share a limit that fixed places fill", len(bound.shut_out), "the fixed places")
        )
    unfixed = None
    limits = _limits_of_certain(bound)
    if limits or bound.fixed:
        # The same rows in both, so that a reason found in one can be told in the words of the other.
        unfixed = bind(design.with_fixed_places({}), coded, more_rows=limits)
        bound = bind(design, coded, more_rows=unfixed.rows_of)
    model, counts = bound.model, bound.system.counts
    if best_list(model) is None or not bound.size:
        return _nobody(rows)
    out = types_without_chance(model)
    if not out.any():
        return _nobody(rows)
    as_if = _as_if_unfixed(unfixed, bound) if unfixed is not None and bound.fixed else None
    groups, others = groups_without_chance(model, counts, out, as_if)
    told: dict[tuple[str, str], int] = {}
    for group in groups:
        words = _who(model, group), _because(model, bound, group)
        told[words] = told.get(words, 0) + int(counts[group.types].sum())
    rows += [(who, count, because) for (who, because), count in told.items()]
    if others:
        rows.append(("others", others, "the quotas together"))
    return _nobody(rows)


def _limits_of_certain(bound: Bound) -> dict[str, set[int]]:
    """Values of limited columns that matter here: those that people who are on every list share with others.

    Where all of a group are needed, whoever shares a full value with one of them is on no list.
    """
    system, needed = bound.system, bound.quotas["min"].to_numpy(np.int64) - bound.held
    whole = np.flatnonzero((needed > 0) & (needed >= np.asarray(system.supply)))
    types: np.ndarray = np.asarray(system.features)[whole].sum(axis=0) > 0
    certain = types[system.type_of]
    found = {column: set(rows) for column, rows in bound.rows_of.items()}
    for column, numbers in bound.limits.items():
        sharing = np.bincount(numbers[numbers >= 0], minlength=len(bound.room[column]))
        theirs = np.unique(numbers[certain & (numbers >= 0)])
        full = theirs[sharing[theirs] > bound.room[column][theirs]]
        if len(full):
            found.setdefault(column, set()).update(full.tolist())
    return {column: rows for column, rows in found.items() if rows} if len(whole) else {}


def _as_if_unfixed(unfixed: Bound, bound: Bound) -> Unfixed:
    """The design with nobody in a fixed place, and where each type of the design as it is stands there."""
    of_person = unfixed.system.type_of[unfixed.people.index.get_indexer(bound.people.index)]
    types = np.zeros(len(bound.system.counts), dtype=np.int64)
    types[bound.system.type_of] = of_person
    return Unfixed(unfixed.model, types)


def _who(model: Model, group: Group) -> str:
    has = [_told(model.labels[row]) for row in group.has]
    lacks = [f"without {_told(model.labels[row])}" for row in group.lacks]
    return f"everyone {' and '.join([*(f'with {name}' for name in has), *lacks])}"


def _because(model: Model, bound: Bound, group: Group) -> str:
    words = []
    for way in group.because:
        rows = list(way.rows)
        most = int(((model.low if way.bound == "min" else model.high)[rows] + bound.held[rows]).max())
        words.append(f"{bound_in_words(way.bound)} {most:,} for {_told(model.labels[rows[0]])}")
    if group.with_fixed:
        words.append(f"{len(bound.fixed):,} fixed {'place' if len(bound.fixed) == 1 else 'places'}")
    return ", ".join(words) if words else "the size of the list"


def _told(label: tuple[str, str]) -> str:
    """A quota's group in words; a combination has two."""
    column = limit_column(label[0])
    if column is not None:
        linked = "carer or cared-for person"
        return f"a particular {linked if column == LINKED else in_a_sentence(column)}"
    parts = zip(label[0].split(JOINED), label[1].split(JOINED), strict=True)
    return " and ".join(
        feature if name_of(feature, value) == feature else f'{in_a_sentence(feature)} "{value}"'
        for feature, value in parts
    )


def _rare(design: Asked, coded: CodedPeople) -> DataFrame:
    # Counted among everyone eligible, as the suggestion does: who has no code cannot be told from outside.
    rows = []
    for (feature, value), quota in design.quotas().items():
        if quota.min:
            count = int(who_counts(coded.people, feature, value).sum())
            if count < RARE:
                rows.append((feature, value, count, quota.min, _advice(count)))
    frame = DataFrame(rows, columns=["feature", "value", "people", "min", "advice"])
    return frame.astype({"people": "int64", "min": "int64"})


def _likely(design: Asked, coded: CodedPeople) -> DataFrame:
    # What balances a list lies about the chances and moves none, so only what the design asks by itself can lift them.
    can_be_drawn = drawable(design, coded)
    rows = []
    for (feature, value), quota in design.without_balance().quotas().items():
        count = int(who_counts(can_be_drawn, feature, value).sum()) if quota.min else 0
        if 0 < count < quota.min * HIDDEN_AMONG:
            rows.append((feature, value, count, quota.min, count // HIDDEN_AMONG))
    frame = DataFrame(rows, columns=["feature", "value", "people", "min", "would_not"])
    return frame.astype({"people": "int64", "min": "int64", "would_not": "int64"})


def _asked_of(row: dict[Hashable, Any]) -> str:
    return f"At least {row['min']:,} for {_told((row['feature'], row['value']))}"


def _likely_in_words(row: dict[Hashable, Any]) -> str:
    lifted = (
        f"makes {people(row['people'])} likelier than 1 in {HIDDEN_AMONG} to be on the list, on average "
        f"{one_in(min(1.0, row['min'] / row['people']))}, so that a release shows less of them"
    )
    if row["would_not"]:
        return f"{lifted}; a minimum of {row['would_not']:,} would not"
    return f"{lifted}; only no minimum would not"


def _advice(count: int) -> str:
    if count < VERY_RARE:
        return (
            f"fewer than {VERY_RARE} eligible people are in this group, and to cover it is to point at them"
        )
    return f"fewer than {RARE} eligible people are in this group; think twice before the return shows it"
