"""A list in words: why somebody is, or is not, on it, and what everyone's chance was."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

import numpy as np
from pandas import DataFrame

from casetrack.cases.record import Identified, Record
from casetrack.cases.states import replacement_of
from casetrack.dates import for_people
from casetrack.designs.bound import open_limits
from casetrack.designs.design import Design
from casetrack.designs.nearest import shortfall_of
from casetrack.designs.quota import who_counts
from casetrack.errors import CasetrackError, HistoryError
from casetrack.headings import in_a_sentence
from casetrack.lottery.chance_words import CERTAIN, SAME, one_in
from casetrack.pool.cohort_rules import CODE_NAMES
from casetrack.pool.eligibility import REASONS
from casetrack.pool.experience import JOURNEY
from casetrack.references import check_reference
from casetrack.words import count_of, listed, people

#: An expected number of places so near a quota is that quota; tickets of many kinds are rounded together.
_MET = 1e-4
#: A smaller multiplier moves no chance that anybody could see.
_NOTHING = 1e-9
_MOST_NAMED = 4
#: With more quotas than this in a sentence, codes are given without what they stand for.
_MOST_IN_FULL = 2


@dataclass(frozen=True)
class Explanation:
    """Why a person is, or is not, on the list."""

    #: "on the list", "left the list", "passed over", "without a chance", "excluded", "no code" or "left out".
    outcome: str
    #: The reasons, in the order of the rules; they do not repeat the identifier that was asked for.
    sentences: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join((f"This person is: {self.outcome}.", *self.sentences))

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{escape(s)}</li>" for s in self.sentences)
        return f"<p><strong>{escape(self.outcome)}</strong></p><ul>{items}</ul>"


def chance_summary(cases: Record) -> str:
    """See `CaseList.chance_summary`."""
    known = cases.identified
    odds = _Odds.of(known)
    excluded, uncoded = len(known.design.exclude), len(known.coded.people) - len(known.coded.drawable)
    words = [f"{count_of(odds.fixed, 'place is', 'places are')} fixed by the design."] if odds.fixed else []
    words += _of_the_others(odds)
    if excluded:
        words.append(f"{count_of(excluded, 'person is', 'people are')} excluded by the design.")
    if uncoded:
        who = count_of(uncoded, "eligible person", "eligible people")
        words.append(f"{who} without a cohort code cannot be drawn.")
    return " ".join(words)


@dataclass(frozen=True)
class Spread:
    """The chances of those for whom the lottery is open."""

    #: Chances: what equal would be for everyone without a fixed place, the smallest and the largest.
    equal: float
    lowest: float
    highest: float
    why_lowest: str  # why they are not equal: ", because of ...", or nothing
    why_highest: str


def chance_spread(cases: Record) -> Spread | None:
    """Equal, lowest and highest chance and what moved them; None where nothing was left to chance."""
    odds = _Odds.of(cases.identified)
    open_to = odds.free & (odds.chances > 0) & (odds.chances < CERTAIN)
    if not open_to.any():
        return None
    low, high, lowest, highest = _ends(odds, open_to)
    return Spread(odds.equal, low, high, _because(odds, lowest), _because(odds, highest))


def _ends(odds: _Odds, open_to: np.ndarray) -> tuple[float, float, np.ndarray, np.ndarray]:
    """The lowest and the highest chance of these people, and who has either."""
    low, high = float(odds.chances[open_to].min()), float(odds.chances[open_to].max())
    return low, high, open_to & (odds.chances <= low + SAME), open_to & (odds.chances >= high - SAME)


def _of_the_others(odds: _Odds) -> list[str]:
    """Equal chances, the lowest and the highest, and why, of everyone in the draw who has no fixed place."""
    others, everyone = people(int(odds.free.sum())), people(len(odds.free))
    certain, none = odds.free & (odds.chances >= CERTAIN), odds.free & (odds.chances <= 0)
    open_to, left = odds.free & ~certain & ~none, int(none.sum())
    if (certain | ~odds.free).all():
        return [f"Everyone who could be drawn is on the list ({everyone}); nothing was left to chance."]
    if not odds.places:
        return [f"No place is left for the other {others} in the draw."]
    start = "For the other places equal" if odds.fixed else "Equal"
    words = [f"{start} would be {one_in(odds.equal)} for each of the {others} in the draw."]
    cause = "quotas and fixed places" if odds.fixed else "quotas"
    if not open_to.any():
        only = (
            f"The {cause} leave only {people(int(certain.sum()))} a chance, and all of them are on the list"
        )
        rest = count_of(left, "other person has", "others have")
        return [*words, f"{only}; the {rest} none. Nothing was left to chance."]
    if certain.any():
        are = count_of(int(certain.sum()), "person is", "people are")
        words.append(f"{are} certain to be on the list{_because(odds, certain)}.")
    words.append(_lowest_and_highest(odds, open_to, alone=not certain.any()))
    if left:
        words.append(f"The {cause} leave {people(left)} in the draw no chance.")
    return words


def _lowest_and_highest(odds: _Odds, open_to: np.ndarray, *, alone: bool) -> str:
    """The chances of those for whom the lottery is open; ``alone`` when nobody else has a chance."""
    low, high, lowest, highest = _ends(odds, open_to)
    if (lowest == odds.free).all():
        return "Everyone has this chance."
    if (lowest == open_to).all():
        who = count_of(int(open_to.sum()), "person with a chance has", "people with a chance have")
        return f"The {'' if alone else 'other '}{who} {one_in(low)}{_because(odds, open_to)}."
    return (
        f"The lowest chance is {one_in(low)}{_because(odds, lowest)}; "
        f"the highest is {one_in(high)}{_because(odds, highest)}."
    )


@dataclass(frozen=True)
class _Pull:
    """A quota, or a limit (which has no longer name), that moves chances or only just holds.

    ``mean`` is the mean chance of those who count towards it against an equal one; ``way`` is 1 for up and -1 for
    down; ``double`` tells a combination of two.
    """

    name: str
    short: str
    who: np.ndarray
    mean: float
    way: int
    moves: bool = True
    double: bool = False


@dataclass(frozen=True)
class _Odds:
    """Everyone in the draw with their chances, and who of them has no fixed place."""

    known: Identified
    people: DataFrame
    chances: np.ndarray
    free: np.ndarray

    @classmethod
    def of(cls, known: Identified) -> _Odds:
        chances = known.chances_in_draw
        people = known.coded.people.loc[chances.index]
        return cls(known, people, chances.to_numpy(), ~people.index.isin(list(known.design.must_include)))

    @property
    def fixed(self) -> int:
        return int((~self.free).sum())

    @property
    def places(self) -> int:
        return len(self.known.drawn.chosen) - self.fixed

    @property
    def equal(self) -> float:
        return self.places / int(self.free.sum())

    def mean(self, who: np.ndarray) -> float:
        return float(self.chances[who].mean()) / self.equal

    @cached_property
    def pulls(self) -> tuple[_Pull, ...]:
        """Every quota and limit that can be why a chance is not an equal one."""
        design, table = self.known.design, self.known.drawn.multipliers
        rows = zip(table["feature"], table["value"], table["multiplier"], strict=True)
        multipliers = {(feature, value): float(multiplier) for feature, value, multiplier in rows}
        found = []
        for (feature, value), quota in design.quotas().items():
            parts = _parts(design, feature, value)
            counts = who_counts(self.people, feature, value)
            if not (counts & self.free).any() or (not quota.min and quota.max is None):
                continue
            mean, expected = self.mean(counts & self.free), float(self.chances[counts].sum())
            multiplier = multipliers.get((feature, value), 0.0)
            moves = abs(multiplier) > _NOTHING
            if moves and quota.min != quota.max:
                way = 1 if multiplier > 0 else -1
            else:
                # What is met exactly all the same shows by the chances alone which way it works.
                up = mean > 1 and expected <= quota.min + _MET
                down = mean < 1 and quota.max is not None and expected >= quota.max - _MET
                way = int(up) - int(down)
            names = _quota_name(design, feature, value), _quota_name(design, feature, value, short=True)
            found.append(_Pull(*names, counts & self.free, mean, way, moves, len(parts) > 1))
        return (*found, *self._full_limits())

    def _full_limits(self) -> list[_Pull]:
        """Each limit per value of a column, for everyone whose value is expected to reach it."""
        found = []
        limits = open_limits(self.known.design, self.people, len(self.known.drawn.chosen))
        for column, (numbers, most) in limits.items():
            has = numbers >= 0
            expected = np.bincount(numbers[has], weights=self.chances[has], minlength=1)
            full = np.append(np.abs(expected - most) <= _MET, False)[numbers] & self.free
            if full.any():
                found.append(_Pull("", _limit_name(column, most), full, self.mean(full), -1))
        return found


def _because(odds: _Odds, who: np.ndarray) -> str:
    """Why these people's chances are above or below equal: what they count towards and works that way."""
    against = odds.mean(who)
    if abs(against - 1) <= SAME / odds.equal:
        return ""
    way = 1 if against > 1 else -1
    pulls = _pulling(odds, who, way)
    shared = [pull for pull in pulls if pull.who[who].all()]
    named = sorted(shared or pulls, key=lambda pull: -abs(math.log(pull.mean)))
    if not named:
        return f", because the quotas give {'fewer' if way > 0 else 'more'} places to others"
    return f", because of {_pulls_in_words(named, 'and' if shared else 'or')}"


