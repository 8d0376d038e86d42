"""A design held against a pool: is everything it names there, who can be drawn, and which rows of quotas
that makes.

A limit per value of a column (``at_most``) can have thousands of values. Those that would be fullest in a list like the
pool are quota rows where it is asked whether any list meets the design. A draw needs none: its lists keep every limit by
themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
from pandas import DataFrame, Index, Series

from casetrack.designs.asked import Asked, Combination
from casetrack.designs.by_experience import experience_names, unknown_waits
from casetrack.designs.coded_people import CodedPeople
from casetrack.designs.quota import who_counts
from casetrack.errors import DesignError, Problem
from casetrack.headings import JOINED
from casetrack.quotas.column_values import ColumnValues
from casetrack.quotas.programme import Model
from casetrack.quotas.quota_system import QuotaSystem, quota_system

#: Values of all ``at_most`` columns together that become quota rows from the start.
_MOST_ROWS = 40
_LIMIT = " (at most)"


@dataclass(frozen=True)
class Bound:
    """A design and a pool, ready to be solved."""

    #: The people who can still be drawn, in the order of the pool, with the columns that quotas name.
    people: DataFrame
    #: Every quota as the design asks it: ``feature``, ``value``, ``min``, ``max``.
    quotas: DataFrame
    #: People with a fixed place who count towards each quota, shape (quotas,).
    held: np.ndarray
    #: The people with a fixed place, in text order.
    fixed: tuple[str, ...]
    #: Places still open.
    size: int
    #: People who cannot be drawn because a fixed place fills a limit that they share.
    shut_out: Index
    #: For each ``at_most`` column the value of each drawable person as a number, -1 for none.
    limits: Mapping[str, np.ndarray] = field(repr=False)
    #: For each ``at_most`` column the places still open for each value.
    room: Mapping[str, np.ndarray] = field(repr=False)
    #: For each ``at_most`` column the values that are quota rows already.
    rows_of: Mapping[str, tuple[int, ...]] = field(repr=False)

    @cached_property
    def system(self) -> QuotaSystem:
        """The quotas that are left once fixed places are filled, over types."""
        left = self.quotas.assign(
            min=(self.quotas["min"] - self.held).clip(lower=0),
            max=(self.quotas["max"] - self.held).clip(lower=0),
        )
        return quota_system(self.people, left, self.size)

    @cached_property
    def model(self) -> Model:
        """The same with limits that share one number tied together, and with what fixed places overfill."""
        system, names = self.system, self.quotas["feature"].tolist()
        tied = {name: number for number, name in enumerate(dict.fromkeys(names))}
        limits = {_limit_name(column) for column in self.rows_of}
        group = [len(names) + tied[name] if name in limits else row for row, name in enumerate(names)]
        return replace(
            Model.of(system),
            low=self.quotas["min"].to_numpy(np.int64) - self.held,
            high=self.quotas["max"].to_numpy(np.int64) - self.held,
            group=np.array(group, dtype=np.int64),
        )


def drawable(design: Asked, coded: CodedPeople) -> DataFrame:
    """The people who have a code and are not excluded."""
    people = coded.people
    has_code = people[list(coded.code_names)].to_numpy(bool).any(axis=1)
    left_out = people.index.isin(list(design.exclude))
    return people.loc[has_code & ~left_out]


def quotas_frame(design: Asked, coded: CodedPeople) -> tuple[DataFrame, DataFrame]:
    """The quotas of a design, and the drawable people with a column for each combination."""
    check_names(design, coded)
    people = drawable(design, coded)
    columns = {pair.label[0]: _joined(people, pair) for pair in design.combinations}
    listed = [
        (feature, value, quota.min, max(quota.min, design.size if quota.max is None else quota.max))
        for (feature, value), quota in design.quotas().items()
    ]
    quotas = DataFrame(listed, columns=["feature", "value", "min", "max"])
    return quotas.astype({"min": "int64", "max": "int64"}), people.assign(**columns)


def bind(
    design: Asked,
    coded: CodedPeople,
    *,
    gone: Iterable[str] = (),
    more_rows: Mapping[str, Iterable[int]] | None = None,
    keep_shut: bool = False,
    as_rows: bool = True,
) -> Bound:
    """Hold a design against a pool.

    `gone`: people who may not be drawn, fixed places among them, besides those the design excludes. `more_rows`: values
    of ``at_most`` columns, by number, that must be quota rows besides those chosen here. `keep_shut`: keep people whom a
    fixed place shuts out, and make the limit that does so a quota row: the same lists are possible, and the limit can be
    named, and give way. `as_rows`: whether values of limits become quota rows at all: not for a draw, whose lists keep
    them by themselves.
    """
    quotas, people = quotas_frame(design, coded)
    people = people.loc[~people.index.isin(list(gone))]
    places = min(design.size, len(people))
    limits = open_limits(design, people, places)
    is_fixed = people.index.isin(list(design.must_include))
    room, shut = _left_by(is_fixed, limits)
    free = ~is_fixed & (keep_shut | ~shut)
    more = {name: set((more_rows or {}).get(name, ())) for name in limits}
    if keep_shut:
        for name in limits:
            more[name] |= set(np.flatnonzero(room[name] <= 0).tolist())
    rows_of = _limit_rows(limits, free, places, more) if as_rows else {}
    columns = {_limit_name(name): _value_names(limits[name][0], rows) for name, rows in rows_of.items()}
    everyone = people.assign(**columns)
    quotas = _with_limit_rows(quotas, rows_of, limits)
    return Bound(
        people=everyone.loc[free],
        quotas=quotas,
        held=counted(everyone.loc[is_fixed], quotas),
        fixed=tuple(sorted(people.index[is_fixed])),
        size=places - int(is_fixed.sum()),
        shut_out=people.index[shut],
        limits={name: codes[free] for name, (codes, _) in limits.items()},
        room=room,
        rows_of=rows_of,
    )


def open_limits(design: Asked, people: DataFrame, places: int) -> dict[str, tuple[np.ndarray, int]]:
    """For each limited column the value of each person as a number, -1 for none, and the limit.

    Empty when there are no more people than places: everyone is on the list then, and a limit would keep
    somebody off it.
    """
    if places >= len(people):
        return {}
    return {
        name: (ColumnValues.read(people[name]).numbered(), most)
        for name, most in design.at_most.items()
        if name in people
    }


def _limit_rows(
    limits: Mapping[str, tuple[np.ndarray, int]],
    free: np.ndarray,
    places: int,
    more: Mapping[str, Iterable[int]],
) -> dict[str, tuple[int, ...]]:
    """The values that would reach half their limit in a list like the pool, the fullest first."""
    pressed: list[tuple[float, str, int]] = []
    for name, (numbers, most) in limits.items():
        codes = numbers[free]
        counts = np.bincount(codes[codes >= 0], minlength=0)
        expected = counts * (places / max(1, len(codes)))
        pressed += [
            (-float(expected[number]) / most, name, number)
            for number in np.flatnonzero((expected >= most / 2) & (counts > most)).tolist()
        ]
    chosen: dict[str, list[int]] = {name: sorted(more[name]) for name in limits}
    for _, name, number in sorted(pressed)[:_MOST_ROWS]:
        chosen[name].append(number)
    return {name: tuple(sorted(set(rows))) for name, rows in chosen.items() if rows}


def _limit_name(column: str) -> str:
    return f"{column}{_LIMIT}"


def limit_column(feature: str) -> str | None:
    """The column whose values a quota row limits, or None when the row is a quota of the design itself."""
    return feature.removesuffix(_LIMIT) if feature.endswith(_LIMIT) else None


def _value_names(numbers: np.ndarray, rows: Sequence[int]) -> np.ndarray:
    # The value itself may be a worker's name or link people: it must not reach a table or a message.
    names = np.array([*(f"value {number + 1}" for number in rows), ""], dtype=object)
    place = np.full(int(numbers.max(initial=-1)) + 2, len(rows))
    place[list(rows)] = np.arange(len(rows))
    named: np.ndarray = names[place[numbers]]
    return named


def _joined(people: DataFrame, pair: Combination) -> np.ndarray:
    names = sorted(pair.of)
    texts = [_as_text(people[name]) for name in names]
    joined = texts[0] + JOINED + texts[1]
    return joined.to_numpy(dtype=object)


def _as_text(column: Series) -> Series:
    text: Series = column.map({True: "yes", False: "no"}) if column.dtype == bool else column.astype(str)
    return text


def counted(people: DataFrame, quotas: DataFrame) -> np.ndarray:
    """How many of the people count towards each quota."""
    asked = zip(quotas["feature"], quotas["value"], strict=True)
    return np.array([who_counts(people, name, value).sum() for name, value in asked], dtype=np.int64)


def _left_by(
    is_fixed: np.ndarray, limits: Mapping[str, tuple[np.ndarray, int]]
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """What fixed places leave of each value of each limit, and whom they shut out, shape (people,)."""
    room, shut = {}, np.zeros(len(is_fixed), dtype=bool)
    for name, (codes, most) in limits.items():
        taken = np.bincount(codes[is_fixed & (codes >= 0)], minlength=codes.max() + 1)
        room[name] = most - taken
        shut |= np.append(room[name] <= 0, False)[codes] & ~is_fixed
    return room, shut


def _with_limit_rows(
    quotas: DataFrame, rows_of: Mapping[str, Sequence[int]], limits: Mapping[str, tuple[np.ndarray, int]]
) -> DataFrame:
    """The quotas with a row for each value of a limit that has to be one."""
    rows = [
        (_limit_name(name), f"value {number + 1}", 0, limits[name][1])
        for name, numbers in rows_of.items()
        for number in numbers
    ]
    if rows:
        quotas = pd.concat([quotas, DataFrame(rows, columns=quotas.columns)])
    return quotas.astype({"min": "int64", "max": "int64"}).reset_index(drop=True)


# -- names -----------------------------------------------------------------------------------------


def check_names(design: Asked, coded: CodedPeople) -> None:
    """Check that everything a design names is in the pool."""
    people = coded.people
    problems = [
        _unknown("code", code, coded.code_names) for code in design.codes if code not in coded.code_names
    ]
    wanted = _levels_named(design)
    problems += _unknown_levels(coded, wanted)
    columns = [str(name) for name in people if name not in coded.code_names]
    unknown = [name for name in design.at_most if name not in people and name != "linked_group"]
    problems += [_unknown("column", name, columns) for name in unknown]
    problems += unknown_waits(people, [*(name for name, _ in wanted), *design.at_most])
    problems += _unknown_people(design, coded)
    if problems:
        raise DesignError(list(dict.fromkeys(problems)))


def _levels_named(design: Asked) -> list[tuple[str, str]]:
    """Every level of a characteristic that a design names."""
    named = [*design.characteristics.items(), *design.balance.items()]
    wanted = [(name, level) for name, levels in named for level in levels]
    return wanted + [item for pair in design.combinations for item in pair.of.items()]


def _unknown_levels(coded: CodedPeople, wanted: Sequence[tuple[str, str]]) -> list[Problem]:
    available = (*coded.characteristic_names, *experience_names(coded.people))
    known = {*available, *coded.code_names}
    problems = [
        _unknown("characteristic", name, available)
        for name in dict.fromkeys(name for name, _ in wanted if name not in known)
    ]
    for name, level in wanted:
        if name in known and level not in (levels := _levels(coded.people[name])):
            problems.append(_unknown("level", level, levels, f"characteristic {name}"))
    return problems


def _levels(column: Series) -> list[str]:
    return ["no", "yes"] if column.dtype == bool else sorted(str(level) for level in column.unique())


def _unknown(kind: str, name: str, available: Iterable[str], where: str = "") -> Problem:
    return Problem(
        f"unknown-{kind}",
        f'the design names the {kind} "{name}", which the pool does not have.',
        where,
        f"Available: {', '.join(available)}.",
    )


def _unknown_people(design: Asked, coded: CodedPeople) -> list[Problem]:
    people, problems = coded.people, []
    for setting, named in (("must_include", design.must_include), ("exclude", design.exclude)):
        missing = sum(1 for person in named if person not in people.index)
        if missing:
            are = "is" if missing == 1 else "are"
            what = f"{missing:,} of the people named under {setting} {are} not in the eligible pool."
            problems.append(Problem("unknown-person", what, advice="Correct their ids, or take them away."))
    fixed = [person for person in design.must_include if person in people.index]
    codes = people.loc[fixed, list(coded.code_names)].to_numpy(bool)
    uncoded = int((~codes.any(axis=1)).sum()) if fixed else 0
    if uncoded:
        has = "has" if uncoded == 1 else "have"
        what = f"{uncoded:,} of the people named under must_include {has} no cohort code."
        problems.append(
            Problem(
                "fixed-place-without-code", what, advice="Give each a code by an override, or take them away."
            )
        )
    return problems
