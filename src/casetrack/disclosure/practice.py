"""What a reader gains who fits everybody's chances to all that each list has to hold: measured on practice lists.

Practice lists are dealt by another key: they are lists of the same lottery, and tell nothing of the one that is drawn.

Of all beliefs that agree with the chances within each kind of row, the one nearest to them at which every minimum and
maximum is kept on the average (Kullback-Leibler): chances times a factor per quota, found by its convex dual.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from casetrack.designs.drawing import DesignLottery
from casetrack.disclosure.frame import ReleaseFrame
from casetrack.disclosure.release_rule import Rule
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
    asked = _asked(lottery, able, rule.frame)
    order = np.argsort(rule.group, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(rule.group[order])) + 1)
    right = above = 0.0
    for units in steps(lists):
        groups = [members[int(rule.group[unit])] for unit in units]
        for unit, mine, share in zip(units, groups, _fitted(groups, rule.frame.parts, asked), strict=True):
            surest = np.isclose(share, share.max(), rtol=1e-9)
            right += float((mine[surest] == unit).any()) / float(surest.sum())
            above += float(share.max() > (1 + 1e-6) / rule.k)
    count = len(lists)
    if not count:
        return {}
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


def _fitted(groups: Sequence[np.ndarray], chance: np.ndarray, asked: Asked) -> list[np.ndarray]:
    """Per row: what the reader believes of each unit of its group; groups of several rows are the same array or alike."""
    distinct: dict[bytes, int] = {}
    place = [distinct.setdefault(units.tobytes(), len(distinct)) for units in groups]
    rows = np.bincount(place, minlength=len(distinct)).astype(float)
    members = {number: units for units, number in zip(groups, place, strict=True)}
    order = [members[number] for number in range(len(members))]
    some = [number for number, units in enumerate(order) if len(units)]
    if not some:
        return [np.zeros(len(units)) for units in groups]
    units = np.concatenate([order[number] for number in some])
    group = np.repeat(np.arange(len(some)), [len(order[number]) for number in some])
    counts = rows[some]
    features, weight = asked.features[units].astype(float), np.log(chance[units])
    low, high = asked.low.astype(float), np.minimum(asked.high, len(groups)).astype(float)

    def belief(factors: np.ndarray) -> tuple[np.ndarray, float]:
        score = weight + features @ factors
        top = np.full(len(some), -np.inf)
        np.maximum.at(top, group, score)
        share = np.exp(score - top[group])
        total = np.bincount(group, weights=share)
        return share / total[group], float(counts @ (np.log(total) + top))

    def dual(both: np.ndarray) -> tuple[float, np.ndarray]:
        lift, press = both[: len(low)], both[len(low) :]
        share, value = belief(lift - press)
        reached = features.T @ (share * counts[group])
        return value - lift @ low + press @ high, np.concatenate([reached - low, high - reached])

    # Loaded here: reading a list and asking what it holds should not wait for it.
    from scipy.optimize import minimize

    start = np.zeros(2 * len(low))
    found = minimize(
        dual,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, _SHARPEST)] * len(start),
        options={"maxiter": _ROUNDS},
    )
    share, _ = belief(found.x[: len(low)] - found.x[len(low) :])
    made = {number: share[group == at] for at, number in enumerate(some)}
    return [made.get(number, np.zeros(0)) for number in place]
