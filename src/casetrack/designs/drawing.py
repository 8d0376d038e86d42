"""From a design, a pool and a seed to the people drawn: the lottery, and everything else that a design asks.

Fixed places are filled first, and what they take up is subtracted from the quotas. The lottery draws how
many of each type; people come from their type in keyed order, and one whose worker, team or linked group is
full is passed over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from pandas import DataFrame, Series

from casetrack.designs.bound import Bound, bind, drawable, limit_column, open_limits
from casetrack.designs.coded_people import CodedPeople
from casetrack.designs.design import Design
from casetrack.designs.limits import how_often_overfull, pressed_values
from casetrack.designs.listed_as import assign_listed_as
from casetrack.designs.nearest import shortfall_of
from casetrack.designs.realise import Filled, realise
from casetrack.lottery.chance_source import ChanceSource
from casetrack.lottery.chances import Chances
from casetrack.lottery.lottery import TypesDrawn, draw_types
from casetrack.lottery.opening import open_chances, open_lottery
from casetrack.quotas.quota_system import QuotaSystem
from casetrack.quotas.shortfall import refusal
from casetrack.threads import one_thread

__all__ = ["Drawn", "draw_design"]


@dataclass(frozen=True)
class Drawn:
    """A list as it was drawn, and everybody's chance of being on it.

    Parameters
    ----------
    chosen
        The people on the list, in the draw's order.
    listed_as
        The code that each is listed as, index ``person_id``.
    chances
        The chance of everyone eligible, index ``person_id`` in the order of the pool: 1 for a fixed place, 0
        for people who are excluded, without a code, or shut out. They sum to the places drawn.
    order
        Everyone drawable in the draw's keyed order: who is next in line follows from it.
    floor
        The smallest chance of anyone who has one.
    deviation
        By how many places the chances at landing missed the open ones, summed over types; 0 when met exactly.
    multipliers
        ``feature``, ``value``, ``multiplier``: positive where a quota raises a person's chance, negative
        where it lowers it, 0 where it does not bind.
    quota_table
        ``feature``, ``value``, ``min``, ``max`` (missing where there is none), ``in_pool``, ``on_list``; for
        a limit per value, the people who have a value, and the most that share one on the list.
    seed
        The seed as it was used.
    key_digest
        SHA-256 of the key that the seed, the design, the pool and the edition make.
    notes
        What there is to say about this draw, in plain sentences that name nobody.
    """

    chosen: tuple[str, ...] = field(repr=False)
    listed_as: Series = field(repr=False)
    chances: Series = field(repr=False)
    order: tuple[str, ...] = field(repr=False)
    floor: float
    deviation: float
    multipliers: DataFrame = field(repr=False)
    quota_table: DataFrame = field(repr=False)
    seed: str
    key_digest: str
    notes: tuple[str, ...]


@one_thread
def draw_design(coded: CodedPeople, design: Design, seed: str) -> Drawn:
    """Draw a list.

    Parameters
    ----------
    coded
        The pool.
    design
        What the list must look like.
    seed
        A text minuted before the draw. The digests of the design and of the pool and the edition go into the
        key with it.

    Returns
    -------
    Drawn
        A list in which every quota and every limit holds. With no more people than places it is everyone who
        can be drawn.

    Raises
    ------
    DesignError
        When the design names what the pool does not have, or the seed is empty.
    InfeasibleDesignError
        When no list can meet the design; it names the quotas that clash and carries the nearest design.
    """
    source = ChanceSource(seed, {"design": design.digest(), "pool": coded.digest, "edition": coded.edition})
    shortfall = shortfall_of(design, coded)
    if shortfall is not None:
        raise refusal(shortfall, shortfall.nearest_design)
    able = drawable(design, coded)
    order = source.order("people", [str(person).encode() for person in able.index])
    line = able.index[order]
    more: dict[str, set[int]] = {}
    while True:
        bound, system, chances = _with_limits(design, coded, more)
        types = _types_drawn(system, source, chances)
        in_line = line[line.isin(bound.people.index)]
        filled = realise(bound, system.type_of, types.chosen, bound.people.index.get_indexer(in_line))
        if not filled.blocked:
            break
        for column, numbers in filled.blocked.items():
            more.setdefault(column, set()).update(numbers)
    return _drawn(coded, design, source, tuple(line), bound, system, types, filled)


def _with_limits(
    design: Design, coded: CodedPeople, more: dict[str, set[int]]
) -> tuple[Bound, QuotaSystem, Chances | None]:
    """The design held against the pool, with the limits that the chances press against among its quotas."""
    while True:
        bound = bind(design, coded, more_rows=more)
        system = bound.system()
        if not 0 < system.size < system.people:
            return bound, system, None
        chances = open_chances(system)
        pressed = pressed_values(bound, chances.by_type[system.type_of])
        if not pressed:
            return bound, system, chances
        for column, numbers in pressed.items():
            more.setdefault(column, set()).update(numbers)


def _types_drawn(system: QuotaSystem, source: ChanceSource, chances: Chances | None) -> TypesDrawn:
    """The lottery over types, or everyone when there are no more people than places left to draw."""
    if chances is not None:
        return draw_types(system, source, open_lottery(system, chances))
    share = 1 if system.size else 0
    none = np.zeros(len(system.labels))
    return TypesDrawn(system.counts * share, np.full(len(system.counts), float(share)), none, 0.0)


def _drawn(
    coded: CodedPeople,
    design: Design,
    source: ChanceSource,
    line: tuple[str, ...],
    bound: Bound,
    system: QuotaSystem,
    types: TypesDrawn,
    filled: Filled,
) -> Drawn:
    on_list = {*bound.fixed, *bound.people.index[filled.rows]}
    chosen = tuple(person for person in line if person in on_list)
    chances = Series(0.0, index=coded.people.index, name="chance")
    chances.loc[bound.people.index] = types.chances[system.type_of]
    chances.loc[list(bound.fixed)] = 1.0
    listed = coded.people.loc[list(chosen)]
    minimum = {code: quota.min for code, quota in design.codes.items()}
    return Drawn(
        chosen=chosen,
        listed_as=assign_listed_as(listed, coded.code_names, order=chosen, minimum=minimum),
        chances=chances,
        order=line,
        floor=float(chances[chances > 0].min()),
        deviation=types.deviation,
        multipliers=_multipliers(system, types),
        quota_table=_quota_table(design, coded, chosen),
        seed=source.seed,
        key_digest=hashlib.sha256(source.key).hexdigest(),
        notes=_notes(design, coded, bound, chances, filled, types),
    )


def _multipliers(system: QuotaSystem, types: TypesDrawn) -> DataFrame:
    rows = [
        (limit_column(feature) or feature, "one value" if limit_column(feature) else value, float(multiplier))
        for (feature, value), multiplier in zip(system.labels, types.multipliers, strict=True)
    ]
    return DataFrame(rows, columns=["feature", "value", "multiplier"])


def _quota_table(design: Design, coded: CodedPeople, chosen: Sequence[str]) -> DataFrame:
    # Held against the people with no fixed place and no limit: each quota counts them all.
    bare = design.with_fixed_places({})
    for column in design.at_most:
        bare = bare.with_at_most(column, None)
    bound = bind(bare, coded)
    system = bound.system()
    on_list = system.features[:, system.type_of[bound.people.index.get_indexer(list(chosen))]].sum(axis=1)
    rows: list[tuple[object, ...]] = [
        (feature, value, quota.min, quota.max, int(in_pool), int(listed))
        for ((feature, value), quota), in_pool, listed in zip(
            design.quotas().items(), system.supply, on_list, strict=True
        )
    ]
    limits = open_limits(design, bound.people, min(design.size, len(bound.people)))
    for column, (numbers, most) in limits.items():
        taken = numbers[bound.people.index.get_indexer(list(chosen))]
        shared = int(np.bincount(taken[taken >= 0], minlength=1).max())
        rows.append((column, "each value", 0, most, int((numbers >= 0).sum()), shared))
    frame = DataFrame(rows, columns=["feature", "value", "min", "max", "in_pool", "on_list"])
    return frame.astype({"min": "int64", "max": "Int64", "in_pool": "int64", "on_list": "int64"})


# -- notes -------------------------------------------------------------------------------------------


def _notes(
    design: Design, coded: CodedPeople, bound: Bound, chances: Series, filled: Filled, types: TypesDrawn
) -> tuple[str, ...]:
    able = len(bound.people) + len(bound.fixed) + len(bound.shut_out)
    uncoded = int((~coded.people[list(coded.code_names)].to_numpy(bool).any(axis=1)).sum())
    notes = []
    if able <= design.size:
        notes.append(f"{able:,} people can be drawn for {design.size:,} places: the list is everyone.")
        if any(column in coded.people for column in design.at_most):
            notes.append("Limits per value of a column were set aside, because everyone is on the list.")
    counted = (
        (len(bound.fixed), "on the list by a fixed place, with a chance of 1"),
        (len(design.exclude), "excluded by the design"),
        (uncoded, "without a cohort code and cannot be drawn"),
        (len(bound.shut_out), "shut out because a fixed place fills a limit that they share"),
        (int((chances.loc[bound.people.index] <= 0).sum()), "left without a chance by the quotas"),
    )
    notes += [
        f"{count:,} {'person is' if count == 1 else 'people are'} {what}." for count, what in counted if count
    ]
    notes += _limits_in_words(bound, chances, filled)
    if types.deviation:
        notes.append(
            f"The last step of this draw missed the published chances by {types.deviation:.2g} places in all."
        )
    return tuple(notes)


def _limits_in_words(bound: Bound, chances: Series, filled: Filled) -> list[str]:
    """What limits that are not quotas do to chances, estimated as if people came independently."""
    notes = []
    overfull = how_often_overfull(bound, chances.loc[bound.people.index].to_numpy())
    for column, values in overfull.items():
        often = float(values.sum())
        if often >= 0.002:
            notes.append(
                f"The limit on {column} is part of the lottery for the values that would most often go beyond it. For "
                f"the others it is kept afterwards, and an estimated {often:.2g} people in a draw give way to somebody "
                f"else. The published chances leave that out; all together they are off by up to twice as many places."
            )
    if filled.passed_over:
        was = "person was" if filled.passed_over == 1 else "people were"
        notes.append(f"In this draw {filled.passed_over:,} {was} passed over because of a limit.")
    return notes
