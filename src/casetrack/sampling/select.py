"""A fair list from any pool: one row per person, a table of quotas, a size and a seed.

The draw of a case list is this with a design and a case list around it; citizens' assemblies and panels can use it
as it stands.
"""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from pandas import DataFrame, Series

from casetrack.errors import DesignError, rows_in_words
from casetrack.sampling.chance_source import ChanceSource
from casetrack.sampling.lottery import DrawnPeople, draw_types_and_people
from casetrack.sampling.quota_system import QuotaSystem, quota_system
from casetrack.sampling.within_types import ValueLimit

__all__ = ["Selection", "select"]


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
        towards it, before the floor and the limit of 1.
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
        An equal chance would be 1 in 2. The lowest chance is 1 in 3, the highest 1 in 1.
        Raised by sex, F (3.8 times).
        """
        able = self.chances[self.chances > 0]
        lines = [f"{len(self.chosen):,} of {len(self.chances):,} people were selected and every quota holds."]
        if len(able):
            lines.append(
                f"An equal chance would be {_one_in(len(self.chosen) / len(self.chances))}. The lowest chance is "
                f"{_one_in(float(able.min()))}, the highest {_one_in(float(able.max()))}."
            )
        lines += [
            text
            for text in (_effects(self.multipliers, up=True), _effects(self.multipliers, up=False))
            if text
        ]
        if self.deviation:
            lines.append(
                f"The last step of the draw missed these chances by {self.deviation:.2g} places in all."
            )
        return "\n".join([*lines, *self.notes])

    def _repr_html_(self) -> str:
        words = html.escape(self.summary()).replace("\n", "<br>")
        return f"<p>{words}</p>{self.quota_table.to_html(index=False)}"


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
        By column, how many people may share a value, for example one per household. Kept where people are chosen
        among those alike in every quota.

    Returns
    -------
    Selection
        A list that meets every quota. It does not depend on the order of rows or columns.

    Raises
    ------
    DesignError
        When the quotas do not fit the people, an index label is there twice, or the seed is empty.
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
    keys = _person_keys(people)
    system = quota_system(people, quotas, size)
    source = ChanceSource(seed, {"quotas": _quotas_digest(system), "pool": _pool_digest(system, keys)})
    drawn = draw_types_and_people(system, keys, source, value_limits=_value_limits(people, at_most or {}))
    return _selection(people, system, source, drawn, tuple(at_most or {}))


def _person_keys(people: DataFrame) -> list[str]:
    keys = [str(label) for label in people.index]
    first: dict[str, int] = {}
    twice = [row for row, key in enumerate(keys, start=1) if first.setdefault(key, row) != row]
    if twice:
        raise DesignError.of(
            "people-twice",
            "an index label stands for more than one person.",
            where=rows_in_words(twice),
            advice="Give every person a label of their own, for example with set_index.",
        )
    return keys


def _value_limits(people: DataFrame, at_most: Mapping[str, int]) -> dict[str, ValueLimit]:
    unknown = [name for name in at_most if name not in people.columns]
    if unknown:
        raise DesignError.of(
            "limit-column",
            f"a limit per value names {len(unknown)} column(s) that the people do not have.",
            advice="Correct the column, or add it.",
        )
    return {
        name: ValueLimit(
            people[name].astype(object).where(people[name].notna(), "").astype(str).to_numpy(), most
        )
        for name, most in at_most.items()
    }


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
    chances = Series(types.chances[system.type_of], index=people.index, name="chance", dtype=float)
    on_list = system.features.astype(np.int64) @ types.chosen
    expected = system.features.astype(float) @ (types.chances * system.counts)
    feature, value = [label[0] for label in system.labels], [label[1] for label in system.labels]
    return Selection(
        chosen=people.index[drawn.rows].tolist(),
        chances=chances,
        floor=float(chances[chances > 0].min()) if (chances > 0).any() else 0.0,
        best_floor=types.best_floor,
        deviation=types.deviation,
        multipliers=DataFrame({"feature": feature, "value": value, "multiplier": np.exp(types.multipliers)}),
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
        notes.append(f"The quotas leave {without:,} people without any chance.")
    if limited:
        notes.append(
            f"The limit per value of {', '.join(limited)} passed over {drawn.passed_over:,} people in this draw; "
            "chances are those before that limit."
        )
    if drawn.attempts > 1:
        notes.append(f"It took {drawn.attempts} draws until the limits could be kept.")
    return tuple(notes)


def _one_in(chance: float) -> str:
    times = 1 / chance if chance else 0.0
    return f"1 in {times:,.0f}" if times >= 10 or abs(times - round(times)) < 0.05 else f"1 in {times:,.1f}"


def _effects(multipliers: DataFrame, *, up: bool) -> str:
    moved = multipliers[multipliers["multiplier"] > 1.01 if up else multipliers["multiplier"] < 0.99]
    if moved.empty:
        return ""
    first = moved.sort_values(["multiplier", "feature", "value"], ascending=[not up, True, True]).head(3)
    named = [
        f"{row.feature}, {row.value} ({row.multiplier:.1f} times)" for row in first.itertuples(index=False)
    ]
    return f"{'Raised' if up else 'Lowered'} by {'; '.join(named)}."
