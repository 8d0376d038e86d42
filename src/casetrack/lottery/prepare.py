"""A lottery made ready: chances, shares of listing, tickets, key and trial leaves. Nothing here knows a seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from casetrack.errors import InfeasibleDesignError
from casetrack.lottery.chances import Chances, equal_as_possible, lowest_cap
from casetrack.lottery.counted import counted_lists
from casetrack.lottery.floor import ROUNDING
from casetrack.lottery.keyed import Keyed
from casetrack.lottery.kinds import Kinds, kinds_of
from casetrack.lottery.listing import shares_of_listing
from casetrack.lottery.numbered import TRIALS, Lottery, lottery_of
from casetrack.lottery.rules import Limit, Rules
from casetrack.quotas.quota_system import QuotaSystem

NEARLY_WHOLE = 1e-4
"""An expected number so near a whole one is that number: chances are good to far less, and tickets to 1e-7."""


@dataclass(frozen=True)
class Wanted:
    """Everyone's chance as it is wanted."""

    #: The quotas as they were asked, and after them a row for each value of a limit that the chances press against.
    system: QuotaSystem
    #: By type of that system.
    chances: Chances
    #: The most that anybody's chance may be.
    cap: float = 1.0


@dataclass(frozen=True)
class Prepared:
    """Everything that is fixed before the number."""

    #: The chances as near to equal as quotas and limits allow, before they are tickets.
    wanted: Wanted = field(repr=False)
    #: Who is alike.
    kinds: Kinds = field(repr=False)
    #: People of each kind on a list, on the average, as wanted, shape (kinds,).
    wanted_of_kinds: np.ndarray = field(repr=False)
    #: The same if everybody had the same chance.
    even: np.ndarray = field(repr=False)
    #: The numbered lists.
    lottery: Lottery
    #: Whether every list has the number listed as each code within one of what is expected.
    listing_kept: bool

    @property
    def chance_as(self) -> np.ndarray:
        """The chance of each person of a group to be listed as each code, counted in tickets, shape (groups, codes)."""
        chances = np.zeros(self.kinds.codes.shape)
        each = self.lottery.tickets / (self.lottery.lists * self.kinds.people[self.kinds.group])
        chances[self.kinds.group, self.kinds.code] = each
        return chances

    @property
    def counted(self) -> bool:
        """Whether the lists were counted out, so that the chances are theirs and not those wanted."""
        return self.lottery.table is not None

    def found_anew(self) -> Prepared:
        """A lottery of the same chances after a leaf could not be dealt: without rows for codes, or counted."""
        rules, old = self.kinds.rules(self.wanted.system), self.lottery
        ways = [rules] if self.listing_kept and self.kinds.codes.shape[1] > 1 else []
        lottery = _lottery(ways, rules, (self.wanted_of_kinds, self.even), old.key, {"after": old.digest})
        return replace(self, lottery=lottery, listing_kept=False)


def limited_chances(
    system: QuotaSystem, limits: Mapping[str, Limit], *, capped: bool = False
) -> Wanted | None:
    """Chances as near to equal as quotas and limits allow; None when not even an expectation can keep them.

    A value of a limit becomes a row only where its expected number is above its limit; elsewhere the limit is kept by
    every list of the lottery, and the chances do not feel it.
    """
    pressed: dict[str, set[int]] = {name: set() for name in limits}
    cap, refined = 1.0, system
    while True:
        chances = equal_as_possible(refined, cap)
        if chances is None:
            if cap == 1:
                return None
            # A row that came after the cap leaves it too tight: a tenth more, until there is room or no cap is left.
            cap = min(1.0, 1.1 * cap)
            continue
        more = {
            name: _beyond(limit, chances.by_type[refined.type_of]) - pressed[name]
            for name, limit in limits.items()
        }
        if any(more.values()):
            for name, values in more.items():
                pressed[name] |= values
            refined = _with_rows(system, limits, pressed)
        elif capped and 0 < system.size < system.people:
            cap, capped = lowest_cap(refined, chances), False
        else:
            return Wanted(refined, chances, cap)


