"""Readers of a return who try to name people: what they can expect, counted from the written rows by code of its own.

Each reader knows what can be shown of everybody in the pool. One guesses evenly among those whom a row fits; one knows
everyone's chance to be listed, as each code; one also knows the release rule; one fits everybody's chances to all that
each list has to hold; one holds every version of the return.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from casetrack.cases.case_list import CaseList
from casetrack.disclosure.defaults import as_released
from casetrack.disclosure.values import NOT_RECORDED, WITHHELD, as_text
from casetrack.pool.characteristics import accommodation, ethnic_group
from casetrack.release.release import Release, listing_chances

EVENLY, KNOWS_THE_CHANCES = "who guesses evenly", "who knows the chances"
KNOWS_THE_RULE, FITS = "who knows the rule too", "who fits everything that a list has to hold"
#: The heaviest person may weigh this much more than 1 in k: weights are counted in parts of a list.
NEARLY = 1e-6


@dataclass(frozen=True, eq=False)
class Readers:
    """What readers know, and what they make of written rows."""

    #: Everyone who can be drawn: the shown columns at their finest, "codes" as "CT01;CT06".
    people: pd.DataFrame
    person: np.ndarray  # units: row of the person, the code, the chance to be listed as it; shape (units,)
    code: np.ndarray
    chance: np.ndarray
    #: What the rule shows of each unit, "listed_as" first; None where it is not known.
    rule: pd.DataFrame | None
    k: int
    joined: Mapping[str, str]  # code to what a case is listed as, where codes are shown as one

    @cached_property
    def listed(self) -> np.ndarray:
        """What each unit would be listed as."""
        return np.array([self.joined.get(str(code), str(code)) for code in self.code], dtype=object)

    @cached_property
    def told(self) -> np.ndarray:
        """What the rule shows of each unit, as one text."""
        assert self.rule is not None
        return np.array(["|".join(row) for row in self.rule.to_numpy(dtype=object).tolist()], dtype=object)

    def look(self, table: pd.DataFrame, outside: np.ndarray, held: Held | None = None) -> pd.DataFrame:
        """Each reader: ``expects`` (cases rightly named, by what they believe), ``above`` (rows where somebody is
        likelier than 1 in k) and ``beyond`` (of these, rows that no exception names); ``most``, the surest guess.
        """
        fit = self.fit(table)
        beliefs = {
            EVENLY: self._surest(fit, np.ones(len(self.person))),
            KNOWS_THE_CHANCES: self._surest(fit, self.chance),
        }
        if self.rule is not None:
            beliefs[KNOWS_THE_RULE] = self._surest(self.shown_so(table), self.chance)
            if held is not None:
                beliefs[FITS] = self._fitting(table, held)
        rows = []
        for reader, most in beliefs.items():
            above = most > (1 + NEARLY) / self.k
            beyond = above & ~outside
            rows.append(
                (reader, float(most.sum()), int(above.sum()), int(beyond.sum()), float(most.max(initial=0)))
            )
        return pd.DataFrame(rows, columns=["reader", "expects", "above", "beyond", "most"])

    def fit(self, table: pd.DataFrame) -> list[np.ndarray]:
        """Per row: the units that it fits."""
        texts = {
            name: self.people[name].to_numpy(dtype=object) for name in table.columns if name in self.people
        }
        known: dict[tuple[str, str], np.ndarray] = {}
        found = []
        for row in table.to_dict("records"):
            mine = self.listed == row["listed_as"]
            for name, label in row.items():
                if name == "listed_as":
                    continue
                if (name, label) not in known:
                    values = {value: label_fits(str(name), label, value) for value in set(texts[str(name)])}
                    known[str(name), label] = np.array(
                        [values[value] for value in texts[str(name)]], dtype=bool
                    )
                mine = mine & known[str(name), label][self.person]
            found.append(np.flatnonzero(mine))
        return found

    def _surest(self, groups: list[np.ndarray], weight: np.ndarray) -> np.ndarray:
        """The surest guess at each row."""
        return np.array([_surest(weight[units], self.person[units]) for units in groups])

    def shown_so(self, table: pd.DataFrame) -> list[np.ndarray]:
        """Per row: the units of which the rule would show exactly this."""
        assert self.rule is not None
        rows = ["|".join(row) for row in table[list(self.rule.columns)].to_numpy(dtype=object).tolist()]
        return [np.flatnonzero(self.told == row) for row in rows]

    def _fitting(self, table: pd.DataFrame, held: Held) -> np.ndarray:
        groups = self.shown_so(table)
        some = [row for row, units in enumerate(groups) if len(units)]
        most = np.zeros(len(groups))
        for row, mine in zip(some, fitted([groups[row] for row in some], self.chance, held), strict=True):
            most[row] = _surest(mine, self.person[groups[row]])
        return most


def readers_of(cases: CaseList, able: pd.DataFrame, names: Sequence[str], release: Release | None) -> Readers:
    """Readers who know what can be shown of everybody who can be drawn, and with a release also its rule."""
    person, code, chance = listing_chances(cases, able.index)
    shown = [name for name in names if name != "listed_as"]
    people = as_released(able, shown).apply(lambda column: column.map(as_text)).astype(object)
    rule = None
    if release is not None:
        frame = release.rule.frame
        listed = [frame.shown_as[str(name)] for name in code]
        units = frame.find(person, [str(name) for name in code])
        rule = release.rule.labels(units)
        assert rule["listed_as"].tolist() == listed
    joined = {} if release is None else release.rule.frame.shown_as
    return Readers(people, person, code, chance, rule, 1 if release is None else release.k, joined)


def held_by_lists(cases: CaseList, able: pd.DataFrame, person: np.ndarray) -> Held | None:
    """What every list has to hold, read from the design; None with fixed places, which fill some of it unseen."""
    design = cases.identified.design
    if design.must_include:
        return None
    features, low, high = [], [], []
    for (feature, value), quota in design.quotas().items():
        if feature not in able:
            continue
        mine = able[feature].to_numpy() if value == "yes" else (able[feature].astype(str) == value).to_numpy()
        features.append(mine.astype(bool)[person])
        low.append(quota.min)
        high.append(len(cases.cases) if quota.max is None else quota.max)
    if not features:
        return None
    return Held(np.stack(features, axis=1), np.array(low), np.array(high))


def _surest(weights: np.ndarray, who: np.ndarray) -> float:
    """The largest share of one person; 0 where nobody fits."""
    if not len(weights):
        return 0.0
    people = np.bincount(np.unique(who, return_inverse=True)[1].ravel(), weights=weights)
    return float(people.max() / max(people.sum(), 1e-300))


def label_fits(column: str, label: str, value: str) -> bool:
    """Whether somebody with this value may be behind this label.

    Examples
    --------
    >>> label_fits("age_band", "18 to 64", "25 to 44"), label_fits("ethnic_group", "Asian", "White")
    (True, False)
    >>> label_fits("codes", "CT01 and 1 more", "CT01;CT06"), label_fits("codes", "CT01", "CT01;CT06")
    (True, False)
    """
    if label in (WITHHELD, value):
        return True
    if NOT_RECORDED in (label, value):
        return column in ("ethnicity", "accommodation_status") and _coarser(column, label, value)
    return _coarser(column, label, value)


def _coarser(column: str, label: str, value: str) -> bool:
    if column == "codes":
        more = re.fullmatch(r"(.+?)(?: and (\d+) more)?", label)
        return more is not None and ";" not in label and value.count(";") == int(more[2] or 0)
    if column in ("age", "age_band"):
        (low, high), (least, most) = _ages(label), _ages(value)
        return low <= least <= most <= high
    if column == "assessment_month":
        months = re.fullmatch(r"(\d{4}-\d{2}) to (\d{4}-\d{2})", label)
        return months is not None and months[1] <= value <= months[2]
    if column in ("ethnicity", "ethnic_group"):
        return _ethnic(label, ethnic_group(value) if column == "ethnicity" else value)
    if column == "accommodation_status":
        return label == accommodation(value)
    if column == "service_groups":
        return label == ("Long term support" if "long term" in value.lower() else "No long term support")
    return column == "primary_support_reason" and value.startswith(f"{label}:")


def _ages(text: str) -> tuple[int, int]:
    numbers = [int(number) for number in re.findall(r"\d{1,3}", text)]
    if not numbers:
        return 1, 0
    if text.startswith("under"):
        return 0, numbers[0] - 1
    return numbers[0], 999 if "over" in text else numbers[-1]


def _ethnic(label: str, group: str) -> bool:
    if label.startswith("Ethnic minorities"):
        return not group.startswith("White") and group != NOT_RECORDED
    if label == "Mixed or other":
        return group.startswith(("Mixed", "Other"))
    return group.startswith(label)


def facts_from_versions(tables: Sequence[pd.DataFrame]) -> list[str]:
    """What somebody learns who lays versions side by side, beyond who left and the code of who came; in words."""
    found = []
    for before, after in itertools.pairwise(tables):
        if list(before.columns) != list(after.columns):
            found.append("Two versions show other columns.")
            continue
        stayed = before.index.intersection(after.index)
        changed = int((before.loc[stayed] != after.loc[stayed]).any(axis=1).sum())
        if changed:
            found.append(f"{changed} rows differ between two versions.")
        came = after.loc[~after.index.isin(before.index)].drop(columns="listed_as")
        more = int((came != WITHHELD).any(axis=1).sum())
        if more:
            found.append(f"{more} rows that came later show more than a code.")
    return found


_ROUNDS, _CLOSE = 200, 1e-4
#: Sharper factors than this are a quota that the rows cannot keep on the average.
_SHARPEST = 8.0


@dataclass(frozen=True, eq=False)
class Held:
    """What every list has to hold: ``features`` of units (true where the quota counts them), the least and the most."""

    features: np.ndarray
    low: np.ndarray
    high: np.ndarray


def fitted(groups: Sequence[np.ndarray], chance: np.ndarray, held: Held) -> list[np.ndarray]:
    """Per row: what a reader believes of each unit that it can be who fits everybody's chances by raking.

    Quota after quota, the chances of those it counts are raised or lowered until it holds on the average, and eased
    where they need it no more. The release measures the same reader another way (:mod:`casetrack.disclosure.practice`).
    """
    size = len(groups)
    units = np.concatenate(list(groups)) if size else np.zeros(0, dtype=np.int64)
    row = np.repeat(np.arange(size), [len(mine) for mine in groups])
    counted = [np.flatnonzero(held.features[units, quota]) for quota in range(len(held.low))]
    lift, press = np.zeros(len(held.low)), np.zeros(len(held.low))
    weight = chance[units].astype(float)
    for _ in range(_ROUNDS):
        moved = 0.0
        for quota, mine in enumerate(counted):
            whole = np.bincount(row, weights=weight, minlength=size)
            reached = float((weight[mine] / whole[row[mine]]).sum())
            low, high = float(held.low[quota]), float(min(held.high[quota], size))
            # Eased first where it is not needed any more, then tightened where it is.
            step = max(_odds(low, size) - _odds(reached, size), -lift[quota])
            if step <= 0:
                less = max(_odds(reached, size) - _odds(high, size), -press[quota])
                less = min(less, _SHARPEST - press[quota])
                press[quota] += less
                change = step - less
            else:
                step = min(step, _SHARPEST - lift[quota])
                change = step
            lift[quota] += step
            weight[mine] *= np.exp(change)
            moved = max(moved, abs(change))
        if moved < _CLOSE:
            break
    share = weight / np.bincount(row, weights=weight, minlength=size)[row]
    return [share[row == number] for number in range(size)]


def _odds(count: float, size: int) -> float:
    part = min(max(count / max(size, 1), 1e-9), 1 - 1e-9)
    return float(np.log(part / (1 - part)))
