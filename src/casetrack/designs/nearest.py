"""The nearest design that works, as a design that can be passed back to ``draw``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from pandas import DataFrame

from casetrack.designs.asked import Asked, Kind
from casetrack.designs.bound import Bound, bind, limit_column
from casetrack.designs.coded_people import CodedPeople
from casetrack.quotas.programme import best_list
from casetrack.quotas.shortfall import Shortfall, explain_model
from casetrack.threads import one_thread


@one_thread
def shortfall_of(design: Asked, coded: CodedPeople, *, gone: Iterable[str] = ()) -> Shortfall | None:
    """Explain why no list can meet the design, or None when one can.

    `gone`: people who may not be drawn besides those the design excludes.
    """
    left = tuple(gone)
    more: dict[str, set[int]] = {}
    while True:
        bound = bind(design, coded, gone=left, more_rows=more, keep_shut=True)
        chosen, found = best_list(bound.model), None
        if chosen is None:
            found = _explained(bound)
            found = replace(found, nearest_design=nearest_design(design, found))
            bound = bind(found.nearest_design, coded, gone=left, more_rows=more, keep_shut=True)
            chosen = best_list(bound.model)
        blocked = None if chosen is None else _blocked(bound, chosen)
        if not blocked:
            return found
        for column, numbers in blocked.items():
            more.setdefault(column, set()).update(numbers)


def nearest_design(design: Kind, shortfall: Shortfall) -> Kind:
    """Make the changes of a shortfall in a design."""
    pairs = {pair.label: pair for pair in design.combinations}
    for change in shortfall.nearest.to_dict("records"):
        label = (change["feature"], change["value"])
        number = int(change["nearest"])
        if change["value"] == "each value":
            design = design.with_at_most(change["feature"], number)
        elif label in pairs:
            pair = pairs[label]
            low = number if change["bound"] == "min" else pair.min
            high = number if change["bound"] == "max" else pair.max
            design = design.with_combination(pair.of, min=low, max=high)
            pairs = {other.label: other for other in design.combinations}
        else:
            design = _with_number(design, *label, change["bound"], number)
    return design


def _with_number(design: Kind, feature: str, value: str, bound: str, number: int) -> Kind:
    """The design with another minimum or maximum for a code or a level, in balance too where it is balanced."""
    change = {bound: number}
    if value in design.balance.get(feature, {}):
        design = design.with_balance(feature, value, **change)
        own = design.characteristics.get(feature, {}).get(value)
        if own is None or (own.min <= number if bound == "min" else own.max is None):
            return design
    return design.with_quota(feature, None if feature in design.codes else value, **change)


def _explained(bound: Bound) -> Shortfall:
    """Why no list can meet the design, with limits under the names of their columns."""
    found = explain_model(
        bound.model,
        people=len(bound.people) + len(bound.fixed),
        supply=bound.system.supply + bound.held,
        held=bound.held,
        fixed_places=len(bound.fixed),
    )
    of_design = [limit_column(feature) is None for feature in found.quotas["feature"]]
    return replace(
        found,
        clash=_by_column(found.clash),
        nearest=_by_column(found.nearest),
        quotas=found.quotas[of_design].reset_index(drop=True),
    )


def _by_column(table: DataFrame) -> DataFrame:
    """The table with limits under the name of their column, one value standing for all."""
    columns = [limit_column(feature) for feature in table["feature"]]
    features = [column or feature for column, feature in zip(columns, table["feature"], strict=True)]
    values = [
        "each value" if column else value for column, value in zip(columns, table["value"], strict=True)
    ]
    return table.assign(feature=features, value=values)


def _blocked(bound: Bound, chosen: np.ndarray) -> dict[str, set[int]]:
    """Limits that stop a list over types from being filled with people."""
    system = bound.system
    wanted = np.asarray(chosen, dtype=np.int64).copy()
    room = {name: places.copy() for name, places in bound.room.items()}
    blocked: dict[str, set[int]] = {}
    full: dict[int, list[tuple[str, int]]] = {}
    types = system.type_of.tolist()
    # The types with the fewest people first: they have least choice.
    for row in np.argsort(system.counts[system.type_of], kind="stable").tolist():
        if not wanted[types[row]]:
            continue
        values = [(name, int(codes[row])) for name, codes in bound.limits.items() if codes[row] >= 0]
        stops = [(name, number) for name, number in values if room[name][number] <= 0]
        if stops:
            full.setdefault(types[row], []).extend(stops)
            continue
        for name, number in values:
            room[name][number] -= 1
        wanted[types[row]] -= 1
    for kind in np.flatnonzero(wanted).tolist():
        for name, number in full.get(kind, []):
            blocked.setdefault(name, set()).add(number)
    return blocked
