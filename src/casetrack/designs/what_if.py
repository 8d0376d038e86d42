"""What each wish of a design does to everyone's chance, before any draw."""

from __future__ import annotations

import numpy as np
from pandas import DataFrame

from casetrack.designs.asked import Asked
from casetrack.designs.bound import bind, drawable
from casetrack.designs.coded_people import CodedPeople
from casetrack.designs.drawing import wanted_chances
from casetrack.designs.group_names import group_name
from casetrack.designs.quota import who_counts
from casetrack.progress import steps
from casetrack.threads import one_thread

_Told = tuple[float | None, float | None, int | None]
#: Places: an expected number this near to what is asked presses against it. Wide, so that rounding hides nothing.
_NEAR = 1e-3
_COLUMNS = ["wish", "at_least", "at_most", "people", "lowest_chance", "highest_chance", "without_chance"]


@one_thread
def what_if(design: Asked, coded: CodedPeople) -> DataFrame:
    """The chances under the design, and without each of its wishes in turn.

    The first row is the design as it is, the last one has no wish at all. ``people``: who counts towards the wish and can
    be drawn. ``lowest_chance`` of anyone who has one, ``highest_chance``, ``without_chance``, the people shut out; all
    three missing where no list can meet what is left. A wish that the chances do not press against (more places are
    expected for it than it asks) moves none of them, and is not worked out anew. What is balanced follows the chances, so
    it is one wish, and the others are looked at without it.
    """
    people = drawable(design, coded)
    rows: list[tuple[object, ...]] = [("The design as it is", None, None, None, *_chances(design, coded)[0])]
    bare = own = design.without_balance()
    whole, pressing = _chances(own, coded)
    if design.balance:
        rows.append(("Without: what is balanced", None, None, None, *whole))
    for (feature, value), quota in steps(list(own.quotas().items())):
        if quota.min or quota.max is not None:
            count = int(who_counts(people, feature, value).sum())
            bare = _without(bare, feature, value)
            presses = whole[0] is None or (feature, value) in pressing
            told = _chances(_without(own, feature, value), coded)[0] if presses else whole
            rows.append((f"Without: {group_name(feature, value)}", quota.min, quota.max, count, *told))
    for column, most in own.at_most.items():
        bare = bare.with_at_most(column, None)
        told = _chances(own.with_at_most(column, None), coded)[0]
        rows.append((f"Without: {group_name(column, 'each value')}", None, most, None, *told))
    rows.append(("Without any wish", None, None, None, *_chances(bare, coded)[0]))
    counts = dict.fromkeys(("at_least", "at_most", "people", "without_chance"), "Int64")
    return DataFrame(rows, columns=_COLUMNS).astype(counts)


def _without(design: Asked, feature: str, value: str) -> Asked:
    for pair in design.combinations:
        if pair.label == (feature, value):
            return design.with_combination(pair.of, min=0, max=None)
    return design.with_quota(feature, None if value == "yes" else value, min=0, max=None)


def _chances(design: Asked, coded: CodedPeople) -> tuple[_Told, set[tuple[str, str]]]:
    """The lowest and the highest chance and how many people have none; and the quotas that they press against."""
    bound = bind(design, coded, as_rows=False)
    wanted = wanted_chances(design, bound)
    if wanted is None:
        return (None, None, None), set()
    system = wanted.system
    chances = wanted.chances.by_type[system.type_of]
    expected = system.features @ np.bincount(system.type_of, chances, len(system.counts))
    presses = (expected < system.minimum + _NEAR) | (expected > system.maximum - _NEAR)
    some = chances[chances > 0]
    highest = 1.0 if bound.fixed else float(some.max(initial=0.0))
    told = (float(some.min(initial=1.0)), highest, int((chances <= 0).sum()) + len(bound.shut_out))
    return told, {system.labels[row] for row in np.flatnonzero(presses).tolist()}
