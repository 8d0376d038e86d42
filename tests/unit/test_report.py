"""The report: one page that works offline, that everybody can read, and whose numbers are the list's own."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

import casetrack
from casetrack.cases.case_list import CaseList, draw
from casetrack.cases.timetable import Timetable
from casetrack.designs.design import Design
from casetrack.errors import HistoryError, OutputError, UsageError
from casetrack.lottery.chance_words import one_in
from casetrack.release.cover import Cover
from casetrack.release.promises import promise
from casetrack.release.release import pseudonymise
from casetrack.report.report import report_html, write_report
from casetrack.report.report_parts import MOST_LEVELS, category, chance_table, level_gaps, quotas_table
from casetrack.report.verdict import open_decisions, verdict
from life_example import coded
from outputs_example import example, taken_through

VOID = {"meta", "br", "hr", "img", "input", "link"}


class Page(HTMLParser):
    """A page as a browser understands it, as far as the tests ask."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.headings: list[tuple[int, str]] = []
        self.words: list[str] = []
        self._rows: list[list[str]] = []
        self._text: list[str] = []
        self.feed(text)
        assert not self.open, "tags left open"

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self._rows = []
        if tag == "tr":
            self._rows.append([])
        if tag in {"th", "td", "caption", "h1", "h2", "h3"}:
            self._text = []

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        words = "".join(self._text).strip()
        if tag in {"th", "td"}:
            self._rows[-1].append(words)
        if tag == "caption":
            self._caption = words
        if tag == "table":
            self.tables[self._caption] = self._rows
        if re.fullmatch("h[1-6]", tag):
            self.headings.append((int(tag[1]), words))

    def handle_data(self, data):
        self._text.append(data)
        if "style" not in self.open:
            self.words.append(data)

    def named(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]

    def table(self, start):
        (found,) = [rows for caption, rows in self.tables.items() if caption.startswith(start)]
        return found


@pytest.fixture(scope="module")
def made():
    council, cases, release = example()
    text = report_html(cases, release)
    return council, cases, release, text, Page(text)


@pytest.fixture(scope="module")
def pages(made):
    """The page in every form."""
    _, cases, release, text, page = made
    forms = {form: report_html(cases, release, form=form) for form in ("for-sharing", "summary")}
    return {"council-only": (text, page)} | {form: (text, Page(text)) for form, text in forms.items()}


FORMS = pytest.mark.parametrize("form", ["council-only", "for-sharing", "summary"])


def number(text: str) -> int:
    return int(text.replace(",", ""))


@FORMS
def test_a_page_is_in_english_and_its_headings_are_in_order(pages, form):
    _, page = pages[form]
    assert page.named("html") == [{"lang": "en-GB"}]
    levels = [level for level, _ in page.headings]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len([1 for level, _ in page.headings if level == 2]) >= 4
    assert page.named("title") and len(page.named("main")) == 1


@FORMS
def test_every_table_has_a_caption_and_every_heading_a_scope(pages, form):
    _, page = pages[form]
    assert len(page.named("caption")) == len(page.named("table")) >= 1
    assert {attributes.get("scope") for attributes in page.named("th")} == {"col", "row"}
    for rows in page.tables.values():
        assert len(rows) > 1
        assert len({len(row) for row in rows}) == 1


def test_wide_tables_are_reached_by_keyboard_and_named(made):
    page = made[-1]
    regions = [a for a in page.named("div") if a.get("role") == "region"]
    wide = [caption for caption, rows in page.tables.items() if len(rows[0]) > 3]
    assert [a["aria-label"] for a in regions] == wide and len(wide) >= 5
    assert {a["tabindex"] for a in regions} == {"0"}


