"""A lottery made ready: chances, shares of listing, tickets, key and trial leaves. Nothing here knows a seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from casetrack.errors import InfeasibleDesignError
from casetrack.lottery.chances import Chances, equal_as_possible, lowest_cap
from casetrack.lottery.counted import (
    FEW_KINDS,
    Counted,
    counted_by_programmes,
    counted_by_swaps,
)
from casetrack.lottery.keyed import Keyed
from casetrack.lottery.kinds import Kinds, ValueLimit, kinds_of
from casetrack.lottery.listing import shares_of_listing
from casetrack.lottery.numbered import FEW_TRIED, TRIALS, WITH_EASE, WORK, Lottery, lottery_of
from casetrack.lottery.rules import Rules
from casetrack.quotas.quota_system import QuotaSystem

_FULL = 1e-9
"""Places by which an expected number may be above its limit before the limit becomes a row: rounding."""

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
    #: How often people of each group are listed as each code, shape (groups, codes).
    shares: np.ndarray = field(repr=False)
    #: The numbered lists.
    lottery: Lottery
    #: Whether every list has the number listed as each code within one of what is expected.
    listing_kept: bool
    #: People of each kind on a list if everybody had the same chance, shape (kinds,).
    even: np.ndarray = field(repr=False)

    @property
    def chance_as(self) -> np.ndarray:
        """The chance of each person of a group to be listed as each code, counted in tickets, shape (groups, codes).

        Where nobody is listed as a code there is one column.
        """
        chances = np.zeros((len(self.kinds.people), max(1, self.shares.shape[1])))
        each = self.lottery.tickets / (self.lottery.lists * self.kinds.people[self.kinds.group])
        chances[self.kinds.group, np.maximum(self.kinds.code, 0)] = each
        return chances

    @property
    def counted(self) -> bool:
        """Whether the lists were counted out, so that the chances are theirs and not those wanted."""
        return self.lottery.table is not None

    def found_anew(self) -> Prepared:
        """A lottery of the same chances after a leaf could not be dealt: without rows for codes, or counted."""
        numbers, old = self.wanted_of_kinds, self.lottery
        rules = self.kinds.rules(self.wanted.system)
        lottery, kept = lottery_of(rules, numbers, old.key, {"after": old.digest})
        freer = self.listing_kept and self.kinds.codes.shape[1] > 0
        if not (freer and kept and _found(lottery, TRIALS, easily=False)):
            lottery = _counted(lottery, numbers, self.even)
        return replace(self, lottery=lottery, listing_kept=False)

    @property
    def wanted_of_kinds(self) -> np.ndarray:
        """People of each kind on a list, on the average, as wanted."""
        return _wanted_of_kinds(self.wanted, self.kinds, self.shares)


def limited_chances(
    system: QuotaSystem, limits: Mapping[str, ValueLimit], *, capped: bool = False
) -> Wanted | None:
    """Chances as near to equal as quotas and limits allow; None when not even an expectation can keep them.

    A value of a limit becomes a row only where its expected number is above its limit; elsewhere the limit is kept by
    every list of the lottery, and the chances do not feel it.
    """
    pressed: dict[str, set[int]] = {name: set() for name in limits}
    cap, refined = 1.0, system
    while True:
        chances = _chances(refined, cap)
        if chances is None and cap < 1:
            # A row that came after the cap leaves it too tight: a tenth more, until there is room or no cap is left.
            cap = min(1.0, 1.1 * cap)
            continue
        if chances is None:
            return None
        more = {
            name: _beyond(limit, chances.by_type[refined.type_of]) - pressed[name]
            for name, limit in limits.items()
        }
        if any(more.values()):
            for name, values in more.items():
                pressed[name] |= values
            refined = _with_rows(system, limits, pressed)
        elif capped and system.size < system.people:
            cap, capped = lowest_cap(refined, chances), False
        else:
            return Wanted(refined, chances, cap)


def prepare(
    wanted: Wanted,
    limits: Mapping[str, ValueLimit],
    *,
    key: bytes,
    told: Mapping[str, str],
    holds: np.ndarray | None = None,
    already: np.ndarray | None = None,
    trials: int = TRIALS,
    easily: bool = False,
) -> Prepared:
    """Make a lottery ready.

    Parameters
    ----------
    wanted
        What `limited_chances` gave.
    limits
        Limits per value, by column.
    key
        The secret key.
    told
        What the lottery is of, as digests.
    holds
        Which codes each person holds, shape (people, codes); None when nobody is listed as a code.
    already
        People listed as each code by fixed places, shape (codes,).
    trials
        Leaves to try; the leaf of the draw itself is tried in any case, before anybody is named.
    easily
        Refuse what is not found with ease and with everything kept: for a design that can still ask for less.
    """
    kinds = kinds_of(wanted.system, [limits[name] for name in sorted(limits)], holds)
    shares = _shares(wanted, kinds, already)
    numbers = _wanted_of_kinds(wanted, kinds, shares)
    even = (
        kinds.people[kinds.group]
        * _of_kinds(kinds, shares)
        * wanted.system.size
        / max(1, wanted.system.people)
    )
    rules = kinds.rules(wanted.system)
    ways = [rules] if not kinds.codes.shape[1] else [_with_listing(rules, kinds, numbers), rules]
    for way in ways:
        lottery, kept = lottery_of(way, numbers, key, told)
        if kept and _found(lottery, trials, easily):
            break
        if easily:
            raise _hardly_any()
    else:
        lottery = _counted(lottery, numbers, even)
    return Prepared(wanted, kinds, shares, lottery, way is ways[0], even)


def _chances(system: QuotaSystem, cap: float) -> Chances | None:
    if system.size > system.people:
        return None
    if system.size < system.people:
        return equal_as_possible(system, cap)
    # Everyone is on the list, whatever the quotas ask of it.
    everyone, none = np.ones(len(system.counts)), np.zeros(len(system.labels))
    chances = Chances(everyone, 1.0 if system.people else 0.0, none, 0.0, everyone < 1)
    return chances if system.met_by(system.counts) else None


def _beyond(limit: ValueLimit, chances: np.ndarray) -> set[int]:
    """The values of which more people are expected than are allowed."""
    bound = limit.binding()
    has = bound.values >= 0
    expected = np.bincount(bound.values[has], chances[has], minlength=len(bound.most))
    return set(np.flatnonzero(expected > bound.most + _FULL).tolist())


def _with_rows(
    system: QuotaSystem, limits: Mapping[str, ValueLimit], pressed: Mapping[str, set[int]]
) -> QuotaSystem:
    for name in sorted(limits):
        if pressed[name]:
            rows = {value: int(limits[name].most[value]) for value in sorted(pressed[name])}
            system = system.with_values(name, limits[name].values, rows)
    return system


def _shares(wanted: Wanted, kinds: Kinds, already: np.ndarray | None) -> np.ndarray:
    """Shares of listing of each group: those of its set of codes."""
    if not kinds.codes.shape[1]:
        return np.zeros(kinds.codes.shape)
    sets, number = np.unique(kinds.codes, axis=0, return_inverse=True)
    number = np.asarray(number).reshape(-1)
    expected = np.bincount(number, wanted.chances.by_type[kinds.type_of] * kinds.people, minlength=len(sets))
    shares, _ = shares_of_listing(sets, expected, already)
    return shares[number]


def _of_kinds(kinds: Kinds, shares: np.ndarray) -> np.ndarray:
    """The share of listing of each kind; 1 where nobody is listed as a code."""
    return shares[kinds.group, kinds.code] if shares.shape[1] else np.ones(len(kinds.group))


def _wanted_of_kinds(wanted: Wanted, kinds: Kinds, shares: np.ndarray) -> np.ndarray:
    people = (wanted.chances.by_type[kinds.type_of] * kinds.people)[kinds.group]
    return people * _of_kinds(kinds, shares)


def _with_listing(rules: Rules, kinds: Kinds, numbers: np.ndarray) -> Rules:
    """A row for each code: the number listed as it is within one of what is expected, on every list."""
    codes = np.arange(kinds.codes.shape[1])
    expected = np.bincount(kinds.code, numbers, minlength=len(codes))
    low = np.floor(expected + NEARLY_WHOLE).astype(np.int64)
    high = np.ceil(expected - NEARLY_WHOLE).astype(np.int64)
    listed = (kinds.code[:, None] == codes).astype(rules.features.dtype)
    return replace(
        rules,
        features=np.hstack([rules.features, listed]),
        low=np.r_[rules.low, low],
        high=np.r_[rules.high, np.maximum(low, high)],
    )


def _found(lottery: Lottery, trials: int, easily: bool) -> bool:
    """Whether the trial leaves of a lottery are solved; few kinds are quickly tried, and quickly counted out."""
    if len(lottery.tickets) <= FEW_KINDS:
        return lottery.tried(TRIALS, FEW_TRIED)
    return lottery.tried(trials, WITH_EASE if easily else WORK)


def _hardly_any() -> InfeasibleDesignError:
    return InfeasibleDesignError.of(
        "hardly-any-list",
        "no list was found that keeps every quota and every limit: if there is one, hardly any other is.",
        advice="Widen minimums and maximums by one, first where both are the same number.",
    )


def _counted(lottery: Lottery, numbers: np.ndarray, even: np.ndarray) -> Lottery:
    """The lottery with its lists counted out and its tickets those of the count."""
    found: Counted | None
    if len(numbers) <= FEW_KINDS:
        bits = Keyed(lottery.key, lottery.digest, "counted")
        found = counted_by_programmes(lottery.rules, numbers, even, lottery.lists, bits)
    else:
        found = counted_by_swaps(lottery.rules, numbers, lottery.lists, (lottery.key, lottery.digest))
    if found is None:
        raise _hardly_any()
    return lottery.counted_out(found.lists, found.repeats)
