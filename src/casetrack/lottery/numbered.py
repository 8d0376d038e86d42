"""The lottery of numbered lists: ten million lists, each of which keeps every rule, and only the number is chance.

List number i is found by going down to it as in a telephone book: the tickets of a range of lists are split into
those of its two halves, until the range has few lists, a leaf. No step makes a ticket or loses one, so of all lists
exactly as many hold a kind of people as it has tickets: its chance is known by counting, however the lists were
found. Nothing here depends on the seed; the secret key goes into every step, so that nobody without it can write the
lists out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from casetrack.lottery.keyed import Keyed, hashed
from casetrack.lottery.leaf import Leaf
from casetrack.lottery.rules import Rules
from casetrack.lottery.tickets import part_of, tickets_of
from casetrack.progress import steps

LISTS = 10_000_000
"""Lists of a lottery: seven dice choose one, and a chance is rounded by less than one in a million of a place."""

LEAF = 64
"""Lists of a leaf, at most: half as many are dealt a quarter sooner, but leave fewer partners for a swap."""

WORK = (100_000, 200_000)
"""Pairs of lists that a leaf may compare, each time it is dealt; of 96 leaves of a suggested design two took more than
100,000."""

TRIALS, EASY = 8, 7_500
"""Leaves tried when a lottery is prepared; two are enough where they took less than a twentieth of the work and kinds are
not few: with few, a leaf that cannot be solved may stand beside two that are solved at once."""

WITH_EASE = (40_000,)
"""Pairs of lists that a trial leaf may compare for a suggested design, which can still ask for less."""

FEW_KINDS, FEW_WORK = 150, (2000, 20_000)
"""With no more kinds than this, leaves that can be solved nearly always are with the first of these works (108 of 109),
and lists are counted out in seconds; with 250 kinds and exact quotas one programme of those can take ten."""


@dataclass(frozen=True)
class Range:
    """Lists that stand next to each other, and the tickets that are theirs."""

    #: The first of them, from 0, and how many they are.
    first: int
    lists: int
    #: The kinds that have tickets here.
    kinds: np.ndarray
    #: Their tickets.
    tickets: np.ndarray

    @classmethod
    def of(cls, first: int, lists: int, kinds: np.ndarray, tickets: np.ndarray) -> Range:
        """The range without the kinds that have no ticket in it."""
        held = np.flatnonzero(tickets)
        return cls(first, lists, kinds[held], tickets[held])


@dataclass(frozen=True)
class Certificate:
    """What shows that a leaf was dealt without a changed ticket."""

    #: The lists of the leaf.
    first: int
    lists: int
    #: How often it was dealt until every list kept every rule.
    dealt: int
    #: Swaps between its lists.
    swaps: int
    #: Whether every list of it keeps every rule, checked by plain loops.
    kept: bool
    #: Whether its places count out to exactly its tickets.
    counted: bool

    @property
    def holds(self) -> bool:
        """Whether the leaf is part of an exact lottery."""
        return self.kept and self.counted

    def in_words(self) -> str:
        """The certificate as a sentence.

        >>> Certificate(640, 64, 1, 12, True, True).in_words()
        'Lists 640 to 703 were dealt without a changed ticket, and each of these 64 lists keeps every rule.'
        """
        lists = f"Lists {self.first:,} to {self.first + self.lists - 1:,}"
        if not self.holds:
            return f"{lists} could not be dealt so that each keeps every rule."
        return f"{lists} were dealt without a changed ticket, and each of these {self.lists:,} lists keeps every rule."


@dataclass(frozen=True)
class NumberedList:
    """The kind at each place of a list, sorted, the certificate of its leaf, and the pairs of lists compared for it."""

    kinds: np.ndarray
    certificate: Certificate
    work: int = 0


@dataclass(frozen=True)
class Lottery:
    """Numbered lists, not written out."""

    #: What every list keeps.
    rules: Rules = field(repr=False)
    #: How many of the lists hold each kind, with repeats, shape (kinds,).
    tickets: np.ndarray = field(repr=False)
    #: How many lists there are.
    lists: int
    #: The secret key; never shown.
    key: bytes = field(repr=False)
    #: SHA-256 of rules, tickets, lists, what the lottery is of, and the digest of the key: what is minuted before a
    #: draw.
    digest: str
    #: The distinct lists, where they were counted out, and how many numbers each has; else None.
    table: tuple[np.ndarray, np.ndarray] | None = field(default=None, repr=False)

    @property
    def key_digest(self) -> str:
        """SHA-256 of the secret key."""
        return hashlib.sha256(self.key).hexdigest()

    @property
    def few(self) -> bool:
        """Whether there are so few kinds that lists are quickly tried, and quickly counted out."""
        return len(self.tickets) <= FEW_KINDS

    def with_key(self, key: bytes) -> Lottery:
        """The same rules and tickets dealt by another key: lists to practise on, which tell nothing of the real ones."""
        return replace(self, key=key, digest=hashlib.sha256(f"practice {self.digest}".encode()).hexdigest())

    def number_of(self, seed: str) -> int:
        """The number that a seed means: the keyed hash of the seed, in the range of the lists."""
        # 256 bits are so many more than the lists that the remainder favours no number that anybody could measure.
        return int.from_bytes(hashed(hashlib.sha256(self.digest.encode()).digest(), seed), "big") % self.lists

    def list_number(self, number: int, work: tuple[int, ...] = ()) -> NumberedList:
        """Write out one list; its certificate says whether its leaf could be dealt with the work allowed."""
        if not 0 <= number < self.lists:
            raise ValueError("no list has this number")
        if not self.rules.size:
            return NumberedList(np.zeros(0, dtype=np.int64), Certificate(0, self.lists, 1, 0, True, True))
        if self.table is not None:
            lists, repeats = self.table
            ends = np.cumsum(repeats)
            at = int(np.searchsorted(ends, number, side="right"))
            kept = not self.rules.broken_by(lists[at])
            same = bool((_counted(lists, repeats, len(self.tickets)) == self.tickets).all())
            certificate = Certificate(int(ends[at] - repeats[at]), int(repeats[at]), 1, 0, kept, same)
            return NumberedList(lists[at], certificate)
        part = self.leaf_of(number)
        slots, certificate, pairs = self.leaf(part, work)
        return NumberedList(np.sort(slots[number - part.first]), certificate, pairs)

    def whole(self) -> Range:
        """All lists."""
        return Range.of(0, self.lists, np.arange(len(self.tickets)), self.tickets)

    def split(self, part: Range) -> tuple[Range, Range]:
        """The two halves of a range."""
        half = part.lists // 2
        bits = Keyed(self.key, self.digest, "split", part.first, part.lists)
        rules = self._split_rules.of(part.kinds)
        tickets, _ = part_of(rules, part.tickets, part.lists, half, bits)
        return (
            Range.of(part.first, half, part.kinds, tickets),
            Range.of(part.first + half, part.lists - half, part.kinds, part.tickets - tickets),
        )

    @cached_property
    def _split_rules(self) -> Rules:
        return self.rules.with_nearly_full(self.tickets, self.lists)

    def leaf_of(self, number: int) -> Range:
        """The lists of the leaf that holds a number."""
        part = self.whole()
        while part.lists > LEAF:
            halves = self.split(part)
            part = halves[number >= halves[1].first]
        return part

    def leaf(self, part: Range, work: tuple[int, ...] = ()) -> tuple[np.ndarray, Certificate, int]:
        """Deal a leaf: the kind at each place of its lists, what shows that it is sound, and the work it took."""
        rules = self.rules.of(part.kinds)
        for attempt, pairs in enumerate(work or (FEW_WORK if self.few else WORK), start=1):
            bits = Keyed(self.key, self.digest, "leaf", part.first, part.lists, attempt)
            leaf = Leaf(rules, part.tickets, part.lists, bits)
            if leaf.mend(pairs):
                break
        slots = part.kinds[leaf.slots]
        counted = np.bincount(slots.ravel(), minlength=len(self.tickets))[part.kinds]
        same = slots.size == part.tickets.sum() and bool((counted == part.tickets).all())
        kept = not any(self.rules.broken_by(listed) for listed in slots)
        return slots, Certificate(part.first, part.lists, attempt, leaf.swaps, kept, same), leaf.pairs

    def leaves(self) -> Iterator[Range]:
        """Every leaf, in the order of its lists."""
        waiting = [self.whole()]
        while waiting:
            part = waiting.pop()
            if part.lists <= LEAF:
                yield part
            else:
                waiting += reversed(self.split(part))

    def tried(self, trials: int, easily: bool) -> bool:
        """Whether trial leaves, chosen by the key and by no seed, are solved; few kinds are always tried."""
        work = FEW_WORK[:1] if self.few else WITH_EASE if easily else WORK
        numbers = Keyed(self.key, self.digest, "trials").below(self.lists, TRIALS if self.few else trials)
        for trial, number in enumerate(steps(numbers.tolist()), start=1):
            found = self.list_number(number, work)
            if not found.certificate.holds:
                return False
            if trial >= 2 and found.work < EASY and not self.few:
                break
        return True

    def practice(self, key: bytes, count: int) -> np.ndarray:
        """Lists of the same rules and tickets by another key, as kinds, shape (count, places).

        They are whole leaves, chosen by that key; they tell how lists look, and nothing of the lottery's own. A lottery
        whose lists were counted out has no others: there they are its own.
        """
        numbers = Keyed(key, self.digest, "practice").below(self.lists, count)
        if self.table is not None:
            lists, repeats = self.table
            return lists[np.searchsorted(np.cumsum(repeats), numbers, side="right")]
        other = self.with_key(key)
        found = [np.zeros((0, self.rules.size), dtype=np.int64)]
        for number in numbers.tolist():
            if sum(map(len, found)) >= count:
                break
            slots, certificate, _ = other.leaf(other.leaf_of(number))
            if certificate.holds:
                found.append(slots)
        return np.concatenate(found)[:count]

    def counted_out(self, lists: np.ndarray, repeats: np.ndarray) -> Lottery:
        """The lottery of these lists, each as often as its repeats say, with the tickets that they count out to."""
        tickets = _counted(lists, repeats, len(self.tickets))
        told = json.dumps(["counted", self.digest, hashlib.sha256(lists.astype("<i8").tobytes()).hexdigest()])
        digest = digest_of(self.rules, tickets, self.key, told)
        return replace(self, tickets=tickets, digest=digest, table=(lists, repeats))


def lottery_of(
    rules: Rules, wanted: np.ndarray, key: bytes, told: Mapping[str, str], lists: int = LISTS
) -> tuple[Lottery, bool]:
    """A lottery with the number of people wanted of each kind; and whether its tickets keep every bound.

    `told`: what the lottery is of, as digests of pool and design.
    """
    start = json.dumps([dict(sorted(told.items())), lists], ensure_ascii=True)
    # Without the key, since chances are published: they are the same for every key, and tell nothing of it.
    tickets, kept = tickets_of(rules, wanted, lists, Keyed(b"tickets", start))
    return Lottery(rules, tickets, lists, key, digest_of(rules, tickets, key, start)), kept


def digest_of(rules: Rules, tickets: np.ndarray, key: bytes, told: str) -> str:
    """What is minuted of a lottery: whoever knows it can see that rules, tickets and key stayed as they were."""
    whole = hashlib.sha256(told.encode("ascii"))
    whole.update(hashlib.sha256(key).digest())
    numbers = [rules.features, rules.low, rules.high, np.array([rules.size]), tickets]
    for limit in rules.limits:
        numbers += [limit.value, limit.most]
    for array in numbers:
        whole.update(json.dumps(array.shape).encode("ascii"))
        whole.update(np.ascontiguousarray(array, dtype="<i8").tobytes())
    return whole.hexdigest()


def _counted(lists: np.ndarray, repeats: np.ndarray, kinds: int) -> np.ndarray:
    """On how many numbers each kind stands, shape (kinds,), where each list has so many."""
    places = np.repeat(repeats, lists.shape[1])
    return np.bincount(lists.ravel(), places, minlength=kinds).astype(np.int64)
