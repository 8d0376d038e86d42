"""A fair list from any pool: one row per person, a table of quotas, a size and a seed.

The draw of a case list is this with a design and a case list around it; citizens' assemblies and panels can use it
as it stands.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pandas import DataFrame, Series

from casetrack.errors import CasetrackError, DesignError, InfeasibleDesignError, Problem, rows_in_words
from casetrack.lottery.chance_words import CERTAIN, SAME, one_in
from casetrack.lottery.draw import DrawnList, draw_list
from casetrack.lottery.keyed import minuted, secret_key
from casetrack.lottery.numbered import Certificate
from casetrack.lottery.prepare import Prepared, limited_chances, prepare
from casetrack.lottery.rules import Limit
from casetrack.quotas.column_values import read_columns, writable
from casetrack.quotas.programme import Model, best_list
from casetrack.quotas.quota_system import QuotaSystem, quota_system
from casetrack.quotas.shortfall import explain_shortfall, refusal
from casetrack.tables import html_lines, html_table
from casetrack.threads import one_thread
from casetrack.words import count_of
from casetrack.words import people as number_of_people

# The largest number whose exponential is still a number.
_LARGEST_POWER = 700.0
# Beyond it a number of times says nothing more than that the quotas leave no choice.
_MOST_TIMES = 1000


@dataclass(frozen=True)
class Selection:
    """The people selected, everyone's chance, and what shows that the quotas hold.

    Parameters
    ----------
    chosen
        Index labels of the people selected, in text order.
    chances
        Everyone's chance to be selected, on the index of the people, counted over all lists; sums to the size.
    floor
        The lowest chance of anyone who can be selected at all.
    best_floor
        A chance that no lottery under these quotas can give to all; ``floor`` is within a ticket of it wherever whole
        lists can have the chances that the quotas allow.
    multipliers
        By quota (feature, value, multiplier): how many times a person's chance is raised or lowered by counting
        towards it, before the floor and the limit of 1. Beyond 1,000 or 1/1,000 it says no more than: as far as the
        quotas allow.
    quota_table
        By quota: minimum, maximum, people in the pool, expected and selected.
    seed
        The seed as it was used.
    number
        The number of the list, from 0; it follows from the seed and the digest of the lottery.
    certificate
        What shows that the list is one of an exact lottery.
    lottery
        The numbered lists and what they were made from, with ``lottery_digest`` and ``key_digest`` to put on record.
    notes
        What else there is to say about this draw.

    Examples
    --------
    >>> people = DataFrame({"sex": ["F", "M", "F", "M"]}, index=["a", "b", "c", "d"])
    >>> quotas = DataFrame([("sex", "F", 1, 1)], columns=["feature", "value", "min", "max"])
    >>> selection = select(people, quotas, size=2, seed="2 April 2026")
    >>> len(selection.chosen), float(selection.chances.sum().round(9)), selection.certificate.holds
    (2, 2.0, True)
    """

    chosen: list[object] = field(repr=False)
    chances: Series = field(repr=False)
    floor: float
    best_floor: float
    multipliers: DataFrame = field(repr=False)
    quota_table: DataFrame = field(repr=False)
    seed: str
    number: int
    certificate: Certificate
    lottery: Prepared = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def key(self) -> bytes:
        """The secret key of the lottery: whoever has it can write out every list. Keep it sealed."""
        return self.lottery.lottery.key

    @property
    def key_digest(self) -> str:
        """SHA-256 of the secret key."""
        return self.lottery.lottery.key_digest

    @property
    def lottery_digest(self) -> str:
        """What is fixed of the lottery before the seed: people, quotas, chances and key, as one digest."""
        return self.lottery.lottery.digest

    def to_frame(self) -> DataFrame:
        """One row per person: selected, chance."""
        return DataFrame({"selected": self.chances.index.isin(self.chosen), "chance": self.chances})

    def summary(self) -> str:
        """The chances in words.

        Examples
        --------
        >>> people = DataFrame({"sex": ["F", "M", "M", "M"]})
        >>> quotas = DataFrame([("sex", "F", 1, 1)], columns=["feature", "value", "min", "max"])
        >>> told = select(people, quotas, size=2, seed="2 April 2026").summary()
        >>> print(told.partition("Lists ")[0].rstrip())
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
        lines.append(self.certificate.in_words())
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
    key: bytes | None = None,
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
        By column, how many people may share a value (a whole number from 1 up), for example one per household. Every list
        of the lottery keeps them, and the chances are those with the limits kept.
    key
        The secret key of the lottery, 32 bytes. Without one a new one is made, and ``Selection.key`` has it: the same
        people, quotas, seed and key give the same list, and without the key nobody can work the list out.

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
    keys, unfit = _person_keys(people)
    more += [*unfit, *_told(minuted, seed), *_told(secret_key, key)]
    try:
        system = quota_system(people, quotas, size)
    except DesignError as error:
        raise DesignError(dict.fromkeys([*error.problems, *more])) from None
    if more:
        raise DesignError(more)
    wanted = limited_chances(system, limits)
    if wanted is None:
        raise _refused(system, limits)
    told = {"quotas": _quotas_digest(system, at_most or {}), "pool": _pool_digest(system, keys)}
    try:
        prepared = prepare(wanted, limits, key=secret_key(key), told=told)
    except InfeasibleDesignError as error:
        raise _refused(system, limits, error) from None
    drawn = draw_list(prepared, [name.encode() for name in keys], minuted(seed))
    return _selection(people, system, minuted(seed), drawn)


