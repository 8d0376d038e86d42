"""Who comes when somebody leaves: the next in the draw's own order who keeps every quota.

The order was fixed by the draw, so nobody chooses a replacement. First come the people waiting who meet the
cohort code that the place is listed as; only when none of them keeps every quota does the first of all in the
order who does. The rest of the list stays as it is, and so the open place can be taken by few people: how many
of those in line could not take it is part of every answer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from pandas import DataFrame, Index

from casetrack.designs.bound import bind, open_limits, quotas_frame
from casetrack.designs.coded_people import CodedPeople
from casetrack.designs.design import Design
from casetrack.designs.nearest import nearest_design, shortfall_of
from casetrack.errors import InfeasibleDesignError, UsageError
from casetrack.quotas.programme import best_list
from casetrack.quotas.quota_system import QuotaSystem, quota_system
from casetrack.quotas.shortfall import refusal
from casetrack.quotas.without_chance import types_without_chance
from casetrack.threads import one_thread

__all__ = ["Replacement", "next_in_line", "reserves"]


@dataclass(frozen=True)
class Replacement:
    """The person who takes an open place.

    Parameters
    ----------
    person_id
        Who comes; left out of the printed form.
    listed_as
        The code that the person is listed as: the code of the open place where they meet it, otherwise the
        one of their codes that the fewest others on the list meet.
    fills_code
        Whether they meet the code of the open place. True when no code was asked for.
    passed_over
        People earlier in line who could not come, or who do not meet the code that another meets.
    in_line
        People who could be asked: everyone drawable who is neither on the list nor gone.
    could_come
        How many of them could really be the one, whatever their place in line: of those with whom every quota
        holds, the ones who meet the code of the open place; all of them when nobody meets it. With several
        places open, how many are not ruled out.
    place_code
        The code that the open place was listed as; None when no code was asked for.
    """

    person_id: str = field(repr=False)
    listed_as: str
    fills_code: bool
    passed_over: int
    in_line: int
    could_come: int
    place_code: str | None = None

    @property
    def share_without_chance(self) -> float:
        """The share of people in line who could not take this place, wherever in line they stood."""
        return 1 - self.could_come / self.in_line

    def in_words(self) -> str:
        """By which rule the person came and how many others could not have, without naming anybody.

        Examples
        --------
        >>> print(Replacement("0012", "CT07", True, 4, 1165, 177, "CT07").in_words())
        The first person in the draw's order who meets CT07 and keeps every quota came. 177 of the 1,165 people
        waiting could have taken this place; 988 (84.8%) had no chance of it.
        """
        without = self.in_line - self.could_come
        if self.fills_code:
            meets = f"meets {self.place_code} and " if self.place_code is not None else ""
            rule = f"The first person in the draw's order who {meets}keeps every quota came."
        else:
            rule = (
                f"Nobody waiting who meets {self.place_code} keeps every quota, so the first of all in the draw's "
                "order who keeps every quota came."
            )
        # Rounded down: while anybody could come, it is never all.
        share = f"{without * 1000 // self.in_line / 10:.1f}%"
        return (
            f"{rule} {self.could_come:,} of the {self.in_line:,} people waiting could have taken this place; "
            f"{without:,} ({share}) had no chance of it."
        )


@one_thread
def next_in_line(
    coded: CodedPeople,
    design: Design,
    kept: Sequence[str],
    gone: Collection[str],
    order: Sequence[str],
    listed_code: str | None = None,
) -> Replacement:
    """Find who takes an open place.

    Parameters
    ----------
    coded
        The pool.
    design
        The design in force. Who left a fixed place is simply not among ``kept``.
    kept
        The people who stay on the list.
    gone
        Everyone who left, ever: they do not return.
    order
        All drawable people in the draw's own order.
    listed_code
        The code that the open place was listed as: whoever meets it, and keeps every quota, comes before all
        others.

    Returns
    -------
    Replacement
        The first person with whom every quota holds. When several places are open, the person with whom some
        complete list still exists.

    Raises
    ------
    UsageError
        ``no-open-place``, ``kept-and-gone``.
    InfeasibleDesignError
        ``nobody-left`` when no one is in line, ``quotas-clash`` when nobody keeps every quota: it names the
        quotas that stand in the way, with what is lacking and who waiting counts towards each, and carries the
        nearest relaxation.
    """
    line = _Line.of(coded, design, gone, order)
    open_places = line.places - len(kept)
    _check_call(line, kept, gone, open_places)
    waiting = line.waiting(kept)
    if open_places == 1:
        could = line.foremost(line.fits(kept) & waiting, listed_code)
        found = line.first(could)
    else:
        fits = waiting & _not_ruled_out(coded, design, line, kept, gone)
        found, could = _first_completable(coded, design, line, kept, gone, fits, listed_code)
    if found is None:
        raise _refused(coded, design, line, kept, gone)
    return line.replacement(found, could, waiting, kept, listed_code)


@one_thread
def reserves(
    coded: CodedPeople,
    design: Design,
    listed: Mapping[str, str],
    order: Sequence[str],
    per_case: int = 2,
    gone: Collection[str] = (),
) -> DataFrame:
    """Who would come for each case, were that case alone to leave.

    Parameters
    ----------
    coded, design, order
        As `next_in_line`.
    listed
        The list: person to the code they are listed as.
    per_case
        How many to name for each case.
    gone
        Everyone who left.

    Returns
    -------
    DataFrame
        ``case`` (person id), ``place`` (1 is the first to come), ``reserve`` (person id), ``fills_code``,
        and for each case ``in_line``, ``could_come``, ``share_without_chance``, which are about the first to
        come, see `Replacement`. A case for whom nobody can come has one row with an empty ``reserve`` and
        place 0. Holds person ids: for the council's own eyes.
    """
    line = _Line.of(coded, design, gone, order)
    rows: list[tuple[object, ...]] = []
    people = list(listed)
    for case in people:
        kept = [person for person in people if person != case]
        waiting = line.waiting(kept) & (line.people.index != case)
        fits = line.fits(kept) & waiting
        count, could = int(waiting.sum()), int(line.foremost(fits, listed[case]).sum())
        told = (count, could, 1 - could / count if count else 1.0)
        for place in range(1, per_case + 1):
            found = line.first(line.foremost(fits, listed[case]))
            if found is None:
                break
            rows.append(
                (
                    case,
                    place,
                    line.people.index[found],
                    bool(line.people[listed[case]].iloc[found]),
                    *told,
                )
            )
            fits[found] = False
        if not could:
            rows.append((case, 0, "", False, *told))
    columns = ["case", "place", "reserve", "fills_code", "in_line", "could_come", "share_without_chance"]
    return DataFrame(rows, columns=columns)


@dataclass(frozen=True)
class _Line:
    """Everyone drawable who has not gone, in line, with what each counts towards."""

    people: DataFrame
    system: QuotaSystem
    places: int
    code_names: tuple[str, ...]
    position: np.ndarray
    limits: Mapping[str, tuple[np.ndarray, int]]

    @classmethod
    def of(cls, coded: CodedPeople, design: Design, gone: Collection[str], order: Sequence[str]) -> _Line:
        # Who stays on the list is told by the list itself, fixed places included.
        quotas, people = quotas_frame(design.with_fixed_places({}), coded)
        people = people.loc[~people.index.isin(list(gone))]
        places = min(design.size, len(people))
        place = Index(order).get_indexer(people.index)
        return cls(
            people=people,
            system=quota_system(people, quotas, places),
            places=places,
            code_names=tuple(coded.code_names),
            position=np.where(place < 0, len(order) + np.arange(len(people)), place),
            limits=open_limits(design, people, places),
        )

    def rows_of(self, persons: Sequence[str]) -> np.ndarray:
        rows: np.ndarray = self.people.index.get_indexer(list(persons))
        return rows

    def waiting(self, kept: Sequence[str]) -> np.ndarray:
        waiting: np.ndarray = ~self.people.index.isin(list(kept))
        return waiting

    def fits(self, kept: Sequence[str]) -> np.ndarray:
        """Who makes the list complete, shape (people,): every quota and every limit holds with them."""
        rows, system = self.rows_of(kept), self.system
        reached = system.features[:, system.type_of[rows]].sum(axis=1, dtype=np.int64)
        short = system.minimum - reached
        over = system.maximum - reached
        by_type = np.ones(len(system.counts), dtype=bool)
        for row, features in enumerate(system.features):
            if short[row] > 0:
                by_type &= (features >= short[row]).astype(bool)
            if over[row] < 1:
                by_type &= (features <= over[row]).astype(bool)
        fits: np.ndarray = by_type[system.type_of]
        for column in self.limits:
            fits = fits & self.has_room(column, kept)
        return fits

    def has_room(self, column: str, kept: Sequence[str]) -> np.ndarray:
        """Whose value of a limited column is not full with those who stay, shape (people,)."""
        numbers, most = self.limits[column]
        taken = numbers[self.rows_of(kept)]
        counts = np.bincount(taken[taken >= 0], minlength=int(numbers.max(initial=-1)) + 1)
        room: np.ndarray = np.append(counts < most, True)[numbers]
        return room

    def foremost(self, fits: np.ndarray, code: str | None) -> np.ndarray:
        """Of those who fit the ones who meet the code, who go before all others; all of them if none does."""
        if code is None:
            return fits
        preferred: np.ndarray = fits & self.people[code].to_numpy(bool)
        return preferred if preferred.any() else fits

    def first(self, could: np.ndarray) -> int | None:
        """The row of the first in line of these people; None when there is nobody."""
        among = np.flatnonzero(could)
        return int(among[np.argmin(self.position[among])]) if len(among) else None

    def counted(self, clash: DataFrame, kept: Sequence[str]) -> DataFrame:
        """A clash with how many of those who stay count towards each quota, and how many of those waiting."""
        number_of = {label: number for number, label in enumerate(self.system.labels)}
        on_list, waiting = self.rows_of(kept), self.waiting(kept)
        held, supply = [], []
        for label in zip(clash["feature"], clash["value"], strict=True):
            if label in number_of:
                counts = self.system.features[number_of[label]][self.system.type_of]
            else:
                counts = ~self.has_room(label[0], kept)
            held.append(int(counts[on_list].sum()))
            supply.append(int(counts[waiting].sum()))
        return clash.assign(supply=supply, held=held)

    def alike(self, row: int) -> np.ndarray:
        """Everyone who counts towards the same quotas and limits as one person, shape (people,)."""
        alike: np.ndarray = self.system.type_of == self.system.type_of[row]
        for numbers, _ in self.limits.values():
            alike = alike & (numbers == numbers[row])
        return alike

    def replacement(
        self, found: int, could: np.ndarray, waiting: np.ndarray, kept: Sequence[str], code: str | None
    ) -> Replacement:
        meets = [name for name in self.code_names if self.people[name].iloc[found]]
        on_list = self.people.iloc[self.rows_of(kept)]
        fills = code is None or code in meets
        rarest = min(meets, key=lambda name: (int(on_list[name].sum()), name))
        return Replacement(
            person_id=str(self.people.index[found]),
            listed_as=code if code is not None and fills else rarest,
            fills_code=fills,
            passed_over=int((waiting & (self.position < self.position[found])).sum()),
            in_line=int(waiting.sum()),
            could_come=int(could.sum()),
            place_code=code,
        )


def _check_call(line: _Line, kept: Sequence[str], gone: Collection[str], open_places: int) -> None:
    if set(kept) & set(gone):
        raise UsageError.of(
            "kept-and-gone", "somebody is on the list and has left it.", advice="Decide which."
        )
    if (line.rows_of(kept) < 0).any():
        unknown = int((line.rows_of(kept) < 0).sum())
        raise UsageError.of(
            "unknown-person",
            f"{unknown:,} of the people on the list cannot be drawn from this pool.",
            advice="Use the pool that the list was drawn from.",
        )
    if open_places <= 0 and len(kept) >= len(line.people):
        raise InfeasibleDesignError.of(
            "nobody-left",
            "everyone who can be drawn is on the list or has left it.",
            advice="The list stays one shorter; tell CQC so.",
        )
    if open_places <= 0:
        raise UsageError.of("no-open-place", "the list is full.", advice="Take somebody off it first.")


def _not_ruled_out(
    coded: CodedPeople, design: Design, line: _Line, kept: Sequence[str], gone: Collection[str]
) -> np.ndarray:
    """Who could be on a complete list of fractions of people, shape (people,), when several places are open."""
    bound = bind(_held_design(design, kept), coded, gone=gone)
    system = bound.system()
    model = bound.model(system)
    some_list = best_list(model)
    if some_list is None:
        return np.zeros(len(line.people), dtype=bool)
    out = types_without_chance(model, some_list)
    possible: np.ndarray = line.people.index.isin(bound.people.index[~out[system.type_of]])
    return possible


def _first_completable(
    coded: CodedPeople,
    design: Design,
    line: _Line,
    kept: Sequence[str],
    gone: Collection[str],
    fits: np.ndarray,
    code: str | None,
) -> tuple[int | None, np.ndarray]:
    """The first in line with whom a complete list exists, in whole people; and who could have been the one."""
    while True:
        could = line.foremost(fits, code)
        found = line.first(could)
        if found is None:
            return None, could
        with_one = _held_design(design, [*kept, str(line.people.index[found])])
        if shortfall_of(with_one, coded, gone=gone) is None:
            return found, could
        fits = fits & ~line.alike(found)


def _held_design(design: Design, kept: Sequence[str]) -> Design:
    return design.with_fixed_places(dict.fromkeys(kept, "on the list"))


def _refused(
    coded: CodedPeople, design: Design, line: _Line, kept: Sequence[str], gone: Collection[str]
) -> InfeasibleDesignError:
    shortfall = shortfall_of(_held_design(design, kept), coded, gone=gone)
    if shortfall is None:
        raise ArithmeticError("nobody keeps every quota, yet a complete list exists")
    told = replace(shortfall, clash=line.counted(shortfall.clash, kept), kept=len(kept))
    return refusal(told, nearest_design(design, told))
