"""From people to kinds and back: who is alike in all that a lottery counts, and who of a kind is taken.

People of one group are alike in every quota, in every limit that could be reached, and in the codes they hold. A kind
is a group listed as one code. Within a group people are taken in an order of keyed hashes, which gives all the same
chance as far as nobody can foresee a hash without its key.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from casetrack.lottery.keyed import hashed
from casetrack.lottery.rules import Limit, Rules
from casetrack.quotas.quota_system import QuotaSystem


@dataclass(frozen=True)
class Kinds:
    """The groups of people that are alike, and the kinds that they are listed as."""

    #: The group of each person, shape (people,).
    group_of: np.ndarray
    #: People of each group, shape (groups,).
    people: np.ndarray
    #: The type of each group in the quota system, shape (groups,).
    type_of: np.ndarray
    #: Which codes the people of each group hold, shape (groups, codes).
    codes: np.ndarray
    #: The group and the code of each kind, shape (kinds,).
    group: np.ndarray
    code: np.ndarray
    #: The limits per value, over kinds.
    limits: tuple[Limit, ...]

    def rules(self, system: QuotaSystem) -> Rules:
        """The quotas and limits over kinds; a person is a limit of one over the codes that they can be listed as."""
        order = system.row_order()
        return Rules(
            features=system.features[order][:, self.type_of[self.group]].T.astype(np.int8),
            low=system.minimum[order].astype(np.int64),
            high=np.minimum(system.maximum[order], system.size).astype(np.int64),
            size=system.size,
            limits=(Limit(self.group, self.people), *self.limits),
        )

    def take(
        self, listed: np.ndarray, keys: Sequence[bytes], place: tuple[bytes, object]
    ) -> list[tuple[int, int]]:
        """People for the kinds of a list, with the code of each; keys are hashed only of people who could be it."""
        key, number = place
        own = hashed(key, "people", number)
        found: list[tuple[int, int]] = []
        for group in np.unique(self.group[listed]).tolist():
            codes = sorted(int(self.code[kind]) for kind in listed if self.group[kind] == group)
            members = np.flatnonzero(self.group_of == group).tolist()
            line = sorted((hmac.digest(own, keys[row], "sha256"), row) for row in members)
            found += [(row, code) for (_, row), code in zip(line, codes, strict=False)]
        return sorted(found, key=lambda item: keys[item[0]])


def kinds_of(system: QuotaSystem, limits: Sequence[Limit], holds: np.ndarray | None = None) -> Kinds:
    """Put people into groups, in an order that the order of rows does not change.

    `holds`: which codes each person holds, shape (people, codes); None when everybody holds the same one.
    """
    bound = [limit.binding() for limit in limits]
    holds = np.ones((len(system.type_of), 1), dtype=bool) if holds is None else holds
    marks = [system.type_of, *(limit.value for limit in bound), holds @ (1 << np.arange(holds.shape[1]))]
    order = np.lexsort(marks[::-1])
    new = np.zeros(len(order), dtype=bool)
    for mark in marks:
        new[1:] |= np.diff(mark[order]) != 0
    group_of = np.empty(len(order), dtype=np.int64)
    group_of[order] = np.cumsum(new)
    first = order[np.r_[0, np.flatnonzero(new)]] if len(order) else order
    group, code = np.nonzero(holds[first])
    return Kinds(
        group_of=group_of,
        people=np.bincount(group_of, minlength=len(first)),
        type_of=system.type_of[first],
        codes=holds[first],
        group=group,
        code=code,
        limits=tuple(Limit(limit.value[first][group], limit.most) for limit in bound),
    )
