"""The tables of the report, from the stages' results; and what may be shown of a category."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from casetrack.cases.coverage import coverage_of
from casetrack.dates import for_people
from casetrack.disclosure.publishable import publishable
from casetrack.headings import heading
from casetrack.lottery.chance_words import CERTAIN
from casetrack.pool.cohort_rules import CODE_NAMES
from casetrack.words import clean, day

if TYPE_CHECKING:
    from casetrack.cases.case_list import CaseList
    from casetrack.release.release import Release

__all__ = [
    "Table",
    "account_table",
    "category",
    "chance_table",
    "cohort_table",
    "coverage_tables",
    "findings_table",
    "flow_table",
    "in_words",
    "kinds_table",
    "limits_table",
    "log_table",
    "quotas_table",
    "repeat_table",
    "shown_table",
    "weighed_table",
]

#: Longer than any level of the field, shorter than a sentence of free text.
_LONGEST_LEVEL = 80
_HIDDEN = "(hidden: not a category)"
_LOOKS_LIKE_A_PERSON = re.compile(
    r"\d{5}|\d[\d\s-]{8,}\d|\b\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b|@\w|\b[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}\b",
    re.IGNORECASE,
)
#: Levels shown of one characteristic; a column with more of them holds free text.
MOST_LEVELS = 40
_CHANCE_STEPS = (
    2,
    5,
    10,
    15,
    20,
    30,
    50,
    75,
    100,
    150,
    200,
    300,
    500,
    750,
    1000,
    1500,
    2000,
    3000,
    5000,
    10000,
)


@dataclass(frozen=True)
class Table:
    """A table of text for the page.

    Parameters
    ----------
    caption
        What it shows, in a sentence without a full stop.
    headings
        One a column; the first column heads the rows.
    rows
        Text by row and column.
    numbers
        Columns that are aligned as numbers.
    """

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()


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
            f"{item.count:,} {item.unit}",
            item.severity,
            item.advice,
        )
        for item in found
    )
    return Table("Findings in the extract", ("Finding", "Field", "How many", "Kind", "What to do"), rows)


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


def cohort_table(cases: CaseList) -> Table:
    """People by cohort code: eligible, on the list, and listed as it."""
    coded, cover = cases.identified.coded, cases.coverage()
    on_list = cover[cover["characteristic"] == "cohort_code"].set_index("level")["on_list"]
    listed = cases.cases["listed_as"].value_counts()
    rows = [
        (f"{code}: {words}", _counted(people), _counted(on_list[code]), _counted(listed.get(code, 0)))
        if code in on_list.index
        else (words.capitalize(), _counted(people), "0", "")
        for code, words, people in coded.counts().itertuples(index=False)
    ]
    return Table(
        "People by cohort code; one person can meet several, and is listed as one",
        ("Cohort", "Eligible people", "On the list", "Listed as"),
        tuple(rows),
        (1, 2, 3),
    )


def coverage_tables(cases: CaseList) -> list[tuple[str, Table, pd.DataFrame]]:
    """For each characteristic its name, its table, and the lines of its picture."""
    found = []
    known = cases.identified
    coded = dataclasses.replace(known.coded, people=publishable(known.coded.people))
    together = coverage_of(coded, list(cases.ids), cases.identified.design)
    for name in dict.fromkeys(together["characteristic"]):
        if name != "cohort_code":
            part = _few_levels(together[together["characteristic"] == name])
            rows = tuple(
                (
                    line["level"],
                    _counted(line["pool"]),
                    _share(line["pool_share"]),
                    _counted(line["on_list"]),
                    _share(line["list_share"]),
                )
                for line in part.to_dict("records")
            )
            title = heading(str(name))
            table = Table(
                f"{title}: the list against everyone eligible",
                (title, "Eligible people", "Share", "On the list", "Share of the list"),
                rows,
                (1, 2, 3, 4),
            )
            found.append((str(name), table, part))
    return found


def _few_levels(part: pd.DataFrame) -> pd.DataFrame:
    """The levels in their order with what may be shown of each; the rarest beyond ``MOST_LEVELS`` in one line."""
    shown = part.assign(level=part["level"].map(category))
    rank = shown["pool"].rank(method="first", ascending=False)
    keep = shown[(rank <= MOST_LEVELS) & (shown["level"] != _HIDDEN)]
    rest = shown.drop(keep.index)
    columns = ["level", "pool", "pool_share", "on_list", "list_share"]
    if rest.empty:
        return keep[columns]
    sums = {c: rest[c].sum() for c in columns[1:]}
    words = f"{len(rest)} other {'entry' if len(rest) == 1 else 'entries'}, not shown"
    return pd.concat([keep[columns], pd.DataFrame([{"level": words, **sums}])], ignore_index=True)


def chance_table(cases: CaseList) -> Table:
    """Eligible people by their chance of being drawn."""
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
        tuple((n, f"{c:,}") for n, c in rows),
        (1,),
    )


def quotas_table(cases: CaseList) -> Table:
    """Every quota of the design in force, and the list counted against it once more."""
    design = cases.identified.design
    mine = cases.identified.coded.people.loc[list(cases.ids)]
    pairs_of = {pair.label: pair.of for pair in design.combinations}
    rows = []
    for (feature, value), quota in design.quotas().items():
        if quota.min or quota.max is not None:
            wanted = pairs_of.get((feature, value), {feature: value})
            held = int(_has(mine, wanted).sum())
            met = held >= quota.min and (quota.max is None or held <= quota.max)
            rows.append(
                (
                    _quota_name(wanted),
                    _counted(quota.min),
                    "" if quota.max is None else _counted(quota.max),
                    _counted(held),
                    "Yes" if met else "No",
                )
            )
    headings = ("Quota", "At least", "At most", "On the list", "Met")
    return Table(
        "Quotas asked for and met, counted on the list as it stands", headings, tuple(rows), (1, 2, 3)
    )


def _has(people: pd.DataFrame, wanted: dict[str, str]) -> np.ndarray:
    holds = np.ones(len(people), dtype=bool)
    for feature, value in wanted.items():
        column = people[feature]
        holds &= (column if column.dtype == bool else column.astype(str) == value).to_numpy()
    return holds


def _quota_name(wanted: dict[str, str]) -> str:
    names = [
        f"{feature}: {CODE_NAMES.get(feature, '')}"
        if value == "yes"
        else f"{heading(feature)}: {category(value)}"
        for feature, value in wanted.items()
    ]
    return " and ".join(name.removesuffix(": ") for name in names)


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
    """Cases by how many people would be shown exactly so, weighed by everyone's chance."""
    one_in = release.weighed["one_in"]
    steps = [1, *(step for step in (2, 5, 10, 15, 20, 30, 50) if step != release.k), release.k]
    edges = sorted(set(steps))
    rows = []
    for low, high in zip(edges, [*edges[1:], np.inf], strict=True):
        count = int(((one_in >= low * (1 - 1e-6)) & (one_in < high * (1 - 1e-6))).sum())
        name = f"1 in {low} to 1 in {high}" if np.isfinite(high) else f"1 in {low} or less"
        if count:
            rows.append((name, _counted(count)))
    return Table(
        "Cases by the chance that a reader who knows the rule and all chances names the person",
        ("Chance", "Cases"),
        tuple(rows),
        (1,),
    )