def test_every_picture_says_what_it_shows_and_its_figures(made):
    page = made[-1]
    pictures = [a for a in page.named("div") if a.get("role") == "img"]
    assert len(pictures) == len(page.named("figcaption")) == 3
    # Each heads its section with its finding, and says the figures to people who do not see it.
    titles = [words for _, words in page.headings]
    for picture in pictures:
        title, _, figures = str(picture["aria-label"]).partition(". ")
        assert any(words.endswith(title) for words in titles)
        assert len(re.findall(r"\d+", figures)) >= 4


@FORMS
def test_nothing_is_loaded_and_nothing_runs(pages, form):
    text, page = pages[form]
    assert "://" not in text and len(text) < 1_000_000
    assert not {"script", "link", "iframe", "img", "object", "embed", "image", "form"} & {
        tag for tag, _ in page.tags
    }
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "src"]
        for name in ("href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith("#")
    assert not re.search(r"@import|url\((?!#)", text)


@FORMS
def test_every_id_is_there_once_and_every_reference_finds_one(pages, form):
    text, page = pages[form]
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    wanted = {a[name][1:] for _, a in page.tags for name in ("href",) if a.get(name)}
    wanted |= {a["aria-labelledby"] for _, a in page.tags if a.get("aria-labelledby")}
    wanted |= set(re.findall(r"url\(#([^)]*)\)", text))
    assert wanted and wanted <= set(ids)


# -- page 1 --------------------------------------------------------------------------------------------


def figures_of(page):
    """The figures of page 1 and the steps of the way to the list, as somebody reads them."""
    words = " ".join(" ".join(page.words).split())
    first = words[words.index("Can this list go? This list") : words.index("From the extract to the list")]
    way = words[words.index("From the extract to the list") : words.index("Decide before you send")]
    return first, way


def test_the_figures_of_page_1_are_those_of_the_list(made):
    cases, page = made[1], made[-1]
    first, way = figures_of(page)
    people = cases.identified.coded.people
    mine = people.loc[list(cases.ids)]
    assert f"{len(mine)} cases" in first
    asked = [q for q in cases.design.quotas().values() if q.min or q.max is not None]
    every = len(asked) + len(page.tables["Limits for each value of a column"][1:])
    assert f"{every} of {every} quotas met" in first
    drawn = cases.identified.drawn
    chances = drawn.chances.loc[list(drawn.order)]
    against = chances[chances > 0].min() / (len(mine) / len(chances))
    assert f"{against:.2f} of an equal chance is the lowest" in first
    cover = cases.coverage()
    gaps = cover["on_list"] - len(mine) * cover["pool"] / len(people)
    assert f"{gaps[gaps.abs().idxmax()]:+.1f} people is the largest gap between list and area" in first
    steps = [
        len(cases.identified.coded.pool.extract.people),
        len(people),
        len(cases.identified.coded.drawable),
    ]
    assert [number(text) for text in re.findall(r"[\d,]+", way)] == [*steps, len(mine)]


def test_the_way_goes_on_with_who_was_asked_selected_and_tracked(made):
    cases, release = made[1], made[2]
    ten = list(cases.references[:10])
    later = cases.permission(ten[0], "asked", on="2026-04-14").select(ten, on="2026-04-15")
    _, way = figures_of(Page(report_html(later, release)))
    assert way.endswith("1 asked for permission 10 selected by CQC 6 tracked ")


def test_the_days_left_are_counted_from_the_day_of_the_version(made):
    _, cases, release, text, _ = made
    assert "notification is not on record, so that the days left are not known." in text
    dated = report_html(cases, release, cover=Cover("Northshire & Co"), timetable=Timetable("2026-03-24"))
    assert "Northshire &amp; Co. Version 1 of the list, 02/04/2026" in dated
    assert "It is due on 09/04/2026: due in 3 working days, counted from 02/04/2026." in dated
    late = report_html(cases, release, timetable=Timetable("2026-03-10"))
    assert "Tell CQC that the list is late" in late and "Tell CQC" not in dated


def test_the_verdict_follows_from_what_is_open(made):
    cases, release = made[1], made[2]
    gaps = level_gaps(cases)

    def told(cases, release=release):
        found = open_decisions(cases, release, gaps, overdue=False)
        return verdict(cases, found), [item.what for item in found]

    exact = pseudonymise(cases, ["sex", "religion"], k=1)
    words, decisions = told(cases, exact)
    assert len(decisions) > 1
    assert words == (
        "Nothing stops this list: every quota is met. "
        f"Before it goes, {len(decisions)} decisions are to be taken and minuted."
    )
    assert verdict(cases, []) == "This list can go: every quota is met, and nothing is left to decide."
    refused = cases.permission(cases.references[0], "refused", on="2026-04-14")
    words, decisions = told(refused)
    assert words == "This list cannot go as it is: 1 thing has to be put right first."
    assert decisions[0] == "Replace 1 case"
    on_list = int(cases.identified.coded.people.loc[list(cases.ids), "CT01"].sum())
    stricter = cases.identified.design.with_quota("CT01", max=on_list - 1)
    known = dataclasses.replace(cases.identified, design=stricter)
    words, decisions = told(dataclasses.replace(cases, known=known))
    assert words.startswith("This list cannot go") and decisions[0].startswith("Put the list right")
    _, decisions = told(cases, pseudonymise(cases, k=1))
    assert "Agree that every detail is shown" in decisions
    _, decisions = told(cases, pseudonymise(cases, ["sex", "religion"]))
    assert "Agree that religion or belief is shown row by row" in decisions


def test_what_the_design_decided_has_somebody_who_stands_by_it():
    able = list(coded().drawable.index)
    plan = (
        Design(size=50, at_most={}).with_fixed_place(able[0], "a wish").without_person(able[1], "a complaint")
    )
    words = told_of(plan)
    assert "Stand by 1 fixed place and 1 person excluded" in words
    assert "outside the promise of 1 in 10" in words
    assert "Send 239 cases instead of 300" in told_of(Design(size=300, at_most={}))


# -- the parts -----------------------------------------------------------------------------------------


def test_dates_are_written_as_in_england(made):
    words = " ".join(made[-1].words)
    assert "31/03/2026" in words and "02/04/2026" in words and "01/04/2025" in words
    assert not re.search(r"\b20\d\d-\d\d-\d\d\b", words)


def test_the_account_of_rows_adds_up(made):
    council, page = made[0], made[-1]
    counts = {name: number(count) for name, count in page.table("Rows of the extract")[1:]}
    assert counts.pop("Read") == len(council.extract) == sum(counts.values())


def test_the_flow_ends_with_the_eligible(made):
    cases, page = made[1], made[-1]
    rows = page.table("The 12-month rule")[1:]
    assert number(rows[-1][2]) == len(cases.identified.coded.people)
    assert number(rows[0][2]) - sum(number(row[1]) for row in rows if row[1]) == number(rows[-1][2])


def test_cohorts_are_counted_in_the_pool_and_on_the_list(made):
    cases, page = made[1], made[-1]
    people, mine = cases.identified.coded.people, cases.cases
    held = mine["codes"].str.split(";")
    head, *rows = page.table("Cohorts: cases listed as each")
    for name, listed, *both in rows:
        code = name[:4]
        assert number(listed) == sum(mine["listed_as"] == code)
        for other, cell in zip(head[2:], both, strict=True):
            on_list = sum({code, other} <= set(codes) for codes in held)
            assert cell == f"{on_list} of {int((people[code] & people[other]).sum())}"


def test_every_group_is_counted_in_the_pool_and_on_the_list_the_largest_gap_first(made):
    cases, page = made[1], made[-1]
    people = cases.identified.coded.people
    mine = people.loc[list(cases.ids)]
    rows = page.table("Every group: the list beside")[1:]
    gaps = [abs(float(row[5])) for row in rows]
    assert gaps == sorted(gaps, reverse=True)
    bands = [row for row in rows if row[0].startswith("Age band: ")]
    assert {row[0].removeprefix("Age band: ") for row in bands} == set(people["age_band"])
    for name, eligible, share, on_list, list_share, gap, asked in bands:
        level = name.removeprefix("Age band: ")
        assert number(eligible) == sum(people["age_band"] == level)
        assert number(on_list) == sum(mine["age_band"] == level)
        assert share == f"{100 * number(eligible) / len(people):.1f}%"
        assert list_share == f"{100 * number(on_list) / len(mine):.1f}%"
        assert gap == f"{number(on_list) - len(mine) * number(eligible) / len(people):+.1f}"
        quota = cases.design.quotas().get(("age_band", level))
        assert asked == ("" if quota is None else f"at least {quota.min}")


def test_a_reference_population_stands_beside_the_pool(made):
    cases, release = made[1], made[2]
    page = Page(report_html(cases, release, reference={"sex": {"Female": 0.512}}))
    head, *rows = page.table("Every group: the list beside")
    place = head.index("Reference population")
    assert {row[0]: row[place] for row in rows if row[place]} == {"Sex: Female": "51.2%"}


def test_chances_are_counted_for_everyone(made):
    cases, page = made[1], made[-1]
    rows = page.table("Eligible people by their chance")[1:]
    assert sum(number(count) for _, count in rows) == len(cases.chances())
    assert cases.chance_summary() in " ".join(page.words)


def told_of(plan, **changed):
    """The words of the page about a list that a design drew, with the draw changed where asked."""
    cases = draw(coded(), plan, "x", on="2026-04-02", reference_seed="r")
    known = cases.identified
    drawn = dataclasses.replace(known.drawn, **changed)
    known = dataclasses.replace(known, draw_again=lambda: drawn)
    cases = dataclasses.replace(cases, known=known)
    return " ".join(" ".join(Page(report_html(cases, pseudonymise(cases))).words).split())


def test_who_has_no_chance_is_counted_and_is_not_the_lowest_chance():
    young = int((coded().drawable["age_band"] == "18 to 24").sum())
    words = told_of(Design(size=50, at_most={}).with_quota("age_band", "18 to 24", max=0))
    assert f"The quotas leave {young} people in the draw no chance." in words
    assert f"Accept that {young} people could not be drawn" in words
    assert "of an equal chance is the lowest 22 in 100" in words


def test_what_shows_that_the_chances_are_exact_is_said():
    words = told_of(Design(size=50, at_most={}))
    assert re.search(
        r"What shows that the chances are exact Lists [\d,]+ to [\d,]+ were dealt without a changed ticket, and each of "
        r"these \d+ lists keeps every rule\.",
        words,
    )


def test_only_what_the_lottery_drew_is_called_so():
    able = list(coded().drawable.index)
    lottery = "A lottery drew the list. Every quota holds in each list that it can draw; everyone's chance is known."
    plan = Design(size=50, at_most={})
    assert f"{lottery} Equal would be" in told_of(plan)
    words = told_of(
        plan.with_fixed_place(able[0], "a family wish").without_person(able[1], "a complaint is open")
    )
    assert f"{lottery} 1 place is fixed by the design. For the other places equal would be" in words
    assert words.count("excluded by the design") == 1
    assert "239 with a cohort code" in words
    assert "family wish" not in words and "complaint" not in words
    words = told_of(Design(size=7, at_most={}).with_quota("CT02", min=7))
    assert "The design leaves only one list, so nothing was left to chance." in words
    assert "A lottery drew" not in words
    words = told_of(Design(size=300, at_most={}))
    assert "Everyone who could be drawn is on the list, so no lottery was needed." in words
    assert "A lottery drew" not in words


def test_the_bands_of_chances_take_their_lower_end(made):
    cases = made[1]
    chances = pd.Series([1.0, 0.6, 0.5, 0.1, 1 / 15, 0.0001, 0.00001, 0.0, 0.0])
    drawn = dataclasses.replace(cases.identified.drawn, chances=chances)
    known = dataclasses.replace(cases.identified, draw_again=lambda: drawn)
    rows = chance_table(dataclasses.replace(cases, known=known)).rows
    counts = {name: count for name, count in rows if count != "0"}
    assert counts == {
        "Certain": "1",
        "Better than 1 in 2": "1",
        "1 in 2 to 1 in 5": "1",
        "1 in 10 to 1 in 15": "1",
        "1 in 15 to 1 in 20": "1",
        "1 in 10,000 or less": "2",
        "None": "2",
    }


def test_every_quota_is_there_and_met(made):
    cases = made[1]
    rows = quotas_table(cases).rows
    asked = [q for q in cases.design.quotas().values() if q.min or q.max is not None]
    assert len(rows) == len(asked)
    assert {row[-1] for row in rows} == {"Yes"}
    for (name, least, *_), quota in zip(rows, asked, strict=True):
        assert number(least) == quota.min, name


def test_a_quota_that_the_list_breaks_is_shown_as_broken(made):
    cases = made[1]
    on_list = int(cases.identified.coded.people.loc[list(cases.ids), "CT01"].sum())
    stricter = cases.identified.design.with_quota("CT01", max=on_list - 1)
    stricter = stricter.with_combination({"sex": "Female", "age_band": "75 to 84"}, min=0, max=50)
    known = dataclasses.replace(cases.identified, design=stricter)
    rows = {row[0]: row[1:] for row in quotas_table(dataclasses.replace(cases, known=known)).rows}
    assert rows["CT01: older people"] == ("5", str(on_list - 1), str(on_list), "No")
    mine = cases.people
    both = int(((mine["sex"] == "Female") & (mine["age_band"] == "75 to 84")).sum())
    names = [name for name in rows if "Sex: Female" in name and "Age band: 75 to 84" in name]
    assert [rows[name] for name in names] == [("0", "50", str(both), "Yes")]


def test_limits_name_no_value(made):
    council, page = made[0], made[-1]
    rows = {row[0]: row[1:] for row in page.table("Limits for each value")[1:]}
    assert rows["Lead professional"][0] == "4" and rows["Lead professional"][2] == "Yes"
    words = " ".join(page.words)
    assert not [name for name in council.extras["Lead Professional"].unique() if name and name in words]


def test_what_is_needed_to_repeat_the_draw_is_there(made):
    cases, release, page = made[1], made[2], made[-1]
    rows = dict(page.table("What the draw was made of")[1:])
    facts = cases.drawn_facts
    assert rows["Seed"] == "Northshire, 2 April 2026"
    assert rows["SHA-256 of the coded pool"] == facts["pool"] == cases.identified.coded.digest
    assert rows["SHA-256 of the design"] == facts["design"]
    assert rows["SHA-256 of the extract"] == cases.identified.coded.pool.extract.sha256
    assert rows["SHA-256 of the released list"] == release.facts["list_digest"]


def test_the_risk_is_stated_in_the_releases_own_words(made):
    release, page = made[2], made[-1]
    words = " ".join(page.words)
    told = promise(release.rule, release.readers, (release.table, release.weighed))
    assert len(told) == 3 and all(line in words for line in told)
    rows = page.table("Cases by the chance that a reader")[1:]
    edges = [1, 2, 5, 10, 20, 50, float("inf")]
    for name, place in (("in_full", 1), ("one_in", 2)):
        one_in = release.weighed[name] * (1 + 1e-6)
        counted = [int(((one_in >= low) & (one_in < high)).sum()) for low, high in pairwise(edges)]
        assert [number(row[place]) for row in rows] == counted and sum(counted) == len(release.table)
    title = next(words for _, words in page.headings if "likelier than 1 in 10 to be named" in words)
    surer = [int((release.weighed[name] < 10 * (1 - 1e-6)).sum()) for name in ("one_in", "in_full")]
    assert title.startswith(f"4. {surer[0]} of 50 cases are") and f"; {surer[1]} would be" in title
    assert surer[1] > surer[0]
    kinds = ", ".join(f"{code} {count}" for code, count in release.rule.kinds().items())
    assert f"Kinds of row that can be told apart: {kinds}." in words


def test_decisions_and_changes_after_the_draw_are_told(made):
    cases, release = made[1], made[2]
    words = " ".join(made[-1].words)
    assert "Nothing changed: this is the first version" in words
    gone = cases.reserves(1).query("place == 1")["case_reference"].iloc[0]
    sent = cases.record_release(release.facts_on_record, on="2026-04-03")
    later = sent.replace(gone, "moved", on="2026-04-09", reference_seed="next")
    page = Page(report_html(later, pseudonymise(later)))
    (row,) = page.table("What changed since the version before")[1:]
    (came,) = set(later.references) - set(cases.references)
    assert row == [gone, "moved", "09/04/2026", came, later.states[came].listed_as]
    words = " ".join(" ".join(page.words).split())
    assert "Version 2 of the list, 09/04/2026" in words and "1 case left since version 1" in words
    assert "02/04/2026, analyst: drawn: 50 cases." in words
    assert f"09/04/2026, analyst: replaced, case {gone}: {came} came, listed as" in words
    # Once it is on record it is still version 2, and the change is still told.
    sent = later.record_release(pseudonymise(later).facts_on_record, on="2026-04-10")
    page = Page(report_html(sent, pseudonymise(sent)))
    assert page.table("What changed since the version before")[1:] == [row]
    assert "Version 2 of the list, 10/04/2026" in " ".join(" ".join(page.words).split())


# -- for sharing ---------------------------------------------------------------------------------------


def test_what_can_be_shared_says_of_the_list_only_what_the_return_says():
    pool, plan = coded(), Design.suggest(coded())
    lists = [draw(pool, plan, seed, on="2026-04-02", reference_seed=seed) for seed in ("a", "b")]
    assert set(lists[0].ids) != set(lists[1].ids)
    releases = [pseudonymise(cases) for cases in lists]
    for form in ("for-sharing", "summary"):
        one, other = (report_html(*made, form=form) for made in zip(lists, releases, strict=True))
        assert one == other
    counts = [report_html(cases, release) for cases, release in zip(lists, releases, strict=True)]
    assert counts[0] != counts[1]


def test_what_can_be_shared_is_the_same_for_every_version(made):
    _, cases, release, *_ = made
    sent = cases.record_release(release.facts_on_record, on="2026-04-03")
    gone = cases.reserves(1).query("place == 1")["case_reference"].iloc[0]
    later = sent.replace(gone, "moved", on="2026-04-09", reference_seed="next")
    for form in ("for-sharing", "summary"):
        before, after = (
            report_html(sent, release, form=form),
            report_html(later, pseudonymise(later), form=form),
        )
        added = [line for line in after.splitlines() if line not in before.splitlines()]
        assert all("people who came later" in line for line in added)
        assert not any(reference in after for reference in (*cases.states, *later.states))


def test_what_can_be_shared_counts_few_people_nowhere(pages, made):
    cases, release = made[1], made[2]
    for form in ("for-sharing", "summary"):
        text, page = pages[form]
        words = " ".join(page.words)
        assert "the list" in words and cases.drawn_facts["seed"] not in text
        for rows in page.tables.values():
            if "People" in rows[0] or "Eligible people" in rows[0]:
                place = rows[0].index("People" if "People" in rows[0] else "Eligible people")
                assert all(row[place] == "fewer than 50" or number(row[place]) % 10 == 0 for row in rows[1:])
    rows = pages["for-sharing"][1].table("What was asked for, and what the lottery gives")[1:]
    assert [tuple(row[1:]) for row in rows] == [
        (line.eligible, line.places, line.at_least, line.at_most) for line in release.coverage.itertuples()
    ]


def test_chances_that_can_be_shared_are_the_draws_own(pages, made):
    drawn = made[1].identified.drawn
    chances = drawn.chances.loc[list(drawn.order)]
    ends = f"The lowest chance is {one_in(chances.min())}", f"the highest is {one_in(chances.max())}"
    for form in ("for-sharing", "summary"):
        words = " ".join(pages[form][1].words)
        assert f"Equal would be {one_in(50 / len(chances))}" in words and all(end in words for end in ends)


def test_a_form_that_there_is_not_is_refused(made):
    with pytest.raises(UsageError) as caught:
        report_html(made[1], made[2], form="short")  # type: ignore[arg-type]
    assert caught.value.code == "report-form"


# -- the page as a file --------------------------------------------------------------------------------


def test_the_same_list_gives_the_same_page(made):
    council, cases, release, text, _ = made
    assert report_html(cases, release) == text
    again = taken_through(council.extract.copy(), council.extras.copy())
    assert again[0] is not cases
    assert report_html(*again) == text


def test_the_page_does_not_depend_on_the_order_of_hashes_or_the_users_style(made, tmp_path):
    text = made[-2]
    (tmp_path / "matplotlibrc").write_text("font.size: 30\naxes.facecolor: red\n", encoding="utf-8")
    code = "import sys, outputs_example, casetrack.report.report as r\n"
    code += "sys.stdout.buffer.write(r.report_html(*outputs_example.example()[1:]).encode())"
    roots = [Path(casetrack.__file__).parents[1], Path(__file__).parents[1]]
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "12345",
        "MATPLOTLIBRC": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(map(str, roots)),
    }
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
    assert done.stdout.decode("utf-8") == text


