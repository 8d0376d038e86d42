"""What a reader gains who fits everybody's chances to all that each list has to hold: measured on practice lists.

Practice lists are dealt by another key: they are lists of the same lottery, and tell nothing of the one that is drawn.

Of all beliefs that agree with the chances within each kind of row, the one nearest to them at which every minimum and
maximum is kept on the average (Kullback-Leibler): chances times a factor per quota, found by its convex dual.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from casetrack.designs.drawing import DesignLottery
from casetrack.disclosure.frame import ReleaseFrame
from casetrack.disclosure.release_rule import Rule, group_sums
from casetrack.progress import steps, work

#: Sharper factors than this are a quota that the rows cannot keep on the average: exp(8) is 3,000 to 1.
_SHARPEST = 8.0
_ROUNDS = 100


@dataclass(frozen=True, eq=False)
class Asked:
    """What every list has to hold: ``features`` of units, shape (units, quotas), and the least and most of each."""

    features: np.ndarray
    low: np.ndarray
    high: np.ndarray


def practise(rule: Rule, lottery: DesignLottery, able: pd.Index) -> dict[str, float]:
    """Means over practice lists; nothing where none could be dealt. ``able``: the people that the frame's rows stand for.

    ``fits``: cases that the reader names rightly; ``fits_above``: rows where he is surer than 1 in k.
    """
    with work("", 0.7):
        dealt = lottery.practice
    lists = lists_as_units(lottery, able, rule.frame, dealt, b"practice")
    if not lists:
        return {}
    asked = _asked(lottery, able, rule.frame)
    right = above = 0.0
    for units in steps(lists):
        rows = np.bincount(rule.group[units], minlength=int(rule.group.max()) + 1)
        belief = fitted(rule.group, rows, rule.frame.parts, asked)
        _, most, _ = group_sums(rule.group, belief)
        surest = np.isclose(belief, most[rule.group], rtol=1e-9)
        among = np.bincount(rule.group, weights=surest)
        right += float((surest[units] / among[rule.group[units]]).sum())
        above += float((most[rule.group[units]] > (1 + 1e-6) / rule.k).sum())
    count = len(lists)
    return {"fits": right / count, "fits_above": above / count, "practice_lists": float(count)}


def lists_as_units(
    lottery: DesignLottery, able: pd.Index, frame: ReleaseFrame, lists: Iterable[np.ndarray], key: bytes
) -> list[np.ndarray]:
    """Lists of kinds as units: of a kind people are taken from a keyed place on, so that nobody comes twice."""
    kinds = lottery.prepared.kinds
    units = _units_of_kinds(lottery, able, frame)
    made = []
    for number, listed in enumerate(lists):
        taken: dict[int, int] = {}
        found = []
        for kind in np.asarray(listed).tolist():
            group = int(kinds.group[kind])
            if group not in taken:
                told = f"{number} {group}".encode()
                taken[group] = int.from_bytes(hashlib.blake2b(told, key=key[:64]).digest()[:4], "big")
            found.append(units[kind][taken[group] % len(units[kind])])
            taken[group] += 1
        made.append(np.array(found))
    return made


def _units_of_kinds(lottery: DesignLottery, able: pd.Index, frame: ReleaseFrame) -> list[np.ndarray]:
    """The units of each kind of the lottery, person by person."""
    kinds, codes = lottery.prepared.kinds, list(lottery.coded.code_names)
    row = able.get_indexer(lottery.bound.people.index)
    members = np.split(np.argsort(kinds.group_of, kind="stable"), np.cumsum(kinds.people)[:-1])
    sizes = kinds.people[kinds.group]
    person = np.concatenate([row[members[group]] for group in kinds.group.tolist()])
    code = np.repeat(np.array(codes, dtype=object)[kinds.code], sizes)
    return np.split(frame.find(person, code.tolist()), np.cumsum(sizes)[:-1])


def _asked(lottery: DesignLottery, able: pd.Index, frame: ReleaseFrame) -> Asked:
    rules = lottery.prepared.lottery.rules
    features = np.zeros((len(frame.person), rules.features.shape[1]), dtype=np.int8)
    for units, counted in zip(_units_of_kinds(lottery, able, frame), rules.features, strict=True):
        features[units[units >= 0]] = counted
    return Asked(features, rules.low, rules.high)


def fitted(group: np.ndarray, rows: np.ndarray, chance: np.ndarray, asked: Asked) -> np.ndarray:
    """What the reader believes of each unit at a row of its ``group``, of which the list has so many ``rows``; else 0."""
    units = np.flatnonzero(rows[group])
    units = units[np.argsort(group[units], kind="stable")]
    number, counts = group[units], rows[rows > 0].astype(float)
    first = np.flatnonzero(np.diff(number, prepend=-1))
    size = np.diff(first, append=len(units))
    features, weight = asked.features[units].astype(float), np.log(chance[units])
    low, high = asked.low.astype(float), np.minimum(asked.high, rows.sum()).astype(float)

    def belief(factors: np.ndarray) -> tuple[np.ndarray, float]:
        score = weight + features @ factors
        top = np.maximum.reduceat(score, first)
        share = np.exp(score - np.repeat(top, size))
        total = np.add.reduceat(share, first)
        return share / np.repeat(total, size), float(counts @ (np.log(total) + top))

    def dual(both: np.ndarray) -> tuple[float, np.ndarray]:
        lift, press = both[: len(low)], both[len(low) :]
        share, value = belief(lift - press)
        reached = (share * np.repeat(counts, size)) @ features
        return value - lift @ low + press @ high, np.concatenate([reached - low, high - reached])

    # Loaded here: reading a list and asking what it holds should not wait for it.
    from scipy.optimize import minimize

    start = np.zeros(2 * len(low))
    bounds = [(0, _SHARPEST)] * len(start)
    found = minimize(dual, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": _ROUNDS}).x
    shares = np.zeros(len(group))
    shares[units], _ = belief(found[: len(low)] - found[len(low) :])
    return shares