def _pulling(odds: _Odds, who: np.ndarray, way: int) -> list[_Pull]:
    """What works that way on some of these people: the best of what there is."""
    pulls = [pull for pull in odds.pulls if pull.way == way and (pull.who & who).any()]
    # A minimum can lift people who stay below equal all the same: to name it would mislead where there is another.
    pulls = [pull for pull in pulls if way * (pull.mean - 1) > 0] or pulls
    return [pull for pull in pulls if pull.moves] or pulls


def _pulls_in_words(named: Sequence[_Pull], last: str) -> str:
    quotas = [pull for pull in named if pull.name]
    names = [pull.name if len(quotas) <= _MOST_IN_FULL else pull.short for pull in quotas]
    told = [f"the quota for {name}" for name in names]
    # One after the other where a name is made of two.
    if len(names) > 1 and not any(pull.double for pull in quotas):
        told = [f"the quotas for {_listed(names, last)}"]
    return _listed([*told, *(pull.short for pull in named if not pull.name)], last)


def _parts(design: Design, feature: str, value: str) -> Mapping[str, str]:
    pairs = {pair.label: pair.of for pair in design.combinations}
    return pairs.get((feature, value), {feature: value})


def _quota_name(design: Design, feature: str, value: str, *, short: bool = False) -> str:
    """A quota as people say it; in short without what a cohort code stands for."""
    parts = _parts(design, feature, value)
    if len(parts) == 1 and feature in CODE_NAMES and not short:
        return f"{feature} ({CODE_NAMES[feature]})"
    return " and ".join(
        (name if level == "yes" else f"not {name}")
        if name in design.codes or name in CODE_NAMES
        else f'{in_a_sentence(name)} "{level}"'
        for name, level in parts.items()
    )