def prepare(
    wanted: Wanted,
    limits: Mapping[str, Limit],
    *,
    key: bytes,
    told: Mapping[str, str],
    holds: np.ndarray | None = None,
    already: np.ndarray | None = None,
    trials: int = TRIALS,
    easily: bool = False,
) -> Prepared:
    """Make the lottery of what `limited_chances` gave ready.

    `told`: what the lottery is of, as digests. `holds`: which codes each person holds, shape (people, codes). `already`:
    people listed as each code by fixed places, shape (codes,). `trials`: leaves to try; the leaf of the draw itself is
    tried in any case, before anybody is named. `easily`: refuse what is not found with ease and with everything kept, for
    a design that can still ask for less.
    """
    system = wanted.system
    kinds = kinds_of(system, [limits[name] for name in sorted(limits)], holds)
    each = wanted.chances.by_type[kinds.type_of] * kinds.people
    shares = _shares(kinds, each, already)[kinds.group, kinds.code]
    numbers = each[kinds.group] * shares
    even = kinds.people[kinds.group] * shares * system.size / max(1, system.people)
    rules = kinds.rules(system)
    ways = [_with_listing(rules, kinds, numbers), rules] if kinds.codes.shape[1] > 1 else [rules]
    lottery = _lottery(ways, rules, (numbers, even), key, told, trials, easily)
    return Prepared(wanted, kinds, numbers, even, lottery, lottery.rules is ways[0])


def _beyond(limit: Limit, chances: np.ndarray) -> set[int]:
    """The values of which more people are expected than are allowed."""
    return set(np.flatnonzero(limit.binding().reached(chances) > limit.most + ROUNDING).tolist())


def _with_rows(
    system: QuotaSystem, limits: Mapping[str, Limit], pressed: Mapping[str, set[int]]
) -> QuotaSystem:
    for name in sorted(limits):
        if pressed[name]:
            rows = {value: int(limits[name].most[value]) for value in sorted(pressed[name])}
            system = system.with_values(name, limits[name].value, rows)
    return system


def _shares(kinds: Kinds, each: np.ndarray, already: np.ndarray | None) -> np.ndarray:
    """Shares of listing of each group, shape (groups, codes): those of its set of codes."""
    sets, number = np.unique(kinds.codes, axis=0, return_inverse=True)
    number = np.asarray(number).reshape(-1)
    shares, _ = shares_of_listing(sets, np.bincount(number, each, minlength=len(sets)), already)
    return shares[number]


def _with_listing(rules: Rules, kinds: Kinds, numbers: np.ndarray) -> Rules:
    """A row for each code: the number listed as it is within one of what is expected, on every list."""
    codes = np.arange(kinds.codes.shape[1])
    expected = np.bincount(kinds.code, numbers, minlength=len(codes))
    low = np.floor(expected + NEARLY_WHOLE).astype(np.int64)
    high = np.ceil(expected - NEARLY_WHOLE).astype(np.int64)
    return rules.with_rows(kinds.code[:, None] == codes, low, np.maximum(low, high))


def _lottery(
    ways: Sequence[Rules],
    rules: Rules,
    numbers: tuple[np.ndarray, np.ndarray],
    key: bytes,
    told: Mapping[str, str],
    trials: int = TRIALS,
    easily: bool = False,
) -> Lottery:
    """The lottery of the first way of which tickets and trial leaves are found, else lists counted out.

    `numbers`: people of each kind on a list, as wanted, and if everybody had the same chance.
    """
    wanted, _ = numbers
    for way in ways:
        lottery, kept = lottery_of(way, wanted, key, told)
        if kept and lottery.tried(trials, easily):
            return lottery
        if easily:
            raise _hardly_any()
    lottery, _ = lottery_of(rules, wanted, key, told)
    found = counted_lists(rules, *numbers, lottery.lists, Keyed(key, lottery.digest, "counted"))
    if found is None:
        raise _hardly_any()
    return lottery.counted_out(*found)


def _hardly_any() -> InfeasibleDesignError:
    return InfeasibleDesignError.of(
        "hardly-any-list",
        "no list was found that keeps every quota and every limit: if there is one, hardly any other is.",
        advice="Widen minimums and maximums by one, first where both are the same number.",
    )