def kinds_table(release: Release) -> Table:
    """Per code: the kinds of row that can be told apart."""
    rows = tuple((str(code), _counted(int(count))) for code, count in release.rule.kinds().items())
    return Table("Kinds of row that can be told apart", ("Listed as", "Kinds of row"), rows, (1,))


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
    rules = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in vars(coded.parameters).items())
    rows = [
        ("Seed", clean(facts["seed"])),
        ("As at", for_people(pool.as_at)),
        ("Window", f"{pool.months} months, reviews {'count' if pool.count_reviews else 'do not count'}"),
        ("Edition of the cohort codes", f"{coded.edition}: {rules}"),
        ("SHA-256 of the extract", pool.extract.sha256),
        ("SHA-256 of the coded pool", str(facts["pool"])),
        ("SHA-256 of the design", str(facts["design"])),
        ("Digest of the lottery's key", str(facts["key"])),
        ("SHA-256 of the released list", str(release.facts["list_digest"])),
        ("Version of casetrack", str(release.facts["version"])),
    ]
    return Table("What the draw was made of", ("Item", "Value"), tuple(rows))


def log_table(cases: CaseList) -> Table:
    """Every decision, in order."""
    rows: tuple[tuple[str, ...], ...] = tuple(
        (
            str(line.number),
            day(line.on.isoformat()),
            clean(line.who),
            line.action,
            line.case,
            clean(line.what),
            clean(line.reason),
            "" if line.recorded == line.on else day(line.recorded.isoformat()),
        )
        for line in cases.log().itertuples(index=False)
    )
    head: tuple[str, ...] = ("Number", "Date", "Who", "Decision", "Case", "What", "Reason", "Recorded on")
    if not any(row[-1] for row in rows):
        head, rows = head[:-1], tuple(row[:-1] for row in rows)
    return Table("Decisions on record", head, rows)


def in_words(rows: Iterable[Sequence[str]], most: int = 12) -> str:
    """A table's first two columns as one line of text, for people who do not see its picture.

    Examples
    --------
    >>> in_words([("Read", "10"), ("Used", "9")])
    'Read 10; Used 9'
    """
    listed = [f"{row[0]} {row[1]}" for row in rows]
    more = f"; and {len(listed) - most} more" if len(listed) > most else ""
    return "; ".join(listed[:most]) + more
