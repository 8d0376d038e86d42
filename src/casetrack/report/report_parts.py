"""The tables of the report, from the stages' results; and what may be shown of a category."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from casetrack.cases.coverage import coverage_of, gaps_of
from casetrack.dates import for_people
from casetrack.designs.group_names import group_name
from casetrack.designs.quota import who_counts
from casetrack.disclosure.publishable import publishable
from casetrack.headings import JOINED, heading
from casetrack.lottery.chance_words import CERTAIN
from casetrack.pool.cohort_rules import CODE_NAMES
from casetrack.tables import cell_words
from casetrack.words import clean

if TYPE_CHECKING:
    from casetrack.cases.case_list import CaseList
    from casetrack.cases.history import Decision
    from casetrack.release.release import Release


#: Longer than any level of the field, shorter than a sentence of free text.
_LONGEST_LEVEL = 80
_HIDDEN = "(hidden: not a category)"
_LOOKS_LIKE_A_PERSON = re.compile(
    r"\d{5}|\d[\d\s-]{8,}\d|\b\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b|@\w|\b[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}\b",
    re.IGNORECASE,
)
#: Levels shown of one characteristic; a column with more of them holds free text, or many rare ones.
MOST_LEVELS = 15
_CHANCE_STEPS = (
    *(2, 5, 10, 15, 20, 30, 50, 75, 100, 150, 200, 300, 500, 750),
    *(1000, 1500, 2000, 3000, 5000, 10000),
)


@dataclass(frozen=True)
class Table:
    """A table of text for the page."""

    caption: str
    headings: tuple[str, ...]  # one a column; the first column heads the rows
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()  # columns that are aligned as numbers


def category(text: object) -> str:
    """A level of a characteristic as the page shows it.

    What is too long for a category, or holds a long number, a date, an address or a postcode, stays hidden: columns
    that a council adds itself can hold anything.

    Examples
    --------
    >>> category("65 to 74"), category("see 999 123 4567")
    ('65 to 74', '(hidden: not a category)')
    """
    tidy = clean(text)
    return _HIDDEN if len(tidy) > _LONGEST_LEVEL or _LOOKS_LIKE_A_PERSON.search(tidy) else tidy


def _counted(value: Any) -> str:
    return "" if pd.isna(value) else f"{int(value):,}"


def _share(value: float) -> str:
    return f"{100 * value:.1f}%"


def account_table(cases: CaseList) -> Table:
    """Where every row of the extract went."""
    account = cases.identified.coded.pool.extract.account
    rows = [("Used", account.used), ("Duplicates of a used row", account.duplicates)]
    rows += [(f"Set aside: {reason.replace('_', ' ')}", count) for reason, count in account.set_aside.items()]
    rows.append(("Read", account.read))
    return Table(
        "Rows of the extract: read is used, duplicates and set aside together",
        ("Rows", "Number"),
        tuple((name, f"{count:,}") for name, count in rows),
        (1,),
    )


def findings_table(cases: CaseList) -> Table:
    """What is the matter with the data, what costs the list most first; fields and counts, no value."""
    found = cases.identified.coded.findings
    rows = tuple(
        (
            item.what[:1].upper() + item.what[1:],
            item.field or "whole file",
            item.counted,
            item.severity,
            item.advice,
        )
        for item in found
    )
    return Table(
        "Findings in the extract", ("Finding", "Field", "How many", "Kind", "What to do"), rows, (2,)
    )


def flow_table(cases: CaseList) -> Table:
    """People left after each reason of the 12-month rule."""
    flow = cases.identified.coded.pool.flow
    rows = tuple(
        (str(step).capitalize(), _counted(out) if out else "", _counted(left))
        for step, out, left in flow[["step", "left_out", "remaining"]].itertuples(index=False)
    )
    return Table(
        "The 12-month rule: people left out, by the first reason that holds",
        ("Step", "Left out", "Remaining"),
        rows,
        (1, 2),
    )


def level_gaps(cases: CaseList, reference: Mapping[str, Mapping[str, float]] | None = None) -> pd.DataFrame:
    """Every code and every level, the list beside everyone eligible, the largest gap first.

    As ``casetrack.cases.coverage.gaps_of`` gives it, with what may be shown of each level.
    """
    known = cases.identified
    coded = dataclasses.replace(known.coded, people=publishable(known.coded.people))
    cover = coverage_of(coded, list(cases.ids), known.design, reference)
    parts = [_few_levels(part) for _, part in cover.groupby("characteristic", sort=False)]
    return gaps_of(pd.concat(parts, ignore_index=True), len(cases))


def _few_levels(part: pd.DataFrame) -> pd.DataFrame:
    """The levels in their order with what may be shown of each; the rarest beyond ``MOST_LEVELS`` in one line."""
    shown = part.assign(level=part["level"].map(category))
    rank = shown["pool"].rank(method="first", ascending=False)
    keep = shown[(rank <= MOST_LEVELS) & (shown["level"] != _HIDDEN)]
    rest = shown.drop(keep.index)
    if rest.empty:
        return keep
    words = f"{len(rest)} other {'entry' if len(rest) == 1 else 'entries'}, not shown"
    sums = {name: [rest[name].sum()] for name in ("pool", "pool_share", "on_list", "list_share")}
    one = rest.iloc[[0]].assign(level=words, minimum=pd.NA, maximum=pd.NA, **sums)
    if "reference_share" in one:
        one["reference_share"] = pd.NA
    return pd.concat([keep, one.astype(keep.dtypes)], ignore_index=True)


def levels_table(gaps: pd.DataFrame) -> Table:
    """All of `level_gaps`, with the reference population where one was given."""
    reference = "reference_share" in gaps
    headings = ["Group", "Eligible people", "Share"] + ["Reference population"] * reference
    headings += ["On the list", "Share of the list", "Gap in people", "The design asks"]
    rows = []
    for line in gaps.to_dict("records"):
        known = (
            ["" if pd.isna(line["reference_share"]) else _share(line["reference_share"])] if reference else []
        )
        counts = (_counted(line["pool"]), _share(line["pool_share"]), *known, _counted(line["on_list"]))
        asked = _asked(line["minimum"], line["maximum"])
        rows.append((line["group"], *counts, _share(line["list_share"]), f"{line['gap']:+z.1f}", asked))
    caption = "Every group: the list beside everyone eligible, the largest gap in people first"
    return Table(caption, tuple(headings), tuple(rows), tuple(range(1, len(headings) - 1)))


def _asked(least: Any, most: Any) -> str:
    low, high = (0 if pd.isna(least) else int(least)), (None if pd.isna(most) else int(most))
    if high is None:
        return f"at least {low:,}" if low else ""
    return f"at most {high:,}" if not low else f"{low:,}" if low == high else f"{low:,} to {high:,}"


def overlap_table(cases: CaseList) -> Table:
    """Who is listed as each code, and who meets two codes at once: on the list, of those eligible."""
    coded = cases.identified.coded
    codes = list(coded.code_names)
    everyone, listed = coded.people[codes].astype(int), cases.cases["listed_as"].value_counts()
    mine = everyone.loc[list(cases.ids)]
    on_list, eligible = mine.T.dot(mine), everyone.T.dot(everyone)
    rows = tuple(
        (
            f"{one}: {CODE_NAMES.get(one, '')}".removesuffix(": "),
            _counted(listed.get(one, 0)),
            *(f"{on_list.at[one, two]:,} of {eligible.at[one, two]:,}" for two in codes),
        )
        for one in codes
    )
    caption = (
        "Cohorts: cases listed as each, and people on the list, of those eligible, who meet it and another"
    )
    return Table(caption, ("Cohort", "Listed as", *codes), rows, tuple(range(1, len(codes) + 2)))


@dataclass(frozen=True)
class Version:
    """Which version of the list this is."""

    number: int
    on: dt.date
    since: tuple[Decision, ...]  # what was decided since the version before; nothing for the first


def version_of(cases: CaseList) -> Version:
    """The version that the list was released as, or will be where a decision came after its last release."""
    history = cases.history
    ends = [place for place, line in enumerate(history) if line.action == "released"]
    changed = max(place for place, line in enumerate(history) if line.action in {"drawn", "replaced"})
    on_record = bool(ends) and ends[-1] > changed
    before = ends[:-1] if on_record else ends
    on = history[ends[-1] if on_record else changed].on
    return Version(len(before) + 1, on, history[before[-1] :] if before else ())


def changes_table(version: Version) -> Table:
    """Who left and who came since the version before."""
    rows = []
    for line in version.since:
        if line.action == "replaced":
            came = line.detail["by"]
            new = (came["reference"], came["listed_as"]) if came else ("nobody could come", "")
            rows.append((line.case, clean(line.reason), for_people(line.on), *new))
    headings = ("Left", "Because", "On", "Came", "Listed as")
    return Table("What changed since the version before", headings, tuple(rows))


def chance_table(cases: CaseList, said: Callable[[int], str] = _counted) -> Table:
    """People by their chance of being drawn; ``said`` writes a count."""
    chances = cases.chances().to_numpy()
    open_to = chances[(chances > 0) & (chances < CERTAIN)]
    # A hair of slack, so that a chance of one in ten in floating point is one in ten.
    place = np.searchsorted(_CHANCE_STEPS, 1 / open_to * (1 + 1e-9), side="right")
    counts = np.bincount(place, minlength=len(_CHANCE_STEPS) + 1)
    names = [f"Better than 1 in {_CHANCE_STEPS[0]}"]
    names += [f"1 in {a:,} to 1 in {b:,}" for a, b in itertools.pairwise(_CHANCE_STEPS)]
    names.append(f"1 in {_CHANCE_STEPS[-1]:,} or less")
    used = np.flatnonzero(counts)
    rows = [(names[p], int(counts[p])) for p in (range(used[0], used[-1] + 1) if len(used) else ())]
    certain, none = int((chances >= CERTAIN).sum()), int((chances <= 0).sum())
    rows = [("Certain", certain)] * bool(certain) + rows + [("None", none)] * bool(none)
    return Table(
        "Eligible people by their chance of being drawn",
        ("Chance", "People"),
        tuple((n, said(c)) for n, c in rows),
        (1,),
    )


def quotas_table(cases: CaseList) -> Table:
    """Every quota of the design in force, and the list counted against it once more."""
    design = cases.identified.design
    mine = cases.identified.coded.people.loc[list(cases.ids)]
    rows = []
    for (feature, value), quota in design.quotas().items():
        if quota.min or quota.max is not None:
            name = group_name(feature, JOINED.join(map(category, value.split(JOINED))))
            held = int(who_counts(mine, feature, value).sum())
            met = held >= quota.min and (quota.max is None or held <= quota.max)
            most = "" if quota.max is None else _counted(quota.max)
            rows.append((name, _counted(quota.min), most, _counted(held), "Yes" if met else "No"))
    headings = ("Quota", "At least", "At most", "On the list", "Met")
    return Table(
        "Quotas asked for and met, counted on the list as it stands", headings, tuple(rows), (1, 2, 3)
    )


def coverage_table(release: Release) -> Table:
    """The return's coverage statement: what was asked for and the lottery's average, and no count of a list."""
    rows = tuple(
        (
            group_name(line.level, "yes")
            if line.characteristic == "cohort_code"
            else f"{heading(line.characteristic)}: {category(line.level)}",
            line.eligible,
            line.places,
            line.at_least,
            line.at_most,
        )
        for line in release.coverage.itertuples(index=False)
    )
    headings = ("Group", "Eligible people", "Places on the lottery's average", "At least", "At most")
    return Table(
        "What was asked for, and what the lottery gives on the average", headings, rows, (1, 2, 3, 4)
    )


def limits_table(cases: CaseList) -> Table:
    """Limits per value of a column, such as a team: the most that any one has on the list, unnamed."""
    mine = cases.identified.coded.people.loc[list(cases.ids)]
    rows = []
    for column, most in cases.identified.design.at_most.items():
        name = column if column in mine else f"{column}_group"
        if name in mine:
            counts = mine.loc[mine[name].astype(str) != "", name].value_counts()
            held = int(counts.max()) if len(counts) else 0
            rows.append((heading(column), _counted(most), _counted(held), "Yes" if held <= most else "No"))
    headings = ("For each", "At most", "Most on the list", "Met")
    return Table("Limits for each value of a column", headings, tuple(rows), (1, 2))


def weighed_table(release: Release) -> Table:
    """Cases by the chance that a reader names the person: if everything were shown, and as released."""
    rows = tuple(
        (name, _counted(drawn), _counted(released))
        for name, drawn, released in release.risk.to_frame().itertuples(index=False)
    )
    caption = "Cases by the chance that a reader who knows the rule and all chances names the person"
    return Table(caption, ("Chance", "As drawn, everything shown", "As released"), rows, (1, 2))


def shown_table(release: Release) -> Table:
    """Per column: rows on the lottery's average that show it in full, in part, and not at all."""
    rows = tuple(
        (heading(str(r.column)), f"{abs(r.in_full):.1f}", f"{abs(r.in_part):.1f}", f"{abs(r.withheld):.1f}")
        for r in release.rule.shown().itertuples()
    )
    headings = ("Column", "In full", "In part", "Withheld")
    return Table("Rows of a list that show each column, on the lottery's average", headings, rows, (1, 2, 3))


