"""Nothing of a person comes out: everything that the return and the report write is taken apart and searched."""

from __future__ import annotations

import io
import re
import zipfile

import pandas as pd
import pytest

from casetrack.release.case_csv import csv_bytes
from casetrack.release.workbook import workbook_bytes
from casetrack.report.report import report_html
from casetrack.synthetic import make_council
from outputs_example import taken_through

FLAWS = (
    "leap_day_births",
    "conflicting_details",
    "shared_nhs_number",
    "conflicting_nhs_numbers",
    "invalid_nhs_number",
    "missing_local_id",
    "nhs_number_with_spaces",
    "free_text_identifiers",
    "formula_text",
    "extra_columns",
)
#: A mark that no word, number or digest of an output holds.
MARK = "Qzx"
MARKED = {
    "First Name": "Qzxfirst",
    "Last Name": "Qzxlast",
    "GP Practice Name": "Qzx Surgery",
    "GP Practice Code": "QZX001",
    "Postcode": "QZ1 9ZX",
    "Event Reference": "QZXEV1",
    "Event Description": "=Qzx visit to Qzxfirst Qzxlast",
    "Provider CQC Location Name": "Qzx Home",
    "Provider CQC Location ID": "1-QZX",
    "Adult 1 Linked Person_ID": "QZX77",
    "Case notes title": "Qzx Qzxlast",
    "Ward": "Qzx ward",
}
SENSITIVE = (
    "NHS Number",
    "LA Person Unique Identifier",
    "Postcode",
    "Event Reference",
    "Date of Birth",
    "Date of Death",
)


@pytest.fixture(scope="module")
def council():
    return make_council(people=700, seed=11, flaws=FLAWS)


@pytest.fixture(scope="module")
def marked(council):
    """The same council with marked text in every field that may not come out."""
    row = pd.Series(range(len(council.extract))).astype(str)
    extract = council.extract.assign(**{name: text + " " + row for name, text in MARKED.items()})
    extras = council.extras.assign(
        **{"Lead Professional": [f"Qzxlead {i % 90}" for i in range(len(council.extras))], "Team": "Qzx team"}
    )
    return extract, extras


def written(extract, extras, k=10, columns=None):
    """Every text that comes out, by its file."""
    cases, release = taken_through(extract, extras, k, columns)
    texts = {
        "case-list.csv": csv_bytes(release).decode("utf-8-sig"),
        "report.html": report_html(cases, release),
        "for-sharing.html": report_html(cases, release, form="for-sharing"),
        "summary.html": report_html(cases, release, form="summary"),
    }
    with zipfile.ZipFile(io.BytesIO(workbook_bytes(release))) as archive:
        for name in archive.namelist():
            texts[f"case-list.xlsx: {name}"] = archive.read(name).decode("utf-8")
    assert len(texts) > 10
    return texts


@pytest.fixture(scope="module")
def plain_texts(council):
    return written(council.extract, council.extras)


def words_of(text: str) -> set[str]:
    """The words and numbers of a text, digests and the coordinates of pictures left out; spaced numbers joined."""
    text = re.sub(r'\b(?:d|x|y|points|transform|viewBox)="[^"]*"', "", text)
    text = re.sub(r"\b[0-9a-f]{64}\b", "", text)
    spaced = re.findall(r"\b\d{3}[ -]\d{3}[ -]\d{4}\b", text)
    joined = {re.sub(r"\D", "", number) for number in spaced}
    postcodes = {
        re.sub(r"\s", "", code) for code in re.findall(r"\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b", text)
    }
    return joined | postcodes | set(re.findall(r"[\w/-]+", text))


def identifiers(extract: pd.DataFrame) -> set[str]:
    """What tells who somebody is, in every form that it is commonly written in."""
    found: set[str] = set()
    for name in SENSITIVE:
        for text in extract[name].unique():
            if "Date" in name and (parts := re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", text)):
                day, month, year = parts.groups()
                found |= {text, f"{year}-{month}-{day}", f"{year}{month}{day}", f"{day}-{month}-{year}"}
            elif len(bare := re.sub(r"[\s]", "", text)) >= 5:
                found |= {bare}
    return found


def test_the_search_would_find_what_it_looks_for(council):
    raw = council.extract.to_csv(index=False)
    assert len(identifiers(council.extract) & words_of(raw)) > 1500
    assert MARK.lower() not in raw.lower(), "the mark occurs by itself: choose another"


def test_no_identifier_comes_out(council, plain_texts):
    looked_for = identifiers(council.extract)
    assert len(looked_for) > 2000
    for name, text in plain_texts.items():
        assert not len(looked_for & words_of(text)), name


def test_no_person_is_named(council, plain_texts):
    people = set(council.extract["Case notes title"].unique()) | set(
        council.extras["Lead Professional"].unique()
    )
    people = {name for name in people if re.fullmatch(r"[A-Z]\S+ [A-Z]\S+", name)}
    assert len(people) > 300
    for name, text in plain_texts.items():
        assert not sum(person in text for person in people), name


def test_nothing_marked_comes_out(marked):
    extract, extras = marked
    raw = extract.to_csv(index=False)
    assert raw.count(MARK) > len(extract)
    for k in (1, 10):
        for name, text in written(extract, extras, k).items():
            assert MARK.lower() not in text.lower(), name
            assert not re.search(r"QZ1\s?9ZX", text), name


def test_free_text_does_not_come_out(council, plain_texts):
    free = {text for text in council.extract["Event Description"].unique() if len(text) > 8}
    assert len(free) > 20
    for name, text in plain_texts.items():
        assert not sum(words in text for words in free), name


def test_text_that_a_spreadsheet_would_run_is_dead_in_every_output(council):
    odd = ("=1+1", "@SUM(A1)", "+1", "-1", '=HYPERLINK("http://x.example")')
    status = [odd[i % 5] if i % 3 else "Married" for i in range(len(council.extras))]
    extras = council.extras.assign(**{"Marital or Civil Partnership Status": status})
    texts = written(council.extract, extras, k=1, columns=("sex", "marital_status"))
    assert "'=1+1" in texts["case-list.csv"]
    for line in texts["case-list.csv"].splitlines():
        for cell in line.split(","):
            assert cell.strip('"')[:1] not in set("=+-@"), "a cell of the CSV starts a formula"
    strings = texts["case-list.xlsx: xl/sharedStrings.xml"]
    assert ">=1+1<" in strings
    for name, text in texts.items():
        if name.startswith("case-list.xlsx"):
            assert not re.search(r"<f[ >]|<hyperlink|/hyperlink|externalLink|TargetMode", text), name
    assert not re.search(r'(?:href|src)="(?!#)', texts["report.html"])