def _limit_name(column: str, most: int) -> str:
    if column == "linked_group":
        return f"the limit of {most:,} among people linked as carer and cared-for"
    return f"the limit of {most:,} per {in_a_sentence(column)}"


def _listed(names: Sequence[str], last: str, most: int = _MOST_NAMED) -> str:
    """Names in a sentence, shortened when there are many."""
    shown = list(names) if len(names) <= most + 1 else [*names[:most], f"{len(names) - most} more"]
    return listed(shown, last if len(shown) == len(names) else "and")


def explain(cases: Record, who: str) -> Explanation:
    """See `CaseList.explain`."""
    known = cases.identified
    person = known.coded.pool.extract.find_people([str(who)])[0]
    if person is None:
        try:
            person = known.people.get(check_reference(str(who)))
        except CasetrackError:
            person = None
    if person is None:
        raise HistoryError.of(
            "person-unknown",
            "nobody in the extract or on the list has that identifier or case reference.",
            advice="Check it. A case reference's last character is a check.",
        )
    by_person = {p: r for r, p in known.people.items()}
    if person in by_person:
        return _explain_case(cases, by_person[person], person)
    return _explain_other(cases, person)


def _codes_in_words(cases: Record, person: str) -> list[str]:
    evidence = cases.identified.coded.evidence
    mine = evidence[(evidence["person_id"] == person).to_numpy()]
    return [
        f"{code}, {CODE_NAMES.get(code, '')}: {text}."
        for code, text in zip(mine["code"], mine["evidence"], strict=True)
    ] + _journey_in_words(cases, person)


def _journey_in_words(cases: Record, person: str) -> list[str]:
    """What the record says happened to somebody who is eligible."""
    coded = cases.identified.coded
    if person not in coded.people.index:
        return []
    place = int(coded.people.index.get_indexer([person])[0])
    signs = coded.experience.because("journey_signs", place)
    words = [f"The journey in the record: {coded.people.at[person, JOURNEY]}."]
    return [*words, f"Signs of a harder journey: {signs}."] if signs else words