def repeat_table(cases: CaseList, release: Release) -> Table:
    """What is needed to make the same list again, and to see that it is the same."""
    coded, facts = cases.identified.coded, cases.drawn_facts
    pool = coded.pool
    rules = ", ".join(f"{name} {cell_words(value)}" for name, value in vars(coded.parameters).items())
    rows = [
        ("Seed", clean(facts["seed"])),
        ("As at", for_people(pool.as_at)),
        ("Window", f"{pool.months} months, reviews {'count' if pool.count_reviews else 'do not count'}"),
        ("Edition of the cohort codes", f"{coded.edition}: {rules.replace('_', ' ')}"),
        ("SHA-256 of the extract", pool.extract.sha256),
        ("SHA-256 of the coded pool", str(facts["pool"])),
        ("SHA-256 of the design", str(facts["design"])),
        ("Digest of the lottery's key", str(facts["key"])),
        ("SHA-256 of the released list", str(release.facts["list_digest"])),
        ("Version of casetrack", str(release.facts["version"])),
    ]
    return Table("What the draw was made of", ("Item", "Value"), tuple(rows))


def decisions_in_words(cases: CaseList) -> list[str]:
    """Every decision on record in a sentence, in order."""
    told = []
    for line in cases.log().itertuples(index=False):
        about = f", case {line.case}" if line.case else ""
        what = "; ".join(clean(text) for text in (line.what, line.reason) if text)
        late = "" if line.recorded == line.on else f" (put on record on {for_people(line.recorded)})"
        told.append(
            f"{for_people(line.on)}, {clean(line.who)}: {line.action}{about}{f': {what}' if what else ''}{late}."
        )
    return told