def _refused(
    system: QuotaSystem, limits: Mapping[str, Limit], otherwise: InfeasibleDesignError | None = None
) -> CasetrackError:
    """Why there is no list, told of the quotas as they were given."""
    if best_list(Model.of(system)) is None:
        return refusal(explain_shortfall(system))
    if otherwise is not None and not limits:
        return otherwise
    columns = ", ".join(sorted(limits))
    return InfeasibleDesignError.of(
        "limits-clash",
        f"no list was found that meets the quotas and keeps the limit per value of {columns}.",
        where=columns,
        advice="Allow more people per value.",
    )


def _person_keys(people: object) -> tuple[list[str], list[Problem]]:
    """The index as text, and what is wrong with it; that the people are no table at all is told with the quotas."""
    if not isinstance(people, DataFrame):
        return [], []
    problems, keys = [], [str(label) for label in people.index.tolist()]
    twice = np.flatnonzero(Series(keys, dtype=object).duplicated()) + 1
    if len(twice):
        what = "an index label stands for more than one person."
        advice = "Give every person a label of their own, for example with set_index."
        problems.append(Problem("people-twice", what, rows_in_words(twice.tolist()), advice))
    broken = [row for row, key in enumerate(keys, start=1) if not writable(key)]
    if broken:
        what = "an index label has a character that cannot be written to a file."
        advice = "Read the people again with the right encoding, for example UTF-8."
        problems.append(Problem("people-label", what, rows_in_words(broken), advice))
    return keys, problems


def _told(read: Callable[[Any], object], given: object) -> Sequence[Problem]:
    """What is wrong with the seed or the key."""
    try:
        read(given)
    except DesignError as error:
        return error.problems
    return ()


def _value_limits(people: object, at_most: object) -> tuple[dict[str, Limit], list[Problem]]:
    if not isinstance(at_most, Mapping):
        what = "the limits per value do not say which column each is for."
        advice = 'Give the column with its number, for example {"household": 1}.'
        return {}, [Problem("limit-form", what, advice=advice)]
    asked = [(str(name), most) for name, most in at_most.items()]
    problems = _limit_problems([name for name, _ in asked], [most for _, most in asked])
    if not isinstance(people, DataFrame):
        return {}, problems
    columns, unknown, more = read_columns(people, [name for name, _ in asked])
    what = "a limit per value names a column that the people do not have."
    advice = "Correct the column, or add it."
    problems += [Problem("limit-column", what, f'column "{name}"', advice) for name in unknown]
    problems += more
    if problems:
        return {}, problems
    values = {name: column.numbered() for name, column in columns.items()}
    # A number that no list could reach is as good as the people there are.
    return {
        name: Limit(values[name], np.full(values[name].max(initial=-1) + 1, min(int(most), len(people))))
        for name, most in asked
    }, []


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