def _chance_in_words(cases: Record, person: str) -> str:
    chance = float(cases.identified.drawn.chances[person])
    if chance <= 0:
        return "The design left this person no chance of being drawn."
    if chance < CERTAIN:
        return f"The chance of being drawn was {one_in(chance)}."
    odds = _Odds.of(cases.identified)
    free = odds.free & (odds.people.index == person)
    why = "" if (odds.chances >= CERTAIN).all() or not free.any() else _because(odds, free)
    return f"A place on the list was certain{why}."


def _explain_case(cases: Record, reference: str, person: str) -> Explanation:
    case = cases.states[reference]
    fixed = cases.identified.design.must_include
    came = f"on {for_people(case.since)} as case {reference}, listed as {case.listed_as}."
    if case.in_place_of:
        came = _how_they_came(cases, reference)
    elif person in fixed:
        came = f"Has a fixed place by the design: {fixed[person]}. On the list since the draw {came}"
    else:
        came = f"Drawn {came}"
    sentences = [came, _chance_in_words(cases, person), *_codes_in_words(cases, person)]
    if case.on_list:
        return Explanation("on the list", tuple(sentences))
    assert case.left_on is not None
    sentences.append(f"Left the list on {for_people(case.left_on)}: {case.left_because}.")
    return Explanation("left the list", tuple(sentences))


def _how_they_came(cases: Record, reference: str) -> str:
    """By which rule somebody took the place of a case that left."""
    case = cases.states[reference]
    told = replacement_of(cases.history, case.in_place_of)
    how = "" if told is None else f" {told.in_words()} The chance of coming was {one_in(told.chance)}."
    return (
        f"Came on the list on {for_people(case.since)} in place of case {case.in_place_of}, listed as "
        f"{case.listed_as}, the code of that place.{how}"
    )


def _explain_other(cases: Record, person: str) -> Explanation:
    known = cases.identified
    pool = known.coded.pool
    if person in pool.left_out.index:
        row = pool.left_out.loc[person]
        note = f" The council's reason: {row['note']}." if row["note"] else ""
        words = f"Not eligible on {for_people(pool.as_at)}: {REASONS[row['reason']]}.{note}"
        return Explanation("left out", (words,))
    if person not in known.coded.drawable.index:
        return Explanation("no code", ("Eligible, but meets no cohort code, so cannot be drawn.",))
    if person in known.design.exclude:
        return Explanation("excluded", (f"Excluded by the design: {known.design.exclude[person]}.",))
    sentences = [*_codes_in_words(cases, person), _chance_in_words(cases, person)]
    if known.drawn.chances[person] <= 0:
        return Explanation("without a chance", (*sentences, *_why_without_chance(known, person)))
    sentences += [
        "The lottery did not draw this person.",
        "Whoever leaves the list is replaced by somebody who holds the code of the place, drawn in proportion to the "
        "chances in the draw of being listed as it, so this person can still come.",
    ]
    return Explanation("passed over", tuple(sentences))


def _why_without_chance(known: Identified, person: str) -> list[str]:
    """The quotas that leave somebody no chance: the ones that clash once the person has a place."""
    design, fixed = known.design, len(known.design.must_include)
    if fixed >= len(known.drawn.chosen):
        return ["Every place is fixed by the design."]
    with_them, later = "With them", "Who had no chance in the draw never comes into this list"
    clash = shortfall_of(design.with_fixed_places({person: "asked for"}), known.coded)
    if clash is None and fixed:
        with_them += f" and the {count_of(fixed, 'fixed place', 'fixed places')}"
        clash = shortfall_of(design.with_fixed_place(person, "asked for"), known.coded)
    if clash is None or clash.clash.empty:
        return ["The quotas together leave this person no chance."]
    short = len(clash.clash) > _MOST_IN_FULL
    asked = [_asked(design, row, short) for row in clash.clash.to_dict("records")]
    kept = "this could not be kept" if len(asked) == 1 else "these could not all be kept"
    return [f"{with_them} on the list, {kept}: {_listed(asked, 'and', 8)}.", f"{later}."]


def _asked(design: Design, row: Mapping[Hashable, Any], short: bool) -> str:
    """One quota that clashes, with its number."""
    if (row["feature"], row["value"]) not in design.quotas():
        return _limit_name(row["feature"], row["asked"])
    least = "at least" if row["bound"] == "min" else "at most"
    return f"{least} {row['asked']:,} for {_quota_name(design, row['feature'], row['value'], short=short)}"
