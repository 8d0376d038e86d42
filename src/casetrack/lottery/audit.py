"""Every list of a lottery written out and counted, and lists to practise on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from casetrack.lottery.keyed import Keyed
from casetrack.lottery.numbered import Lottery, lottery_of
from casetrack.lottery.rules import Rules


@dataclass(frozen=True)
class Audit:
    """What was found when every list of a lottery was written out.

    Parameters
    ----------
    lists
        Lists written and checked, by plain loops that share nothing with the search.
    distinct
        How many of them differ.
    leaves_unsolved
        Leaves that could not be dealt so that each list keeps every rule.
    broken
        Lists that break a quota, a limit or the size.
    uncounted
        Kinds of people that stand on more or fewer lists than they have tickets.
    """

    lists: int
    distinct: int
    leaves_unsolved: int
    broken: int
    uncounted: int

    @property
    def exact(self) -> bool:
        """Whether every list keeps everything and every kind stands on as many as it has tickets."""
        return not (self.leaves_unsolved or self.broken or self.uncounted)

    def in_words(self) -> str:
        """What was found, as a sentence.

        Examples
        --------
        >>> print(Audit(1000, 998, 0, 0, 0).in_words())
        All 1,000 lists were written out, 998 of them different: each keeps every rule, and every kind of people stands on
        exactly as many as it has tickets.
        """
        if self.exact:
            return (
                f"All {self.lists:,} lists were written out, {self.distinct:,} of them different: each keeps every rule, "
                "and every kind of people stands on\nexactly as many as it has tickets."
            )
        return (
            f"Of {self.lists:,} lists written out {self.broken:,} break a rule; {self.uncounted:,} kinds of people stand "
            f"on more or fewer than they have tickets; {self.leaves_unsolved:,} leaves were not solved."
        )


def audit(lottery: Lottery) -> Audit:
    """Write out and count every list of a lottery; of some thousand lists in seconds."""
    counted = np.zeros(len(lottery.tickets), dtype=np.int64)
    seen: set[bytes] = set()
    lists = unsolved = broken = 0
    if lottery.table is not None:
        written, repeats = lottery.table
        for listed, times in zip(written, repeats.tolist(), strict=True):
            counted += times * np.bincount(listed, minlength=len(counted))
            seen.add(np.sort(listed).tobytes())
            lists, broken = lists + times, broken + times * bool(lottery.rules.broken_by(listed))
        return Audit(lists, len(seen), 0, broken, int((counted != lottery.tickets).sum()))
    for part in lottery.leaves():
        slots, certificate, _ = lottery.leaf(part)
        unsolved += not certificate.holds
        for listed in slots:
            counted += np.bincount(listed, minlength=len(counted))
            seen.add(np.sort(listed).tobytes())
            broken += bool(lottery.rules.broken_by(listed))
        lists += len(slots)
    return Audit(lists, len(seen), unsolved, broken, int((counted != lottery.tickets).sum()))


def audit_of(
    rules: Rules, wanted: np.ndarray, key: bytes, told: Mapping[str, str], lists: int = 2000
) -> Audit:
    """The audit of the same lottery with so few lists that all can be written out."""
    lottery, _ = lottery_of(rules, wanted, key, told, lists)
    return audit(lottery)


def practice_lists(lottery: Lottery, key: bytes, count: int) -> np.ndarray:
    """Lists of the same rules and tickets by another key, as kinds, shape (count, places).

    They are whole leaves, chosen by that key; they tell how lists of the lottery look, and nothing of the lottery's own.
    A lottery whose lists were counted out has no others: there they are its own.
    """
    if lottery.table is not None:
        written, repeats = lottery.table
        ends = np.cumsum(repeats)
        numbers = Keyed(key, lottery.digest, "practice").below(lottery.lists, count)
        return written[np.searchsorted(ends, numbers, side="right")]
    other = lottery.with_key(key)
    found: list[np.ndarray] = []
    for number in Keyed(key, lottery.digest, "practice").below(lottery.lists, count).tolist():
        if sum(map(len, found)) >= count:
            break
        slots, certificate, _ = other.leaf(other.leaf_of(number))
        if certificate.holds:
            found.append(slots)
    return np.concatenate(found)[:count] if found else np.zeros((0, lottery.rules.size), dtype=np.int64)
