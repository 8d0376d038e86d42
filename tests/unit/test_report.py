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
from casetrack.designs.design import Design
from casetrack.errors import HistoryError, OutputError
from casetrack.release.promises import promise
from casetrack.release.release import pseudonymise
from casetrack.report.pictures import bars, inline_svg, pairs
from casetrack.report.report import report_html, write_report
from casetrack.report.report_parts import MOST_LEVELS, category, chance_table, coverage_tables, quotas_table
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


def number(text: str) -> int:
    return int(text.replace(",", ""))


def test_the_page_is_in_english_and_its_headings_are_in_order(made):
    page = made[-1]
    assert page.named("html") == [{"lang": "en-GB"}]
    levels = [level for level, _ in page.headings]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len([1 for level, _ in page.headings if level == 2]) == 11
    assert page.named("title") and len(page.named("main")) == 1


def test_every_table_has_a_caption_and_every_heading_a_scope(made):
    page = made[-1]
    assert len(page.named("caption")) == len(page.named("table")) >= 12
    assert {attributes.get("scope") for attributes in page.named("th")} == {"col", "row"}
    for rows in page.tables.values():
        assert len(rows) > 1
        assert len({len(row) for row in rows}) == 1


def test_every_picture_says_what_it_shows(made):
    page = made[-1]
    pictures = page.named("svg")
    assert len(pictures) >= 6
    assert all(picture["role"] == "img" and len(picture["aria-label"]) > 20 for picture in pictures)
    assert len(page.named("figcaption")) == len(pictures)


def test_nothing_is_loaded_and_nothing_runs(made):
    *_, text, page = made
    assert "://" not in text
    assert not {"script", "link", "iframe", "img", "object", "embed", "image", "form"} & {
        tag for tag, _ in page.tags
    }
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "src"]
        for name in ("href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith("#")
    assert not re.search(r"@import|url\((?!#)", text)


def test_every_id_is_there_once_and_every_reference_finds_one(made):
    *_, text, page = made
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    wanted = {a[name][1:] for _, a in page.tags for name in ("href",) if a.get(name)}
    wanted |= {a["aria-labelledby"] for _, a in page.tags if a.get("aria-labelledby")}
    wanted |= set(re.findall(r"url\(#([^)]*)\)", text))
    assert wanted and wanted <= set(ids)


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
    for name, eligible, on_list, listed in page.table("People by cohort code")[1:-1]:
        code = name[:4]
        assert number(eligible) == int(people[code].sum())
        assert number(on_list) == sum(code in codes.split(";") for codes in mine["codes"])
        assert number(listed) == sum(mine["listed_as"] == code)


def test_each_characteristic_is_counted_in_the_pool_and_on_the_list(made):
    cases, page = made[1], made[-1]
    people = cases.identified.coded.people
    mine = people.loc[list(cases.ids)]
    rows = page.table("Age band: the list")[1:]
    assert [row[0] for row in rows] == sorted(set(people["age_band"]))
    for level, eligible, share, on_list, list_share in rows:
        assert number(eligible) == sum(people["age_band"] == level)
        assert number(on_list) == sum(mine["age_band"] == level)
        assert share == f"{100 * number(eligible) / len(people):.1f}%"
        assert list_share == f"{100 * number(on_list) / len(mine):.1f}%"


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


def test_the_lowest_chance_is_of_those_who_have_one_and_the_others_are_counted():
    young = int((coded().drawable["age_band"] == "18 to 24").sum())
    words = told_of(Design(size=50, at_most={}).with_quota("age_band", "18 to 24", max=0))
    assert (
        f"Lowest chance of anyone who can be drawn at all 22 in 100; {young} other people have a cohort code, are not "
        "excluded and still have no chance under the design" in words
    )
    assert "at all none" not in words
    words = told_of(Design(size=50, at_most={}))
    assert "Lowest chance of anyone who can be drawn at all 21 in 100 What shows" in words


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
    assert f"{lottery} The list was made fit" in told_of(plan)
    words = told_of(
        plan.with_fixed_place(able[0], "a family wish").without_person(able[1], "a complaint is open")
    )
    assert (
        f"{lottery} The design fixed 1 place, which the lottery did not draw. The design excluded 1 person."
        in words
    )
    assert "drawn on 02/04/2026 from 238 people" in words
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
    cases, page = made[1], made[-1]
    rows = page.table("Quotas asked for and met")[1:]
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
    told = promise(release.rule, release.readers, release.table, release.weighed)
    assert len(told) == 3 and all(line in words for line in told)
    rows = page.table("Cases by the chance that a reader")[1:]
    assert sum(number(count) for _, count in rows) == len(release.table)
    kinds = dict(page.table("Kinds of row that can be told apart")[1:])
    assert {code: number(count) for code, count in kinds.items()} == release.rule.kinds().to_dict()


def test_decisions_after_the_draw_are_told(made):
    cases, release = made[1], made[2]
    gone = cases.reserves(1).query("place == 1")["case_reference"].iloc[0]
    later = cases.replace(gone, "moved", on="2026-04-09", reference_seed="next")
    rows = Page(report_html(later, release)).table("Decisions on record")[1:]
    assert [row[3] for row in rows] == ["drawn", "replaced"]
    assert rows[1][1] == "09/04/2026" and "moved" in rows[1] and "came, listed as" in rows[1][5]


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
    assert evil in [row[0] for row in page.table("Religion or belief: the list")]


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
    table, lines = next((t, lines) for name, t, lines in coverage_tables(cases) if name == "religion")
    assert len(table.rows) == MOST_LEVELS + 1
    assert table.rows[-1][0].endswith("other entries, not shown")
    assert int(lines["pool"].sum()) == len(cases.identified.coded.people)
    assert int(lines["on_list"].sum()) == len(cases)


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


def test_a_picture_keeps_its_labels_and_the_users_settings():
    import matplotlib

    before = dict(matplotlib.rcParams)
    svg = inline_svg(
        "one", lambda: pairs(["a & b", "<i>", "$x$"], [0.1, 0.2, 0.7], [0.2, 0.2, 0.6]), 'shares "<of>"'
    )
    assert dict(matplotlib.rcParams) == before
    assert all(label in svg for label in ("a &amp; b", "&lt;i&gt;", "$x$"))
    assert svg.startswith('<svg role="img" aria-label="shares &quot;&lt;of&gt;&quot;" viewBox=')
    assert "metadata" not in svg and "<style" not in svg


def test_a_bar_for_nobody_is_a_bar_too():
    assert "0" in inline_svg("none", lambda: bars(["nobody"], [0], "people"), "nobody at all")
