"""A fair list from any pool: one row per person, a table of quotas, a size and a seed.

The draw of a case list is this with a design and a case list around it; citizens' assemblies and panels can use it
as it stands.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from pandas import DataFrame, Series

from casetrack.errors import DesignError, InfeasibleDesignError, Problem, rows_in_words
from casetrack.lottery.chance_source import ChanceSource
from casetrack.lottery.chance_words import CERTAIN, one_in
from casetrack.lottery.lottery import DrawnPeople, draw_types_and_people
from casetrack.lottery.within_types import ValueLimit, explain_limits, with_limits
from casetrack.quotas.column_values import (
    ColumnValues,
    column_twice,
    places_by_name,
    writable,
)
from casetrack.quotas.programme import Model, best_list
from casetrack.quotas.quota_system import QuotaSystem, quota_system
from casetrack.quotas.shortfall import explain_shortfall, refusal
from casetrack.tables import html_lines, html_table
from casetrack.threads import one_thread
from casetrack.words import NOT_RECORDED

__all__ = ["Selection", "select"]

# The largest number whose exponential is still a number.
_LARGEST_POWER = 700.0
# Beyond it a number of times says nothing more than that the quotas leave no choice.
_MOST_TIMES = 1000
# Chances closer than this part of each other are the same chance.
_SAME = 1e-6


@dataclass(frozen=True)
class Selection:
    """The people selected, everyone's chance, and what shows that the quotas hold.

    Parameters
    ----------
    chosen
        Index labels of the people selected, in the order in which they stand in line.
    chances
        Everyone's chance to be selected, on the index of the people; sums to the size.
    floor
        The lowest chance of anyone who can be selected at all.
    best_floor
        The largest such chance that any lottery under these quotas could give; ``floor`` is within one part in a
        million of it.
    deviation
        By how many places, added up over all people, the last step of this draw missed the chances; 0 when it
        met them exactly.
    multipliers
        By quota (feature, value, multiplier): how many times a person's chance is raised or lowered by counting
        towards it, before the floor and the limit of 1. Beyond 1,000 or 1/1,000 it says no more than: as far as the
        quotas allow.
    quota_table
        By quota: minimum, maximum, people in the pool, expected and selected.
    order
        Everyone's place in line, from 1, on the index of the people: who would come next.
    seed
        The seed as it was used.
    notes
        What else there is to say about this draw.

    Examples
    --------
    >>> people = DataFrame({"sex": ["F", "M", "F", "M"]}, index=["a", "b", "c", "d"])
    >>> quotas = DataFrame([("sex", "F", 1, 1)], columns=["feature", "value", "min", "max"])
    >>> selection = select(people, quotas, size=2, seed="2 April 2026")
    >>> len(selection.chosen), float(selection.chances.sum().round(9)), selection.deviation
    (2, 2.0, 0.0)
    """

    chosen: list[object] = field(repr=False)
    chances: Series = field(repr=False)
    floor: float
    best_floor: float
    deviation: float
    multipliers: DataFrame = field(repr=False)
    quota_table: DataFrame = field(repr=False)
    order: Series = field(repr=False)
    seed: str
    notes: tuple[str, ...] = ()

    def to_frame(self) -> DataFrame:
        """One row per person: selected, chance, place in line."""
        return DataFrame(
            {"selected": self.chances.index.isin(self.chosen), "chance": self.chances, "place": self.order}
        )

    def summary(self) -> str:
        """The chances in words.

        Examples
        --------
        >>> people = DataFrame({"sex": ["F", "M", "M", "M"]})
        >>> quotas = DataFrame([("sex", "F", 1, 1)], columns=["feature", "value", "min", "max"])
        >>> print(select(people, quotas, size=2, seed="2 April 2026").summary())
        2 of 4 people were selected and every quota holds.
        An equal chance would be 1 in 2. The lowest chance is 1 in 3; 1 person is certain to be selected.
        Raised by sex, F (3.8 times).
        """
        were = "person was" if len(self.chances) == 1 else "people were"
        lines = [f"{len(self.chosen):,} of {len(self.chances):,} {were} selected and every quota holds."]
        if self.chosen:
            lines.append(_chances_in_words(self.chances, len(self.chosen)))
        lines += [
            text
            for text in (_effects(self.multipliers, up=True), _effects(self.multipliers, up=False))
            if text
        ]
        if self.deviation:
            missed = f"{self.deviation:.2g}" if self.deviation >= 0.001 else "less than 0.001"
            lines.append(f"The last step of the draw missed these chances by {missed} places in all.")
        return "\n".join([*lines, *self.notes])

    def _repr_html_(self) -> str:
        return html_lines(self.summary()) + html_table(self.quota_table)


@one_thread
def select(
    people: DataFrame,
    quotas: DataFrame,
    size: int,
    seed: str,
    *,
    at_most: Mapping[str, int] | None = None,
) -> Selection:
    """Select people by a lottery with quotas, with chances as equal as the quotas allow.

    Parameters
    ----------
    people
        One row per person, an index label of its own for each, any categorical or flag columns.
    quotas
        Columns ``feature`` (a column of ``people``), ``value``, ``min`` and ``max``.
    size
        How many to select.
    seed
        A text made public before the draw.
    at_most
        By column, how many people may share a value (a whole number from 1 up), for example one per household. The
        values that most people share are quotas of the lottery; the others are kept among people alike in every quota.

    Returns
    -------
    Selection
        A list that meets every quota. It does not depend on the order of rows or columns.

    Raises
    ------
    DesignError
        With all problems: a table is none or its numbers make no sense, a quota or a limit names a column that the
        people do not have, an index label is there twice, or the seed is empty.
    InfeasibleDesignError
        When no list meets every quota; it names the quotas that clash, and its ``shortfall`` the nearest ones that
        do not.

    Examples
    --------
    >>> people = DataFrame({"area": ["north", "south", "south"]}, index=["a", "b", "c"])
    >>> quotas = DataFrame([("area", "north", 1, 1)], columns=["feature", "value", "min", "max"])
    >>> select(people, quotas, size=1, seed="2 April 2026").chosen
    ['a']
    """
    limits, more = _value_limits(people, {} if at_most is None else at_most)
    more += [*_label_problems(people), *_seed_problems(seed)]
    try:
        system = quota_system(people, quotas, size)
    except DesignError as error:
        raise DesignError(dict.fromkeys([*error.problems, *more])) from None
    if more:
        raise DesignError(more)
    keys = _person_keys(people)
    source = ChanceSource(seed, {"quotas": _quotas_digest(system), "pool": _pool_digest(system, keys)})
    whole, left = with_limits(people, quotas, size, limits)
    try:
        drawn = draw_types_and_people(whole if limits else system, keys, source, value_limits=limits)
    except InfeasibleDesignError:
        if limits and best_list(Model.of(system)) is not None:
            raise explain_limits(sorted(limits)) from None
        # What clashes is told of the quotas as they were given.
        shortfall = explain_shortfall(system)
        if shortfall is None:
            raise
        raise refusal(shortfall) from None
    return _selection(people, system, source, drawn, left)


def _person_keys(people: DataFrame) -> list[str]:
    return [str(label) for label in people.index]


def _label_problems(people: object) -> list[Problem]:
    """What is wrong with the index; that the people are no table at all is told with the quotas."""
    if not isinstance(people, DataFrame):
        return []
    problems, keys = [], _person_keys(people)
    first: dict[str, int] = {}
    twice = [row for row, key in enumerate(keys, start=1) if first.setdefault(key, row) != row]
    if twice:
        what = "an index label stands for more than one person."
        advice = "Give every person a label of their own, for example with set_index."
        problems.append(Problem("people-twice", what, rows_in_words(twice), advice))
    if not writable("".join(keys)):
        broken = [row for row, key in enumerate(keys, start=1) if not writable(key)]
        what = "an index label has a character that cannot be written to a file."
        advice = "Read the people again with the right encoding, for example UTF-8."
        problems.append(Problem("people-label", what, rows_in_words(broken), advice))
    return problems


def _seed_problems(seed: str) -> Sequence[Problem]:
    try:
        ChanceSource(seed)
    except DesignError as error:
        return error.problems
    return ()


def _value_limits(people: object, at_most: object) -> tuple[dict[str, ValueLimit], list[Problem]]:
    if not isinstance(at_most, Mapping):
        what = "the limits per value do not say which column each is for."
        advice = 'Give the column with its number, for example {"household": 1}.'
        return {}, [Problem("limit-form", what, advice=advice)]
    asked = [(str(name), most) for name, most in at_most.items()]
    problems = _limit_problems([name for name, _ in asked], [most for _, most in asked])
    if not isinstance(people, DataFrame):
        return {}, problems
    limits: dict[str, ValueLimit] = {}
    places = places_by_name(people)
    for name, most in asked:
        if len(places.get(name, ())) != 1:
            what = "a limit per value names a column that the people do not have."
            unknown = Problem("limit-column", what, f'column "{name}"', "Correct the column, or add it.")
            problems.append(column_twice(name) if name in places else unknown)
            continue
        try:
            values = ColumnValues.read(people.iloc[:, places[name][0]]).of_everyone()
        except DesignError as error:
            problems += error.problems
            continue
        if not problems:
            limits[name] = ValueLimit(
                np.where(values == NOT_RECORDED, "", values), min(int(most), len(values))
            )
    return limits, problems


def _limit_problems(names: Sequence[str], numbers: Sequence[object]) -> list[Problem]:
    problems = []
    for name, most in zip(names, numbers, strict=True):
        if isinstance(most, bool | np.bool_) or not isinstance(most, int | np.integer) or most < 1:
            what = "a limit per value is not a whole number of 1 or more."
            problems.append(
                Problem("limit-number", what, f'column "{name}"', "Give a number such as 1 or 2.")
            )
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        what = "a limit per value is given twice."
        problems.append(Problem("limit-twice", what, f'column "{name}"', "Give one limit to each column."))
    return problems


def _quotas_digest(system: QuotaSystem) -> str:
    rows = [
        [*system.labels[row], int(system.minimum[row]), int(system.maximum[row])]
        for row in system.row_order().tolist()
    ]
    return hashlib.sha256(json.dumps([system.size, rows], ensure_ascii=True).encode("ascii")).hexdigest()


def _pool_digest(system: QuotaSystem, keys: list[str]) -> str:
    whole = hashlib.sha256()
    for key, number in sorted(zip(keys, system.type_of.tolist(), strict=True)):
        whole.update(json.dumps(key, ensure_ascii=True).encode("ascii") + system.type_keys[number])
    return whole.hexdigest()


def _selection(
    people: DataFrame, system: QuotaSystem, source: ChanceSource, drawn: DrawnPeople, limited: tuple[str, ...]
) -> Selection:
    types = drawn.types
    chances = Series(drawn.chances, index=people.index, name="chance", dtype=float)
    counts = system.features[:, system.type_of]
    on_list = counts[:, drawn.rows].sum(axis=1, dtype=np.int64)
    expected = counts.astype(float) @ drawn.chances
    multipliers = types.multipliers[: len(system.labels)]
    feature, value = [label[0] for label in system.labels], [label[1] for label in system.labels]
    return Selection(
        chosen=people.index[drawn.rows].tolist(),
        chances=chances,
        floor=float(chances[chances > 0].min()) if (chances > 0).any() else 0.0,
        best_floor=types.best_floor,
        deviation=types.deviation,
        multipliers=DataFrame({"feature": feature, "value": value, "multiplier": _times(multipliers)}),
        quota_table=DataFrame(
            {
                "feature": feature,
                "value": value,
                "min": system.minimum,
                "max": system.maximum,
                "in_pool": system.supply,
                "expected": expected,
                "selected": on_list,
            }
        ),
        order=Series(drawn.place + 1, index=people.index, name="place"),
        seed=source.seed,
        notes=_notes(chances, drawn, limited),
    )


def _notes(chances: Series, drawn: DrawnPeople, limited: tuple[str, ...]) -> tuple[str, ...]:
    notes = []
    without = int((chances <= 0).sum())
    if without and (chances > 0).any():
        notes.append(f"The quotas leave {_people(without)} without any chance.")
    if limited:
        notes.append(
            f"The limit per value of {', '.join(limited)} is part of the chances for the values that most people "
            f"share; for the others it is kept afterwards, and passed over {_people(drawn.passed_over)} in this draw."
        )
    if drawn.attempts > 1:
        notes.append(f"It took {drawn.attempts} draws until the limits could be kept.")
    return tuple(notes)


def _times(powers: np.ndarray) -> np.ndarray:
    times: np.ndarray = np.exp(np.clip(powers, -_LARGEST_POWER, _LARGEST_POWER))
    return times


def _people(number: int) -> str:
    return f"{number:,} {'person' if number == 1 else 'people'}"


def _chances_in_words(chances: Series, selected: int) -> str:
    able = chances[chances > 0]
    certain, open_to = int((able >= CERTAIN).sum()), able[able < CERTAIN]
    settled = f"{_people(certain)} {'is' if certain == 1 else 'are'} certain to be selected"
    if open_to.empty:
        return f"Nothing is left to chance: {settled}."
    equal = f"An equal chance would be {one_in(selected / len(chances))}."
    low, high = one_in(float(open_to.min())), one_in(float(open_to.max()))
    if certain:
        return f"{equal} The lowest chance is {low}; {settled}."
    if float(open_to.max() - open_to.min()) > _SAME * float(open_to.max()):
        return f"{equal} The lowest chance is {low}, the highest {high}."
    if len(open_to) == len(chances):
        return f"Everyone has the same chance, {low}."
    return f"{equal} Everyone who can be selected has the same chance, {low}."


def _effects(multipliers: DataFrame, *, up: bool) -> str:
    moved = multipliers[multipliers["multiplier"] > 1.01 if up else multipliers["multiplier"] < 0.99]
    if moved.empty:
        return ""
    first = moved.sort_values(["multiplier", "feature", "value"], ascending=[not up, True, True]).head(3)
    named = [
        f"{row.feature}, {row.value} ({_times_in_words(float(row.multiplier))})"
        for row in first.itertuples(index=False)
    ]
    return f"{'Raised' if up else 'Lowered'} by {'; '.join(named)}."


def _times_in_words(times: float) -> str:
    if not 1 / _MOST_TIMES <= times <= _MOST_TIMES:
        return "as far as the quotas allow"
    if times < 1:
        return f"{times:.2g} times"
    return (
        f"{times:.2f} times"
        if times < 1.1
        else f"{times:,.1f} times"
        if times < 10
        else f"{times:,.0f} times"
    )
