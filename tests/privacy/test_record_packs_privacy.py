"""A pack holds one person's journey: no identifier, no free text, nothing of anybody else."""

from __future__ import annotations

import html
import re

import pandas as pd
import pytest
from docx import Document

from casetrack.errors import CasetrackError
from casetrack.extract import read_extract
from casetrack.packs.journey import WITHHELD, journeys_of
from casetrack.packs.record_packs import PackSummary, write_record_packs
from casetrack.pool.cohorts import code_cohorts
from casetrack.pool.eligibility import find_eligible
from casetrack.synthetic import make_council
from record_packs_help import AS_AT, case_list, council, extract_of, parts, spread

LOCAL_ID = "LA Person Unique Identifier"
LINKS = [f"Adult {n} Linked Person_ID" for n in (1, 2, 3)]
#: What may never come out, each filled with words or numbers that stand nowhere else.
PLANTED = {
    "First Name": "Qfirst{}",
    "Last Name": "Qlast{}",
    "Postcode": "ZZ{} 9QQ",
    "Event Reference": "QREF{}",
    "Event Description": "Qnote{}: call from Qdaughter{}, 07700 900{}",
}
#: Each person's own values, which may stand in that person's pack and in no other.
OWN = {
    "Service Component": "Qcomponent{}x",
    "Provider CQC Location Name": "Qprovider{}x",
    "Review Reason": "Qreview{}x",
}


def text_of(content: bytes) -> str:
    """Everything in a package that is not a picture, as one text without the mark-up's line breaks."""
    every = parts(content)
    assert any(name.endswith(".xml") for name in every)
    return html.unescape(
        "\n".join(b.decode("utf-8", "replace") for n, b in every.items() if not n.endswith(".png"))
    )


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    made = make_council(people=300, seed=13, release="R1")
    rows = made.extract.copy()
    number = pd.Series(pd.factorize(rows[LOCAL_ID])[0], index=rows.index) + 100
    for heading, words in PLANTED.items():
        rows[heading] = [words.replace("{}", str(n)) for n in number]
    for heading, words in OWN.items():
        rows[heading] = [words.format(n) for n in number]
    # Everybody is linked to the next two people, as carer or cared-for.
    ids = list(dict.fromkeys(rows[LOCAL_ID]))
    for step, heading in enumerate(LINKS[:2], start=1):
        rows[heading] = [ids[(n - 100 + step) % len(ids)] for n in number]
    extract = read_extract(rows, people=made.extras)
    coded = code_cohorts(find_eligible(extract, AS_AT))
    cases = case_list(coded, spread(coded))
    summary = write_record_packs(cases, extract, tmp_path_factory.mktemp("planted"))
    return rows, number, cases, summary


def everything(summary: PackSummary) -> dict[str, str]:
    files = {p.name: text_of(p.read_bytes()) for p in (*summary.documents.values(), summary.checklist)}
    shown = "\n".join([repr(summary), summary._repr_html_(), summary.table.to_csv(), summary.to_do.to_csv()])
    return files | {"shown": shown, "names": "\n".join(files)}


def test_no_identifier_and_no_free_text_of_anybody_comes_out(planted):
    rows, _, _, summary = planted
    patterns = ["Qfirst", "Qlast", "QREF", "Qnote", "Qdaughter", "07700 900", "9QQ"]
    values = {*rows[LOCAL_ID], *rows["NHS Number"], *rows["Date of Birth"], *rows["Date of Death"]} - {""}
    values |= {v[:3] + " " + v[3:6] + " " + v[6:] for v in rows["NHS Number"] if v}
    assert len(values) > 600
    for name, text in everything(summary).items():
        assert [p for p in patterns if p in text] == [], name
        words = set(re.findall(r"[\w/]+", text)) | set(re.findall(r"\d{3} \d{3} \d{4}", text))
        # A local id is a word on its own; dates of birth are none of the dates of any journey here.
        assert sorted(values & words) == [], name


def test_a_pack_holds_nothing_of_another_persons_rows(planted):
    rows, number, cases, summary = planted
    mine = dict(zip(rows[LOCAL_ID], number, strict=True))
    seen = 0
    for reference, path in summary.documents.items():
        shown = set(re.findall(r"Q(?:component|provider|review)(\d+)x", text_of(path.read_bytes())))
        assert shown <= {str(mine[cases.identified.people[reference]])}
        seen += len(shown)
    assert seen >= 5  # otherwise the test would pass on empty packs


def test_the_planted_values_would_be_found(planted):
    """The search itself works: what may stand in a pack is found by it."""
    _, _, _, summary = planted
    assert any("Qprovider" in text for text in everything(summary).values())


def test_files_are_named_by_case_reference_only(planted):
    _, _, cases, summary = planted
    for reference, path in summary.documents.items():
        assert path.name == f"case-{reference}.docx"
        assert cases.identified.people[reference] not in path.name


@pytest.mark.parametrize(
    "value",
    ["Home support for P0002", "P0002", "visits 999 000 0018", "at ZZ97 1FT", "see 9990000018", "zz971ft"],
)
def test_an_identifier_in_a_category_is_withheld(value):
    row = {
        LOCAL_ID: "P0001",
        "Event Type": "Service",
        "Event Start Date": "01/02/2026",
        "Event End Date": "",
        "Service Type": "Long term support: Community",
        "Service Component": value,
        "Accommodation Status": value,
    }
    journey = journeys_of(extract_of(row, row | {LOCAL_ID: "P0002"}), ["P0001"])["P0001"]
    assert journey.steps[0].get("service_component") == WITHHELD
    assert journey.known["accommodation_status"] == WITHHELD
    assert value not in journey.to_frame().to_csv()


@pytest.mark.parametrize("value", ["Day support", "20 to 49", "Over 100 hours", "12wk disregard", "R2 2025"])
def test_ordinary_words_are_not_withheld(value):
    row = {LOCAL_ID: "P0001", "Event Type": "Service", "Event Start Date": "01/02/2026", "Event End Date": ""}
    journey = journeys_of(extract_of(row | {"Service Component": value}), ["P0001"])["P0001"]
    assert journey.steps[0].get("service_component") == value


def test_errors_do_not_name_anybody(tmp_path):
    extract, coded = council()
    cases = case_list(coded, spread(coded), 2)
    people = [*cases.identified.people.values(), *extract.identifiers["identifier"].astype(str)]
    write_record_packs(cases, extract, tmp_path)
    empty = extract_of(
        {LOCAL_ID: "X1", "Event Type": "Review", "Event Start Date": "01/02/2026", "Event End Date": ""}
    )
    for given, folder in ((empty, tmp_path / "other"),):
        with pytest.raises(CasetrackError) as caught:
            write_record_packs(cases, given, folder)
        words = set(re.findall(r"\w+", str(caught.value)))
        assert not words & set(people)


def test_every_page_says_that_it_is_identifiable(planted):
    for path in planted[3].documents.values():
        for section in Document(path).sections:
            assert "council-only until permission is given" in section.header.paragraphs[0].text
    assert "council-only until permission is given" in text_of(planted[3].checklist.read_bytes())
