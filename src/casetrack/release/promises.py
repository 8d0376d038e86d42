"""What a release says of itself: sentences behind each of which something is counted or measured, and no others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from casetrack.dates import for_people
from casetrack.disclosure.defaults import AGGREGATE_ONLY
from casetrack.disclosure.release_rule import Rule
from casetrack.headings import heading, in_a_sentence
from casetrack.pool.cohorts import CodedPool
from casetrack.words import listed

#: Why a row stands outside the promise.
CANNOT, SMALL = "its code cannot reach k", "the list is most of the pool"
FIXED, LATER = "a fixed place", "came after the first release"


def few(count: int, one: str, many: str) -> str:
    """A count of people in words, 1 to 4 not told.

    Examples
    --------
    >>> few(3, "place", "places"), few(12, "place", "places"), few(0, "place", "places")
    ('fewer than 5 places', '12 places', 'no place')
    """
    return f"no {one}" if not count else f"fewer than 5 {many}" if count < 5 else f"{count:,} {many}"


def release_notes(
    facts: Mapping[str, Any],
    coded: CodedPool,
    shown: Sequence[str],
    rule: Rule,
    readers: Mapping[str, float],
    table: pd.DataFrame,
    weighed: pd.DataFrame,
) -> tuple[str, ...]:
    """What a reader of the list has to know."""
    notes = [
        f"Everyone listed had {facts['what_counts']} completed between {for_people(coded.pool.window_starts)} and "
        f"{for_people(coded.as_at)} ({coded.pool.months} months).",
        _how_listed(facts) + " A case can meet several cohort codes; it is listed under one of them.",
        "Case references are random. Neither they nor the order of the rows says anything about a person.",
        "The list is pseudonymised personal data: the council alone can find the people, with a sealed lookup.",
    ]
    if facts["size"] < facts["asked_for"]:
        notes.append(f"Fewer than {facts['asked_for']} people could be listed: the list is everyone.")
    notes += promise(rule, readers, (table, weighed))
    if rule.k > 1 and not rule.codes_alone:
        notes += _how_coarse(rule)
    sensitive = [c for c in AGGREGATE_ONLY if c in coded.people and c not in shown]
    if sensitive:
        words = ", ".join(map(in_a_sentence, sensitive))
        notes.append(f"Shown in the coverage statement only, never row by row: {words}.")
    if coded.not_available:
        words = ", ".join(map(in_a_sentence, coded.not_available))
        notes.append(f"Not available in the council's extract: {words}.")
    notes.append(
        "The coverage shows what the lottery gives on average and what was asked for. It does not count this list, so "
        "that versions cannot be compared."
    )
    return tuple(notes)


def _how_listed(facts: Mapping[str, Any]) -> str:
    who = "eligible, with a cohort code"
    if facts["everyone"]:
        return f"All people in the draw are listed: {who}."
    cases = f"{facts['size']:,} cases are" if facts["size"] != 1 else "1 case is"
    return f"{cases} listed, out of {facts['in_the_draw']} people in the draw: {who}."


def promise(
    rule: Rule, readers: Mapping[str, float], shown: tuple[pd.DataFrame, pd.DataFrame] | None
) -> list[str]:
    """What is promised, to whom, and what is not.

    `shown`: the rows and how they are weighed, whose exceptions are counted; None where nothing may count the list.
    """
    exceptions = _kinds_of_exceptions(rule) if shown is None else _exceptions(rule, *shown)
    others = f", except {' and '.join(exceptions)}, which show the code alone" if exceptions else ""
    if rule.k == 1:
        return [f"Nothing was made coarser{others}: who knows somebody's details may find their row."]
    if rule.codes_alone:
        why = (
            f"The list is most of the people who can be drawn, {in_a_list(rule)}. No rule can hide who is on it"
            if rule.small
            else "Each code has too few people, or chances too unequal, for nobody to be likelier than "
            f"1 in {rule.k} to be a given case"
        )
        return [
            f"{why}, so that the rows show the code that a case is listed as and nothing more.",
            _expects(rule, readers, "A reader who knows the chances and this method"),
        ]
    return [
        f"Weighed by everyone's chance of being listed, no one person is likelier than 1 in {rule.k} to be a given case"
        f"{others}; this allows for a reader who knows what the rows show of everybody, the chances and this method.",
        _expects(rule, readers, "Such a reader"),
        "This holds on the average of the lottery. It does not hold for somebody who knows who is on the list, who left "
        "it, the sealed key of the draw together with its number, or counts that are not in this return.",
    ]


def in_a_list(rule: Rule) -> str:
    """How many places for how many people, small counts not told."""
    return f"about {rule.frame.places:.0f} places for {few(rule.frame.people, 'person', 'people')}"


def _exceptions(rule: Rule, table: pd.DataFrame, weighed: pd.DataFrame) -> list[str]:
    """The rows outside the promise, by code or kind."""
    parts = []
    told = table["listed_as"][weighed["exception"] != ""]
    cannot = told[told.isin(rule.code_only)]
    if len(cannot):
        rows = "row" if len(cannot) == 1 else "rows"
        parts.append(f"in {len(cannot)} {rows} listed as {listed(sorted(set(cannot)), 'or')}")
    why = weighed["exception"][told.index].drop(cannot.index)
    kinds = {FIXED: "fixed places", LATER: "people who came later"}
    if len(why):
        of = listed([words for reason, words in kinds.items() if (why == reason).any()])
        parts.append(f"in {few(len(why), 'row', 'rows')} of {of}")
    return parts


def _kinds_of_exceptions(rule: Rule) -> list[str]:
    """The same of every list of the lottery: no count, and nothing of who left."""
    codes = sorted(rule.code_only)
    return [
        *([f"in rows listed as {listed(codes, 'or')}"] if codes else []),
        "for fixed places and people who came later",
    ]


def _expects(rule: Rule, readers: Mapping[str, float], who: str) -> str:
    """What readers can expect, in figures, of the places that are drawn."""
    drawn = round(rule.frame.places)
    if not drawn:
        return "No place was drawn by lottery: whoever knows the design can know who is on the list."
    words = (
        f"{who} can expect to name rightly {readers['rule']:.1f} of the {drawn} cases that were drawn "
        f"(1 in {rule.k} would be {drawn / rule.k:g})."
    )
    if "fits" in readers:
        words += (
            f" One who also reckons with everything that each list has to hold can expect {readers['fits']:.1f}, and "
            f"can be surer of single cases: in practice lists {readers['fits_above']:.1f} of {drawn} above 1 in {rule.k}."
        )
    return words


def _how_coarse(rule: Rule) -> list[str]:
    """What the rule shows on the lottery's average, and how many kinds of row can be told apart."""
    notes = []
    for row in rule.shown().itertuples():
        if row.in_part + row.withheld >= 0.05:
            part = f", in part in {row.in_part:.0f}" if row.in_part >= 0.5 else ""
            notes.append(
                f"{heading(str(row.column))}: on the lottery's average shown in full in {row.in_full:.0f} of "
                f"{rule.frame.places:.0f} rows{part}, withheld in {row.withheld:.0f}."
            )
    kinds = ", ".join(f"{code} {count}" for code, count in rule.kinds().items())
    return [*notes, f"Kinds of row that can be told apart under each code: {kinds}."] if kinds else notes
