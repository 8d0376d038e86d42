"""The release rule: what would be shown of everyone who could be a case. No list is looked at.

Units shown exactly alike are a group. For every group, whether or not anybody of it is listed, all weight together is
at least k times the largest, and there are at least k people. So whoever knows the rule, all chances and what can be
shown of everybody names a case rightly at most 1 time in k on the lottery's average.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from casetrack.designs.among import PEOPLE_A_PLACE
from casetrack.disclosure.frame import ReleaseFrame
from casetrack.disclosure.rule_search import Kinds, as_one_number, least_possible, search
from casetrack.progress import steps

#: How much a loss in a column matters, 1 unless named here. CQC chooses by sex and ethnic group, which a search that
#: weighs all columns alike gives up first; of the codes, the one that the case is listed as is shown in any case.
COLUMN_WEIGHTS: Mapping[str, float] = MappingProxyType({"codes": 0.75, "sex": 1.25, "ethnic_group": 1.25})
#: Steps of a bit in which entropy is counted, and what a withheld column loses on the average: whole numbers, so that
#: the last digits of a logarithm decide nothing. All losses times weights sum to 2 ** 56 at most.
_A_BIT, _WITHHELD = 256, 2**16


@dataclass(frozen=True, eq=False)
class Rule:
    """What is shown of every unit.

    Attributes
    ----------
    frame : ReleaseFrame
        The units.
    k : int
        What is promised.
    levels : numpy.ndarray
        Shape (units, columns).
    group : numpy.ndarray
        Shape (units,): equal where everything shown is.
    code_only : tuple of str
        Codes whose rows show the code and nothing more: their holders cannot reach ``k``.
    small : bool
        Whether so few can be drawn that every code is shown alone.
    loss : float
        Expected loss: 0 when everything is shown, 1 when everything is withheld.
    """

    frame: ReleaseFrame
    k: int
    levels: np.ndarray
    group: np.ndarray
    code_only: tuple[str, ...]
    small: bool
    loss: float

    @property
    def right_guesses(self) -> float:
        """Cases that the best reader can expect to name rightly, rows of codes shown alone included."""
        return self.frame.expected(int(group_sums(self.group, self.frame.parts)[1].sum()))

    @property
    def codes_alone(self) -> bool:
        """Whether no row shows more than its code, because none of the codes can."""
        return 0 < len(self.code_only) == len(self.frame.codes)

    @property
    def exceptions_right(self) -> float:
        """Of ``right_guesses``, those in rows that stand outside the promise."""
        largest = group_sums(self.group, self.frame.parts)[1]
        return self.frame.expected(int(largest[np.unique(self.group[self._alone])].sum()))

    @property
    def in_full(self) -> np.ndarray:
        """What ``group`` would be if nothing were made coarser."""
        return _groups(self.frame, np.zeros_like(self.levels))

    @property
    def _alone(self) -> np.ndarray:
        """Which units are of a code that is shown alone."""
        return np.isin(self.frame.code, [self.frame.codes.index(code) for code in self.code_only])

    def labels(self, units: np.ndarray | None = None) -> pd.DataFrame:
        """What is shown of these units, or of all: ``listed_as`` and the columns, as text."""
        mine = np.arange(len(self.frame.person)) if units is None else units
        listed = np.array(self.frame.codes, dtype=object)[self.frame.code[mine]]
        shown = {"listed_as": listed}
        for place, column in enumerate(self.frame.columns):
            texts = column.texts[column.values[self.frame.person[mine]], self.levels[mine, place]]
            if column.name == "codes":
                pairs = zip(texts, listed, strict=True)
                texts = np.array([text.replace("{listed}", code) for text, code in pairs], dtype=object)
            shown[column.name] = texts
        return pd.DataFrame(shown)

    @property
    def digest(self) -> str:
        """Of k, columns and what is shown of how many, with what weight: the same on any order of rows."""
        texts = self.labels(np.unique(self.group, return_index=True)[1])
        total, _, people = group_sums(self.group, self.frame.parts)
        rows = texts.to_numpy().tolist()
        each = zip(map("|".join, rows), people.tolist(), total.tolist(), strict=True)
        told = [f"k {self.k}", *texts.columns, *sorted(f"{line}|{n}|{parts}" for line, n, parts in each)]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()

    def kinds(self) -> pd.Series:
        """Code to the kinds of row that can be told apart under it."""
        pairs = np.unique(np.stack([self.frame.code, self.group]), axis=1)[0]
        counts = np.bincount(pairs, minlength=len(self.frame.codes))
        return pd.Series(counts, index=pd.Index(self.frame.codes, name="listed_as"), name="kinds")

    def shown(self) -> pd.DataFrame:
        """Per column: rows on the lottery's average that show it in full, in part, and not at all."""
        rows = []
        for place, column in enumerate(self.frame.columns):
            levels = self.levels[:, place]
            top = column.texts.shape[1] - 1
            which = (levels == 0, (levels > 0) & (levels < top), levels == top)
            rows.append(
                (column.name, *(self.frame.expected(int(self.frame.parts[one].sum())) for one in which))
            )
        return pd.DataFrame(rows, columns=["column", "in_full", "in_part", "withheld"])