def _quotas_digest(system: QuotaSystem, at_most: Mapping[str, int]) -> str:
    rows = [
        [*system.labels[row], int(system.minimum[row]), int(system.maximum[row])]
        for row in system.row_order().tolist()
    ]
    limits = sorted((str(name), int(most)) for name, most in at_most.items())
    return hashlib.sha256(
        json.dumps([system.size, rows, limits], ensure_ascii=True).encode("ascii")
    ).hexdigest()


def _pool_digest(system: QuotaSystem, keys: list[str]) -> str:
    order = sorted(range(len(keys)), key=keys.__getitem__)
    whole = hashlib.sha256(json.dumps([keys[row] for row in order], ensure_ascii=True).encode("ascii"))
    whole.update(b"".join([system.type_keys[number] for number in system.type_of[order].tolist()]))
    return whole.hexdigest()


def _selection(people: DataFrame, system: QuotaSystem, seed: str, drawn: DrawnList) -> Selection:
    prepared = drawn.prepared
    each = prepared.chance_as.sum(axis=1)[prepared.kinds.group_of]
    chances = Series(each, index=people.index, name="chance", dtype=float)
    mine, rows = np.bincount(system.type_of, each, len(system.counts)), np.asarray(drawn.rows, dtype=np.int64)
    wanted = prepared.wanted.chances
    feature, value = [label[0] for label in system.labels], [label[1] for label in system.labels]
    floor = float(chances[chances > 0].min()) if (chances > 0).any() else 0.0
    return Selection(
        chosen=people.index[drawn.rows].tolist(),
        chances=chances,
        floor=floor,
        # Where some whom fractions would reach are on no list, those who are can have more.
        best_floor=max(wanted.best_floor, floor),
        multipliers=DataFrame(
            {"feature": feature, "value": value, "multiplier": _times(wanted.multipliers[: len(feature)])}
        ),
        quota_table=DataFrame(
            {
                "feature": feature,
                "value": value,
                "min": system.minimum,
                "max": system.maximum,
                "in_pool": system.supply,
                "expected": system.features @ mine,
                "selected": system.features[:, system.type_of[rows]].sum(axis=1, dtype=np.int64),
            }
        ),
        seed=seed,
        number=drawn.number,
        certificate=drawn.certificate,
        lottery=prepared,
        notes=_notes(chances, drawn),
    )


def _notes(chances: Series, drawn: DrawnList) -> tuple[str, ...]:
    notes = []
    without = int((chances <= 0).sum())
    if without and (chances > 0).any():
        notes.append(f"The quotas leave {number_of_people(without)} without any chance.")
    notes += drawn.in_words()
    return tuple(notes)


def _times(powers: np.ndarray) -> np.ndarray:
    times: np.ndarray = np.exp(np.clip(powers, -_LARGEST_POWER, _LARGEST_POWER))
    return times


def _chances_in_words(chances: Series, selected: int) -> str:
    able = chances[chances > 0]
    certain, open_to = int((able >= CERTAIN).sum()), able[able < CERTAIN]
    settled = f"{count_of(certain, 'person is', 'people are')} certain to be selected"
    if open_to.empty:
        return f"Nothing is left to chance: {settled}."
    equal = f"An equal chance would be {one_in(selected / len(chances))}."
    low, high = one_in(float(open_to.min())), one_in(float(open_to.max()))
    if certain:
        return f"{equal} The lowest chance is {low}; {settled}."
    if float(open_to.max() - open_to.min()) > SAME:
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