def test_a_hostile_category_is_text_and_breaks_nothing(made):
    council = made[0]
    evil = "</text></svg><script>alert(1)</script>\"'$x_1$&amp;"
    extras = council.extras.assign(
        **{"Religion or Belief": [evil if i % 3 else "Sikh" for i in range(len(council.extras))]}
    )
    cases, release = taken_through(council.extract, extras)
    text = report_html(cases, release)
    assert "<script" not in text
    page = Page(text)
    assert f"Religion or belief: {evil}" in [row[0] for row in page.table("Every group: the list beside")]


def test_what_looks_like_a_person_is_not_shown_as_a_category(made):
    for text in (
        "see NHS 999 123 4567",
        "id 0597249",
        "born 19/06/1959",
        "j.smith@example",
        "ZZ95 2HN",
        "word " * 20,
    ):
        assert category(text) == "(hidden: not a category)"
    for text in (
        "65 to 74",
        "2025-04 to 2025-06",
        "1 (most deprived)",
        "Black, Black British, Caribbean or African",
    ):
        assert category(text) == text


def test_a_column_of_free_text_does_not_flood_the_page(made):
    council = made[0]
    notes = [f"note {chr(97 + i % 26)}{'ab'[i // 26 % 2]}" for i in range(len(council.extras))]
    cases, _ = taken_through(council.extract, council.extras.assign(**{"Religion or Belief": notes}))
    gaps = level_gaps(cases)
    mine = gaps[gaps["characteristic"] == "religion"]
    assert len(mine) == MOST_LEVELS + 1
    assert mine["group"].str.endswith("other entries, not shown").sum() == 1
    assert int(mine["pool"].sum()) == len(cases.identified.coded.people)
    assert int(mine["on_list"].sum()) == len(cases)


def test_a_list_whose_people_are_not_at_hand_is_refused(made):
    cases, release = made[1], made[2]
    with pytest.raises(HistoryError) as caught:
        report_html(CaseList.from_json(cases.to_json()), release)
    assert caught.value.code == "people-not-known"


def test_a_file_that_is_there_stays_as_it_is(made, tmp_path):
    _, cases, release, text, _ = made
    path = write_report(cases, release, tmp_path / "council-only" / "report.html")
    assert path.read_text(encoding="utf-8") == text
    with pytest.raises(OutputError):
        write_report(cases, release, path)