def group_sums(group: np.ndarray, parts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per group: all weight, the largest, and people."""
    count = int(group.max(initial=-1)) + 1
    total, largest = np.zeros(count, dtype=parts.dtype), np.zeros(count, dtype=parts.dtype)
    np.add.at(total, group, parts)
    np.maximum.at(largest, group, parts)
    return total, largest, np.bincount(group, minlength=count)


def find_rule(frame: ReleaseFrame, k: int, key: bytes, weights: Mapping[str, float] | None = None) -> Rule:
    """The rule that shows most, as far as the search finds it.

    ``key`` stands for pool and design: it decides between rules in the search, and is the same for every list that could
    be drawn. A person is in a group once, because the code that a case is listed as is always shown.
    """
    small = k > 1 and frame.people < PEOPLE_A_PLACE * frame.places
    top = np.array([column.texts.shape[1] - 1 for column in frame.columns], dtype=np.int64)
    levels = np.tile(top, (len(frame.person), 1))
    prices = _prices(frame, weights)
    alone: list[str] = []
    loss = most = 0
    for code, name in enumerate(steps(frame.codes)):
        units, kinds, which = _kinds(frame, code, prices)
        found = np.tile(top, (len(kinds.each), 1))
        most += kinds.loss(found)
        if small or frame.reach(code) < k:
            alone.append(name)
        else:
            found = search(kinds, k, hashlib.blake2b(name.encode(), key=key[:64]).digest())
        loss += kinds.loss(found)
        levels[units] = found[which]
    group = _groups(frame, levels)
    _check(frame, k, group, tuple(alone))
    return Rule(frame, k, levels, group, tuple(alone), small, loss / max(most, 1))


def loss_bound(frame: ReleaseFrame, k: int, weights: Mapping[str, float] | None = None) -> float:
    """A bound that the loss of no rule can be below: everyone shown as finely as somebody could be with them."""
    prices = _prices(frame, weights)
    every = [_kinds(frame, code, prices)[1] for code in range(len(frame.codes))]
    most = sum(kinds.loss(np.tile(np.array(kinds.top), (len(kinds.each), 1))) for kinds in every)
    return sum(least_possible(kinds, k) for kinds in every) / max(most, 1)


def codes_to_join(frame: ReleaseFrame, k: int) -> tuple[tuple[str, ...], ...]:
    """Codes to show as one until every code reaches ``k``: each time the one that reaches least with the next."""
    sets: list[tuple[str, ...]] = [(code,) for code in frame.codes]

    def reach(codes: tuple[str, ...]) -> float:
        mine = np.isin(frame.code, [frame.codes.index(code) for code in codes])
        weight = np.bincount(frame.person[mine], weights=frame.parts[mine])
        return min(float(np.count_nonzero(weight)), float(weight.sum() / weight.max()))

    while len(sets) > 1 and min(map(reach, sets)) < k:
        first, second, *others = sorted(sets, key=lambda codes: (reach(codes), codes))
        sets = [tuple(sorted(first + second)), *others]
    return tuple(sorted(codes for codes in sets if len(codes) > 1))


def _groups(frame: ReleaseFrame, levels: np.ndarray) -> np.ndarray:
    """A number per unit, equal where everything shown is, whatever levels it came from."""
    shown = (c.numbers[c.values[frame.person], levels[:, place]] for place, c in enumerate(frame.columns))
    bases = [len(frame.codes) + 1, *(int(column.numbers.max(initial=0)) + 1 for column in frame.columns)]
    key = as_one_number(itertools.chain([frame.code], shown), bases, len(frame.code))
    return np.asarray(np.unique(key, return_inverse=True)[1].ravel(), dtype=np.int64)


def _check(frame: ReleaseFrame, k: int, group: np.ndarray, alone: tuple[str, ...]) -> None:
    """Counted again over what is shown: a rule that breaks the requirement never leaves this module."""
    total, largest, people = group_sums(group, frame.parts)
    bound = np.unique(group[~np.isin(frame.code, [frame.codes.index(code) for code in alone])])
    if not ((total[bound] >= k * largest[bound]) & (people[bound] >= k)).all():
        raise AssertionError("a group of the release rule breaks the requirement")


def _prices(frame: ReleaseFrame, weights: Mapping[str, float] | None) -> list[list[np.ndarray]]:
    """Per column and code: what a label loses per part, shape (values, levels); withheld loses 2 ** 16 on the average."""
    given = {**COLUMN_WEIGHTS, **(weights or {})}
    share = np.array([float(given.get(column.name, 1.0)) for column in frame.columns])
    share = share / share.sum()
    units = [np.flatnonzero(frame.code == code) for code in range(len(frame.codes))]
    people, parts = [frame.person[mine] for mine in units], [frame.parts[mine] for mine in units]
    prices = []
    for place, column in enumerate(frame.columns):
        bits, most = [], 0
        for who, weight in zip(people, parts, strict=True):
            values = column.values[who]
            own = np.bincount(values, weights=weight, minlength=len(column.numbers)).astype(np.int64)
            bits.append(_bits(column.numbers, own))
            most += int((own * bits[-1][:, -1]).sum())
        scale = float(share[place]) * _WITHHELD * int(frame.parts.sum()) / max(most, 1)
        prices.append([np.rint(found * scale).astype(np.int64) for found in bits])
    return prices


def _bits(numbers: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Entropy of a value within its label, in steps of a bit, shape (values, levels); 0 for values that nobody has."""
    found = np.zeros(numbers.shape, dtype=np.int64)
    some = own > 0
    for level in range(numbers.shape[1]):
        label = np.bincount(numbers[:, level], weights=own)[numbers[:, level]]
        found[some, level] = np.rint(_A_BIT * np.log2(label[some] / own[some]))
    return found


def _kinds(
    frame: ReleaseFrame, code: int, prices: Sequence[Sequence[np.ndarray]]
) -> tuple[np.ndarray, Kinds, np.ndarray]:
    """The units of a code, their kinds, and the kind of each unit."""
    units = np.flatnonzero(frame.code == code)
    parts, person = frame.parts[units], frame.person[units]
    values = np.stack([column.values[person] for column in frame.columns], axis=1).astype(np.int64)
    weights, rank = np.unique(parts, return_inverse=True)
    bases = [len(weights) + 1, *(len(column.texts) for column in frame.columns)]
    key = as_one_number([rank.ravel(), *values.T], bases, len(units))
    _, first, which, people = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    kinds = Kinds(
        each=parts[first],
        people=people.astype(np.int64),
        values=values[first],
        labels=tuple(column.numbers for column in frame.columns),
        losses=tuple(prices[place][code] for place in range(len(frame.columns))),
    )
    return units, kinds, which.ravel()
