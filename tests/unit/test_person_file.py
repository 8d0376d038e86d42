"""A second file with one row per person."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from casetrack.errors import ExtractError
from casetrack.extract import Extract, read_extract
from casetrack.pool.cohorts import code_cohorts
from casetrack.pool.eligibility import find_eligible
from unit.small_extracts import table


def events() -> pd.DataFrame:
    return table().assign(**{"NHS Number": ["9990000018", "", "9990000026"]})


def level(extract: Extract, name: str) -> list[str]:
    coded = code_cohorts(find_eligible(extract, as_at="2026-03-31"))
    return coded.people[name].tolist()


def test_people_are_found_by_local_id_else_by_nhs_number() -> None:
    people = pd.DataFrame(
        {
            "Person ID": ["0001", "", "0009", "nobody"],
            "NHS Number": ["", "999 000 0026", "", ""],
            "Religion": ["Sikh", "Jewish", "Muslim", "Hindu"],
        }
    )
    extract = read_extract(events(), people=people)
    assert level(extract, "religion") == ["Sikh", "Not recorded", "Jewish"]
    strangers = next(f for f in extract.findings if f.code == "person-file-nobody")
    assert strangers.rows == (3, 4)
    gaps = next(f for f in extract.findings if f.code == "person-file-gaps")
    assert (gaps.count, gaps.unit) == (1, "people")


def test_any_identifier_of_a_person_will_do() -> None:
    # The file knows the person by a local id that the extract does not have, and by one number that both have.
    people = pd.DataFrame({"Person ID": ["OLD1"], "NHS Number": ["9990000018"], "Religion": ["Sikh"]})
    assert level(read_extract(events(), people=people), "religion")[0] == "Sikh"
    two = pd.DataFrame(
        {"Person ID": ["A000", "0003"], "NHS Number": ["9990000026"] * 2, "Religion": ["Sikh", "Unknown"]}
    )
    assert level(read_extract(events(), people=two), "religion")[2] == "Sikh"


def test_of_two_known_values_the_row_that_sorts_last_counts_and_stands_before_the_extract_s() -> None:
    people = pd.DataFrame(
        {"Person ID": ["0001"] * 3 + ["0002"], "Religion": ["Sikh", "Jewish", "Not known", "NULL"]}
    )
    rows = events().assign(Religion="Hindu")
    assert level(read_extract(rows, people=people), "religion") == ["Sikh", "Hindu", "Hindu"]


def test_a_file_of_its_own_kind_and_the_mapping_s_headings(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes("Swift ID;Faith;IMD Decile\n0001;Prästerskap;3\n0002;;10\n".encode("cp1252"))
    rows = events().rename(columns={"LA Person Unique Identifier": "Swift ID"})
    mapping = {
        "headings": {"LA Person Unique Identifier": "Swift ID", "Religion or Belief": "Faith"},
        "values": {"Religion or Belief": {"Prästerskap": "Christian"}},
        "file": {"separator": ",", "encoding": "utf-8"},
    }
    with pytest.raises(ExtractError, match="mapped-heading-missing"):
        read_extract(rows, mapping)
    extract = read_extract(rows, mapping, people=path)
    assert level(extract, "religion")[0] == "Christian"
    assert level(extract, "deprivation_quintile") == ["2", "5 (least deprived)", "Not recorded"]


def test_the_usual_headings_do_beside_an_extract_with_its_own() -> None:
    rows = events().rename(columns={"LA Person Unique Identifier": "Swift ID"})
    people = pd.DataFrame({"LA Person Unique Identifier": ["0001"], "Religion": ["Sikh"]})
    extract = read_extract(rows, {"headings": {"LA Person Unique Identifier": "Swift ID"}}, people=people)
    assert level(extract, "religion")[0] == "Sikh"


@pytest.mark.parametrize(
    "people",
    [
        pd.DataFrame({"Religion": ["Sikh"]}),
        pd.DataFrame({"Person ID": ["0001"], "Event Outcome": ["NFA: Other"]}),
        pd.DataFrame({"Person ID": ["0001"], "Religion": ["a"], "Religion or Belief": ["b"]}),
        pd.DataFrame({"Person ID": [], "Religion": []}),
    ],
)
def test_errors_say_which_file(people: pd.DataFrame) -> None:
    with pytest.raises(ExtractError) as caught:
        read_extract(events(), people=people)
    assert all("person-level file" in p.where for p in caught.value.problems)


def test_rows_of_the_file_without_an_identifier_are_a_finding() -> None:
    people = pd.DataFrame({"Person ID": ["0001", "?"], "Religion": ["Sikh", "Jewish"]})
    found = read_extract(events(), people=people).findings
    assert next(f for f in found if f.code == "person-file-no-identifier").rows == (2,)


def test_what_the_file_says_of_disability_and_transition_is_used() -> None:
    people = pd.DataFrame(
        {
            "Person ID": ["0001", "0002"],
            "Disability": ["Yes", "No"],
            "Transitioned from children's services": ["Yes", "Yes"],
        }
    )
    rows = events().assign(**{"Date of Birth": ["01/01/2004", "01/01/1990", "01/01/2004"]})
    coded = code_cohorts(find_eligible(read_extract(rows, people=people), as_at="2026-03-31"))
    assert coded.people["disability"].tolist() == ["Yes", "No", "Not recorded"]
    assert coded.people["CT02"].tolist() == [True, False, False]


def codes(extract: Extract) -> dict[str, tuple[str, int]]:
    return {one.code: (one.severity, one.count) for one in extract.findings}


def persons(**columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"Person ID": ["0001", "0002", "0003"], **columns})


@pytest.mark.parametrize(
    ("columns", "code", "count"),
    [
        ({"Gender": ["F", "M", "F"]}, "unrecognised-value", 3),
        ({"Primary Support Reason": ["LD", "", ""]}, "unrecognised-value", 1),
        ({"Date of Birth": ["02/08/1948", "31/02/1950", "02/08/1949"]}, "unreadable-date", 1),
        ({"Date of Birth": ["02/08/1948", "01/01/1900", "02/08/1949"]}, "filler-date", 1),
    ],
)
def test_what_is_found_in_the_cells_of_an_extract_is_found_in_a_table_of_people(
    columns: dict[str, list[str]], code: str, count: int
) -> None:
    bare = events().drop(columns=[name for name in ("Date of Birth", "Gender") if name in events()])
    found = {f.code: f for f in read_extract(bare, people=persons(**columns)).findings if f.tables}
    assert (found[code].severity, found[code].count) == ("warning", count)
    assert set(found[code].tables) == {"the person-level file"}


def test_the_shape_of_a_file_of_people_is_told(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    lines = [f"{n:04d},Female,Sikh" for n in range(1, 60)] + ["0060,Sikh"]
    path.write_text("\n".join(["Person ID,Gender,Religion", *lines]), encoding="utf-8")
    assert codes(read_extract(events(), people=path))["wrong-number-of-cells"] == ("warning", 1)


def test_births_beside_the_events_say_who_is_not_who() -> None:
    rows = table().drop(columns=["Date of Birth"], errors="ignore").assign(**{"NHS Number": "9990000018"})
    born = {"Date of Birth": ["02/08/1948", "03/09/1975", "01/01/1990"]}
    apart = read_extract(rows, people=persons(**born))
    assert len(apart.people) == 3 and codes(apart)["nhs-number-births-differ"] == ("warning", 1)
    plain = table().drop(columns=["Date of Birth"], errors="ignore")
    both = persons(**born, **{"NHS Number": ["9990000018"] * 3, "Religion": ["Sikh", "Jewish", "Hindu"]})
    extract = read_extract(plain, people=both)
    assert level(extract, "religion") == ["Sikh", "Jewish", "Hindu"]
    assert extract.details is not None and extract.details["date_of_birth"].nunique() == 3


def test_two_births_of_one_person_are_told() -> None:
    twice = pd.DataFrame({"Person ID": ["0001", "0001"], "Date of Birth": ["02/08/1948", "03/09/1975"]})
    bare = table().drop(columns=["Date of Birth"], errors="ignore")
    assert codes(read_extract(bare, people=twice))["several-dates-of-birth"] == ("warning", 1)
    other = persons(**{"Date of Birth": ["03/09/1915"] * 3})
    told = codes(read_extract(table().assign(**{"Date of Birth": "02/08/1948"}), people=other))
    assert told["person-file-other-birth"] == ("warning", 3)


def test_a_client_type_beside_the_events_fills_what_they_leave_blank() -> None:
    rows = table().assign(**{"Client Type": ["", "Service user", "Unknown"]})
    pool = find_eligible(read_extract(rows), as_at="2026-03-31")
    assert {f.code: f.count for f in pool.findings}["assessments-of-nobody"] == 2
    people = persons(**{"Client Type": ["Service user", "Unpaid carer", ""]})
    extract = read_extract(rows, people=people)
    assert extract.events.groupby("person")["client_type"].first().tolist()[:2] == ["Service user"] * 2


def test_a_file_about_few_of_the_people_is_a_warning() -> None:
    few = pd.DataFrame({"Person ID": ["0001"], "Religion": ["Sikh"]})
    assert codes(read_extract(events(), people=few))["person-file-gaps"] == ("warning", 2)
